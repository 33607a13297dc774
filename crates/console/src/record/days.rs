//! The days of a record.

use std::collections::BTreeMap;

use keshi_events::Millis;
use keshi_record::Judged;

use crate::record::Study;
use crate::record::reasons::Fate;

/// A Beijing day with its sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct Day {
    /// Days since the epoch.
    pub(crate) day: i64,
    /// Wall time by fate, ms.
    pub(crate) sums: BTreeMap<Fate, i64>,
}

impl Day {
    pub(crate) fn date(&self) -> String {
        Millis::of_beijing_day(self.day).beijing_date().to_string()
    }

    /// All claimed wall time of the day, ms.
    pub(crate) fn claimed_ms(&self) -> i64 {
        self.sums.values().sum()
    }

    pub(crate) fn attested_ms(&self) -> i64 {
        self.sums.get(&Fate::Counts).copied().unwrap_or_default()
    }
}

/// Every day on which something happened.
pub(crate) fn days(study: &Study) -> Vec<Day> {
    let mut days: BTreeMap<i64, Day> = BTreeMap::new();

    for event in &study.events {
        let day = event.time.beijing_day();
        days.entry(day).or_insert_with(|| Day { day, ..Day::default() });
    }
    for judged in &study.account.stretches {
        add(&mut days, judged);
    }
    days.into_values().collect()
}

fn add(days: &mut BTreeMap<i64, Day>, judged: &Judged) {
    for span in &judged.spans {
        let mut at = span.start;
        while at < span.end {
            let day = at.beijing_day();
            let until = Millis::of_beijing_day(day + 1).min(span.end);
            let entry = days.entry(day).or_insert_with(|| Day { day, ..Day::default() });
            *entry.sums.entry(Fate::of(span)).or_default() += until - at;
            at = until;
        }
    }
}
