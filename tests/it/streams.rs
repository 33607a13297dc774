//! Streams are made once and never changed; servers and databases that do not fit are refused.

use std::process::{Command, Stdio};
use std::time::Duration;

use async_nats::jetstream::{self, stream};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use crate::crash::query;
use crate::harness::{Keshi, Process, keshi_program, root, sign_in, small_registry};

fn said(output: &std::process::Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_partition_count_or_setting_is_refused() {
    let keshi = Keshi::servers();
    let mut other = keshi.program();
    other.arg("projector").env("KESHI_PARTITIONS", "8").stderr(Stdio::piped());
    let said_of_count = said(&other.output().expect("a run"));
    assert!(
        said_of_count.contains("L105") && said_of_count.contains("KESHI_PARTITIONS=16"),
        "{said_of_count}"
    );

    // Somebody changes a setting that would discard messages.
    let context = jetstream::new(keshi.owner().await);
    let mut config = context.get_stream("KESHI_LOG").await.expect("the stream").cached_info().config.clone();
    config.max_age = Duration::from_secs(86_400);
    context.update_stream(config).await.expect("the server allows it");
    let refused = said(&keshi.run(&["projector"]));
    assert!(refused.contains("L104") && refused.contains("max_age"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_would_discard_messages_are_refused() {
    let keshi = Keshi::servers();
    let context = jetstream::new(keshi.owner().await);
    let good = context.get_stream("KESHI_LOG").await.expect("the stream").cached_info().config.clone();
    type Change = fn(&mut stream::Config);
    let changes: [(&str, Change); 11] = [
        ("retention", |config| config.retention = stream::RetentionPolicy::WorkQueue),
        ("retention", |config| config.retention = stream::RetentionPolicy::Interest),
        ("discard", |config| config.discard = stream::DiscardPolicy::Old),
        ("storage", |config| config.storage = stream::StorageType::Memory),
        ("max_msgs", |config| config.max_messages = 1_000_000),
        ("max_bytes", |config| config.max_bytes = 16 << 20),
        ("max_msgs_per_subject", |config| config.max_messages_per_subject = 10),
        ("max_msg_size", |config| config.max_message_size = 1_024),
        ("deny_delete", |config| config.deny_delete = false),
        ("deny_purge", |config| config.deny_purge = false),
        ("subjects", |config| config.subjects = vec!["learn.v1.*.*.*".to_owned()]),
    ];
    for (field, change) in changes {
        let mut config = good.clone();
        change(&mut config);
        context.delete_stream("KESHI_LOG").await.expect("Keshi's own user may");
        context.create_stream(config).await.unwrap_or_else(|error| panic!("{field}: {error}"));
        let refused = said(&keshi.run(&["projector"]));
        assert!(refused.contains("L104") && refused.contains(field), "{field}: {refused}");
    }
}

/// A projector that ends by itself, and what it said.
fn stopped(keshi: &Keshi) -> String {
    said(&keshi.run(&["projector"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_does_not_fit_the_stream_stops_the_projector() {
    let keshi = Keshi::servers();
    let context = jetstream::new(keshi.owner().await);
    for id in ["e1", "e2", "e3"] {
        let payload = sign_in("p1", "t1", id).to_string();
        context
            .publish("learn.v1.p1.t1.sign-in", payload.into())
            .await
            .expect("a publish")
            .await
            .expect("an acknowledgement");
    }
    let projector = Process::spawn(keshi.program().arg("projector"));
    keshi.settle();
    projector.signal(rustix::process::Signal::TERM);
    assert!(projector.wait(Duration::from_secs(20)).success());
    query(&keshi, "create table public.kept as table projection_1.checkpoint");
    let cases = [
        ("update projection_1.checkpoint set seq = 4", "P302"),
        ("update projection_1.checkpoint set seq = 2", "P303"),
        ("update projection_1.checkpoint set message_hash = sha256('another')", "P303"),
        ("update keshi.deployment set partitions = 8", "S207"),
    ];
    for (change, code) in cases {
        query(&keshi, change);
        let said = stopped(&keshi);
        assert!(said.contains(code), "{change}: {said}");
        query(
            &keshi,
            "delete from projection_1.checkpoint; insert into projection_1.checkpoint table public.kept; update keshi.deployment set partitions = 16",
        );
    }
    assert_eq!(
        query(&keshi, "select count(*) from projection_1.trail"),
        "3",
        "none was skipped, none came twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_lacks_its_first_messages_stops_the_projector() {
    let keshi = Keshi::servers();
    let context = jetstream::new(keshi.owner().await);
    let mut config = context.get_stream("KESHI_LOG").await.expect("the stream").cached_info().config.clone();
    // As one comes out of a backup that had lost what came before.
    config.first_sequence = Some(10);
    context.delete_stream("KESHI_LOG").await.expect("Keshi's own user may");
    context.create_stream(config).await.expect("a stream");
    let payload = sign_in("p1", "t1", "e10").to_string();
    let sent = context.publish("learn.v1.p1.t1.sign-in", payload.into()).await.expect("a publish");
    assert_eq!(sent.await.expect("an acknowledgement").sequence, 10);
    let said = stopped(&keshi);
    assert!(said.contains("P304") && said.contains("begins at 10"), "{said}");
    assert_eq!(query(&keshi, "select count(*) from projection_1.trail"), "0", "nothing was skipped over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_made_anew_stops_the_projector() {
    let keshi = Keshi::servers();
    let context = jetstream::new(keshi.owner().await);
    let publish = |id: &str| {
        let (context, payload) = (context.clone(), sign_in("p1", "t1", id).to_string());
        async move {
            let ack = context.publish("learn.v1.p1.t1.sign-in", payload.into()).await.expect("a publish");
            ack.await.expect("an acknowledgement");
        }
    };
    publish("e1").await;
    publish("e2").await;
    let projector = Process::spawn(keshi.program().arg("projector"));
    keshi.settle();
    projector.signal(rustix::process::Signal::TERM);
    assert!(projector.wait(Duration::from_secs(20)).success());

    context.delete_stream("KESHI_LOG").await.expect("Keshi's own user may");
    let anew = said(&keshi.run(&["projector"]));
    assert!(anew.contains("P301"), "{anew}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_falls_silent_is_left_for_another() {
    let keshi = Keshi::servers();
    let client = keshi.owner().await;
    let context = jetstream::new(client.clone());
    let publish = async |id: &str| {
        let payload = sign_in("p1", "t1", id).to_string();
        let sent = context.publish("learn.v1.p1.t1.sign-in", payload.into()).await.expect("a publish");
        sent.await.expect("an acknowledgement");
    };
    publish("e1").await;
    let _projector = Process::spawn(keshi.program().arg("projector"));
    keshi.settle();

    // It is there, its heart beats, and it sends nothing ever again.
    let stream = context.get_stream("KESHI_LOG").await.expect("the stream");
    let consumers: Vec<String> = stream.consumer_names().try_collect().await.expect("names");
    assert!(!consumers.is_empty());
    for name in consumers {
        let until = json!({"pause_until": "2999-01-01T00:00:00Z"}).to_string();
        let subject = format!("$JS.API.CONSUMER.PAUSE.KESHI_LOG.{name}");
        let answer = client.request(subject, until.into()).await.expect("an answer");
        let answer: Value = serde_json::from_slice(&answer.payload).expect("JSON");
        assert_eq!(answer["paused"], true, "{answer}");
    }
    publish("e2").await;
    keshi.settle();
    assert_eq!(query(&keshi, "select count(*) from projection_1.trail"), "2");
}

#[test]
fn an_unreachable_or_newer_database_is_refused_with_a_way_out() {
    let run = |url: &str| {
        let mut command = Command::new(keshi_program());
        command.args(["migrate", "--database-url", url]).current_dir(std::env::temp_dir());
        command.output().expect("a run")
    };
    let unreachable = said(&run("postgres://nobody@127.0.0.1:1/none"));
    assert!(unreachable.contains("S201") && unreachable.contains("KESHI_DATABASE_URL"), "{unreachable}");

    let keshi = Keshi::servers();
    let url = keshi.endpoints()["database_url"].as_str().expect("a URL").to_owned();
    assert_eq!(keshi.json(&["migrate"]), json!({"applied": 0}), "migrating again finds nothing to do");
    let changed = Command::new("psql")
        .args([&url, "-qc", "insert into public._sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', true, '', 0)"])
        .status()
        .expect("psql");
    assert!(changed.success());
    for arguments in [&["migrate"][..], &["projector"], &["record", "--all"]] {
        let newer = said(&keshi.run(arguments));
        assert!(newer.contains("S202"), "{arguments:?}: {newer}");
    }
}

#[test]
fn an_old_nats_server_is_refused() {
    let program = root().join(".tools/nats-server-of-debian/usr/sbin/nats-server");
    if !program.exists() {
        // tests/run fetches it wherever there is apt, and says so where there is none.
        println!("left out: {} is not there", program.display());
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port().to_string();
    drop(listener);
    let store = folder.path().to_str().expect("UTF-8");
    let _server = Process::spawn(
        Command::new(program)
            .args(["-a", "127.0.0.1", "-p", &port, "-js", "-sd", store])
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    let begun = std::time::Instant::now();
    while std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the old server does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    for command in [&["log", "export"][..], &["projector"]] {
        let output = Command::new(keshi_program())
            .args(command)
            .args(["--nats-url", &format!("nats://127.0.0.1:{port}")])
            .current_dir(folder.path())
            .output()
            .expect("a run");
        let refused = said(&output);
        assert!(refused.contains("L102") && refused.contains("2.12"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn importing_again_adds_nothing_and_both_contents_of_an_id_stay() {
    let keshi = Keshi::up();
    keshi.register(&small_registry());
    let line = |seq: u64, device: &str| {
        let mut payload = sign_in("p1", "t1", "e1");
        payload["data"]["device"] = json!(device);
        json!({"seq": seq, "received_at": "2020-04-20T09:00:01.500+08:00", "subject": "learn.v1.p1.t1.sign-in",
               "headers": {"Nats-Msg-Id": "p1/e1", "Nats-Expected-Stream": "OTHER"}, "payload": payload})
    };
    let file = keshi.file("log.jsonl");
    std::fs::write(&file, format!("{}\n{}\n", line(1, "d1"), line(2, "d2"))).expect("a file");
    let name = file.to_str().expect("UTF-8");
    let import = || -> Value { keshi.json(&["log", "import", name]) };
    assert_eq!(import(), json!({"published": 2, "skipped": 0}));
    // Later than any window of de-duplication: the ids stand in the stream itself.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(import(), json!({"published": 0, "skipped": 2}));
    keshi.settle();
    let exported = keshi.ok(&["log", "export"]);
    let lines: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines, vec![line(1, "d1"), line(2, "d2")]);
    let all = keshi.json(&["record", "--all"]);
    assert_eq!((&all["duplicates"], &all["trainees"][0]["flags"]), (&json!(1), &json!(["event-changed"])));
}
