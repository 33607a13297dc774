//! Numbers by their exact value, however they are spelt.

use num_bigint::BigInt;

/// A decimal number in one spelling: digits without leading or trailing zeros, times ten to the exponent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exact {
    negative: bool,
    digits: String,
    exponent: Exponent,
}

/// Exponents are short, but a payload may hold one of sixty thousand digits.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Exponent {
    Short(i64),
    Long(BigInt),
}

/// How a number fares as a count of thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thousandths {
    /// So many, exactly.
    Whole(i64),
    /// It has more than three decimals.
    TooFine,
    /// Whole, but far outside of any range in use.
    Huge,
}

impl Thousandths {
    /// Of a number that is known to follow JSON's grammar.
    pub(crate) fn of(text: &str) -> Thousandths {
        Thousandths::plain(text).unwrap_or_else(|| Exact::read(text).thousandths())
    }

    /// Of a number as nearly all are written: up to nine digits, at most three decimals, no sign and no exponent.
    fn plain(text: &str) -> Option<Thousandths> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        if whole.len() > 9 || decimals.len() > 3 {
            return None;
        }
        let mut value: i64 = 0;
        for digit in whole.bytes().chain(decimals.bytes()) {
            value = value * 10 + i64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
        }
        for _ in decimals.len()..3 {
            value *= 10;
        }
        Some(Thousandths::Whole(value))
    }
}

impl Exact {
    /// Reads a number that is known to follow JSON's grammar.
    pub(crate) fn read(text: &str) -> Exact {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let joined = format!("{whole}{decimals}");
        let digits = joined.trim_start_matches('0').trim_end_matches('0');
        if digits.is_empty() {
            return Exact { negative: false, digits: String::new(), exponent: Exponent::Short(0) };
        }
        let trailing = joined.len() - joined.trim_end_matches('0').len();
        let shift = trailing as i64 - decimals.len() as i64;
        Exact { negative, digits: digits.to_owned(), exponent: Exponent::read(exponent, shift) }
    }

    /// The value in thousandths.
    pub(crate) fn thousandths(&self) -> Thousandths {
        if self.digits.is_empty() {
            return Thousandths::Whole(0);
        }
        let places = match &self.exponent {
            Exponent::Short(exponent) => exponent + 3,
            Exponent::Long(exponent) if exponent.sign() == num_bigint::Sign::Minus => {
                return Thousandths::TooFine;
            }
            Exponent::Long(_) => return Thousandths::Huge,
        };
        if places < 0 {
            return Thousandths::TooFine;
        }
        if self.digits.len() as i64 + places > 15 {
            return Thousandths::Huge;
        }
        let value = self
            .digits
            .parse::<i64>()
            .unwrap_or(i64::MAX)
            .saturating_mul(10_i64.saturating_pow(places as u32));
        Thousandths::Whole(if self.negative { -value } else { value })
    }

    /// Whether it is a whole number (2.0 is).
    pub(crate) fn is_integer(&self) -> bool {
        match &self.exponent {
            Exponent::Short(exponent) => *exponent >= 0,
            Exponent::Long(exponent) => exponent.sign() != num_bigint::Sign::Minus,
        }
    }

    /// A text that two numbers share exactly when their values are equal.
    pub(crate) fn canonical(&self) -> String {
        format!("{}{}e{}", if self.negative { "-" } else { "" }, self.digits, self.exponent.text())
    }

    /// Whether it is more than nothing.
    pub(crate) fn is_positive(&self) -> bool {
        !self.negative && !self.digits.is_empty()
    }
}

impl Exponent {
    /// Digits with their sign, the same for equal exponents.
    fn text(&self) -> String {
        match self {
            Exponent::Short(exponent) => exponent.to_string(),
            Exponent::Long(exponent) => exponent.to_string(),
        }
    }

    fn read(text: &str, shift: i64) -> Exponent {
        // With at most 17 characters the sum stays below the bound of short exponents, whatever shift a payload causes.
        if text.len() <= 17 {
            return Exponent::Short(text.parse::<i64>().unwrap_or(0) + shift);
        }
        let exact = text.parse::<BigInt>().unwrap_or_default() + shift;
        i64::try_from(&exact)
            .ok()
            .filter(|e| e.abs() < 1_000_000_000_000_000_000)
            .map_or(Exponent::Long(exact), Exponent::Short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_equal_however_spelt() {
        for (a, b) in [
            ("30", "3e1"),
            ("30.0", "0.3E+2"),
            ("-0", "0.000"),
            ("1e999", "10e998"),
            ("1e-7", "0.0000001"),
            ("1e99999999999999999999", "10e99999999999999999998"),
            ("2e000000000000000000000001", "20"),
            ("1000e999999999999999999", "1000e0999999999999999999"),
            ("0.001e-999999999999999999", "1e-1000000000000000002"),
        ] {
            assert_eq!(Exact::read(a), Exact::read(b), "{a} {b}");
            assert_eq!(Exact::read(a).canonical(), Exact::read(b).canonical(), "{a} {b}");
        }
        for (a, b) in [("30", "30.1"), ("1", "-1"), ("1e5", "1e50"), ("1", "0"), ("1e-5", "1e5")] {
            assert_ne!(Exact::read(a), Exact::read(b), "{a} {b}");
            assert_ne!(Exact::read(a).canonical(), Exact::read(b).canonical(), "{a} {b}");
        }
    }

    #[test]
    fn thousandths_are_exact_or_refused() {
        for (text, expected) in [
            ("0", Thousandths::Whole(0)),
            ("86400", Thousandths::Whole(86_400_000)),
            ("1.2340", Thousandths::Whole(1234)),
            ("1234e-3", Thousandths::Whole(1234)),
            ("1e-3", Thousandths::Whole(1)),
            ("1e-4", Thousandths::TooFine),
            ("-0.5", Thousandths::Whole(-500)),
            ("1e999", Thousandths::Huge),
            ("1e-99999999999999999999", Thousandths::TooFine),
            ("0e99999999999999999999", Thousandths::Whole(0)),
            ("999999999999.999", Thousandths::Whole(999_999_999_999_999)),
        ] {
            assert_eq!(Exact::read(text).thousandths(), expected, "{text}");
            assert_eq!(Thousandths::of(text), expected, "{text}");
        }
        for millis in (0..100_000).step_by(7).chain([999_999_999_999]) {
            let (whole, rest) = (millis / 1_000, millis % 1_000);
            for text in [format!("{whole}.{rest:03}"), format!("{whole}.{rest:03}0")] {
                assert_eq!(Thousandths::of(&text), Thousandths::Whole(millis), "{text}");
                assert_eq!(Exact::read(&text).thousandths(), Thousandths::Whole(millis), "{text}");
            }
        }
        assert!(Exact::read("2.0").is_integer() && !Exact::read("2.5").is_integer());
    }
}
