//! Synthetic platforms with known truth: honest and dishonest trainees, from a seed.
//!
//! [`Class::begin`] sets a class going and gives its messages one by one, in order of receipt, however large the class;
//! [`Class::generate`] gives everything at once; [`live`] hands the messages out as their time comes.
//!
//! The truth comes from what was made to happen (the book of each life), never from the rule that judges it. So a book
//! knows little: which content was attended at a pace that is paid whole, and which was rushed through in how much time;
//! written down when it happened, and only if the platform's report of it was not lost.

mod book;
mod cast;
mod class;
mod config;
mod course;
mod device;
mod files;
mod happening;
mod life;
mod live;
mod message;
mod network;
mod pace;
mod people;
mod persona;
mod platform;
mod registry;
mod running;
#[cfg(test)]
mod tests;
mod timetable;
mod truth;

pub use class::{Class, Simulated};
pub use config::Config;
pub use files::Tally;
pub use live::live;
pub use running::Running;
pub use truth::{TruthFlag, TruthLine};
