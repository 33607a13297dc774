//! The truth file: who did what, and what has to be noticed.

use std::collections::BTreeMap;

use serde::Serialize;

/// A flag that must be raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TruthFlag {
    /// Its name.
    pub flag: &'static str,
    /// The least level.
    pub level: &'static str,
}

/// A line of the truth file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TruthLine {
    /// Who.
    pub trainee: String,
    /// The way of living.
    pub persona: String,
    /// Whether the study was real.
    pub honest: bool,
    /// Really studied and reported seconds by course.
    pub verified_seconds: BTreeMap<String, i64>,
    /// Flags that must be raised.
    pub flags: Vec<TruthFlag>,
}
