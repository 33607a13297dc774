//! Decisions over back-filled time change records, and taking them back changes them back.

use serde_json::{Value, json};

use crate::harness::{Keshi, event, sign_in, small_registry};

const PASSWORD: &str = "correct horse battery";

/// Two stretches of one session that were received four days late.
fn back_filled(keshi: &Keshi) {
    let line = |seq: u64, at: &str, subject: &str, payload: Value| {
        json!({"seq": seq, "received_at": at, "subject": subject, "payload": payload}).to_string()
    };
    let stretch = |id: &str, from: u32, start: &str, end: &str| {
        let data = json!({"session": "s1", "course": "C1", "video": "v1", "from": from, "to": from + 30,
                          "started_at": start, "ended_at": end});
        event("p1", "t1", id, "keshi.video.watched.v1", end, data)
    };
    let late = "2020-04-24T09:00:00+08:00";
    let lines = [
        line(1, "2020-04-20T09:00:01+08:00", "learn.v1.p1.t1.sign-in", sign_in("p1", "t1", "e1")),
        line(
            2,
            late,
            "learn.v1.p1.t1.video-watch",
            stretch("e2", 0, "2020-04-20T09:10:00+08:00", "2020-04-20T09:10:30+08:00"),
        ),
        line(
            3,
            late,
            "learn.v1.p1.t1.video-watch",
            stretch("e3", 30, "2020-04-20T10:10:00+08:00", "2020-04-20T10:10:30+08:00"),
        ),
    ];
    let path = keshi.file("late.jsonl");
    std::fs::write(&path, lines.join("\n")).expect("a file");
    keshi.ok(&["log", "import", path.to_str().expect("UTF-8")]);
}

/// The attested milliseconds, once the records are those that an auditor works out from the exported log and registry.
fn attested(keshi: &Keshi) -> i64 {
    keshi.settle();
    let registry = keshi.file("exported-registry.json");
    std::fs::write(&registry, keshi.ok(&["registry", "export"])).expect("a file");
    let (database, file) = keshi.records_two_ways(Some(&registry));
    assert_eq!(database, file);
    let all: Value = serde_json::from_str(&database).expect("JSON");
    assert_eq!(all["trainees"].as_array().expect("a list").len(), 1, "a decision makes no trainee");
    all["trainees"][0]["attested_ms"].as_i64().expect("a number")
}

fn decide(keshi: &Keshi, who: &str, arguments: &[&str]) -> std::process::Output {
    let mut command = keshi.program();
    command.args(arguments).args(["--as", who, "--json"]).env("KESHI_PASSWORD", PASSWORD);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    command.output().expect("a run")
}

fn account(keshi: &Keshi, arguments: &[&str]) {
    let mut command = keshi.program();
    command.args(["user", "add"]).args(arguments);
    command.env("KESHI_NEW_PASSWORD", PASSWORD).env("KESHI_PASSWORD", PASSWORD);
    assert!(command.status().expect("a run").success(), "{arguments:?}");
}

#[test]
fn approvals_raise_the_record_and_revocations_lower_it_again() {
    let keshi = Keshi::up();
    let mut registry = small_registry();
    registry["trainees"] = json!([{"trainee": "t1", "district": "lixia"}, {"trainee": "t2"}]);
    keshi.register(&registry);
    account(&keshi, &["root", "--role", "admin"]);
    account(&keshi, &["city.li", "--role", "city", "--as", "root"]);
    account(&keshi, &["lixia.wang", "--role", "district", "--scope", "lixia", "--as", "root"]);
    account(&keshi, &["audit.zhao", "--role", "auditor", "--as", "root"]);
    back_filled(&keshi);
    assert_eq!(attested(&keshi), 0, "received four days late");

    let session = ["session", "p1", "t1", "s1", "--why", "no network in the hall"];
    let approve =
        |who: &str, what: &[&str]| decide(&keshi, who, &[&["approve"], what].concat()).status.code();
    let revoke = |who: &str, what: &[&str]| decide(&keshi, who, &[&["revoke"], what].concat()).status.code();
    assert_eq!(approve("audit.zhao", &session), Some(1), "an auditor decides nothing");
    assert_eq!(approve("lixia.wang", &session), Some(0));
    assert_eq!(attested(&keshi), 60_000);
    assert_eq!(revoke("lixia.wang", &session), Some(0));
    assert_eq!(attested(&keshi), 0);
    assert_eq!(revoke("lixia.wang", &session), Some(1), "there is nothing to revoke any more");

    let outage =
        ["outage", "p1", "2020-04-20T09:00:00+08:00", "2020-04-20T09:30:00+08:00", "--why", "announced"];
    assert_eq!(approve("lixia.wang", &outage), Some(1), "an outage concerns more than one district");
    assert_eq!(approve("city.li", &outage), Some(0));
    assert_eq!(attested(&keshi), 30_000, "one of the two stretches lies within it");
    assert_eq!(approve("city.li", &["session", "p1", "t2", "s1", "--why", "a slip of the pen"]), Some(0));
    assert_eq!(attested(&keshi), 30_000);
    assert_eq!(revoke("city.li", &outage), Some(0));
    assert_eq!(attested(&keshi), 0);
    let verified = keshi.run(&["verify", "--all"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}
