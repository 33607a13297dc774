//! The constants of VT-1. They belong to a deployment's projection version: changing one is a rebuild.

use num_rational::Ratio;

/// Constants with their defaults; lengths in milliseconds, rates exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constants {
    /// A longer stretch proves nothing. A source's registry entry may set another.
    pub max_stretch_ms: i64,
    /// Content seconds that one wall second may earn.
    pub pay_rate: Ratio<i64>,
    /// Jitter: up to `pay_rate` x (1 + this) counts in full.
    pub rate_tolerance: Ratio<i64>,
    /// Faster than this is not watching.
    pub reject_rate: Ratio<i64>,
    /// How far a stretch may end after it was received.
    pub clock_tolerance_ms: i64,
    /// Later than this needs a session that was opened online.
    pub late_free_ms: i64,
    /// Later than this is back-filled.
    pub late_max_ms: i64,
    /// Time to answer a presence check.
    pub presence_grace_ms: i64,
    /// Overlap between sessions on one Beijing date that raises no flag.
    pub overlap_tolerance_ms: i64,
    /// A session's clock offset beyond this is flagged.
    pub clock_skew_ms: i64,
    /// The share of a video's duration that makes it studied.
    pub coverage: Ratio<i64>,
}

impl Default for Constants {
    fn default() -> Self {
        Constants {
            max_stretch_ms: 90_000,
            pay_rate: Ratio::from_integer(1),
            rate_tolerance: Ratio::new_raw(1, 20),
            reject_rate: Ratio::new_raw(11, 5),
            clock_tolerance_ms: 15_000,
            late_free_ms: 10 * 60_000,
            late_max_ms: 72 * 3_600_000,
            presence_grace_ms: 60_000,
            overlap_tolerance_ms: 5_000,
            clock_skew_ms: 120_000,
            coverage: Ratio::new_raw(19, 20),
        }
    }
}

/// Whether `a > rate x b`, exactly.
pub(crate) fn exceeds(a: i64, rate: Ratio<i64>, b: i64) -> bool {
    i128::from(a) * i128::from(*rate.denom()) > i128::from(*rate.numer()) * i128::from(b)
}
