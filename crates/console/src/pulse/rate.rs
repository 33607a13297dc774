//! Events a minute, out of counts that were taken about once a minute.

use std::collections::{BTreeMap, BTreeSet};

use keshi_account::Scope;
use keshi_events::Millis;
use keshi_log::Log;
use keshi_store::{Pulse, Store, StoreError};

use crate::pages::now;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// The rate of now is that of so many minutes.
const RECENT: i64 = 5 * MINUTE;

/// A stretch of time of a chart, and what came in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) from: Millis,
    pub(crate) to: Millis,
    /// Messages; none where nobody counted.
    pub(crate) messages: Option<i64>,
}

/// The counts of the last day and now.
pub(crate) struct Rates {
    now: Millis,
    is_fresh: bool,
    /// Moments at which anybody counted, in order.
    looks: Vec<i64>,
    /// What came of a platform since the first look, by moment.
    counts: BTreeMap<String, BTreeMap<i64, i64>>,
    /// Messages of each platform at the last look.
    messages: BTreeMap<String, i64>,
}

impl Rates {
    /// Reads what was kept, and counts once more now where the log answers.
    pub(crate) async fn load(store: &Store, log: &Log, scope: &Scope) -> Result<Rates, StoreError> {
        let at = now();
        let kept = store.pulses(scope, (at.0 - HOUR).div_euclid(MINUTE) - 1).await?;
        let heard = log.heard().await.map_err(|error| tracing::warn!(%error, "the log does not answer")).ok();
        let heard =
            heard.map(|heard| heard.into_iter().map(|(platform, count)| (platform, count as i64)).collect());
        Ok(Rates::of(kept, heard, at))
    }

    pub(crate) fn of(kept: Vec<Pulse>, heard: Option<BTreeMap<String, i64>>, now: Millis) -> Rates {
        let is_fresh = heard.is_some();
        let mut looks: BTreeMap<i64, BTreeMap<String, i64>> = BTreeMap::new();
        for pulse in kept {
            // The platform without a name says that somebody looked.
            let look = looks.entry(pulse.at_ms).or_default();
            if !pulse.platform.is_empty() {
                look.insert(pulse.platform, pulse.messages);
            }
        }
        looks.extend(heard.map(|heard| (now.0, heard)));
        let platforms: BTreeSet<String> = looks.values().flat_map(BTreeMap::keys).cloned().collect();
        let came = |platform: &String| {
            let (mut before, mut sum, mut sums) = (None, 0, BTreeMap::new());
            for (at, counts) in &looks {
                let count = counts.get(platform).copied().unwrap_or(0);
                // A log that was made anew begins to count again.
                sum += before.map_or(0, |before| if count < before { count } else { count - before });
                before = Some(count);
                sums.insert(*at, sum);
            }
            sums
        };
        let counts = platforms.iter().map(|platform| (platform.clone(), came(platform))).collect();
        let messages = looks.values().next_back().cloned().unwrap_or_default();
        let looks = looks.into_keys().collect();
        Rates { now, is_fresh, looks, counts, messages }
    }

    /// The log answered just now.
    pub(crate) fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// Messages in the log now, or when it was counted last.
    pub(crate) fn messages(&self, platform: &str) -> i64 {
        self.messages.get(platform).copied().unwrap_or(0)
    }

    /// Messages a minute over the last minutes, in hundredths; none while nobody counted for a minute.
    pub(crate) fn recent(&self, platform: &str) -> Option<i64> {
        let last = *self.looks.last()?;
        let first = self.looks.iter().copied().find(|at| *at >= last - RECENT - MINUTE / 2)?;
        let took = last - first;
        if took < MINUTE {
            return None;
        }
        let came = self.at(platform, last) - self.at(platform, first);
        Some((i128::from(came) * i128::from(MINUTE) * 100 / i128::from(took)) as i64)
    }

    /// The last hour, minute by minute.
    pub(crate) fn hour(&self, platform: &str) -> Vec<Slot> {
        self.slots(platform, MINUTE, 60)
    }

    /// The last day, hour by hour.
    pub(crate) fn day(&self, platform: &str) -> Vec<Slot> {
        self.slots(platform, HOUR, 24)
    }

    /// What came in each slot. Between two looks it is taken to have come evenly.
    fn slots(&self, platform: &str, length: i64, count: i64) -> Vec<Slot> {
        let end = (self.now.0.div_euclid(length) + 1) * length;
        let slots = (0..count).map(|place| {
            let from = end - (count - place) * length;
            let to = (from + length).min(self.now.0);
            let came = self.until(platform, to).zip(self.until(platform, from));
            let counted = came.map(|(to, from)| to - from);
            // The first look of all may lie within the slot: then it tells of what came after it.
            let since = self.looks.first().filter(|first| from < **first && **first < to);
            let partly =
                since.and_then(|first| Some(self.until(platform, to)? - self.until(platform, *first)?));
            Slot { from: Millis(from), to: Millis(from + length), messages: counted.or(partly) }
        });
        slots.collect()
    }

    /// What came from the first look up to a moment; none before the first look or after the last.
    fn until(&self, platform: &str, at: i64) -> Option<i64> {
        let place = self.looks.partition_point(|look| *look < at);
        let next = *self.looks.get(place)?;
        if next == at {
            return Some(self.at(platform, at));
        }
        let last = *self.looks.get(place.checked_sub(1)?)?;
        let (before, after) = (self.at(platform, last), self.at(platform, next));
        let came = i128::from(after - before);
        Some(before + (came * i128::from(at - last) / i128::from((next - last).max(1))) as i64)
    }

    /// What came up to a look: of a platform without a count nothing.
    fn at(&self, platform: &str, look: i64) -> i64 {
        self.counts.get(platform).and_then(|counts| counts.get(&look)).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at_ms: i64, p1: Option<i64>) -> Vec<Pulse> {
        let all = Pulse { platform: String::new(), at_ms, messages: p1.unwrap_or(0) };
        let own = p1.map(|messages| Pulse { platform: "p1".into(), at_ms, messages });
        std::iter::once(all).chain(own).collect()
    }

    /// A whole hour, so that slots are easy to name.
    const T: i64 = 440_000 * HOUR;

    #[test]
    fn minutes_hold_what_came_in_them() {
        let kept = [
            look(T - 3 * MINUTE, None),
            look(T - 2 * MINUTE, Some(60)),
            look(T - MINUTE, Some(60)),
            look(T, Some(90)),
        ];
        let rates =
            Rates::of(kept.concat(), Some(BTreeMap::from([("p1".to_owned(), 105)])), Millis(T + 30_000));
        let hour = rates.hour("p1");
        let came: Vec<Option<i64>> = hour.iter().rev().take(5).map(|slot| slot.messages).collect();
        assert_eq!(came, [Some(15), Some(30), Some(0), Some(60), None]);
        assert_eq!((hour.len(), hour[59].from), (60, Millis(T)));
        assert_eq!(rates.messages("p1"), 105);
        // 105 in three and a half minutes.
        assert_eq!(rates.recent("p1"), Some(3000));
        assert_eq!(rates.recent("unheard"), Some(0));
    }

    #[test]
    fn a_gap_is_an_average_and_before_the_first_look_nothing_is_known() {
        let kept = [look(T - 10 * MINUTE, Some(100)), look(T, Some(200))].concat();
        let rates = Rates::of(kept, None, Millis(T));
        let came: Vec<Option<i64>> = rates.hour("p1").iter().map(|slot| slot.messages).collect();
        assert_eq!(came.iter().flatten().sum::<i64>(), 100);
        assert_eq!(came.iter().flatten().count(), 11);
        assert_eq!(came[55], Some(10));
        let day = rates.day("p1");
        assert_eq!((day.len(), day.iter().filter_map(|slot| slot.messages).sum::<i64>()), (24, 100));
        assert_eq!(Rates::of(look(T, Some(5)), None, Millis(T)).recent("p1"), None, "one look is no rate");
    }

    #[test]
    fn a_log_that_was_made_anew_never_counts_below_nothing() {
        let kept = [look(T - 2 * MINUTE, Some(500)), look(T - MINUTE, Some(10))].concat();
        let rates = Rates::of(kept, None, Millis(T));
        let came: i64 = rates.hour("p1").iter().filter_map(|slot| slot.messages).sum();
        assert_eq!((came, rates.messages("p1")), (10, 10));
        assert_eq!(rates.recent("p1"), Some(1000));
    }
}
