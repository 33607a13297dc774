//! Log files: JSON lines, one stored message a line.

use std::collections::HashSet;
use std::io::{BufRead, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use keshi_events::{Headers, Millis, StoredMessage};
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

/// A damaged log file.
#[derive(Debug, thiserror::Error)]
#[error("第 {line} 行已损坏 / line {line} is damaged: {why}")]
pub struct Damaged {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

/// A line as it stands. Members that are not named here are ignored.
#[derive(Deserialize)]
struct Line<'a> {
    seq: u64,
    received_at: String,
    subject: String,
    #[serde(default, deserialize_with = "headers")]
    headers: Headers,
    #[serde(borrow, default, deserialize_with = "there")]
    payload: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "there")]
    payload_base64: Option<String>,
}

/// A member that is there, `null` too.
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// An object of strings in its order; a name twice is damage.
fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Headers, D::Error> {
    struct Object;
    impl<'de> Visitor<'de> for Object {
        type Value = Headers;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object of strings")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut headers = Headers::default();
            while let Some((name, value)) = map.next_entry::<String, String>()? {
                if headers.iter().any(|(other, _)| other == name) {
                    return Err(A::Error::custom("a header stands twice"));
                }
                headers.push(&name, &value);
            }
            Ok(headers)
        }
    }
    deserializer.deserialize_map(Object)
}

/// Reads a log file line by line, in the order of the file. Empty lines are skipped.
pub struct Lines<R> {
    reader: R,
    line: u64,
    seen: HashSet<u64>,
    buffer: Vec<u8>,
}

/// Reads a log file line by line.
pub fn read_lines<R: BufRead>(reader: R) -> Lines<R> {
    Lines { reader, line: 0, seen: HashSet::new(), buffer: Vec::new() }
}

/// Reads a whole log file, in order of `seq`.
///
/// # Errors
/// [`Damaged`] with the number of the first damaged line.
pub fn read_sorted(reader: impl BufRead) -> Result<Vec<StoredMessage>, Damaged> {
    let mut messages = read_lines(reader).collect::<Result<Vec<_>, _>>()?;
    messages.sort_unstable_by_key(|message| message.seq);
    Ok(messages)
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<StoredMessage, Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.buffer.clear();
            self.line += 1;
            match self.reader.read_until(b'\n', &mut self.buffer) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(Damaged { line: self.line, why: error.to_string() })),
            }
            if !self.buffer.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
                break;
            }
        }
        let damaged = |why: String| Damaged { line: self.line, why };
        let message = match message(&self.buffer) {
            Ok(message) => message,
            Err(why) => return Some(Err(damaged(why))),
        };
        if !self.seen.insert(message.seq) {
            return Some(Err(damaged(format!("seq {} stands on a line before", message.seq))));
        }
        Some(Ok(message))
    }
}

fn message(line: &[u8]) -> Result<StoredMessage, String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8 / 不是 UTF-8 编码")?;
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| within_line(&error))?;
    let received_at =
        Millis::parse_rfc3339(&line.received_at).ok_or("received_at is no RFC 3339 time with an offset")?;
    let payload = match (line.payload, line.payload_base64) {
        (Some(raw), None) => Bytes::copy_from_slice(raw.get().as_bytes()),
        (None, Some(text)) => {
            STANDARD.decode(text).map_err(|error| format!("payload_base64: {error}"))?.into()
        }
        _ => return Err("exactly one of payload and payload_base64 must be there".to_owned()),
    };
    Ok(StoredMessage { seq: line.seq, received_at, subject: line.subject, headers: line.headers, payload })
}

/// What serde_json says, without its own count of lines, which is always 1 here.
fn within_line(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
    format!("{what} (第 {column} 字节 / byte {column})", column = error.column())
}

#[derive(Serialize)]
struct WrittenLine<'a> {
    seq: u64,
    received_at: String,
    subject: &'a str,
    #[serde(skip_serializing_if = "Headers::is_empty", serialize_with = "header_object")]
    headers: &'a Headers,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
}

fn header_object<S: Serializer>(headers: &Headers, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter())
}

/// Writes one line. The payload stands as JSON where it reads back to the very same bytes, else in base64.
///
/// # Errors
/// When the file cannot be written.
pub fn write_line(message: &StoredMessage, out: &mut impl Write) -> std::io::Result<()> {
    let payload = verbatim(&message.payload);
    let line = WrittenLine {
        seq: message.seq,
        received_at: message.received_at.to_beijing(),
        subject: &message.subject,
        headers: &message.headers,
        payload,
        payload_base64: payload.is_none().then(|| STANDARD.encode(&message.payload)),
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

/// The payload as JSON text, when a line can hold it byte for byte.
fn verbatim(payload: &[u8]) -> Option<&RawValue> {
    let text = std::str::from_utf8(payload).ok()?;
    if text.contains(['\n', '\r']) {
        return None;
    }
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    (raw.get().len() == text.len()).then_some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<StoredMessage>, Damaged> {
        read_sorted(text.as_bytes())
    }

    #[test]
    fn payloads_come_back_byte_for_byte() {
        let deep = "[".repeat(500) + &"]".repeat(500);
        let payloads: [&[u8]; 9] = [
            b"{\"a\": 1,  \"b\":\"\\ud800\"}",
            b" {}",
            b"{}\n",
            b"{\n}",
            b"",
            b"\xff",
            b"{\"a\":1,\"a\":2}",
            b"{half",
            deep.as_bytes(),
        ];
        for (seq, payload) in (1..).zip(payloads) {
            let message = StoredMessage {
                seq,
                received_at: Millis(1_587_344_400_123),
                subject: "learn.v1.p7.t1.quiz".to_owned(),
                headers: [("Nats-Msg-Id", "a\"b")].into_iter().collect(),
                payload: Bytes::copy_from_slice(payload),
            };
            let mut file = Vec::new();
            write_line(&message, &mut file).expect("a vector");
            assert_eq!(read_sorted(file.as_slice()).expect("a good file"), vec![message]);
        }
    }

    #[test]
    fn damage_is_named_by_its_line() {
        let good = r#"{"seq": 2, "received_at": "2020-04-20T09:00:00+08:00", "subject": "x", "payload": {}}"#;
        assert_eq!(read(&format!("\n{good}\n  \n")).expect("good").len(), 1);
        for bad in [
            "{",
            "[]",
            "7",
            r#"{"seq": -1, "received_at": "2020-04-20T09:00:00Z", "subject": "x", "payload": {}}"#,
            r#"{"seq": 3, "received_at": "2020-04-20 09:00:00Z", "subject": "x", "payload": {}}"#,
            r#"{"seq": 3, "received_at": "2020-04-20T09:00:00Z", "payload": {}}"#,
            r#"{"seq": 3, "received_at": "2020-04-20T09:00:00Z", "subject": "x"}"#,
            r#"{"seq": 3, "received_at": "2020-04-20T09:00:00Z", "subject": "x", "payload": {}, "payload_base64": ""}"#,
            r#"{"seq": 3, "received_at": "2020-04-20T09:00:00Z", "subject": "x", "payload_base64": "?"}"#,
            r#"{"seq": 3, "received_at": "2020-04-20T09:00:00Z", "subject": "x", "payload": {}, "headers": {"a": 1}}"#,
            r#"{"seq": 3, "received_at": "2020-04-20T09:00:00Z", "subject": "x", "payload": {}, "headers": {"a": "1", "a": "2"}}"#,
            r#"{"seq": 3, "seq": 3, "received_at": "2020-04-20T09:00:00Z", "subject": "x", "payload": {}}"#,
            r#"{"seq": 3, "received_at": "2020-04-20T09:00:00Z", "subject": "x", "payload": {}} x"#,
            good,
        ] {
            let damage = read(&format!("{good}\n\n{bad}\n")).expect_err(bad);
            assert_eq!(damage.line, 3, "{bad}");
        }
        let null = r#"{"seq": 3, "received_at": "2020-04-20T09:00:00Z", "subject": "x", "payload": null}"#;
        assert_eq!(read(null).expect("null is a payload")[0].payload, "null");
    }
}
