//! Synthetic platforms with known truth: honest and dishonest trainees, from a seed.
//!
//! The truth comes from what was made to happen (the book of each life), never from the rule that judges it.

mod book;
mod class;
mod course;
mod life;
mod people;
mod persona;
#[cfg(test)]
mod tests;

pub use class::{Class, Config, Simulated, TruthFlag, TruthLine};
