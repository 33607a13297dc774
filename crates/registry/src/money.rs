//! Exact decimals: yuan and shares. Written as quoted decimals, never as JSON numbers, which many readers round.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Digits before the point that an amount may have; keeps every product exact.
const WHOLE_DIGITS: usize = 12;
/// Digits after the point that a quoted decimal may have.
const DECIMAL_DIGITS: usize = 8;

/// The text is no plain decimal such as `0.60` or `1000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDecimal {
    /// Digits, at most one point between digits; no sign, no exponent, no thousands separator.
    #[error("not a plain decimal such as 0.60 / 须为形如 0.60 的小数")]
    Form,
    /// A share lies from 0 to 1.
    #[error("must lie from 0 to 1 / 须在 0 与 1 之间")]
    Range,
}

fn plain(text: &str) -> Result<Decimal, NotDecimal> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(whole, WHOLE_DIGITS) || !digits(decimals, DECIMAL_DIGITS) {
        return Err(NotDecimal::Form);
    }
    Decimal::from_str_exact(text).map_err(|_| NotDecimal::Form)
}

/// An amount of yuan (元), exact; rounding is asked for, once, at the end of a sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Yuan(pub Decimal);

impl Yuan {
    /// No money.
    pub const ZERO: Yuan = Yuan(Decimal::ZERO);

    /// Reads a plain decimal.
    ///
    /// # Errors
    /// [`NotDecimal::Form`].
    pub fn parse(text: &str) -> Result<Yuan, NotDecimal> {
        plain(text).map(Yuan)
    }

    /// Half a fen goes up (四舍五入到分).
    pub fn rounded_to_fen(self) -> Yuan {
        let mut rounded = self.0.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        rounded.rescale(2);
        Yuan(rounded)
    }
}

impl fmt::Display for Yuan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A share of a whole, from 0 to 1: a pass mark, a rate, a practical part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(Decimal);

impl Share {
    /// Reads a plain decimal from 0 to 1.
    ///
    /// # Errors
    /// [`NotDecimal`].
    pub fn parse(text: &str) -> Result<Share, NotDecimal> {
        let value = plain(text)?;
        if value > Decimal::ONE { Err(NotDecimal::Range) } else { Ok(Share(value)) }
    }

    /// The exact value.
    pub fn value(self) -> Decimal {
        self.0
    }

    /// The same value as a fraction of two integers, not reduced: (60, 100).
    pub fn fraction(self) -> (i64, i64) {
        let scale = self.0.scale();
        (i64::try_from(self.0.mantissa()).unwrap_or(i64::MAX), 10_i64.saturating_pow(scale))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Share::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Serialize for Yuan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Yuan {
    /// Takes a minus sign, which offsets in stored derivations may have.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.strip_prefix('-') {
            Some(rest) => plain(rest).map(|value| Yuan(-value)),
            None => plain(&text).map(Yuan),
        }
        .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_plain() {
        for good in ["0", "1", "0.60", "00.5"] {
            assert!(Share::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".6", "1.", "-0.1", "6e-1", "0,6", " 0.6", "60%", "0.123456789", "1000000000000000"] {
            assert_eq!(Share::parse(bad), Err(NotDecimal::Form), "{bad}");
        }
        assert_eq!(Share::parse("1.01"), Err(NotDecimal::Range));
        assert_eq!(Share::parse("0.60").map(Share::fraction), Ok((60, 100)));
        assert_eq!(Share::parse("0.60").map(|s| s.to_string()), Ok("0.60".to_owned()));
    }

    #[test]
    fn half_a_fen_goes_up_once() {
        for (exact, fen) in [("0.005", "0.01"), ("0.0049", "0.00"), ("200", "200.00"), ("33.335", "33.34")] {
            assert_eq!(
                Yuan::parse(exact).map(|y| y.rounded_to_fen().to_string()),
                Ok(fen.to_owned()),
                "{exact}"
            );
        }
    }
}
