//! Types, schemas and samples say the same.

use std::path::{Path, PathBuf};

use base64::Engine;
use jsonschema::Validator;
use keshi_events::{Kind, Millis, Origin, StoredMessage, decode, subject};
use serde_json::{Map, Value, json};

const BASE: &str = "https://keshi.invalid/schemas/";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas")
}

fn read(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Schemas by file, with all that they refer to.
struct Schemas {
    registry: jsonschema::Registry<'static>,
}

impl Schemas {
    fn load() -> Schemas {
        let mut registry = jsonschema::Registry::new();
        for file in ["defs.schema.json", "events/envelope.schema.json", "facts/envelope.schema.json"] {
            registry = registry.add(format!("{BASE}{file}"), read(&root().join(file))).expect("a schema");
        }
        Schemas { registry: registry.prepare().expect("schemas that resolve") }
    }

    fn validator(&self, file: &str) -> Validator {
        jsonschema::options()
            .with_base_uri(format!("{BASE}{file}"))
            .with_registry(&self.registry)
            .build(&read(&root().join(file)))
            .unwrap_or_else(|error| panic!("{file}: {error}"))
    }
}

fn payload(sample: &Value) -> Vec<u8> {
    if let Some(text) = sample["payload_text"].as_str() {
        return text.into();
    }
    if let Some(text) = sample["payload_base64"].as_str() {
        return base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    }
    if let Some(repeat) = sample["payload_text_repeat"].as_object() {
        let text = |name: &str| repeat.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        let times = repeat["times"].as_u64().expect("a number") as usize;
        return (text("before") + &text("text").repeat(times) + &text("after")).into_bytes();
    }
    serde_json::to_vec(&sample["payload"]).expect("JSON")
}

fn headers(sample: &Value) -> Vec<(String, String)> {
    let headers = sample["headers"].as_object().cloned().unwrap_or_default();
    headers.into_iter().map(|(name, value)| (name, value.as_str().expect("a string").to_owned())).collect()
}

fn decoded(message: &StoredMessage, origin: Origin, sample: &Value) -> Value {
    match decode(message, origin) {
        Ok(event) => {
            let mut said = json!({"accepted": true, "type": event.type_name()});
            if sample["expect"]["id"].is_string() {
                said["id"] = json!(event.id);
            }
            said
        }
        Err(rejection) => {
            assert!(!rejection.sentence.is_empty());
            let mut said = json!({"code": rejection.code.as_str()});
            if let Some(pointer) = rejection.pointer {
                said["pointer"] = json!(pointer);
            }
            said
        }
    }
}

/// The event as the schemas see it: in binary mode put together from headers and payload.
fn whole_event(payload: &[u8], headers: &[(String, String)]) -> Option<Value> {
    let body: Value = serde_json::from_slice(payload).ok()?;
    let named: Map<String, Value> =
        headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), json!(value))).collect();
    let content_type = named.get("content-type").and_then(Value::as_str).unwrap_or("").to_ascii_lowercase();
    if !named.contains_key("ce-specversion") || content_type.starts_with("application/cloudevents") {
        return Some(body);
    }
    let mut event = Map::new();
    for (name, value) in &named {
        if let Some(attribute) = name.strip_prefix("ce-")
            && let Ok(text) = percent_encoding::percent_decode_str(value.as_str()?).decode_utf8()
        {
            event.insert(attribute.to_owned(), json!(text));
        }
    }
    event.insert("data".to_owned(), body);
    Some(Value::Object(event))
}

#[test]
fn samples_are_judged_alike_by_decoder_and_schemas() {
    let schemas = Schemas::load();
    let types: Vec<(&str, Validator)> = Kind::ALL
        .into_iter()
        .map(|kind| (kind.as_str(), schemas.validator(&format!("events/{}.schema.json", kind.as_str()))))
        .collect();
    let mut counts = [0, 0];
    for (count, folder) in counts.iter_mut().zip(["valid", "invalid"]) {
        for entry in std::fs::read_dir(root().join("samples").join(folder)).expect("samples") {
            let path = entry.expect("an entry").path();
            let sample = read(&path);
            let (payload, headers) = (payload(&sample), headers(&sample));
            let subject = sample["subject"].as_str().expect("a subject");
            let tokens: Vec<&str> = subject.split('.').collect();
            let [_, _, platform, trainee, family] = tokens[..] else { panic!("{}: subject", path.display()) };
            for partitions in [None, Some(16), Some(256)] {
                let (origin, subject) = match partitions {
                    None => (Origin::File, subject.to_owned()),
                    Some(n) => (
                        Origin::Stream { partitions: n },
                        format!("log.v1.{}.{platform}.{family}", subject::partition_of(trainee, n)),
                    ),
                };
                let message = StoredMessage {
                    seq: 1,
                    received_at: Millis(1_587_346_200_000),
                    subject,
                    headers: headers.iter().map(|(name, value)| (name, value)).collect(),
                    payload: payload.clone().into(),
                };
                assert_eq!(
                    decoded(&message, origin, &sample),
                    sample["expect"],
                    "{} {origin:?}",
                    path.display()
                );
            }
            let fits = whole_event(&payload, &headers).is_some_and(|event| {
                let validator = types.iter().find(|(name, _)| Some(*name) == event["type"].as_str());
                validator.is_some_and(|(_, validator)| validator.is_valid(&event))
            });
            if let Some(wanted) = sample["schema"].as_bool() {
                assert_eq!(fits, wanted, "{} against its schema", path.display());
            }
            *count += 1;
        }
    }
    assert!(counts[0] >= 40 && counts[1] >= 100, "only {counts:?} samples were found");
}

#[test]
fn examples_in_the_schemas_are_valid() {
    let schemas = Schemas::load();
    let facts = ["attendance-flagged", "checkpoint", "claim-changed", "course-completed", "event-rejected"];
    let files = facts.map(|fact| format!("facts/{fact}.schema.json")).into_iter();
    let files =
        files.chain(Kind::ALL.into_iter().map(|kind| format!("events/{}.schema.json", kind.as_str())));
    for file in files {
        let validator = schemas.validator(&file);
        let schema = read(&root().join(&file));
        let examples = schema["examples"].as_array().expect("examples");
        assert!(!examples.is_empty(), "{file}");
        for example in examples {
            assert!(validator.is_valid(example), "{file}");
        }
    }
}
