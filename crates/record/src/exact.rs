//! Exact sums of milliseconds.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

/// An exact number of milliseconds, 0 or more. Whole ones stand apart: nearly all are, and cost nothing.
#[derive(Clone, Debug, Default)]
pub struct ExactMs {
    whole: i128,
    /// What is to be added; none is 0.
    rest: Option<BigRational>,
}

impl ExactMs {
    /// Adds whole milliseconds.
    pub(crate) fn add_whole(&mut self, ms: i64) {
        self.whole += i128::from(ms);
    }

    /// Adds a fraction.
    pub(crate) fn add_fraction(&mut self, ms: BigRational) {
        self.rest = Some(match self.rest.take() {
            Some(rest) => rest + ms,
            None => ms,
        });
    }

    /// Adds another sum.
    pub fn add(&mut self, other: ExactMs) {
        self.whole += other.whole;
        if let Some(rest) = other.rest {
            self.add_fraction(rest);
        }
    }

    /// Whole milliseconds, cut off.
    pub fn floor(&self) -> i64 {
        let rest = match &self.rest {
            Some(rest) => rest.floor().to_integer().to_i128().unwrap_or(i128::MAX),
            None => 0,
        };
        i64::try_from(self.whole.saturating_add(rest)).unwrap_or(i64::MAX)
    }

    /// As one fraction.
    pub fn exact(&self) -> BigRational {
        let whole = BigRational::from_integer(BigInt::from(self.whole));
        match &self.rest {
            Some(rest) => rest + whole,
            None => whole,
        }
    }
}
