//! Why it can be trusted: hash chains over what was accepted, rejected and decided.
//!
//! Every entry covers the one before it, so nothing can be changed, taken out or put in without changing all that follows.
//! Pure: no clock, no files, no chance.
#![deny(clippy::indexing_slicing)]

mod chain;
mod content;
mod hash;

#[cfg(test)]
mod tests;

pub use chain::Chain;
pub use content::{Content, Decision, Verdict};
pub use hash::Hash;
