//! The records that follow from a trainee's events, by the plain reference, against those in the database.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::{CourseId, StoredMessage, TraineeId};
use keshi_record::{
    Account, Catalogue, Completion, Constants, CourseRecord, Coverage, Flag, Names, Progress, Rule,
    SessionKey, TraineeRecord, completion, judge, progress,
};
use keshi_store::{CourseRow, Derived};

use crate::error::ProjectorError;
use crate::stored::evidence_of;
use crate::trainee::read_standing;

/// Everything that decides, beside the events.
#[derive(Clone, Copy)]
pub(super) struct Law<'a> {
    pub(super) constants: &'a Constants,
    pub(super) catalogue: &'a Catalogue,
    pub(super) partitions: u16,
}

/// What differs, in words.
pub(super) fn differences(
    trainee: &str,
    messages: &[StoredMessage],
    changed: bool,
    derived: &Derived,
    law: Law<'_>,
) -> Result<Vec<String>, ProjectorError> {
    let id = TraineeId::from(trainee);
    let (mut events, mut names) = (Vec::with_capacity(messages.len()), Names::default());
    for message in messages {
        // What cannot be decoded is a changed row, which is reported as such.
        if let Ok(event) = evidence_of(message, law.partitions, &mut names) {
            events.push(event);
        }
    }
    let account = judge(&id, &events, changed, law.constants, law.catalogue);
    let mut found = Vec::new();
    if let Some((_, bytes, _)) = &derived.standing {
        compare_standing(&id, &account, bytes, law, &mut found);
    }
    compare_courses(&id, &account, derived, law, &mut found);
    compare_flags(&account, derived, law, &mut found);
    Ok(found)
}

fn compare_standing(id: &TraineeId, account: &Account, bytes: &[u8], law: Law<'_>, found: &mut Vec<String>) {
    let standing = match read_standing(bytes) {
        Ok(standing) => standing,
        Err(error) => {
            found.push(format!("the standing cannot be read ({error}) / 学习记录无法读取"));
            return;
        }
    };
    let record = |summary| TraineeRecord::of(id, summary, law.constants, law.catalogue);
    let (wanted, stored) = (record(&account.summary), record(standing.summary()));
    if wanted != stored {
        found.push(format!("{} / 学习记录与日志不符", unlike(&stored, &wanted)));
    } else if account.summary != *standing.summary() {
        found.push(
            "the standing is not what the log gives, though the record is / 学习状态与日志不符".to_owned(),
        );
    }
}

fn compare_courses(
    id: &TraineeId,
    account: &Account,
    derived: &Derived,
    law: Law<'_>,
    found: &mut Vec<String>,
) {
    let rule = Rule { constants: law.constants, catalogue: law.catalogue, trainee: id };
    let none: BTreeMap<_, Coverage> = BTreeMap::new();
    let mut courses: BTreeSet<CourseId> = account.summary.courses.keys().cloned().collect();
    courses.extend(derived.courses.keys().map(|course| CourseId::from(course.as_str())));
    courses.extend(derived.completions.keys().map(|course| CourseId::from(course.as_str())));
    for course in courses {
        let videos = account.summary.courses.get(&course).unwrap_or(&none);
        let record = CourseRecord::of(&course, videos, law.catalogue);
        let registered = law.catalogue.course(&course);
        let session = |key: &SessionKey| account.sessions.get(key);
        let progress = registered.map_or_else(Progress::default, |registered| {
            progress(&course, registered, &account.summary, session, rule)
        });
        let row = CourseRow {
            verified_seconds: record.verified_seconds,
            unique_seconds: record.unique_seconds,
            class_hours: record.class_hours,
            studied: progress.studied,
            assessed: progress.assessed,
        };
        let stored = derived.courses.get(course.as_str());
        if stored != Some(&row) {
            found.push(format!(
                "course {course}: the board says {stored:?}, and the log gives {row:?} / 班级表不符"
            ));
        }
        let made: Option<Completion> = registered
            .filter(|_| progress.completed())
            .and_then(|registered| completion(&course, registered, account, rule));
        let stored = derived.completions.get(course.as_str());
        if stored != made.as_ref() {
            let at = |made: Option<&Completion>| made.map(|made| made.completed_at.to_beijing());
            found.push(format!(
                "course {course}: completed at {:?}, and the log gives {:?}, with what met the requirements / 完成情况不符",
                at(stored),
                at(made.as_ref())
            ));
        }
    }
}

/// Which parts of a record differ.
fn unlike(stored: &TraineeRecord, wanted: &TraineeRecord) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, stored: &dyn std::fmt::Debug, wanted: &dyn std::fmt::Debug| {
        parts.push(format!("{name} is {stored:?}, and the log gives {wanted:?}"));
    };
    if stored.claimed_ms != wanted.claimed_ms {
        part("claimed_ms", &stored.claimed_ms, &wanted.claimed_ms);
    }
    if stored.attested_ms != wanted.attested_ms {
        part("attested_ms", &stored.attested_ms, &wanted.attested_ms);
    }
    if stored.excluded_ms != wanted.excluded_ms {
        part("excluded_ms", &stored.excluded_ms, &wanted.excluded_ms);
    }
    if stored.flags != wanted.flags {
        part("flags", &stored.flags, &wanted.flags);
    }
    if stored.courses != wanted.courses {
        parts.push("a course or video is not what the log gives".to_owned());
    }
    parts.join("; ")
}

/// Flags of VT-1; others have their own checks.
fn compare_flags(account: &Account, derived: &Derived, law: Law<'_>, found: &mut Vec<String>) {
    let wanted: BTreeMap<String, &str> = account
        .summary
        .all_flags(law.constants)
        .iter()
        .map(|flag| (flag.to_string(), flag.level()))
        .collect();
    for flag in Flag::ALL {
        let name = flag.to_string();
        let stored = derived.flags.get(&name).map(String::as_str);
        if stored != wanted.get(&name).copied() {
            found.push(format!(
                "flag {name}: {stored:?}, and the log gives {:?} / 标记不符",
                wanted.get(&name)
            ));
        }
    }
}
