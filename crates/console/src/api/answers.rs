//! What the API answers. Times are RFC 3339 in UTC or Beijing time, money is a decimal in a string, lengths are ms.

use std::collections::{BTreeMap, HashMap};

use keshi_store::{self as store, ClaimNow, ClaimRow, Masked, StepRow, StoreError, TraineeLine};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::record::{Fate, Study, Verified};

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// In order of the cursor.
    items: Vec<T>,
    /// `after` of the next page; null when this is the last.
    next: Option<String>,
}

impl<T> List<T> {
    pub(crate) fn of(items: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> List<T> {
        let next = items.last().map(cursor);
        List::with_next(items, limit, next)
    }

    /// With the cursor of the last item, which is none where the page is not full.
    pub(crate) fn with_next(items: Vec<T>, limit: i64, next: Option<String>) -> List<T> {
        let next = next.filter(|_| items.len() as i64 == limit);
        List { items, next }
    }
}

/// Who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    pub(crate) name: String,
    pub(crate) role: String,
    /// District or provider; null reaches everything.
    pub(crate) scope: Option<String>,
}

/// A trainee, masked.
#[derive(Serialize, ToSchema)]
pub(crate) struct Trainee {
    pub(crate) trainee: String,
    name: Option<String>,
    id_number: Option<String>,
    district: Option<String>,
    courses: i64,
    class_hours: i64,
    completed: i64,
}

impl Trainee {
    pub(crate) fn of(line: TraineeLine, people: &HashMap<String, Masked>) -> Trainee {
        let person = people.get(&line.trainee);
        Trainee {
            name: person.and_then(|person| person.name.clone()),
            id_number: person.and_then(|person| person.id_number.clone()),
            trainee: line.trainee,
            district: line.district,
            courses: line.courses,
            class_hours: line.class_hours,
            completed: line.completed,
        }
    }
}

/// A study record by VT-1.
#[derive(Serialize, ToSchema)]
pub(crate) struct Record {
    trainee: String,
    rule: &'static str,
    /// The record shows a provider's own part alone.
    partial: bool,
    claimed_ms: i64,
    attested_ms: i64,
    /// By reason; with attested_ms exactly claimed_ms.
    excluded_ms: BTreeMap<String, i64>,
    flags: Vec<String>,
    courses: Vec<RecordCourse>,
    sessions: Vec<RecordSession>,
    events: usize,
    /// Entries of the trainee's hash chain.
    chain_entries: u64,
    /// Its last entry, in hexadecimal.
    chain_head: String,
    /// The events as read just now link up to that end.
    chain_holds: bool,
}

/// A course of a record.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordCourse {
    course: String,
    verified_seconds: i64,
    unique_seconds: i64,
    class_hours: i64,
    videos: Vec<RecordVideo>,
}

/// A video of a record.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordVideo {
    video: String,
    verified_ms: i64,
    unique_ms: i64,
}

/// A session of a record.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordSession {
    platform: String,
    session: String,
    opened_at: Option<String>,
    closed_at: Option<String>,
    verified: Option<bool>,
    online: bool,
}

impl Record {
    pub(crate) fn of(study: &Study, verified: Option<Verified>) -> Record {
        let mut sums = Study::accounted(study.account.stretches.iter());
        let claimed_ms = sums.values().sum();
        let attested_ms = sums.remove(&Fate::Counts).unwrap_or_default();
        let excluded = sums.into_iter().map(|(fate, ms)| (fate.word().to_owned(), ms));
        let courses = study.record.courses.iter().map(|course| RecordCourse {
            course: course.course.to_string(),
            verified_seconds: course.verified_seconds,
            unique_seconds: course.unique_seconds,
            class_hours: course.class_hours,
            videos: course
                .videos
                .iter()
                .map(|v| RecordVideo {
                    video: v.video.to_string(),
                    verified_ms: v.verified_ms,
                    unique_ms: v.unique_ms,
                })
                .collect(),
        });
        let sessions = study.account.sessions.iter().map(|(key, session)| RecordSession {
            platform: key.platform.to_string(),
            session: key.session.to_string(),
            opened_at: session.opening.as_ref().map(|opening| opening.time.to_beijing()),
            closed_at: session.close.map(|close| close.to_beijing()),
            verified: session.opening.as_ref().map(|opening| opening.verified),
            online: session.online(&study.constants),
        });
        Record {
            trainee: study.trainee.to_string(),
            rule: keshi_record::RULE,
            partial: study.partial,
            claimed_ms,
            attested_ms,
            excluded_ms: excluded.collect(),
            flags: study.record.flags.clone(),
            courses: courses.collect(),
            sessions: sessions.collect(),
            events: study.events.len(),
            chain_entries: study.chain.count,
            chain_head: study.chain.head.to_string(),
            chain_holds: verified.is_some_and(|verified| verified.holds),
        }
    }
}

macro_rules! plain {
    ($(#[$doc:meta])* $name:ident of $row:path { $($member:ident : $kind:ty = $from:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub(crate) struct $name { $(pub(crate) $member: $kind),+ }

        impl From<$row> for $name {
            fn from(row: $row) -> $name {
                $name { $($member: { let of: fn(&$row) -> $kind = $from; of(&row) }),+ }
            }
        }
    };
}

plain! {
    /// A course.
    Course of store::CourseLine {
        course: String = |row| row.course.clone(),
        title: Option<String> = |row| row.title.clone(),
        provider: Option<String> = |row| row.provider.clone(),
        trainees: i64 = |row| row.trainees,
        studied: i64 = |row| row.studied,
        completed: i64 = |row| row.completed,
    }
}

plain! {
    /// A line of a course's board.
    BoardLine of store::BoardLine {
        trainee: String = |row| row.trainee.clone(),
        verified_seconds: i64 = |row| row.verified_seconds,
        class_hours: i64 = |row| row.class_hours,
        studied: bool = |row| row.studied,
        assessed: Option<bool> = |row| row.assessed,
    }
}

plain! {
    /// An event that could not be used.
    RejectedEvent of store::RejectedEvent {
        seq: i64 = |row| row.seq,
        platform: Option<String> = |row| row.platform.clone(),
        event_id: Option<String> = |row| row.event_id.clone(),
        code: String = |row| row.code.clone(),
        sentence: String = |row| row.sentence.clone(),
        pointer: Option<String> = |row| row.pointer.clone(),
        received_at: String = |row| keshi_events::Millis(row.received_at).to_beijing(),
    }
}

plain! {
    /// An attendance flag.
    Flag of store::FlagLine {
        trainee: String = |row| row.trainee.clone(),
        flag: String = |row| row.flag.clone(),
        level: String = |row| row.level.clone(),
    }
}

plain! {
    /// An entry of the registry.
    Registered of store::RegistryLine {
        key: String = |row| row.key.clone(),
        number: i64 = |row| row.number,
        body: Value = |row| row.body.clone(),
    }
}

plain! {
    /// A line of the audit log.
    Audited of store::AuditRow {
        number: i64 = |row| row.number,
        at: String = |row| row.at.to_rfc3339(),
        who: String = |row| row.who.clone(),
        role: Option<String> = |row| row.role.clone(),
        action: String = |row| row.action.clone(),
        subject: Option<String> = |row| row.subject.clone(),
        why: Option<String> = |row| row.why.clone(),
        address: Option<String> = |row| row.address.clone(),
    }
}

plain! {
    /// A step of a claim.
    Step of StepRow {
        number: i32 = |row| row.number,
        step: String = |row| row.step.clone(),
        from_state: Option<String> = |row| row.from_state.clone(),
        to_state: String = |row| row.to_state.clone(),
        who: String = |row| row.who.clone(),
        why: String = |row| row.why.clone(),
        at: String = |row| row.at.to_rfc3339(),
    }
}

/// A claim.
#[derive(Serialize, ToSchema)]
pub(crate) struct Claim {
    pub(crate) claim: String,
    scheme: String,
    trainee: String,
    course: String,
    provider: String,
    /// The certificate that it rests on, if it does.
    certificate: Option<String>,
    /// Who pays.
    payer_district: String,
    /// Who is paid; null: the trainee.
    payee: Option<String>,
    state: String,
    amount_yuan: String,
    pack: String,
}

impl From<&ClaimRow> for Claim {
    fn from(row: &ClaimRow) -> Claim {
        Claim {
            claim: row.claim.to_string(),
            scheme: row.scheme.clone(),
            trainee: row.trainee.clone(),
            course: row.course.clone(),
            provider: row.provider.clone(),
            certificate: row.certificate.clone(),
            payer_district: row.district.clone(),
            payee: row.payee.clone(),
            state: row.state.clone(),
            amount_yuan: row.amount_yuan.to_string(),
            pack: row.pack.clone(),
        }
    }
}

plain! {
    /// A hold that was set on a claim or released.
    ClaimMark of store::MarkRow {
        hold: String = |row| row.key.clone(),
        held: bool = |row| row.held,
        who: String = |row| row.who.clone(),
        why: String = |row| row.why.clone(),
        at: String = |row| row.at.to_rfc3339(),
    }
}

/// A claim with why it is owed, and what was done with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClaimWhole {
    claim: Claim,
    /// Rule by rule, each with its clause and what it saw.
    derivation: Value,
    /// The holds that stand; no step forward until they are released.
    holds: Vec<String>,
    steps: Vec<Step>,
    /// Holds as they were set and released.
    marks: Vec<ClaimMark>,
}

impl ClaimWhole {
    pub(crate) fn of(
        now: &ClaimNow,
        steps: Vec<StepRow>,
        marks: Vec<store::MarkRow>,
    ) -> Result<ClaimWhole, StoreError> {
        let derivation = serde_json::from_str(&now.row.derivation)
            .map_err(|error| StoreError::Damaged { what: "derivation", why: error.to_string() })?;
        Ok(ClaimWhole {
            claim: (&now.row).into(),
            derivation,
            holds: now.holds.clone(),
            steps: steps.into_iter().map(Step::from).collect(),
            marks: marks.into_iter().map(ClaimMark::from).collect(),
        })
    }
}
