//! All that is known of one trainee, laid out for the checks.

use std::collections::BTreeMap;

use keshi_events::{CourseId, Millis, TraineeId};
use keshi_record::{
    Account, Catalogue, Constants, Evidence, Fact, Judged, Opening, Reason, Session, SessionKey,
};

use crate::flag::{Exhibit, Flag, Kind, Level};
use crate::history::History;
use crate::rules::Rules;
use crate::traces::Sheet;

/// One trainee.
pub(crate) struct Trail<'a> {
    pub(crate) trainee: &'a TraineeId,
    pub(crate) account: &'a Account,
    /// Distinct events, in order of recording.
    pub(crate) events: &'a [Evidence],
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) constants: &'a Constants,
    pub(crate) rules: &'a Rules,
    /// Every session, its stretches in order of their beginning.
    pub(crate) sittings: Vec<Sitting<'a>>,
    /// Quiz papers, in order of submission.
    pub(crate) sheets: Vec<(SessionKey, Sheet)>,
    /// Located sign-ins: stream sequence, longitude, latitude.
    pub(crate) places: &'a [(u64, f64, f64)],
}

/// A session with what was done in it.
pub(crate) struct Sitting<'a> {
    pub(crate) key: &'a SessionKey,
    pub(crate) session: &'a Session,
    pub(crate) stretches: Vec<&'a Judged>,
    pub(crate) checks: Vec<Check<'a>>,
}

/// A presence check on the corrected clock.
#[derive(Clone, Copy)]
pub(crate) struct Check<'a> {
    pub(crate) event: &'a Evidence,
    pub(crate) prompted: Millis,
    /// The answer of a passed check that is believed.
    pub(crate) passed: Option<Millis>,
}

impl<'a> Trail<'a> {
    pub(crate) fn of(
        trainee: &'a TraineeId,
        account: &'a Account,
        history: &'a History,
        (constants, catalogue, rules): (&'a Constants, &'a Catalogue, &'a Rules),
    ) -> Trail<'a> {
        let mut sittings: BTreeMap<&SessionKey, Sitting<'a>> = BTreeMap::new();
        for (key, session) in &account.sessions {
            sittings.insert(key, Sitting { key, session, stretches: Vec::new(), checks: Vec::new() });
        }
        for judged in &account.stretches {
            if let Some(sitting) = sittings.get_mut(&judged.session) {
                sitting.stretches.push(judged);
            }
        }
        for event in &history.events {
            if let (Fact::Presence { .. }, Some(key)) = (&event.fact, event.session())
                && let Some(sitting) = sittings.get_mut(&key)
            {
                sitting.checks.extend(check(event, sitting.session, constants));
            }
        }
        let mut trail = Trail {
            trainee,
            account,
            events: &history.events,
            catalogue,
            constants,
            rules,
            sittings: sittings.into_values().collect(),
            sheets: Vec::new(),
            places: &history.places,
        };
        for sitting in &mut trail.sittings {
            sitting.stretches.sort_by_key(|judged| (judged.start, judged.end, &judged.id));
            sitting.checks.sort_by_key(|check| (check.prompted, &check.event.id));
        }
        trail.lay_out_papers(&history.papers);
        trail
    }

    /// Papers on the corrected clock, in order.
    fn lay_out_papers(&mut self, papers: &[(SessionKey, Sheet)]) {
        let corrected = |(key, sheet): &(SessionKey, Sheet)| {
            let offset = self.account.sessions.get(key).map_or(0, Session::offset_ms);
            let mut sheet = sheet.clone();
            sheet.correct(offset);
            (key.clone(), sheet)
        };
        self.sheets = papers.iter().map(corrected).collect();
        self.sheets.sort_by(|(_, a), (_, b)| (a.submitted, &a.id).cmp(&(b.submitted, &b.id)));
    }

    /// A distinct event by its stream sequence.
    pub(crate) fn event(&self, seq: u64) -> Option<&'a Evidence> {
        let at = self.events.binary_search_by_key(&seq, |event| event.seq).ok()?;
        self.events.get(at)
    }

    pub(crate) fn exhibit(&self, event: &Evidence) -> Exhibit {
        Exhibit {
            seq: event.seq,
            platform: event.platform.clone(),
            trainee: self.trainee.clone(),
            id: event.id.clone(),
        }
    }

    pub(crate) fn stretch(&self, judged: &Judged) -> Exhibit {
        Exhibit {
            seq: judged.seq,
            platform: judged.session.platform.clone(),
            trainee: self.trainee.clone(),
            id: judged.id.clone(),
        }
    }

    pub(crate) fn paper(&self, sheet: &Sheet) -> Exhibit {
        Exhibit {
            seq: sheet.seq,
            platform: sheet.platform.clone(),
            trainee: self.trainee.clone(),
            id: sheet.id.clone(),
        }
    }

    /// A flag about this trainee alone.
    pub(crate) fn flag(&self, kind: Kind, level: Level, (from, to): (Millis, Millis)) -> Flag {
        Flag {
            kind,
            level,
            people: vec![self.trainee.clone()],
            platform: None,
            course: None,
            from,
            to,
            chinese: String::new(),
            english: String::new(),
            evidence: Vec::new(),
        }
    }

    /// A flag with the stretches that show it; none without a stretch.
    pub(crate) fn flag_of_stretches(
        &self,
        kind: Kind,
        level: Level,
        stretches: &[&Judged],
        (chinese, english): (String, String),
    ) -> Option<Flag> {
        let from = stretches.iter().map(|judged| judged.start).min()?;
        let to = stretches.iter().map(|judged| judged.end).max()?;
        let evidence = stretches.iter().map(|judged| self.stretch(judged)).collect();
        Some(Flag { chinese, english, evidence, ..self.flag(kind, level, (from, to)) })
    }

    /// All stretches of each course.
    pub(crate) fn by_course(&self) -> BTreeMap<&'a CourseId, Vec<&'a Judged>> {
        let mut courses: BTreeMap<&CourseId, Vec<&Judged>> = BTreeMap::new();
        for judged in &self.account.stretches {
            courses.entry(&judged.stretch.course).or_default().push(judged);
        }
        courses
    }
}

impl Sitting<'_> {
    pub(crate) fn opening(&self) -> Option<&Opening> {
        self.session.opening.as_ref()
    }

    /// The course that was watched at a moment, or next.
    pub(crate) fn course_at(&self, at: Millis) -> Option<&CourseId> {
        let after = self.stretches.partition_point(|judged| judged.start <= at);
        let judged = self.stretches.get(after.saturating_sub(1)).or_else(|| self.stretches.first())?;
        Some(&judged.stretch.course)
    }
}

fn check<'a>(event: &'a Evidence, session: &Session, constants: &Constants) -> Option<Check<'a>> {
    let Fact::Presence { prompted_at, passed_at, .. } = &event.fact else { return None };
    let offset = session.offset_ms();
    let passed = passed_at.map(|at| at + offset).filter(|answer| {
        let late = event.received_at - *answer;
        late <= constants.late_free_ms || (session.online(constants) && late <= constants.late_max_ms)
    });
    Some(Check { event, prompted: *prompted_at + offset, passed })
}

/// Whether step 4 of VT-1 let the stretch pass.
pub(crate) fn passes(judged: &Judged, session: &Session) -> bool {
    session.opening.is_some()
        && !judged.spans.iter().any(|span| {
            matches!(
                span.excluded,
                Some(
                    Reason::NoProgress
                        | Reason::ImpossibleSpeed
                        | Reason::Gap
                        | Reason::IdentityUnverified
                        | Reason::BackFilled
                )
            )
        })
}

/// The wall time of a stretch with one fate, ms.
pub(crate) fn excluded_ms(judged: &Judged, reason: Option<Reason>) -> i64 {
    let spans = judged.spans.iter().filter(|span| span.excluded == reason);
    spans.map(|span| span.end - span.start).sum()
}

/// The length of a stretch, ms.
pub(crate) fn wall(judged: &Judged) -> i64 {
    judged.end - judged.start
}
