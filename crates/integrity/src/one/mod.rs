//! Checks of one trainee by itself: one file each.

pub(crate) mod changed;
pub(crate) mod clocks;
pub(crate) mod late;
pub(crate) mod long_session;
pub(crate) mod marathon;
pub(crate) mod metronome;
pub(crate) mod mismatch;
pub(crate) mod parallel;
pub(crate) mod presence;
pub(crate) mod quiz_speed;
mod replay;
pub(crate) mod rewatch;
pub(crate) mod seek;
pub(crate) mod speed;
pub(crate) mod stalled;
pub(crate) mod tick;
pub(crate) mod travel;
