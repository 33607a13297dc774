//! A class, all at once.

use std::path::Path;

use keshi_events::StoredMessage;
use serde_json::value::{RawValue, to_raw_value};

use crate::config::Config;
use crate::files::{self, Tally};
use crate::running::Running;
use crate::truth::TruthLine;

/// What a simulation gives.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Messages in order of receipt, numbered.
    pub messages: Vec<StoredMessage>,
    /// The registry file, as it is written.
    pub registry: Box<RawValue>,
    /// Who did what.
    pub truth: Vec<TruthLine>,
}

/// A class of trainees.
pub struct Class;

impl Class {
    /// Sets a class going: one message after the other, whatever its size.
    pub fn begin(config: &Config) -> Running {
        Running::begin(config)
    }

    /// Lives all lives, and keeps every message: for small classes.
    pub fn generate(config: &Config) -> Simulated {
        let mut running = Running::begin(config);
        let messages: Vec<StoredMessage> = running.by_ref().collect();
        let registry = to_raw_value(&running.registry()).unwrap_or_default(); // texts and numbers alone: it cannot fail
        Simulated { messages, registry, truth: running.truth().collect() }
    }
}

impl Simulated {
    /// Writes `log.jsonl`, `registry.json` and `truth.jsonl` into a folder.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_files(&self, folder: &Path) -> std::io::Result<()> {
        files::log(folder, self.messages.iter())?;
        files::registry(folder, &self.registry)?;
        files::truth(folder, self.truth.iter())
    }
}

impl Running {
    /// Draws all messages, and writes `log.jsonl`, `registry.json` and `truth.jsonl` into a folder.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_files(mut self, folder: &Path) -> std::io::Result<Tally> {
        let mut tally = Tally::default();
        files::log(folder, self.by_ref().inspect(|_| tally.messages += 1))?;
        files::registry(folder, &self.registry())?;
        let count = |line: &TruthLine| {
            tally.trainees += 1;
            tally.dishonest += u64::from(!line.honest);
        };
        files::truth(folder, self.truth().inspect(count))?;
        Ok(tally)
    }
}
