//! Extracts: what is read of them is what the events say, and the bytes stay what they are.

use keshi_events::{Event, Millis, Origin, decode};
use keshi_integrity::{Extract, History, Rules, examine, write_extract};
use keshi_record::{Constants, Evidence, Names};
use serde_json::json;

use super::given::{HOUR, Log, MINUTE, NINE, catalogue, time};

/// Somebody with something of everything.
fn somebody() -> Log {
    let mut log = Log::default();
    let place = json!({"session": "s1", "method": "id-card", "verified": true, "device": "d 1", "ip": "::7",
        "device_time": time(NINE - 130_000), "location": {"longitude": 116.9941234, "latitude": -36.65}});
    log.say_as("018f3a2b-0000-7abc-8def-0123456789ab", "t1", "p1", "session.opened", NINE, NINE + 9, place);
    log.play("t1", "s1", "v0", NINE + MINUTE, 30);
    log.check("t1", "s1", NINE + 16 * MINUTE, "passed").check("t1", "s1", NINE + 17 * MINUTE, "missed");
    let answers = json!([
        {"item": "b", "choice": ["x", 2], "correct": true, "answered_at": time(NINE + 20 * MINUTE + 9_000)},
        {"item": "a", "choice": "甲", "correct": false, "answered_at": time(NINE + 20 * MINUTE + 4_000)},
        {"item": "a", "choice": 7}, {"item": "c"}, {"choice": "y"}]);
    let paper = json!({"session": "s1", "course": "C1", "quiz": "q1", "attempt": 1, "started_at": time(NINE + 20 * MINUTE),
        "submitted_at": time(NINE + 21 * MINUTE), "score": "7.5", "max_score": "10", "answers": answers});
    log.say_as("E-1", "t1", "p2", "quiz.submitted", NINE + 21 * MINUTE, NINE + 30 * HOUR, paper);
    log.say("t1", "session.closed", NINE + HOUR, NINE + HOUR, json!({"session": "s1"}));
    log
}

fn written(event: &Event<'_>, names: &mut Names) -> Vec<u8> {
    let mut bytes = Vec::new();
    assert_eq!(write_extract(event, &Evidence::of(event, names), &mut bytes), Ok(()));
    bytes
}

#[test]
fn what_is_read_of_an_extract_is_what_the_event_says() {
    let log = somebody();
    let events: Vec<Event<'_>> =
        log.messages.iter().map(|message| decode(message, Origin::File).expect("an event")).collect();
    let (mut names, mut read) = (Names::default(), History::default());
    for event in &events {
        let bytes = written(event, &mut names);
        let extract = Extract::read((event.seq, event.received_at), &bytes, &mut names).expect("an extract");
        assert_eq!(extract, Extract::of(event, &mut names));
        read.take(extract);
        for cut in 0..bytes.len() {
            let cut = Extract::read((event.seq, event.received_at), &bytes[..cut], &mut names);
            assert!(cut.is_err(), "{cut:?} of {event:?}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(Extract::read((event.seq, event.received_at), &longer, &mut names).is_err());
        let other = [&[2], &bytes[1..]].concat();
        let error = Extract::read((event.seq, event.received_at), &other, &mut names).expect_err("a version");
        assert_eq!(error.to_string(), "an extract of version Some(2) cannot be read here");
    }
    let (constants, catalogue, rules) = (Constants::default(), catalogue(), Rules::default());
    let look = |history: &History| examine(&"t1".into(), history, &constants, &catalogue, &rules);
    let (read, said) = (look(&read), look(&History::of(&events)));
    assert_eq!(read, said);
    assert_eq!(said.traces.sheets.len(), 1);
    let answers: Vec<(&str, &str, Option<i64>)> =
        said.traces.sheets[0].answers.iter().map(|a| (a.item.as_ref(), a.choice.as_ref(), a.took)).collect();
    assert_eq!(answers, [("a", "7", None), ("b", "x+2", Some(5_000))], "of two answers the first by time");
    assert!(!said.flags.is_empty());
}

/// Trails hold such bytes: whoever changes them gives them another version.
#[test]
fn the_bytes_of_version_1_stay_what_they_are() {
    let log = somebody();
    let mut names = Names::default();
    let mut bytes = |at: usize| {
        let event = decode(&log.messages[at], Origin::File).expect("an event");
        assert_eq!(event.received_at, Millis(log.messages[at].received_at.0));
        hex::encode(written(&event, &mut names))
    };
    let said = [bytes(0), bytes(1), bytes(31), bytes(33)];
    let known = [
        "0100018f3a2b00007abc8def0123456789ab027031110002733101019fef0f03642031033a3a370769642d63617264020eccc0b79f3f5d4033333333335342c0",
        "0101026532027031000302733102433102763000a4d50300a4d50300",
        "01010365333202703100020273318f4e01904e0670617373656400",
        "010103452d31027032bfe4e5650402733102433102713100c0c3930780dac4090180b8ddd2b25c03016203782b32010101d0c4ded2b25c016103e794b2010001c0f6ddd2b25c016101370000",
    ];
    assert_eq!(said, known);
}
