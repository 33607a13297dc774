//! Completions -> claims: each study or certificate becomes one drafted claim, or a note that says what it waits for;
//! officials take claims step by step to the money, and rosters print them.
//!
//! An idempotent reconciler without input: it looks at what is completed and not yet claimed, woken by facts and by time.
//! Run again, it finds nothing to do; whatever crashes between, a claim is drafted once.

mod again;
mod capitals;
mod error;
mod facts;
mod ground;
mod holds;
mod intake;
mod possible;
mod reconcile;
mod registered;
mod roster;
mod rosters;
mod sheet;
mod statement;
mod steps;
mod study;
mod told;
mod workbook;

pub use capitals::capitals;
pub use error::{SettlementError, StepError};
pub use holds::{hold, release};
pub use intake::{Intake, IntakeError};
pub use possible::{Possible, possible};
pub use reconcile::{Settled, Settlement};
pub use roster::{COLUMNS, Reader, Roster};
pub use rosters::{RosterError, RosterOrder, make_roster, masked_lines, masked_page, whole_lines};
pub use sheet::Sheet;
pub use statement::statement;
pub use steps::{Order, repaid, step};
pub use workbook::read_registry_file;
