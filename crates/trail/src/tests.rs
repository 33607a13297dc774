//! The formulas against hashes worked out by hand elsewhere: they may never change, or old chains could not be walked.

use bytes::Bytes;
use keshi_events::{Millis, StoredMessage};

use crate::{Chain, Content, Decision, Verdict};

fn message() -> StoredMessage {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    StoredMessage {
        seq: 17,
        received_at: Millis(1_587_344_400_123),
        subject: "log.v1.3.p7.quiz".to_owned(),
        headers: vec![
            header("ce-specversion", "1.0"),
            header("Nats-Msg-Id", "not covered"),
            header("CE-id", "x"),
            header("Content-Type", "application/json"),
        ],
        payload: Bytes::from_static(b"{\"a\":1}"),
    }
}

#[test]
fn entries_are_what_the_formulas_say() {
    let content = Content::of(&message(), message().received_at);
    let mut trainee = Chain::of_trainee("t1");
    assert_eq!(
        trainee.accept(&content).to_string(),
        "648e0a484f02c8f0d2d62b84d7692e2df3fd95d9c9d5eef3abf887e31918a09a"
    );
    let verdict = Verdict { code: "E106", sentence: "mend it", pointer: Some("/data") };
    assert_eq!(
        Chain::of_rejections(3).reject(&content, &verdict).to_string(),
        "68ae3ad930e0c8051bfa06b529921ff8cc8708cdbe2813fb3532031b561120cd"
    );
    let decision = Decision {
        number: 1,
        recorded_at_us: 1_587_344_400_123_456,
        kind: "course",
        key: "C1",
        body: Some("{\"a\": 1}"),
        who: "admin",
        why: "import",
    };
    assert_eq!(
        Chain::of_register().record(&decision).to_string(),
        "6f2a7ce0eec2fe2e4748884824e6caf598658b032c4cb02931d6d60c3a6f719d"
    );
    assert_eq!(
        Chain::of_register().record(&Decision { body: None, ..decision }).to_string(),
        "9b0befde3ccaca944a67c29d05a2fd34e71920d9b87ff1ec41f9b424633252fd"
    );
}

#[test]
fn whatever_is_covered_changes_the_entry() {
    let start = Chain::of_trainee("t1").head;
    let entry = |message: &StoredMessage| Content::of(message, message.received_at).accept(start);
    let original = entry(&message());
    let changes: [fn(&mut StoredMessage); 7] = [
        |m| m.seq += 1,
        |m| m.received_at.0 -= 1,
        |m| m.subject = m.subject.replace("p7", "p8"),
        |m| m.headers[0].1.push('0'),
        |m| m.headers[2].0 = "ce-iD".to_owned(),
        |m| m.headers[3].1 = "text/plain".to_owned(),
        |m| m.payload = Bytes::from_static(b"{\"a\":2}"),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut changed = message();
        change(&mut changed);
        assert_ne!(entry(&changed), original, "change {number}");
    }
    let mut reordered = message();
    reordered.headers.reverse();
    assert_eq!(entry(&reordered), original, "the order of headers says nothing");
}
