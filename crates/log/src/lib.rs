//! The JetStream side: both streams made and checked, publish with awaited acknowledgements, ordered reading, log files.
//!
//! The log is what platforms said, for ever: it is only added to, and read in the order of its sequence.

mod connect;
mod error;
pub mod file;
mod heard;
mod provision;
mod publish;
mod read;
mod transfer;

pub use connect::{Log, LogSettings};
pub use error::LogError;
pub use provision::{FACTS_STREAM, LOG_STREAM, StreamIdentity};
pub use publish::{Outgoing, WINDOW};
pub use transfer::{Imported, Selection};
