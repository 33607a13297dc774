//! The three files of a simulation.

use std::borrow::Borrow;
use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

use keshi_events::StoredMessage;
use serde::Serialize;

use crate::truth::TruthLine;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages in the log.
    pub messages: u64,
    /// People.
    pub trainees: u64,
    /// Those of them whose study is not real.
    pub dishonest: u64,
}

fn create(folder: &Path, name: &str) -> Result<BufWriter<File>> {
    std::fs::create_dir_all(folder)?;
    File::create(folder.join(name)).map(BufWriter::new)
}

pub(crate) fn log(folder: &Path, messages: impl Iterator<Item: Borrow<StoredMessage>>) -> Result<()> {
    let mut file = create(folder, "log.jsonl")?;
    for message in messages {
        keshi_log::file::write_line(message.borrow(), &mut file)?;
    }
    file.flush()
}

pub(crate) fn registry(folder: &Path, registry: &impl Serialize) -> Result<()> {
    let mut file = create(folder, "registry.json")?;
    serde_json::to_writer(&mut file, registry)?;
    file.write_all(b"\n")?;
    file.flush()
}

pub(crate) fn truth(folder: &Path, lines: impl Iterator<Item: Borrow<TruthLine>>) -> Result<()> {
    let mut file = create(folder, "truth.jsonl")?;
    for line in lines {
        serde_json::to_writer(&mut file, line.borrow())?;
        file.write_all(b"\n")?;
    }
    file.flush()
}
