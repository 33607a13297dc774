//! Who was there together: people in spans of time, within a sliding window.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::Millis;

/// One person's span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) who: u32,
    pub(super) from: Millis,
    pub(super) to: Millis,
}

/// People that were there within one window, none of which could be added to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Together {
    pub(super) people: BTreeSet<u32>,
    pub(super) from: Millis,
    pub(super) to: Millis,
    /// How many of them within one window, at the most.
    pub(super) at_once: usize,
}

/// All largest groups of at least two within a window of this length (0: at the same moment), each once: with the first
/// moment at which it was there, and the last. Groups of `chained` and more that follow each other without a break are one:
/// a farm that works through thousands of accounts has thousands of windows.
pub(super) fn together(spans: &[Span], window: i64, chained: usize) -> Vec<Together> {
    // A window that begins at w sees a span when from <= w + window and w <= to.
    let mut turns: Vec<(Millis, bool, u32, Millis, Millis)> = Vec::with_capacity(spans.len() * 2);
    for span in spans {
        turns.push((span.from + -window, false, span.who, span.from, span.to));
        turns.push((span.to, true, span.who, span.from, span.to));
    }
    // Entering comes before leaving at the same moment: edges are inclusive.
    turns.sort_unstable();
    let mut active: BTreeMap<u32, (usize, Millis, Millis)> = BTreeMap::new();
    let mut grown = false;
    let mut groups: BTreeMap<BTreeSet<u32>, (Millis, Millis, usize)> = BTreeMap::new();
    let mut keep = |people: BTreeSet<u32>, from: Millis, to: Millis, at_once: usize| {
        let known = groups.entry(people).or_insert((from, to, at_once));
        *known = (known.0.min(from), known.1.max(to), known.2.max(at_once));
    };
    let mut chain: Option<Together> = None;
    for (_, leaves, who, from, to) in turns {
        if !leaves {
            let entry = active.entry(who).or_insert((0, from, to));
            grown |= entry.0 == 0;
            *entry = (entry.0 + 1, entry.1.min(from), entry.2.max(to));
            continue;
        }
        let last = active.get(&who).is_some_and(|entry| entry.0 == 1);
        if last && grown && active.len() > 1 {
            let from = active.values().map(|(_, from, _)| *from).min().unwrap_or(from);
            let to = active.values().map(|(_, _, to)| *to).max().unwrap_or(to);
            let at_once = active.len();
            if at_once >= chained {
                let chain = chain.get_or_insert(Together { people: BTreeSet::new(), from, to, at_once });
                (chain.from, chain.to) = (chain.from.min(from), chain.to.max(to));
                chain.at_once = chain.at_once.max(at_once);
                chain.people.extend(active.keys());
            } else {
                keep(active.keys().copied().collect(), from, to, at_once);
            }
            grown = false;
        }
        if last {
            active.remove(&who);
            if active.len() < chained
                && let Some(Together { people, from, to, at_once }) = chain.take()
            {
                keep(people, from, to, at_once);
            }
        } else if let Some(entry) = active.get_mut(&who) {
            entry.0 -= 1;
        }
    }
    let group = |(people, (from, to, at_once))| Together { people, from, to, at_once };
    groups.into_iter().map(group).collect()
}

/// The most people within one window.
pub(super) fn most(spans: &[Span], window: i64) -> usize {
    let mut turns: Vec<(Millis, bool, u32)> = Vec::with_capacity(spans.len() * 2);
    for span in spans {
        turns.push((span.from + -window, false, span.who));
        turns.push((span.to, true, span.who));
    }
    turns.sort_unstable();
    let mut active: BTreeMap<u32, usize> = BTreeMap::new();
    let mut most = 0;
    for (_, leaves, who) in turns {
        let count = active.entry(who).or_default();
        if !leaves {
            *count += 1;
        } else if *count > 1 {
            *count -= 1;
        } else {
            active.remove(&who);
        }
        most = most.max(active.len());
    }
    most
}
