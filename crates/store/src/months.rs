//! The months of receipt whose tables are known to be there.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Bounds of tables, ms since the epoch. Few: one a month.
#[derive(Debug, Default)]
pub(crate) struct Months(Mutex<Vec<Range<i64>>>);

impl Months {
    /// Whether the table for a receipt is known to be there.
    pub(crate) fn knows(&self, received_at: i64) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The last one first: events come in the order of their receipt, nearly.
        known.iter().rev().any(|bounds| bounds.contains(&received_at))
    }

    /// Notes a table that is there.
    pub(crate) fn note(&self, bounds: Range<i64>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(bounds);
    }
}
