//! Who hangs together with whom, directly or through others.

use std::collections::{BTreeMap, HashMap};

/// People joined by twos.
#[derive(Default)]
pub(super) struct Links {
    above: HashMap<u32, u32>,
}

impl Links {
    /// The one who stands for all that hang together with this one.
    pub(super) fn root(&mut self, who: u32) -> u32 {
        let mut root = who;
        loop {
            let above = *self.above.entry(root).or_insert(root);
            if above == root {
                break;
            }
            root = above;
        }
        self.above.insert(who, root);
        root
    }

    /// Joins two; says whether they were apart.
    pub(super) fn join(&mut self, one: u32, other: u32) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        // The lower number stands for all, so that chains stay short enough and the outcome is one.
        self.above.insert(one.max(other), one.min(other));
        one != other
    }

    /// Everybody who was joined, by who stands for them.
    pub(super) fn groups(mut self) -> BTreeMap<u32, Vec<u32>> {
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut all: Vec<u32> = self.above.keys().copied().collect();
        all.sort_unstable();
        for who in all {
            groups.entry(self.root(who)).or_default().push(who);
        }
        groups
    }
}
