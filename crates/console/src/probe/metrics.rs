//! Figures in the format of Prometheus. What there is stands in one table, which ARCHITECTURE repeats (a test compares them).

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use keshi_account::Scope;
use keshi_store::{BATCH_BOUNDS_MS, BatchTime};
use tokio::time::timeout;

use crate::app::App;
use crate::fault::Fault;
use crate::probe::Lag;

/// How long the log may take to answer; without it what it alone knows is left out.
const PATIENCE: Duration = Duration::from_secs(3);

/// Every figure: name with its unit, type, what it says. None of them is a person's.
const METRICS: [(&str, &str, &str); 26] = [
    ("keshi_events_received_total", "counter", "Messages in the log, published or imported, by platform."),
    ("keshi_events_accepted", "gauge", "Distinct accepted events in the trail, about."),
    ("keshi_events_rejected_total", "counter", "Events that could not be used, by platform and code."),
    ("keshi_log_last_sequence", "counter", "The last message of the log."),
    ("keshi_projection_sequence", "counter", "The greatest sequence that is projected."),
    ("keshi_projection_lag_messages", "gauge", "Messages that wait to be projected."),
    (
        "keshi_projection_lag_seconds",
        "gauge",
        "For how long the last message of a partition has waited, the longest of all partitions.",
    ),
    ("keshi_projection_partitions_behind", "gauge", "Partitions whose last message waits."),
    (
        "keshi_batch_seconds",
        "histogram",
        "How long the transaction of a batch took, over all projectors, told every 5 s.",
    ),
    ("keshi_register_number", "counter", "The register's number."),
    ("keshi_register_lag_entries", "gauge", "Register entries that some partition has not folded."),
    ("keshi_facts_waiting", "gauge", "Facts that wait to be published."),
    ("keshi_facts_oldest_seconds", "gauge", "Age of the oldest of them."),
    ("keshi_trainees", "gauge", "Trainees with a record."),
    ("keshi_completions", "gauge", "Completed courses."),
    ("keshi_flags", "gauge", "Cases of the case book, by level and state."),
    ("keshi_record_flags", "gauge", "Flags of rule VT-1 that stand on records, by level."),
    ("keshi_claims", "gauge", "Claims, by state."),
    ("keshi_claims_yuan", "gauge", "What they ask for, by state, in yuan."),
    ("keshi_verification_trainees_total", "counter", "Trainees verified against the log."),
    ("keshi_verification_entries_total", "counter", "Entries of the trail verified against the log."),
    ("keshi_verification_differences_total", "counter", "Differences that verification found."),
    (
        "keshi_verification_last_timestamp_seconds",
        "gauge",
        "When something was verified last, seconds since the epoch.",
    ),
    ("keshi_checkpoint_number", "counter", "The last signed checkpoint."),
    ("keshi_database_bytes", "gauge", "Size of the database."),
    (
        "keshi_scrape_log_up",
        "gauge",
        "1 where the log answered this request, 0 where its figures are missing.",
    ),
];

/// What was measured: lines by name.
#[derive(Default)]
struct Figures(BTreeMap<&'static str, String>);

impl Figures {
    fn one(&mut self, name: &'static str, value: impl Display) {
        self.labelled(name, &[], value);
    }

    fn labelled(&mut self, name: &'static str, labels: &[(&str, &str)], value: impl Display) {
        let lines = self.0.entry(name).or_default();
        // Writing into a String cannot fail.
        let _ = writeln!(lines, "{name}{} {value}", braced(labels));
    }

    fn histogram(&mut self, name: &'static str, time: &BatchTime) {
        let lines = self.0.entry(name).or_default();
        let bounds = BATCH_BOUNDS_MS.iter().map(|ms| seconds(*ms * 1000)).chain(["+Inf".to_owned()]);
        let mut sum = 0;
        for (bound, batches) in bounds.zip(time.batches) {
            sum += batches;
            let _ = writeln!(lines, "{name}_bucket{{le=\"{bound}\"}} {sum}");
        }
        let _ = writeln!(lines, "{name}_sum {}\n{name}_count {sum}", seconds(time.micros));
    }

    /// The table's order; a figure that nobody could take has its head alone.
    fn text(&self) -> String {
        let mut text = String::with_capacity(8192);
        for (name, kind, help) in METRICS {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            text.push_str(self.0.get(name).map_or("", String::as_str));
        }
        text
    }
}

/// `0.25`, of microseconds, without zeros at the end.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn braced(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

pub(crate) async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, Fault> {
    let mut figures = Figures::default();
    of_the_database(&app, &mut figures).await?;
    let is_up = matches!(timeout(PATIENCE, of_the_log(&app, &mut figures)).await, Ok(Ok(())));
    figures.one("keshi_scrape_log_up", i64::from(is_up));
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures.text()))
}

async fn of_the_log(app: &App, figures: &mut Figures) -> Result<(), String> {
    let log = |error: keshi_log::LogError| error.to_string();
    let heard = app.log.heard().await.map_err(log)?;
    figures.one("keshi_log_last_sequence", app.log.identity().await.map_err(log)?.last_seq);
    let lag = Lag::of(app).await?;
    figures.one("keshi_projection_lag_messages", lag.messages);
    figures.one("keshi_projection_lag_seconds", lag.seconds);
    figures.one("keshi_projection_partitions_behind", lag.behind.len());
    for (platform, messages) in heard {
        figures.labelled("keshi_events_received_total", &[("platform", &platform)], messages);
    }
    Ok(())
}

async fn of_the_database(app: &App, figures: &mut Figures) -> Result<(), Fault> {
    let vitals = app.store.vitals().await?;
    figures.one("keshi_events_accepted", vitals.events_about);
    for row in app.store.rejection_counts(None).await? {
        let platform = row.platform.as_deref().unwrap_or_default();
        figures.labelled(
            "keshi_events_rejected_total",
            &[("platform", platform), ("code", &row.code)],
            row.count,
        );
    }
    figures.one("keshi_projection_sequence", vitals.projected_most);
    figures.histogram("keshi_batch_seconds", &app.store.batch_time().await?);
    figures.one("keshi_register_number", vitals.register_number);
    figures.one("keshi_register_lag_entries", (vitals.register_number - vitals.folded_register).max(0));
    figures.one("keshi_facts_waiting", vitals.facts_waiting);
    figures.one("keshi_facts_oldest_seconds", vitals.oldest_fact_seconds);
    figures.one("keshi_trainees", vitals.trainees);
    figures.one("keshi_completions", vitals.completions);
    figures.one("keshi_database_bytes", vitals.database_bytes);
    for row in app.store.case_counts(&Scope::All).await? {
        figures.labelled("keshi_flags", &[("level", &row.level), ("state", &row.state)], row.cases);
    }
    for (level, flags) in app.store.flag_counts().await? {
        figures.labelled("keshi_record_flags", &[("level", &level)], flags);
    }
    for row in app.store.claim_totals_within(&Scope::All).await? {
        figures.labelled("keshi_claims", &[("state", &row.state)], row.claims);
        figures.labelled("keshi_claims_yuan", &[("state", &row.state)], row.amount_yuan);
    }
    let verification = app.store.verification().await?;
    figures.one("keshi_verification_trainees_total", verification.trainees);
    figures.one("keshi_verification_entries_total", verification.entries);
    figures.one("keshi_verification_differences_total", verification.differences);
    if let Some(at_ms) = verification.verified_at_ms {
        figures.one("keshi_verification_last_timestamp_seconds", at_ms.div_euclid(1000));
    }
    if let Some((number, _)) = app.store.last_signed().await? {
        figures.one("keshi_checkpoint_number", number);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_adds_up() {
        let mut time = BatchTime { micros: 2_512_000, ..BatchTime::NONE };
        (time.batches[0], time.batches[4], time.batches[10]) = (2, 3, 1);
        let mut figures = Figures::default();
        figures.histogram("keshi_batch_seconds", &time);
        let text = figures.text();
        for line in [
            "_bucket{le=\"0.005\"} 2\n",
            "_bucket{le=\"0.1\"} 5\n",
            "_bucket{le=\"5\"} 5\n",
            "_bucket{le=\"+Inf\"} 6\n",
            "_sum 2.512\n",
            "_count 6\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }

    #[test]
    fn texts_of_platforms_stay_in_their_labels() {
        let mut figures = Figures::default();
        figures.labelled("keshi_claims", &[("state", "a\"} 1\nb\\")], 2);
        assert!(figures.text().contains(r#"keshi_claims{state="a\"} 1\nb\\"} 2"#), "{}", figures.text());
    }
}
