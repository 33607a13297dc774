//! The worked cases, in the order of the file and in others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine;
use bytes::Bytes;
use keshi_events::{Millis, Origin, StoredMessage};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{Approval, Catalogue, Constants, Course, recompute};

#[derive(Deserialize)]
struct Case<'a> {
    #[serde(borrow)]
    log: Vec<Line<'a>>,
    registry: Option<Value>,
    expect: Value,
}

#[derive(Deserialize)]
struct Line<'a> {
    seq: u64,
    received_at: &'a str,
    subject: &'a str,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(borrow, default, deserialize_with = "there")]
    payload: Option<&'a RawValue>,
    payload_base64: Option<&'a str>,
}

/// A payload that is there, `null` too.
fn there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

fn message(line: &Line<'_>) -> StoredMessage {
    let payload = match (line.payload, line.payload_base64) {
        (Some(raw), None) => Bytes::copy_from_slice(raw.get().as_bytes()),
        (None, Some(text)) => base64::engine::general_purpose::STANDARD.decode(text).expect("base64").into(),
        _ => panic!("exactly one payload"),
    };
    StoredMessage {
        seq: line.seq,
        received_at: Millis::parse_rfc3339(line.received_at).expect("a time"),
        subject: line.subject.to_owned(),
        headers: line.headers.clone().into_iter().collect(),
        payload,
    }
}

fn catalogue(registry: &Option<Value>) -> Catalogue {
    let Some(registry) = registry else { return Catalogue::default() };
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut courses = BTreeMap::new();
    for course in list(&registry["courses"]) {
        let videos = list(&course["videos"]);
        let videos =
            videos.iter().map(|v| (text(&v["video"]).into(), v["duration_ms"].as_i64().expect("ms")));
        courses
            .insert(text(&course["course"]).into(), Course { videos: videos.collect(), ..Course::default() });
    }
    let time = |value: &Value| Millis::parse_rfc3339(value.as_str().expect("a time")).expect("a time");
    let approvals: BTreeSet<Approval> = list(&registry["approvals"])
        .iter()
        .map(|a| {
            let platform = text(&a["platform"]).into();
            match a["session"].as_str() {
                Some(session) => Approval::Session {
                    platform,
                    trainee: text(&a["trainee"]).into(),
                    session: session.into(),
                },
                None => Approval::Outage { platform, from: time(&a["from"]), to: time(&a["to"]) },
            }
        })
        .collect();
    let limits = list(&registry["providers"]);
    let limits =
        limits.iter().filter_map(|p| Some((text(&p["provider"]).into(), p["max_stretch_ms"].as_i64()?)));
    Catalogue { courses: Some(courses), approvals, max_stretch_ms: limits.collect() }
}

#[test]
fn worked_cases_give_exactly_what_they_expect() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the cases") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a case");
        let case: Case<'_> = serde_json::from_str(&text).expect("a case");
        let mut messages: Vec<StoredMessage> = case.log.iter().map(message).collect();
        let catalogue = catalogue(&case.registry);
        let run = |messages: &[StoredMessage]| {
            serde_json::to_value(recompute(messages, Origin::File, &Constants::default(), &catalogue))
                .expect("JSON")
        };
        assert_eq!(run(&messages), case.expect, "{}", path.display());
        messages.reverse();
        assert_eq!(run(&messages), case.expect, "{} reversed", path.display());
        let third = messages.len() / 3;
        messages.rotate_left(third);
        assert_eq!(run(&messages), case.expect, "{} rotated", path.display());
        count += 1;
    }
    assert!(count >= 47, "only {count} cases were found");
}
