//! Kills, repeats and restarts end where a quiet run ends.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::harness::{Keshi, Process};

/// A small class in a Keshi of its own: (log file, registry file).
pub(crate) fn class(keshi: &Keshi, trainees: &str, seed: &str) -> (PathBuf, PathBuf) {
    let folder = keshi.file("class");
    let out = folder.to_str().expect("UTF-8");
    keshi.ok(&["simulate", "--trainees", trainees, "--seed", seed, "--dishonest", "0.3", "--out", out]);
    (folder.join("log.jsonl"), folder.join("registry.json"))
}

pub(crate) fn import(keshi: &Keshi, log: &Path) -> Value {
    keshi.json(&["log", "import", log.to_str().expect("UTF-8")])
}

pub(crate) fn register(keshi: &Keshi, registry: &Path) {
    keshi.ok(&["registry", "import", registry.to_str().expect("UTF-8")]);
}

/// Claims by (trainee, course), and whether each completion has exactly one.
fn claims(keshi: &Keshi) -> Vec<(String, String)> {
    let listed = keshi.json(&["claims", "list", "--limit", "100000"]);
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    listed["claims"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|c| (text(&c["trainee"]), text(&c["course"])))
        .collect()
}

/// One run of a query on the private database.
pub(crate) fn query(keshi: &Keshi, sql: &str) -> String {
    let url = keshi.endpoints()["database_url"].as_str().expect("a URL").to_owned();
    let output = Command::new("psql").args([&url, "-XAtc", sql]).output().expect("psql");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

/// What must hold however we came here.
pub(crate) fn check_end_state(keshi: &Keshi, registry: &Path, messages: u64) {
    let (database, file) = keshi.records_two_ways(Some(registry));
    assert!(database == file, "records out of the database differ from the recomputed ones");
    let counted = query(
        keshi,
        "select (select count(*) from projection_1.trail) + (select count(*) from projection_1.repeat) + (select count(*) from projection_1.rejected)",
    );
    assert_eq!(counted, messages.to_string(), "every acknowledged message stands once");
    let completions = query(
        keshi,
        "select trainee || '/' || course from projection_1.completion order by (trainee || '/' || course) collate \"C\"",
    );
    let mut claimed: Vec<String> =
        claims(keshi).into_iter().map(|(trainee, course)| format!("{trainee}/{course}")).collect();
    claimed.sort_unstable();
    assert_eq!(claimed.join("\n"), completions, "one claim for each completion");
    assert!(!claimed.is_empty());
    // Every fact was published, and the stream holds each once.
    assert_eq!(query(keshi, "select count(*) from keshi.outbox where published_at is null"), "0");
}

#[test]
fn a_class_comes_out_of_the_database_as_out_of_the_log() {
    let keshi = Keshi::up();
    let (log, registry) = class(&keshi, "8", "11");
    // Half of the log comes before the registry does: what is registered later counts all the same.
    let text = std::fs::read_to_string(&log).expect("a log");
    let lines: Vec<&str> = text.lines().collect();
    let (first, second) = lines.split_at(lines.len() / 2);
    let halves = [("first.jsonl", first), ("second.jsonl", second)].map(|(name, lines)| {
        let path = keshi.file(name);
        std::fs::write(&path, lines.join("\n")).expect("a file");
        path
    });
    import(&keshi, &halves[0]);
    register(&keshi, &registry);
    import(&keshi, &halves[1]);
    keshi.settle();
    check_end_state(&keshi, &registry, lines.len() as u64);

    // Every message once more, as a platform that never hears an acknowledgement sends it.
    let again = keshi.file("again.jsonl");
    let renumbered: Vec<String> = text
        .lines()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).expect("JSON");
            line["seq"] = (line["seq"].as_u64().expect("a number") + 10_000_000).into();
            line.to_string()
        })
        .collect();
    std::fs::write(&again, renumbered.join("\n")).expect("a file");
    let before = keshi.json(&["record", "--all"]);
    assert_eq!(import(&keshi, &again)["published"], renumbered.len());
    keshi.settle();
    let after = keshi.json(&["record", "--all"]);
    assert_eq!(before["trainees"], after["trainees"], "repeats change nothing");
    let repeats = |all: &Value| all["duplicates"].as_u64().expect("a number");
    assert_eq!(repeats(&after), repeats(&before) + renumbered.len() as u64);
    check_end_state(&keshi, &registry, 2 * lines.len() as u64);
}

/// The log in so many parts, each with a message that cannot be used, so that each part has a fact to tell.
pub(crate) fn parts(keshi: &Keshi, log: &Path, count: usize) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(log).expect("a log");
    let lines: Vec<&str> = text.lines().collect();
    let first: Value = lines.first().and_then(|line| serde_json::from_str(line).ok()).expect("a line");
    let part = |(number, lines): (usize, &[&str])| {
        let mut bad = first.clone();
        bad["seq"] = (50_000_000 + number).into();
        bad["payload"] = Value::Array(Vec::new());
        let path = keshi.file(&format!("part-{number}.jsonl"));
        std::fs::write(&path, format!("{}\n{bad}\n", lines.join("\n"))).expect("a file");
        path
    };
    lines.chunks(lines.len().div_ceil(count)).enumerate().map(part).collect()
}

#[test]
fn killed_projectors_lose_nothing_and_double_nothing() {
    const WAYPOINTS: [&str; 5] =
        ["after-fetch", "before-commit", "after-commit", "before-facts", "after-facts"];
    let seed = std::env::var("KESHI_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_200_409);
    println!("replay with KESHI_TEST_SEED={seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let keshi = Keshi::servers();
    let (log, registry) = class(&keshi, "10", "12");
    register(&keshi, &registry);
    let published = |imported: Value| imported["published"].as_u64().expect("a number");
    let mut parts = parts(&keshi, &log, 2 * WAYPOINTS.len() + 1).into_iter();
    let mut messages = 0;

    // Named points: the process ends itself there, at the first or second passing.
    for (waypoint, part) in WAYPOINTS.iter().cycle().zip(parts.by_ref().take(2 * WAYPOINTS.len())) {
        messages += published(import(&keshi, &part));
        let passing = if waypoint.ends_with("facts") { 1 } else { rng.random_range(1..=2) };
        let fault = format!("{waypoint}:{passing}");
        println!("{fault}");
        let died = Process::spawn(
            keshi.program().arg("projector").env("KESHI_FAULT", &fault).env("KESHI_BATCH", "25"),
        )
        .wait(Duration::from_secs(120));
        assert!(!died.success(), "{fault} was never passed");
    }
    for part in parts {
        messages += published(import(&keshi, &part));
    }
    // Random moments: kill -9 from outside, of the projector and the settlement worker. Small batches, so that there is a backlog.
    for _ in 0..10 {
        let projector = Process::spawn(keshi.program().arg("projector").env("KESHI_BATCH", "25"));
        let settlement = Process::spawn(keshi.program().arg("settlement"));
        std::thread::sleep(Duration::from_millis(rng.random_range(20..900)));
        projector.kill();
        settlement.kill();
    }
    let projector = Process::spawn(keshi.program().arg("projector"));
    let settlement = Process::spawn(keshi.program().arg("settlement"));
    keshi.settle();
    drop((projector, settlement));
    check_end_state(&keshi, &registry, messages);
    let facts: usize = query(&keshi, "select count(*) from keshi.outbox").parse().expect("a number");
    assert!(facts > claims(&keshi).len(), "rejections, completions, claims and flags are told");
}

#[test]
fn two_projectors_share_the_work() {
    let keshi = Keshi::servers();
    let (log, registry) = class(&keshi, "6", "13");
    register(&keshi, &registry);
    let messages = import(&keshi, &log)["published"].as_u64().expect("a number");
    let projectors =
        [0, 1].map(|_| Process::spawn(keshi.program().arg("projector").env("KESHI_BATCH", "25")));
    let settlement = Process::spawn(keshi.program().arg("settlement"));
    keshi.settle();
    drop((projectors, settlement));
    check_end_state(&keshi, &registry, messages);
}
