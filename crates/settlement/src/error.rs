//! What stops the settlement worker.

use keshi_store::StoreError;

/// Why settlement stopped.
#[derive(Debug, thiserror::Error)]
pub enum SettlementError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row that settlement needs cannot be read.
    #[error("T401 {what} cannot be read: {why} / 数据无法读取")]
    Unreadable {
        /// Which row.
        what: String,
        /// Why.
        why: String,
    },
    /// A roster cannot be written.
    #[error("T402 the roster cannot be written: {0} / 花名册无法写出")]
    Unwritable(String),
}

impl SettlementError {
    /// Whether another try may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, SettlementError::Store(error) if error.is_passing())
    }
}
