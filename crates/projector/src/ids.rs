//! The ids that a trainee's events have, as numbers: 16 bytes an event.

use keshi_trail::IdKey;

/// Each key with the sequence of its event, in order of keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids(Vec<(IdKey, i64)>);

impl Ids {
    /// All of a trainee's, in any order.
    pub(crate) fn of(mut all: Vec<(IdKey, i64)>) -> Ids {
        all.sort_unstable();
        all.dedup();
        Ids(all)
    }

    /// Adds an event's.
    pub(crate) fn insert(&mut self, key: IdKey, seq: i64) {
        let at = self.0.partition_point(|there| *there < (key, seq));
        self.0.insert(at, (key, seq));
    }

    /// The events whose ids have this key: nearly always none, and one where an id comes again.
    pub(crate) fn with(&self, key: IdKey) -> impl Iterator<Item = i64> + '_ {
        let from = self.0.partition_point(|(there, _)| *there < key);
        self.0.iter().skip(from).take_while(move |(there, _)| *there == key).map(|(_, seq)| *seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_finds_every_event_that_has_it() {
        let mut ids = Ids::of(vec![(IdKey(7), 2), (IdKey(-3), 1), (IdKey(7), 2)]);
        ids.insert(IdKey(7), 9);
        ids.insert(IdKey(i64::MIN), 4);
        assert_eq!(ids.with(IdKey(7)).collect::<Vec<_>>(), [2, 9]);
        assert_eq!(ids.with(IdKey(-3)).collect::<Vec<_>>(), [1]);
        assert_eq!(ids.with(IdKey(i64::MIN)).collect::<Vec<_>>(), [4]);
        assert_eq!(ids.with(IdKey(8)).count(), 0);
    }
}
