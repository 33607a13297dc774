//! What to simulate.

use std::ops::Range;

use keshi_events::Millis;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many people.
    pub trainees: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// How many of a thousand are dishonest; their number is rounded half up.
    pub dishonest_per_mille: u32,
    /// Every persona there is, with several platforms; else a few simple ones, whose study needs no comparison.
    pub everybody: bool,
    /// When the first evening begins.
    pub first_evening: Millis,
    /// How many evenings, one a day.
    pub evenings: usize,
    /// Class hours of each platform's course.
    pub class_hours: i64,
    /// People sit down within so long after an evening's beginning, ms. A few, who study late, take four times as long.
    pub sit_down_within_ms: i64,
    /// How long they stay, minutes.
    pub sitting_minutes: Range<i64>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            trainees: 60,
            seed: 2020,
            dishonest_per_mille: 50,
            everybody: false,
            first_evening: Millis(1_586_170_800_000), // 2020-04-06T19:00+08:00
            evenings: 21,
            class_hours: 30,
            sit_down_within_ms: 40 * 60_000,
            sitting_minutes: 75..130,
        }
    }
}

/// Nobody sits longer.
const DAY_MINUTES: i64 = 24 * 60;
/// Wall seconds between two events of one studying person, pauses included: measured, and held by a test.
const SECONDS_BETWEEN_EVENTS: usize = 34;

impl Config {
    /// A city: many people, short courses, so that a large one can be lived through in minutes.
    pub fn city() -> Config {
        Config { trainees: 1_000, everybody: true, evenings: 18, class_hours: 6, ..Config::default() }
    }

    /// One evening that begins now and lasts for so many minutes; everybody sits down within half a minute.
    #[must_use]
    pub fn live(self, begun: Millis, minutes: u64) -> Config {
        let minutes = i64::try_from(minutes).unwrap_or(i64::MAX).min(DAY_MINUTES);
        Config {
            first_evening: begun,
            evenings: 1,
            sit_down_within_ms: 30_000,
            sitting_minutes: minutes + 1..minutes + 2,
            ..self
        }
    }

    /// As many people as make about so many events a second together, while they study.
    #[must_use]
    pub fn at_rate(self, events_per_second: usize) -> Config {
        Config { trainees: events_per_second.saturating_mul(SECONDS_BETWEEN_EVENTS), ..self }
    }

    /// How many people are dishonest.
    pub(crate) fn dishonest(&self) -> usize {
        let exact = self.trainees as u128 * u128::from(self.dishonest_per_mille.min(1000));
        usize::try_from((exact + 500) / 1000).unwrap_or(self.trainees)
    }
}
