//! One trainee through a batch: standing, lines of boards, completions, flags.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keshi_events::{CourseId, Millis, TraineeId};
use keshi_record::{
    Account, Catalogue, Completion, Constants, CourseRecord, Coverage, Evidence, Fact, Flag, Progress, Rule,
    Session, SessionKey, Standing, completion, judge, progress,
};
use keshi_store::{Batch, CourseRow, Known, StandingRow, StoreError};
use keshi_trail::{Chain, Content};

use crate::error::ProjectorError;
use crate::facts;
use crate::fold::evidence_of;
use crate::past::Past;

/// What the projector holds of a trainee.
#[derive(Debug)]
pub(crate) struct Trainee {
    pub(crate) standing: Standing,
    /// The end of the trainee's chain.
    pub(crate) chain: Chain,
    completions: HashMap<CourseId, Completion>,
    /// Lines of boards as they were last told, so that what did not change is not written again.
    rows: BTreeMap<CourseId, CourseRow>,
    unsaved: Unsaved,
}

/// What is folded and not yet in a batch.
#[derive(Debug, Default)]
struct Unsaved {
    /// The last event that the standing knows; 0 when it changed without one.
    standing: Option<i64>,
    rows: BTreeSet<CourseId>,
}

impl Trainee {
    pub(crate) fn of(id: &TraineeId, known: Known) -> Result<Trainee, StoreError> {
        let (standing, chain) = match known.standing {
            None => (Standing::default(), Chain::of_trainee(id.as_str())),
            Some((bytes, chain)) => {
                let standing = read_standing(&bytes)
                    .map_err(|error| StoreError::Damaged { what: "trainee", why: error.to_string() })?;
                (standing, chain)
            }
        };
        let completions =
            known.completions.into_iter().map(|(course, made)| (CourseId::from(course), made)).collect();
        Ok(Trainee { standing, chain, completions, rows: BTreeMap::new(), unsaved: Unsaved::default() })
    }

    /// The standing changed, last by this event.
    pub(crate) fn note(&mut self, seq: i64) {
        self.unsaved.standing = self.unsaved.standing.max(Some(seq));
    }

    /// Puts standing and lines into a batch, as far as they changed since they last were.
    pub(crate) fn save(
        &mut self,
        id: &TraineeId,
        partition: i16,
        batch: &mut Batch,
    ) -> Result<(), ProjectorError> {
        if let Some(seq) = self.unsaved.standing.take() {
            batch.standings.push(StandingRow {
                trainee: id.to_string(),
                partition,
                seq,
                standing: postcard::to_stdvec(&self.standing)?,
                chain: self.chain,
            });
        }
        for course in std::mem::take(&mut self.unsaved.rows) {
            if let Some(row) = self.rows.get(&course) {
                batch.courses.insert((id.to_string(), course.to_string()), row.clone());
            }
        }
        Ok(())
    }
}

/// What a batch brings to one trainee.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Distinct events in order of recording.
    pub(crate) events: Vec<Evidence>,
    /// Where their rows stand in the batch, and what they say: to be linked into the trainee's chain.
    pub(crate) rows: Vec<(usize, Content)>,
    /// An id came again with other content.
    pub(crate) changed: bool,
    /// Judge the whole history, whatever the events are.
    pub(crate) rejudge: bool,
    /// Look at every course again, although no event came.
    pub(crate) all_courses: bool,
}

/// Everything that decides, beside the events.
pub(crate) struct Law<'a> {
    pub(crate) constants: &'a Constants,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) partitions: u16,
}

/// Folds the news into the trainee, and writes into the batch what others are told of. The seam for whatever else looks at
/// accepted events: `news.events` are those of this trainee in this batch, distinct and in order of recording.
pub(crate) async fn fold(
    id: &TraineeId,
    trainee: &mut Trainee,
    news: &News,
    law: &Law<'_>,
    past: &mut Past,
    batch: &mut Batch,
) -> Result<(), ProjectorError> {
    let rule = Rule { constants: law.constants, catalogue: law.catalogue, trainee: id };
    let flags_before = trainee.standing.summary().all_flags(law.constants);
    if news.changed {
        trainee.standing.note_changed();
    }
    let short_cut =
        !news.rejudge && news.events.iter().all(|event| trainee.standing.fold(event, rule).is_ok());
    let mut account = None;
    if !short_cut {
        let judged = history(id, trainee, news, law, past).await?;
        trainee.standing = Standing::of(judged.clone());
        account = Some(judged);
    }
    raise_flags(id, trainee, news, &flags_before, law, batch);
    for course in touched(trainee, news, short_cut) {
        write_course(id, trainee, news, law, past, batch, &mut account, &course).await?;
    }
    Ok(())
}

/// All events of the trainee, judged by the plain reference.
async fn history(
    id: &TraineeId,
    trainee: &Trainee,
    news: &News,
    law: &Law<'_>,
    past: &mut Past,
) -> Result<Account, ProjectorError> {
    let stored = past.history(id.as_str()).await?;
    tracing::debug!(trainee = %id, events = stored.len(), "judging a whole history");
    let mut events = Vec::with_capacity(stored.len() + news.events.len());
    for message in &stored {
        events.push(evidence_of(message, law.partitions)?);
    }
    events.extend(news.events.iter().cloned());
    let changed = trainee.standing.summary().flags.contains(&Flag::EventChanged);
    Ok(judge(id, &events, changed, law.constants, law.catalogue))
}

fn raise_flags(
    id: &TraineeId,
    trainee: &Trainee,
    news: &News,
    before: &BTreeSet<Flag>,
    law: &Law<'_>,
    batch: &mut Batch,
) {
    let after = trainee.standing.summary().all_flags(law.constants);
    let key = |flag: &Flag| (id.to_string(), flag.to_string());
    for gone in before.difference(&after) {
        batch.flags.insert(key(gone), None);
    }
    for raised in after.difference(before) {
        batch.flags.insert(key(raised), Some(raised.level()));
        if let Some(last) = news.events.last() {
            batch.facts.push(facts::flagged(last.platform.as_str(), id, *raised, last.received_at));
        }
    }
}

/// The courses whose lines may have changed.
fn touched(trainee: &Trainee, news: &News, short_cut: bool) -> BTreeSet<CourseId> {
    let mut courses = BTreeSet::new();
    let mut all = !short_cut || news.all_courses;
    for event in &news.events {
        match &event.fact {
            Fact::Watched(stretch) => courses.insert(stretch.course.clone()),
            Fact::Quiz { course, .. } | Fact::Asked { course, .. } => courses.insert(course.clone()),
            // Whether a quiz or a question counts depends on its session.
            Fact::Opened { .. } | Fact::Closed { .. } => {
                all = true;
                false
            }
            Fact::Presence { .. } | Fact::Answered { .. } => false,
        };
    }
    if all {
        let summary = trainee.standing.summary();
        courses.extend(summary.courses.keys().cloned());
        courses.extend(summary.submissions.iter().map(|submission| submission.course.clone()));
        courses.extend(summary.questions.iter().map(|question| question.course.clone()));
        courses.extend(trainee.completions.keys().cloned());
    }
    courses
}

#[allow(clippy::too_many_arguments, reason = "one step of fold, split off to be read by itself")]
async fn write_course(
    id: &TraineeId,
    trainee: &mut Trainee,
    news: &News,
    law: &Law<'_>,
    past: &mut Past,
    batch: &mut Batch,
    account: &mut Option<Account>,
    course: &CourseId,
) -> Result<(), ProjectorError> {
    let rule = Rule { constants: law.constants, catalogue: law.catalogue, trainee: id };
    let none: BTreeMap<_, Coverage> = BTreeMap::new();
    let summary = trainee.standing.summary();
    let record = CourseRecord::of(course, summary.courses.get(course).unwrap_or(&none), law.catalogue);
    let registered = law.catalogue.course(course);
    let session = |key: &SessionKey| -> Option<&Session> { trainee.standing.session(key) };
    let progress = registered
        .map_or_else(Progress::default, |registered| progress(course, registered, summary, session, rule));

    let stands = trainee.completions.get(course);
    let may_move = account.is_some() || stands.is_none_or(|made| may_move(made, course, trainee, news));
    let completed = match registered {
        Some(_) if progress.completed() && !may_move => stands.cloned(),
        Some(registered) if progress.completed() => {
            if account.is_none() {
                *account = Some(history(id, trainee, news, law, past).await?);
            }
            account.as_ref().and_then(|account| completion(course, registered, account, rule))
        }
        _ => None,
    };

    let row = CourseRow {
        verified_seconds: record.verified_seconds,
        unique_seconds: record.unique_seconds,
        class_hours: record.class_hours,
        studied: progress.studied,
        assessed: progress.assessed,
    };
    if trainee.rows.get(course) != Some(&row) {
        trainee.rows.insert(course.clone(), row);
        trainee.unsaved.rows.insert(course.clone());
    }
    if completed.as_ref() != stands {
        if let (Some(made), None, Some(last)) = (&completed, stands, news.events.last()) {
            batch.facts.push(facts::completed(last.platform.as_str(), id, &record, made));
        }
        batch.completions.insert((id.to_string(), course.to_string()), completed.clone());
        match completed {
            Some(made) => trainee.completions.insert(course.clone(), made),
            None => trainee.completions.remove(course),
        };
    }
    Ok(())
}

/// Whether the news could put the moment of a completion earlier: only what lies before it can.
fn may_move(made: &Completion, course: &CourseId, trainee: &Trainee, news: &News) -> bool {
    let offset = |event: &Evidence| {
        event.session().and_then(|key| trainee.standing.session(&key).map(Session::offset_ms)).unwrap_or(0)
    };
    news.all_courses
        || news.events.iter().any(|event| match &event.fact {
            Fact::Watched(stretch) => {
                let start = stretch.started_at + offset(event);
                let moved_back = Millis(event.received_at.0 - (stretch.ended_at - stretch.started_at));
                stretch.course == *course && start.min(moved_back) < made.studied_at
            }
            Fact::Quiz { course: of, submitted_at, .. } => {
                of == course && *submitted_at + offset(event) < made.assessed_at
            }
            Fact::Asked { course: of, .. } => of == course && event.time < made.assessed_at,
            Fact::Opened { .. } | Fact::Closed { .. } => true,
            Fact::Presence { .. } | Fact::Answered { .. } => false,
        })
}

/// Reads a standing as the projector wrote it.
///
/// # Errors
/// When another version wrote it, or it was changed.
pub fn read_standing(bytes: &[u8]) -> Result<Standing, postcard::Error> {
    postcard::from_bytes(bytes)
}
