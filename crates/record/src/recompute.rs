//! From stored messages to all records, without server or database: for auditors, and for tests.

use std::collections::BTreeMap;

use keshi_events::{Event, Origin, StoredMessage, TraineeId, decode};

use crate::account::judge;
use crate::catalogue::Catalogue;
use crate::constants::Constants;
use crate::distinct::distinct;
use crate::report::{RULE, Rejected, Report, TraineeRecord};

/// Works out all records. Messages may stand in any order: their `seq` decides.
pub fn recompute(
    messages: &[StoredMessage],
    origin: Origin,
    constants: &Constants,
    catalogue: &Catalogue,
) -> Report {
    let mut ordered: Vec<&StoredMessage> = messages.iter().collect();
    ordered.sort_unstable_by_key(|message| message.seq);
    let mut by_trainee: BTreeMap<TraineeId, Vec<Event<'_>>> = BTreeMap::new();
    let mut rejected = Vec::new();
    for message in ordered {
        match decode(message, origin) {
            Ok(event) => by_trainee.entry(TraineeId::from(event.trainee.as_ref())).or_default().push(event),
            Err(rejection) => rejected.push(Rejected { seq: message.seq, code: rejection.code }),
        }
    }
    let mut duplicates = 0;
    let mut trainees = Vec::with_capacity(by_trainee.len());
    for (trainee, events) in &by_trainee {
        let kept = distinct(events);
        duplicates += kept.duplicates;
        let account = judge(trainee, &kept.events, kept.changed, constants, catalogue);
        trainees.push(TraineeRecord::of(trainee, &account.summary, constants, catalogue));
    }
    Report { rule: RULE.to_owned(), trainees, rejected, duplicates }
}
