//! The truth of the books against the rule, and bytes against bytes.

use std::collections::BTreeMap;

use keshi_events::{Origin, TraineeId, decode};
use keshi_record::{Constants, recompute};
use keshi_registry::RegistryFile;

use crate::{Class, Config};

fn small(seed: u64) -> Config {
    Config { trainees: 30, seed, dishonest_per_mille: 200, evenings: 21, class_hours: 4, ..Config::default() }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folders = [1, 2].map(|_| tempfile::tempdir().expect("a folder"));
    for folder in &folders {
        Class::generate(&small(7)).write_files(folder.path()).expect("files");
    }
    for name in ["log.jsonl", "registry.json", "truth.jsonl"] {
        let [a, b] = [0, 1].map(|index| std::fs::read(folders[index].path().join(name)).expect("a file"));
        assert!(!a.is_empty() && a == b, "{name}");
    }
}

#[test]
fn every_message_keeps_the_contract() {
    let simulated = Class::generate(&small(8));
    assert!(simulated.messages.len() > 1_000);
    for message in &simulated.messages {
        decode(message, Origin::File).unwrap_or_else(|rejection| panic!("{rejection}"));
    }
    assert!(simulated.messages.is_sorted_by_key(|message| (message.received_at, message.seq)));
}

#[test]
fn the_rule_finds_what_the_books_say() {
    for seed in 1..=6 {
        let simulated = Class::generate(&small(seed));
        let registry = simulated.registry.to_string();
        let catalogue = RegistryFile::parse_strict(registry.as_bytes()).expect("a good registry").catalogue();
        let report = recompute(&simulated.messages, Origin::File, &Constants::default(), &catalogue);
        let found: BTreeMap<&TraineeId, i64> = report
            .trainees
            .iter()
            .map(|t| (&t.trainee, t.courses.iter().map(|c| c.verified_seconds).sum()))
            .collect();
        for line in &simulated.truth {
            let found = found.get(&TraineeId::from(line.trainee.as_str())).copied().unwrap_or(0);
            assert_eq!(
                found, line.verified_seconds["electrician-junior"],
                "seed {seed}: {} {}",
                line.trainee, line.persona
            );
        }
        assert!(
            simulated
                .truth
                .iter()
                .any(|line| !line.honest && line.verified_seconds["electrician-junior"] == 0)
        );
        assert!(report.duplicates > 0 && report.rejected.is_empty());
    }
}
