//! From stored messages to all records, without server or database: for auditors, and for tests.

use std::collections::BTreeMap;

use keshi_events::{Origin, StoredMessage, TraineeId, decode};

use crate::account::judge;
use crate::catalogue::Catalogue;
use crate::constants::Constants;
use crate::distinct::{Accepted, Distinct};
use crate::names::Names;
use crate::report::{RULE, Rejected, Report, TraineeRecord};

/// All records, worked out message by message: of each one only what it proves is kept.
#[derive(Debug)]
pub struct Recomputation {
    origin: Origin,
    accepted: BTreeMap<TraineeId, Vec<Accepted>>,
    rejected: Vec<Rejected>,
    names: Names,
}

impl Recomputation {
    /// Before the first message.
    pub fn new(origin: Origin) -> Recomputation {
        Recomputation { origin, accepted: BTreeMap::new(), rejected: Vec::new(), names: Names::default() }
    }

    /// Takes one more message. They may come in any order: their `seq` decides.
    pub fn take(&mut self, message: &StoredMessage) {
        match decode(message, self.origin) {
            Err(rejection) => self.rejected.push(Rejected { seq: message.seq, code: rejection.code }),
            Ok(event) => {
                let accepted = Accepted::of(&event, &mut self.names);
                match self.accepted.get_mut(event.trainee.as_ref()) {
                    Some(events) => events.push(accepted),
                    None => {
                        self.accepted.insert(TraineeId::from(event.trainee.as_ref()), vec![accepted]);
                    }
                }
            }
        }
    }

    /// Judges everybody.
    pub fn report(mut self, constants: &Constants, catalogue: &Catalogue) -> Report {
        self.rejected.sort_unstable_by_key(|rejected| rejected.seq);
        let mut duplicates = 0;
        let mut trainees = Vec::with_capacity(self.accepted.len());
        for (trainee, accepted) in self.accepted {
            let kept = Distinct::of(accepted);
            duplicates += kept.duplicates;
            let account = judge(&trainee, &kept.events, kept.changed, constants, catalogue);
            trainees.push(TraineeRecord::of(&trainee, &account.summary, constants, catalogue));
        }
        Report { rule: RULE.to_owned(), trainees, rejected: self.rejected, duplicates }
    }
}

/// Works out all records of these messages.
pub fn recompute(
    messages: &[StoredMessage],
    origin: Origin,
    constants: &Constants,
    catalogue: &Catalogue,
) -> Report {
    let mut all = Recomputation::new(origin);
    for message in messages {
        all.take(message);
    }
    all.report(constants, catalogue)
}
