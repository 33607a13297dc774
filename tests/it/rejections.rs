//! Each rejection code from a real message; the line goes on, and a platform that was away hears of it.

use async_nats::jetstream;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::harness::{Keshi, event, sign_in, small_registry};

fn bad_messages() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let good = |id: &str| sign_in("p1", "t1", id);
    let change = |id: &str, pointer: &str, value: Value| {
        let mut event = good(id);
        *event.pointer_mut(pointer).expect("a member") = value;
        event.to_string().into_bytes()
    };
    let stretch = json!({"session": "s1", "course": "C1", "video": "v1", "from": 30, "to": 29,
        "started_at": "2020-04-20T09:00:00+08:00", "ended_at": "2020-04-20T09:00:30+08:00"});
    let backwards = event("p1", "t1", "b7", "keshi.video.watched.v1", "2020-04-20T09:00:30+08:00", stretch);
    vec![
        ("E101", "sign-in", b"{half".to_vec()),
        ("E102", "sign-in", change("b2", "/specversion", json!("0.3"))),
        ("E103", "sign-in", change("b3", "/type", json!("keshi.session.opened.v9"))),
        ("E104", "sign-in", change("b4", "/source", json!("/platforms/p2"))),
        ("E105", "sign-in", change("b5", "/subject", json!("another"))),
        ("E106", "sign-in", change("b6", "/data/verified", json!("yes"))),
        ("E107", "video-watch", backwards.to_string().into_bytes()),
        ("E108", "sign-in", vec![b' '; 65_537]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_event_is_published_once_more_and_its_first_verdict_stands() {
    let keshi = Keshi::up();
    keshi.register(&small_registry());
    let context = jetstream::new(keshi.platform("p1").await);
    let mut bad = sign_in("p1", "t1", "b1");
    bad["type"] = json!("keshi.session.opened.v9");
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Nats-Msg-Id", "p1/b1");
    let ack = context.publish_with_headers("learn.v1.p1.t1.sign-in", headers, bad.to_string().into()).await;
    let seq = ack.expect("a publish").await.expect("an acknowledgement").sequence;
    keshi.settle();
    let first = keshi.json(&["rejected", "list"]);
    let number = seq.to_string();
    let shown = keshi.json(&["rejected", "show", &number]);
    assert_eq!(shown["rejected"], first[0]);
    assert_eq!(shown["payload"], bad.to_string());

    assert_eq!(keshi.json(&["rejected", "redrive", &number]), json!({"published": 1, "skipped": 0}));
    keshi.settle();
    assert_eq!(keshi.json(&["rejected", "redrive", &number]), json!({"published": 0, "skipped": 1}));
    keshi.settle();
    let listed = keshi.json(&["rejected", "list"]);
    assert_eq!(listed.as_array().expect("a list").len(), 2, "a new message, once");
    assert_eq!(listed[0], first[0], "the first verdict stands");
    assert_eq!(listed[1]["received_at"], first[0]["received_at"], "with its first receipt");
    let again = listed[1]["seq"].as_u64().expect("a number");
    let stored = jetstream::new(keshi.owner().await)
        .get_stream("KESHI_LOG")
        .await
        .expect("the log")
        .get_raw_message(again)
        .await
        .expect("the message");
    assert!(stored.subject.starts_with("import.v1."));
    assert_eq!(stored.payload, bad.to_string());
    assert_eq!(stored.headers.get("Keshi-Redrive-Of").map(|value| value.as_str()), Some(number.as_str()));
    assert_eq!(stored.headers.get("Keshi-Nats-Msg-Id").map(|value| value.as_str()), Some("p1/b1"));
    let nothing = keshi.run(&["rejected", "redrive", "999999"]);
    assert_eq!(nothing.status.code(), Some(1));
    let (database, file) = keshi.records_two_ways(Some(&keshi.file("registry.json")));
    assert_eq!(database, file);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_reaches_a_platform_that_was_away() {
    let keshi = Keshi::up();
    keshi.register(&small_registry());
    {
        let context = jetstream::new(keshi.platform("p1").await);
        for (_, family, payload) in bad_messages() {
            let ack =
                context.publish(format!("learn.v1.p1.t1.{family}"), payload.into()).await.expect("a publish");
            ack.await.expect("an acknowledgement: the log takes everything");
        }
        let good = sign_in("p1", "t1", "after").to_string();
        context
            .publish("learn.v1.p1.t1.sign-in", good.into())
            .await
            .expect("a publish")
            .await
            .expect("an acknowledgement");
    }
    keshi.settle();

    let listed = keshi.json(&["rejected", "list"]);
    let codes: Vec<&str> =
        listed.as_array().expect("a list").iter().map(|row| row["code"].as_str().expect("a code")).collect();
    assert_eq!(codes, ["E101", "E102", "E103", "E104", "E105", "E106", "E107", "E108"]);
    assert!(
        listed
            .as_array()
            .expect("a list")
            .iter()
            .all(|row| row["sentence"].as_str().is_some_and(|s| s.len() > 10))
    );
    let all = keshi.json(&["record", "--all"]);
    assert_eq!(all["trainees"][0]["trainee"], "t1", "the line went on");

    // The platform returns, and reads its facts through the consumer that Keshi made for it.
    let client = keshi.platform("p1").await;
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.expect("an inbox");
    let ask = json!({"batch": 20, "no_wait": true}).to_string();
    client
        .publish_with_reply("KESHI.API.CONSUMER.MSG.NEXT.KESHI_FACTS.p1", inbox, ask.into())
        .await
        .expect("a request");
    let mut told = Vec::new();
    while told.len() < 8 {
        let message = tokio::time::timeout(std::time::Duration::from_secs(5), answers.next())
            .await
            .expect("a fact")
            .expect("a fact");
        assert!(message.status.is_none(), "only {} facts came: {:?}", told.len(), message.status);
        let fact: Value = serde_json::from_slice(&message.payload).expect("JSON");
        assert_eq!(fact["type"], "keshi.event.rejected.v1");
        told.push(fact["data"]["code"].as_str().expect("a code").to_owned());
    }
    assert_eq!(told, codes);
    let (database, file) = keshi.records_two_ways(Some(&keshi.file("registry.json")));
    assert_eq!(database, file);
}
