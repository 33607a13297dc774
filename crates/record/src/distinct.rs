//! VT-1, step 1: of events with one (platform, trainee, id) the first recorded wins.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use keshi_events::{Event, EventId, PlatformId};

use crate::evidence::Evidence;
use crate::names::Names;

/// An accepted event of a trainee, with what tells whether a repeat of its id says the same.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// What it proves.
    pub evidence: Evidence,
    /// [`Event::fingerprint`].
    pub says: [u8; 32],
}

impl Accepted {
    /// What has to be kept of an event.
    pub fn of(event: &Event<'_>, names: &mut Names) -> Accepted {
        Accepted { evidence: Evidence::of(event, names), says: event.fingerprint() }
    }
}

/// The distinct events of one trainee.
#[derive(Debug, Default)]
pub struct Distinct {
    /// What takes part, in order of recording.
    pub events: Vec<Evidence>,
    /// Accepted events that were dropped, silent or changed.
    pub duplicates: u64,
    /// Whether one came again with other content.
    pub changed: bool,
}

/// An event in its turn.
#[derive(Clone, Copy, Debug)]
pub enum Turn<'e, 'a> {
    /// The first of its id: it stands.
    First(&'e Event<'a>),
    /// One of its id was there before.
    Again {
        /// The one that stands.
        first: &'e Event<'a>,
        /// This one.
        event: &'e Event<'a>,
        /// Whether both say the same.
        same: bool,
    },
}

/// Sorts one trainee's accepted events out, in order of `seq`.
pub fn first_of_each<'e, 'a>(events: &'e [Event<'a>]) -> impl Iterator<Item = Turn<'e, 'a>> {
    let mut first: HashMap<(&str, &str), &Event<'a>> = HashMap::with_capacity(events.len());
    events.iter().map(move |event| match first.entry((event.platform, event.id.as_ref())) {
        Entry::Vacant(slot) => Turn::First(slot.insert(event)),
        Entry::Occupied(known) => {
            let first = *known.get();
            Turn::Again { first, event, same: first.says_the_same(event) }
        }
    })
}

/// Keeps the first recorded event of each id. `events` are one trainee's accepted events in order of `seq`.
pub fn distinct(events: &[Event<'_>]) -> Distinct {
    let (mut kept, mut names) = (Distinct::default(), Names::default());
    for turn in first_of_each(events) {
        match turn {
            Turn::First(event) => kept.events.push(Evidence::of(event, &mut names)),
            Turn::Again { same, .. } => kept.repeat(same),
        }
    }
    kept
}

impl Distinct {
    /// The same of events that are not kept whole, in any order.
    pub fn of(mut accepted: Vec<Accepted>) -> Distinct {
        accepted.sort_unstable_by_key(|event| event.evidence.seq);
        let mut first: HashMap<(PlatformId, EventId), [u8; 32]> = HashMap::with_capacity(accepted.len());
        let mut kept = Distinct::default();
        for Accepted { evidence, says } in accepted {
            match first.entry((evidence.platform.clone(), evidence.id.clone())) {
                Entry::Vacant(slot) => {
                    slot.insert(says);
                    kept.events.push(evidence);
                }
                Entry::Occupied(winner) => kept.repeat(*winner.get() == says),
            }
        }
        kept
    }

    fn repeat(&mut self, same: bool) {
        self.duplicates += 1;
        self.changed |= !same;
    }
}
