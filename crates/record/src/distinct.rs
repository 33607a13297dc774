//! VT-1, step 1: of events with one (platform, trainee, id) the first recorded wins.

use std::collections::HashMap;

use keshi_events::Event;

use crate::evidence::Evidence;

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

/// Keeps the first recorded event of each id. `events` are one trainee's accepted events in order of `seq`.
pub fn distinct(events: &[Event<'_>]) -> Distinct {
    let mut first: HashMap<(&str, &str), &Event<'_>> = HashMap::with_capacity(events.len());
    let mut kept = Distinct::default();
    for event in events {
        match first.entry((event.platform, event.id.as_ref())) {
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(event);
                kept.events.push(Evidence::of(event));
            }
            std::collections::hash_map::Entry::Occupied(winner) => {
                kept.duplicates += 1;
                kept.changed |= !winner.get().says_the_same(event);
            }
        }
    }
    kept
}
