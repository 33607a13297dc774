//! Class hours (课时), notice 六(一): 40 minutes each, a remainder of 20 minutes or more counts as one.

/// Class hours of so many seconds. Once per course, never per video.
pub fn class_hours(seconds: i64) -> i64 {
    seconds.div_euclid(2400) + i64::from(seconds.rem_euclid(2400) >= 1200)
}

#[cfg(test)]
mod tests {
    use super::class_hours;

    #[test]
    fn a_remainder_of_twenty_minutes_counts() {
        let cases = [(0, 0), (1199, 0), (1200, 1), (2400, 1), (3599, 1), (3600, 2), (70799, 29), (70800, 30)];
        for (seconds, hours) in cases {
            assert_eq!(class_hours(seconds), hours, "{seconds}");
        }
    }
}
