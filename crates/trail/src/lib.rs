//! Why it can be trusted: hash chains over what was accepted, rejected and decided; signed checkpoints; evidence bundles.
//!
//! Every entry covers the one before it, so nothing can be changed, taken out or put in without changing all that follows.
//! Pure: no clock, no files, no chance.
#![deny(clippy::indexing_slicing)]

mod bundle;
mod chain;
mod checkpoint;
mod content;
mod hash;
mod id_key;

#[cfg(test)]
mod tests;
mod tree;

pub use bundle::{BadBundle, Bundle, Event};
pub use chain::Chain;
pub use checkpoint::{Checkpoint, Key, NotSigned, Signed, Standing, Statement, leaf};
pub use content::{Content, Decision, Verdict};
pub use hash::{Hash, NotAHash};
pub use id_key::IdKey;
pub use tree::{Root, Tree, is_under};
