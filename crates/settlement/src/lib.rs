//! Completions -> claims: each completion becomes one drafted claim, or a note that says what it waits for.
//!
//! An idempotent reconciler without input: it looks at what is completed and not yet claimed, woken by facts and by time.
//! Run again, it finds nothing to do; whatever crashes between, a claim is drafted once.

mod error;
mod facts;
mod reconcile;
mod workbook;

pub use error::SettlementError;
pub use reconcile::{Settled, Settlement};
pub use workbook::read_registry_file;
