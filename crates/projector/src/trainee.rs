//! One trainee through a batch: standing, lines of boards, completions, flags.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keshi_events::{CourseId, EventId, PlatformId, TraineeId, subject::partition_of};
use keshi_record::{
    Account, Catalogue, Completion, Constants, CourseRecord, Coverage, Evidence, Fact, Flag, Names,
    NeedsHistory, Progress, Rule, Session, SessionKey, Standing, Stretch, completion, judge, progress,
};
use keshi_store::{Batch, CourseRow, Known, StandingRow, StoreError};
use keshi_trail::{Chain, IdKey};

use crate::error::ProjectorError;
use crate::facts;
use crate::ids::Ids;
use crate::past::Past;
use crate::stored::evidence_of;

/// What the projector holds of a trainee.
#[derive(Debug)]
pub(crate) struct Trainee {
    pub(crate) standing: Standing,
    /// The end of the trainee's chain.
    pub(crate) chain: Chain,
    /// The greatest id of each platform: a greater one is certainly new, and is looked up nowhere.
    pub(crate) newest: BTreeMap<PlatformId, EventId>,
    /// The ids of all events; none as long as they were not asked for. Whoever is new has none.
    pub(crate) ids: Option<Ids>,
    /// The last batch with events of this trainee: its number, and key and place of each distinct one.
    pub(crate) sent: (u64, Vec<(IdKey, usize)>),
    completions: HashMap<CourseId, Completion>,
    /// Lines of boards as they were last told, so that what did not change is not written again.
    rows: BTreeMap<CourseId, CourseRow>,
    unsaved: Option<Unsaved>,
}

/// What changed since the trainee was last written.
#[derive(Debug, Default)]
struct Unsaved {
    /// The last event that the standing knows; 0 when it changed without one.
    seq: i64,
    /// Courses whose lines may be others now, with the platform that last spoke of them.
    courses: BTreeMap<CourseId, Option<PlatformId>>,
    /// All of them may be.
    all_courses: bool,
    /// The platform of the last event.
    platform: Option<PlatformId>,
}

impl Trainee {
    pub(crate) fn of(id: &TraineeId, known: Known) -> Result<Trainee, StoreError> {
        let ids = known.standing.is_none().then(Ids::default);
        let (standing, newest, chain) = match known.standing {
            None => (Standing::default(), BTreeMap::new(), Chain::of_trainee(id.as_str())),
            Some((bytes, _, chain)) => {
                let (standing, newest) = postcard::from_bytes(&bytes)
                    .map_err(|error| StoreError::Damaged { what: "trainee", why: error.to_string() })?;
                (standing, newest, chain)
            }
        };
        let completions =
            known.completions.into_iter().map(|(course, made)| (CourseId::from(course), made)).collect();
        Ok(Trainee {
            standing,
            chain,
            newest,
            ids,
            sent: (0, Vec::new()),
            completions,
            rows: BTreeMap::new(),
            unsaved: None,
        })
    }

    /// Whether something is folded that no batch has written.
    pub(crate) fn is_unsaved(&self) -> bool {
        self.unsaved.is_some()
    }

    /// An event that is new: no later one with its id, or a smaller one, is so without a look. Says whether it is the first of
    /// its platform.
    pub(crate) fn note_id(&mut self, event: &Evidence, key: IdKey) -> bool {
        if let Some(ids) = &mut self.ids {
            ids.insert(key, event.seq as i64);
        }
        match self.newest.get_mut(&event.platform) {
            Some(newest) if *newest < event.id => *newest = event.id.clone(),
            Some(_) => {}
            None => {
                self.newest.insert(event.platform.clone(), event.id.clone());
                return true;
            }
        }
        false
    }

    /// Whether an id is greater than all before it.
    pub(crate) fn is_new(&self, platform: &str, id: &str) -> bool {
        self.newest.get(platform).is_none_or(|newest| newest.as_str() < id)
    }

    /// Puts standing, lines of boards and completions into a batch, when something changed since they last were. `fresh` are
    /// the trainee's events in this very batch, which the trail does not have yet.
    pub(crate) async fn save(
        &mut self,
        id: &TraineeId,
        fresh: &[Evidence],
        law: &Law<'_>,
        past: &mut Past,
        batch: &mut Batch,
    ) -> Result<(), ProjectorError> {
        let Some(mut unsaved) = self.unsaved.take() else { return Ok(()) };
        if unsaved.all_courses {
            let summary = self.standing.summary();
            let all = (summary.courses.keys())
                .chain(summary.submissions.iter().map(|submission| &submission.course))
                .chain(summary.questions.iter().map(|question| &question.course))
                .chain(self.completions.keys());
            for course in all {
                if !unsaved.courses.contains_key(course) {
                    unsaved.courses.insert(course.clone(), None);
                }
            }
        }
        for (course, platform) in &unsaved.courses {
            let platform = platform.as_ref().or(unsaved.platform.as_ref());
            let completed = self.completed(id, course, fresh, law, past).await?;
            write_course(id, self, platform, law, batch, course, completed);
        }
        batch.standings.push(StandingRow {
            trainee: id.to_string(),
            partition: partition_of(id.as_str(), law.partitions) as i16,
            seq: unsaved.seq,
            standing: postcard::to_stdvec(&(&self.standing, &self.newest))?,
            chain: self.chain,
        });
        Ok(())
    }

    /// The completion of a course, out of the standing, or where that cannot tell out of the whole history.
    async fn completed(
        &mut self,
        id: &TraineeId,
        course: &CourseId,
        fresh: &[Evidence],
        law: &Law<'_>,
        past: &mut Past,
    ) -> Result<Option<Completion>, ProjectorError> {
        let Some(registered) = law.catalogue.course(course) else { return Ok(None) };
        match self.standing.completion(course, registered, law.rule(id)) {
            Ok(completed) => Ok(completed),
            Err(NeedsHistory) => {
                let account = history(id, self, fresh, law, past).await?;
                Ok(completion(course, registered, &account, law.rule(id)))
            }
        }
    }
}

/// What a batch brings to one trainee.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Distinct events in order of recording.
    pub(crate) events: Vec<Evidence>,
    /// Key of each one's id, and its place among the messages of the batch.
    pub(crate) ids: Vec<(IdKey, usize)>,
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

impl<'a> Law<'a> {
    fn rule(&self, trainee: &'a TraineeId) -> Rule<'a> {
        Rule { constants: self.constants, catalogue: self.catalogue, trainee }
    }
}

/// Folds the news into the trainee. The seam for whatever else looks at accepted events: `news.events` are those of this
/// trainee, distinct and in order of recording; `fresh` are those of them that the trail does not have yet.
pub(crate) async fn fold(
    id: &TraineeId,
    trainee: &mut Trainee,
    news: &News,
    fresh: &[Evidence],
    law: &Law<'_>,
    past: &mut Past,
    batch: &mut Batch,
) -> Result<(), ProjectorError> {
    let rule = law.rule(id);
    let flags_before = trainee.standing.summary().all_flags(law.constants);
    if news.changed {
        trainee.standing.note_changed();
    }
    let short_cut =
        !news.rejudge && news.events.iter().all(|event| trainee.standing.fold(event, rule).is_ok());
    if !short_cut {
        history(id, trainee, fresh, law, past).await?;
    }
    raise_flags(id, trainee, news, &flags_before, law, batch);
    let unsaved = trainee.unsaved.get_or_insert_default();
    unsaved.all_courses |= !short_cut || news.all_courses;
    for event in &news.events {
        unsaved.seq = unsaved.seq.max(event.seq as i64);
        match &event.fact {
            Fact::Watched(Stretch { course, .. })
            | Fact::Quiz { course, .. }
            | Fact::Asked { course, .. } => match unsaved.courses.get_mut(course) {
                Some(Some(platform)) if *platform == event.platform => {}
                Some(platform) => *platform = Some(event.platform.clone()),
                None => {
                    unsaved.courses.insert(course.clone(), Some(event.platform.clone()));
                }
            },
            // Whether a quiz or a question counts depends on its session.
            Fact::Opened { .. } | Fact::Closed { .. } => unsaved.all_courses = true,
            Fact::Presence { .. } | Fact::Answered { .. } => {}
        }
    }
    if let Some(last) = news.events.last() {
        unsaved.platform = Some(last.platform.clone());
    }
    Ok(())
}

/// All events of the trainee, judged by the plain reference; the standing begins anew with them.
async fn history(
    id: &TraineeId,
    trainee: &mut Trainee,
    fresh: &[Evidence],
    law: &Law<'_>,
    past: &mut Past,
) -> Result<Account, ProjectorError> {
    let stored = past.history(id.as_str()).await?;
    tracing::debug!(trainee = %id, events = stored.len(), "judging a whole history");
    let (mut events, mut names) = (Vec::with_capacity(stored.len() + fresh.len()), Names::default());
    for message in &stored {
        events.push(evidence_of(message, law.partitions, &mut names)?);
    }
    events.extend(fresh.iter().cloned());
    let changed = trainee.standing.summary().flags.contains(&Flag::EventChanged);
    let account = judge(id, &events, changed, law.constants, law.catalogue);
    trainee.standing = Standing::of(account.clone(), law.rule(id));
    Ok(account)
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

/// Tells of a course as it stands now.
fn write_course(
    id: &TraineeId,
    trainee: &mut Trainee,
    platform: Option<&PlatformId>,
    law: &Law<'_>,
    batch: &mut Batch,
    course: &CourseId,
    completed: Option<Completion>,
) {
    let rule = law.rule(id);
    let registered = law.catalogue.course(course);
    let none: BTreeMap<_, Coverage> = BTreeMap::new();
    let summary = trainee.standing.summary();
    let record = CourseRecord::of(course, summary.courses.get(course).unwrap_or(&none), law.catalogue);
    let session = |key: &SessionKey| -> Option<&Session> { trainee.standing.session(key) };
    let progress = registered
        .map_or_else(Progress::default, |registered| progress(course, registered, summary, session, rule));
    let row = CourseRow {
        verified_seconds: record.verified_seconds,
        unique_seconds: record.unique_seconds,
        class_hours: record.class_hours,
        studied: progress.studied,
        assessed: progress.assessed,
    };
    if trainee.rows.get(course) != Some(&row) {
        batch.courses.insert((id.to_string(), course.to_string()), row.clone());
        trainee.rows.insert(course.clone(), row);
    }
    let stands = trainee.completions.get(course);
    if completed.as_ref() != stands {
        if let (Some(made), None, Some(platform)) = (&completed, stands, platform) {
            batch.facts.push(facts::completed(platform.as_str(), id, &record, made));
        }
        batch.completions.insert((id.to_string(), course.to_string()), completed.clone());
        match completed {
            Some(made) => trainee.completions.insert(course.clone(), made),
            None => trainee.completions.remove(course),
        };
    }
}

/// Reads a standing as the projector wrote it.
///
/// # Errors
/// When another version wrote it, or it was changed.
pub fn read_standing(bytes: &[u8]) -> Result<Standing, postcard::Error> {
    let (standing, _): (Standing, BTreeMap<PlatformId, EventId>) = postcard::from_bytes(bytes)?;
    Ok(standing)
}
