//! Instants: integer milliseconds, read from RFC 3339 and shown in Beijing time.

use std::fmt;
use std::ops::{Add, Sub};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, SecondsFormat};
use serde::{Deserialize, Serialize};

/// Seconds east of UTC of Beijing time (+08:00, no summer time since 1991).
const BEIJING_SECONDS: i64 = 8 * 3600;

/// An instant: milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// 2000-01-01T00:00Z: no event is older.
    pub const EARLIEST: Millis = Millis(946_684_800_000);
    /// 2101-01-01T00:00Z: every event is before it.
    pub const END: Millis = Millis(4_133_980_800_000);

    /// Reads an RFC 3339 time with an offset: `T` or `t`, `Z`, `z` or `±hh:mm`, hours 00-23, seconds 00-59. What
    /// is finer than a millisecond is cut off towards the past.
    pub fn parse_rfc3339(text: &str) -> Option<Millis> {
        let bytes = text.as_bytes();
        let (head, rest) = bytes.split_at_checked(19)?;
        let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T' | b't', h1, h2, b':', mi1, mi2, b':', s1, s2] =
            *head
        else {
            return None;
        };
        let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, number(&[mo1, mo2])?, number(&[d1, d2])?)?;
        let time = NaiveTime::from_hms_opt(number(&[h1, h2])?, number(&[mi1, mi2])?, number(&[s1, s2])?)?;
        let (millis, zone) = fraction(rest)?;
        let offset = offset_seconds(zone)?;
        let seconds = date.and_time(time).and_utc().timestamp() - offset;
        Some(Millis(seconds * 1000 + millis))
    }

    /// `2020-04-20T09:00:30.120+08:00`: how log files and people get it.
    pub fn to_beijing(self) -> String {
        let Some(utc) = DateTime::from_timestamp_millis(self.0) else {
            return format!("{} ms", self.0);
        };
        match FixedOffset::east_opt(BEIJING_SECONDS as i32) {
            Some(zone) => utc.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Millis, false),
            None => utc.to_rfc3339_opts(SecondsFormat::Millis, true),
        }
    }

    /// Days since the epoch of the Beijing calendar date.
    pub fn beijing_day(self) -> i64 {
        (self.0 + BEIJING_SECONDS * 1000).div_euclid(86_400_000)
    }

    /// The first instant of a Beijing day, counted as [`Millis::beijing_day`] counts.
    pub fn of_beijing_day(day: i64) -> Millis {
        Millis(day * 86_400_000 - BEIJING_SECONDS * 1000)
    }

    /// The Beijing calendar date.
    pub fn beijing_date(self) -> NaiveDate {
        DateTime::from_timestamp_millis(self.0 + BEIJING_SECONDS * 1000).unwrap_or_default().date_naive()
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_beijing())
    }
}

impl Sub for Millis {
    type Output = i64;
    fn sub(self, other: Millis) -> i64 {
        self.0 - other.0
    }
}

impl Add<i64> for Millis {
    type Output = Millis;
    fn add(self, millis: i64) -> Millis {
        Millis(self.0 + millis)
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, d| d.is_ascii_digit().then(|| sum * 10 + u32::from(d - b'0')))
}

/// Reads `.123456`, if there, and gives its whole milliseconds and what follows.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let count = digits.iter().take_while(|d| d.is_ascii_digit()).count();
    let (digits, zone) = digits.split_at_checked(count)?;
    if digits.is_empty() {
        return None;
    }
    let digit = |i: usize| digits.get(i).map_or(0, |d| i64::from(d - b'0'));
    Some((digit(0) * 100 + digit(1) * 10 + digit(2), zone))
}

fn offset_seconds(zone: &[u8]) -> Option<i64> {
    match *zone {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
            let seconds = i64::from(hours * 3600 + minutes * 60);
            (hours < 24 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_rfc_3339_allows_and_nothing_else() {
        let at = |text| Millis::parse_rfc3339(text).map(|m| m.0);
        assert_eq!(at("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(at("1970-01-01t08:00:00.0019999+08:00"), Some(1));
        assert_eq!(at("1969-12-31T23:59:59.9999z"), Some(-1));
        assert_eq!(at("2020-02-29T23:59:59-00:00"), Some(1_583_020_799_000));
        for bad in [
            "2020-02-30T00:00:00Z",
            "2020-01-01 00:00:00Z",
            "2020-01-01T24:00:00Z",
            "2020-01-01T00:00:60Z",
            "2020-01-01T00:00:00",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00+0800",
            "2020-01-01T00:00:00+24:00",
            "2020-01-01T00:00:00Z ",
            "+020-01-01T00:00:00Z",
            "2020-01-01T00:00:00,5Z",
            "",
        ] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }

    #[test]
    fn shows_beijing_time_and_its_date() {
        let at = Millis::parse_rfc3339("2020-04-20T23:59:59.999+08:00").expect("a time");
        assert_eq!(at.to_beijing(), "2020-04-20T23:59:59.999+08:00");
        assert_eq!((at + 1).beijing_day(), at.beijing_day() + 1);
        assert_eq!(Millis::of_beijing_day((at + 1).beijing_day()), at + 1);
        assert_eq!(at.beijing_date().to_string(), "2020-04-20");
    }
}
