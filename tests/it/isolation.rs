//! What a platform's user may do, and what not.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream;
use futures_util::StreamExt;

use crate::harness::{Keshi, sign_in, small_registry};

/// Publishes and says whether the server acknowledged; a refused publish is never answered.
async fn stored(
    client: &async_nats::Client,
    subject: &str,
    headers: HeaderMap,
    payload: String,
) -> Option<u64> {
    let mut context = jetstream::new(client.clone());
    context.set_timeout(Duration::from_millis(700));
    let ack = context.publish_with_headers(subject.to_owned(), headers, payload.into()).await.ok()?;
    ack.await.ok().map(|ack| ack.sequence)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_speaks_for_itself_alone() {
    let keshi = Keshi::up();
    keshi.register(&small_registry());
    let (p1, p2, owner) = (keshi.platform("p1").await, keshi.platform("p2").await, keshi.owner().await);
    let payload = || sign_in("p1", "t1", "e1").to_string();

    assert_eq!(stored(&p1, "learn.v1.p1.t1.sign-in", HeaderMap::new(), payload()).await, Some(1));
    for refused in [
        "learn.v1.p2.t1.sign-in",
        "import.v1.0.p1.sign-in",
        "log.v1.0.p1.sign-in",
        "facts.v1.p1.claim-changed",
        "$JS.API.STREAM.DELETE.KESHI_LOG",
    ] {
        assert_eq!(stored(&p1, refused, HeaderMap::new(), payload()).await, None, "{refused}");
    }
    // A subject of another shape gets an answer at once: nothing captures it.
    assert_eq!(stored(&p1, "learn.v1.p1.t1", HeaderMap::new(), payload()).await, None);

    // Another's facts and answers are out of reach; so are the log and the making of consumers.
    for unheard in
        ["facts.v1.p2.>", "facts.v1.>", "_INBOX_p2.>", "_INBOX.>", ">", "log.v1.>", "learn.v1.p2.>"]
    {
        let mut heard = p1.subscribe(unheard).await.expect("a local subscription");
        p1.flush().await.expect("a server");
        for subject in ["facts.v1.p2.course-completed", "_INBOX_p2.x", "log.v1.0.p2.quiz"] {
            owner.publish(subject, "secret".into()).await.expect("a publish");
        }
        owner.flush().await.expect("a server");
        let message = tokio::time::timeout(Duration::from_millis(300), heard.next()).await;
        assert!(!matches!(message, Ok(Some(_))), "{unheard} was heard");
    }
    let context = jetstream::new(p1.clone());
    let consumer =
        jetstream::consumer::pull::Config { filter_subject: "facts.v1.p2.>".into(), ..Default::default() };
    let made = tokio::time::timeout(
        Duration::from_secs(2),
        context.create_consumer_on_stream(consumer, "KESHI_FACTS"),
    )
    .await;
    assert!(!matches!(made, Ok(Ok(_))), "a platform made a consumer");
    for api in ["$JS.API", "KESHI.API"] {
        let next = format!("{api}.CONSUMER.MSG.NEXT.KESHI_FACTS.p2");
        let other = tokio::time::timeout(Duration::from_secs(1), p1.request(next, "1".into())).await;
        assert!(!matches!(other, Ok(Ok(_))), "a platform read through another's consumer");
    }
    let read = tokio::time::timeout(
        Duration::from_secs(2),
        p1.request("$JS.API.DIRECT.GET.KESHI_FACTS", "{\"seq\":1}".into()),
    )
    .await;
    assert!(!matches!(read, Ok(Ok(_))), "a platform read a stream");
    drop(p2);

    // An answer can be sent nowhere but into the platform's own account: not to the log's management, nor to another.
    for answer in [
        "$JS.API.STREAM.DELETE.KESHI_LOG",
        "$JS.API.STREAM.PURGE.KESHI_FACTS",
        "_INBOX_p2.x",
        "learn.v1.p2.t1.quiz",
    ] {
        p1.publish_with_reply("learn.v1.p1.t1.sign-in", answer, payload().into()).await.expect("a publish");
    }
    p1.flush().await.expect("a server");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let log = jetstream::new(owner).get_stream("KESHI_LOG").await.expect("the log is still there");
    assert_eq!(log.cached_info().state.last_sequence, 5);
    keshi.settle();
    let all = keshi.json(&["record", "--all"]);
    assert_eq!((&all["duplicates"], &all["rejected"]), (&serde_json::json!(4), &serde_json::json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_headers_and_shared_message_ids_do_nothing() {
    let keshi = Keshi::up();
    keshi.register(&small_registry());
    let (p1, p2) = (keshi.platform("p1").await, keshi.platform("p2").await);
    let mut forged = HeaderMap::new();
    forged.insert("Keshi-Received-At", "2020-04-20T09:00:00+08:00");
    forged.insert("Keshi-Import-Id", "0".repeat(64).as_str());
    forged.insert("Nats-Msg-Id", "same");
    let mut same = HeaderMap::new();
    same.insert("Nats-Msg-Id", "same");
    // Both at once, within the server's shortest window of de-duplication.
    let (a, b) = (sign_in("p1", "t1", "e1").to_string(), sign_in("p2", "t2", "e1").to_string());
    let (first, second) = tokio::join!(
        stored(&p1, "learn.v1.p1.t1.sign-in", forged, a),
        stored(&p2, "learn.v1.p2.t2.sign-in", same, b)
    );
    // The server may swallow one of the two by the shared id; its publisher sends again, as all publishers may.
    let _ = (first, second);
    tokio::time::sleep(Duration::from_millis(150)).await;
    for (client, platform, trainee) in [(&p1, "p1", "t1"), (&p2, "p2", "t2")] {
        let sent = stored(
            client,
            &format!("learn.v1.{platform}.{trainee}.sign-in"),
            HeaderMap::new(),
            sign_in(platform, trainee, "e1").to_string(),
        )
        .await;
        assert!(sent.is_some());
    }
    keshi.settle();
    let all = keshi.json(&["record", "--all"]);
    let trainees: Vec<&str> = all["trainees"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|t| t["trainee"].as_str().expect("an id"))
        .collect();
    assert_eq!(trainees, ["t1", "t2"]);
    assert_eq!(all["rejected"], serde_json::json!([]));
    // The forged receipt of 2020 is not believed: the export has today's.
    let exported = keshi.ok(&["log", "export"]);
    assert!(!exported.contains("\"received_at\":\"2020-04-20"), "{exported}");
    assert!(!exported.contains("Keshi-"), "{exported}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_joins_later_disturbs_nobody() {
    let keshi = Keshi::up();
    keshi.register(&small_registry());
    let p1 = keshi.platform("p1").await;
    let sign_in_of = |platform: &str, id: &str| sign_in(platform, "t1", id).to_string();
    assert_eq!(
        stored(&p1, "learn.v1.p1.t1.sign-in", HeaderMap::new(), sign_in_of("p1", "before")).await,
        Some(1)
    );
    let listing = serde_json::json!([{"authority": "jinan", "from": "2020-03-01", "to": "2020-06-30"}]);
    keshi.register(&serde_json::json!({"providers": [
        {"provider": "p3", "kind": "platform", "name": "丙平台", "listings": listing}]}));

    // A connection older than the change goes on to be heard, and so does the newcomer; both are told their facts.
    let p3 = keshi.platform("p3").await;
    for (client, platform) in [(&p1, "p1"), (&p3, "p3")] {
        let subject = format!("learn.v1.{platform}.t1.sign-in");
        let good = stored(client, &subject, HeaderMap::new(), sign_in_of(platform, "after")).await;
        let bad = stored(client, &subject, HeaderMap::new(), "{half".to_owned()).await;
        assert!(good.is_some() && bad.is_some(), "{platform}: {good:?} {bad:?}");
    }
    keshi.settle();
    for (client, platform) in [(&p1, "p1"), (&p3, "p3")] {
        let inbox = client.new_inbox();
        let mut answers = client.subscribe(inbox.clone()).await.expect("an inbox");
        let next = format!("KESHI.API.CONSUMER.MSG.NEXT.KESHI_FACTS.{platform}");
        client
            .publish_with_reply(next, inbox, r#"{"batch":1,"no_wait":true}"#.into())
            .await
            .expect("a request");
        let told = tokio::time::timeout(Duration::from_secs(5), answers.next()).await.expect("an answer");
        let told = told.expect("an answer");
        assert!(told.status.is_none(), "{platform}: {:?}", told.status);
        assert!(String::from_utf8_lossy(&told.payload).contains("E101"), "{platform}");
    }
}
