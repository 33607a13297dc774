//! How results look: tables for people, JSON for machines, bars for long work.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// An empty table with a header.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header.to_vec());
    table
}

/// The same with a line a row, as wide as it has to be.
pub(crate) fn wide_table(header: &[&str]) -> Table {
    let mut table = table(header);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table
}

/// Prints a line; a reader that went away is an error like any other.
pub(crate) fn line(text: impl std::fmt::Display) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Prints one JSON value on one line.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

/// A progress bar on standard error, where that is a terminal.
pub(crate) fn progress(total: u64, what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total).with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len} {per_sec} {eta}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// `1:02:03` of so many seconds.
pub(crate) fn clock(seconds: i64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `是 yes`, `否 no` or `未定 ?`.
pub(crate) fn yes_no(fact: Option<bool>) -> &'static str {
    match fact {
        Some(true) => "是 yes",
        Some(false) => "否 no",
        None => "未定 ?",
    }
}

/// A bar of ten and whole percents, cut off so that 99.9% is not shown as done.
pub(crate) fn share(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return String::new();
    }
    let tenths = (part * 10 / whole).clamp(0, 10) as usize;
    format!("{}{} {:>3}%", "█".repeat(tenths), "·".repeat(10 - tenths), part * 100 / whole)
}
