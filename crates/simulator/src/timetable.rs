//! When people study: evenings, and how long they stay.

use std::ops::Range;

use keshi_events::Millis;
use rand::{Rng, RngExt};

use crate::config::Config;

/// The evenings of a class.
#[derive(Clone, Debug)]
pub(crate) struct Timetable {
    first: Millis,
    evenings: usize,
    within_ms: i64,
    minutes: Range<i64>,
}

/// One evening of one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sitting {
    pub(crate) begins: Millis,
    pub(crate) ends: Millis,
}

const DAY_MS: i64 = 86_400_000;

impl Timetable {
    pub(crate) fn of(config: &Config) -> Timetable {
        Timetable {
            first: config.first_evening,
            evenings: config.evenings,
            within_ms: config.sit_down_within_ms.max(1),
            minutes: config.sitting_minutes.start
                ..config.sitting_minutes.end.max(config.sitting_minutes.start + 1),
        }
    }

    /// When the evening of this number begins, counted from 0.
    pub(crate) fn evening(&self, evening: usize) -> Option<Millis> {
        let day = i64::try_from(evening).ok().filter(|_| evening < self.evenings)?;
        Some(self.first + day * DAY_MS)
    }

    /// A sitting on the evening of this number, counted from 0; `late`: of somebody who studies late at night.
    pub(crate) fn sitting(&self, evening: usize, late: bool, rng: &mut impl Rng) -> Option<Sitting> {
        if evening >= self.evenings {
            return None;
        }
        let day = i64::try_from(evening).ok()?;
        let after = rng.random_range(0..self.within_ms) + if late { 3 * self.within_ms } else { 0 };
        let begins = self.first + day * DAY_MS + after;
        let ends = begins + rng.random_range(self.minutes.clone()) * 60_000;
        Some(Sitting { begins, ends })
    }
}
