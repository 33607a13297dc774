//! All flags together: one of each id, and those that weigh more because of others.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::TraineeId;

use crate::flag::{Flag, Kind, Level};

/// Joins the flags of all trainees with those between them; `travel` holds where something else holds already. In order of
/// weight, then of id's content.
pub fn settle(flags: impl IntoIterator<Item = Flag>) -> Vec<Flag> {
    let mut flags = join(flags);
    let held: BTreeSet<TraineeId> =
        flags.iter().filter(|flag| flag.level == Level::Hold).flat_map(|flag| flag.people.clone()).collect();
    for flag in flags.iter_mut().filter(|flag| flag.kind == Kind::Travel) {
        if flag.people.iter().any(|trainee| held.contains(trainee)) {
            flag.level = Level::Hold;
        }
    }
    flags.sort_unstable_by(|a, b| b.level.cmp(&a.level).then_with(|| a.cmp(b)));
    flags
}

/// One flag of each id: the weightier, with the events of all of that id.
pub fn join(flags: impl IntoIterator<Item = Flag>) -> Vec<Flag> {
    // In one order, whatever order they came in: which of two flags says more must not depend on it.
    let mut all: Vec<Flag> = flags.into_iter().collect();
    all.sort_unstable();
    let mut by_id: BTreeMap<String, Flag> = BTreeMap::new();
    for flag in all {
        match by_id.entry(flag.id()) {
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(flag);
            }
            std::collections::btree_map::Entry::Occupied(mut slot) => {
                let known = slot.get().clone();
                slot.insert(merged(known, flag));
            }
        }
    }
    by_id.into_values().map(Flag::tidy).collect()
}

/// The weightier of two flags with one id (else the one that says more, by its text), over the span and events of both.
fn merged(a: Flag, b: Flag) -> Flag {
    let weight = |flag: &Flag| (flag.level, flag.evidence.len(), flag.chinese.clone(), flag.english.clone());
    let (mut strong, weak) = if weight(&a) >= weight(&b) { (a, b) } else { (b, a) };
    (strong.from, strong.to) = (strong.from.min(weak.from), strong.to.max(weak.to));
    strong.evidence.extend(weak.evidence);
    strong
}
