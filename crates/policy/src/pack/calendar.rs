//! Working days: weekends, holidays, and the weekend days worked in exchange (调休).

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;

/// Holidays and shifted working days of a span of years.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// First day that the calendar knows.
    pub covers_from: NaiveDate,
    /// Last day that it knows.
    pub covers_to: NaiveDate,
    /// Days off besides weekends.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
    /// Weekend days that are worked.
    #[serde(default)]
    pub working: Vec<NaiveDate>,
    /// Where it stands.
    pub clause: String,
}

/// A holiday, both days included.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Its name.
    pub name: String,
    /// First day off.
    pub from: NaiveDate,
    /// Last day off.
    pub to: NaiveDate,
}

/// How long claims are made public before the city decides.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publicity {
    /// Working days; the day of publication does not count.
    pub working_days: u32,
    /// Where it stands.
    pub clause: String,
}

/// When a publicity period ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicityPeriod {
    /// Its last working day.
    pub last_day: NaiveDate,
    /// The first day on which the claim may be approved.
    pub approval_from: NaiveDate,
    /// Whether the calendar knew every day of it; weekends alone were taken for the others.
    pub calendar_known: bool,
}

impl Calendar {
    /// Whether people work on a day.
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        if self.working.contains(&day) {
            return true;
        }
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        !weekend && !self.holidays.iter().any(|holiday| holiday.from <= day && day <= holiday.to)
    }

    /// The period of so many working days after the day of publication. `None` only at the end of all calendars.
    pub fn publicity(&self, published: NaiveDate, working_days: u32) -> Option<PublicityPeriod> {
        let mut last_day = published;
        let mut left = working_days;
        while left > 0 {
            last_day = last_day.succ_opt()?;
            if self.is_working_day(last_day) {
                left -= 1;
            }
        }
        let calendar_known = self.covers_from <= published && last_day <= self.covers_to;
        Some(PublicityPeriod { last_day, approval_from: last_day.succ_opt()?, calendar_known })
    }
}
