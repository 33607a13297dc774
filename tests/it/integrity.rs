//! A simulated city through `keshi integrity evaluate`, both ways; and the case book on real servers.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use keshi_events::{Event, Origin, StoredMessage, TraineeId, decode};
use keshi_integrity::{Crowd, History, Rules, examine, settle};
use keshi_record::Constants;
use keshi_registry::RegistryFile;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::crash::query;
use crate::harness::{Keshi, keshi_program, root};

/// All that looks keep, but the findings.
const FORGET: &str =
    "truncate keshi.examined, keshi.compared_law, keshi.trace, keshi.tally, keshi.player, keshi.to_compare,
    keshi.room, keshi.turning, keshi.link, keshi.suspicion, keshi.to_settle";

fn evaluate(arguments: &[&str]) -> Value {
    let output = Command::new(keshi_program())
        .args(["integrity", "evaluate", "--json"])
        .args(arguments)
        .output()
        .expect("keshi runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_small_city_is_told_apart() {
    let city = evaluate(&["--seed", "41", "--trainees", "400", "--dishonest", "0.25"]);
    assert_eq!((&city["seed"], &city["trainees"]), (&Value::from(41), &Value::from(400)));
    assert_eq!(city["dishonest_recall"], 1.0, "{city}");
    assert_eq!(city["honest_held_rate"], 0.0, "{city}");
    assert!(city["honest_review_rate"].as_f64().expect("a share") <= 0.02, "{city}");
    let personas = city["personas"].as_array().expect("a list");
    let people: u64 = personas.iter().map(|row| row["people"].as_u64().expect("a count")).sum();
    assert!(personas.len() >= 35 && people == 400, "{city}");

    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let made = Command::new(keshi_program())
        .args(["simulate", "--trainees", "30", "--seed", "7", "--dishonest", "0.3", "--out", &file("")])
        .output();
    assert!(made.expect("keshi runs").status.success());
    let foreign = evaluate(&[
        "--log",
        &file("log.jsonl"),
        "--registry",
        &file("registry.json"),
        "--truth",
        &file("truth.jsonl"),
    ]);
    assert_eq!((&foreign["seed"], &foreign["trainees"]), (&Value::Null, &Value::from(30)));
    assert_eq!((&foreign["dishonest_recall"], &foreign["honest_held_rate"]), (&1.0.into(), &0.0.into()));

    // A pack that finds nothing wrong with presence checks, short of a thousand of them, misses whoever misses those.
    let pack = std::fs::read_to_string(root().join("deploy/policies/jinan-2020-6.toml")).expect("the pack");
    let lax = pack
        .replace("missed_checks = 3", "missed_checks = 1000")
        .replace("missed_share = 200", "missed_share = 1000");
    std::fs::write(file("lax.toml"), lax).expect("it is written");
    let bots = |more: &[&str]| {
        let city = evaluate(&[&["--seed", "41", "--trainees", "100", "--dishonest", "0.25"], more].concat());
        let rows = city["personas"].as_array().expect("a list").clone();
        let bots = rows.iter().find(|row| row["persona"] == "idle-bot").expect("a bot");
        (bots["people"].clone(), bots["right_level"].clone())
    };
    let ((people, found), (_, missed)) = (bots(&[]), bots(&["--policy", &file("lax.toml")]));
    assert_eq!((&found, missed), (&people, 0.into()));
}

/// A city of `tests/cities`, which knows nothing of Keshi's simulator: other players, other habits, other frauds.
#[test]
fn a_city_that_others_made_is_told_apart() {
    let python = std::env::var("KESHI_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    for (shape, seed, personas) in [("usual", "5", 44), ("bare", "6", 36)] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name).display().to_string();
        let made = Command::new(&python)
            .arg(root().join("tests/cities/make.py"))
            .args([&file(""), "--shape", shape, "--seed", seed, "--plain", "60", "--each", "8"])
            .output()
            .unwrap_or_else(|error| panic!("{python}: {error}"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let (log, truth) = (file("log.jsonl"), file("truth.jsonl"));
        let city = evaluate(&["--log", &log, "--registry", &file("registry.json"), "--truth", &truth]);
        let share = |city: &Value, name: &str| city[name].as_f64().expect("a share");
        assert!(city["personas"].as_array().expect("a list").len() >= personas, "{city}");
        assert!(share(&city, "dishonest_recall") >= 0.99, "{shape}: {city}");
        assert!(share(&city, "honest_held_rate") <= 0.001, "{shape}: {city}");
        assert!(share(&city, "honest_review_rate") <= 0.02, "{shape}: {city}");
        // Without a registry less is known, and nobody honest is accused for it.
        let bare = evaluate(&["--log", &log, "--truth", &truth]);
        assert!(share(&bare, "dishonest_recall") >= 0.7 && share(&bare, "honest_held_rate") == 0.0, "{bare}");
        assert!(share(&bare, "honest_review_rate") <= 0.02, "{bare}");
    }
}

#[test]
fn a_case_is_found_dismissed_and_reopened() {
    let keshi = Keshi::up();
    let folder = keshi.dir().join("class");
    let file = |name: &str| folder.join(name).display().to_string();
    keshi.ok(&["simulate", "--trainees", "10", "--seed", "4", "--dishonest", "0.7", "--out", &file("")]);
    keshi.ok(&["registry", "import", &file("registry.json")]);
    // Half of the log, a look, then all of it: what the second look finds is what one look over everything finds.
    let log = std::fs::read_to_string(file("log.jsonl")).expect("the log");
    let lines: Vec<&str> = log.lines().collect();
    std::fs::write(file("half.jsonl"), lines[..lines.len() / 2].join("\n")).expect("it is written");
    keshi.ok(&["log", "import", &file("half.jsonl")]);
    keshi.settle();
    assert_eq!(
        keshi.json(&["flags", "look"])["examined"],
        keshi.json(&["recompute", &file("half.jsonl")])["trainees"].as_array().expect("a list").len()
    );
    keshi.ok(&["log", "import", &file("log.jsonl")]);
    keshi.settle();
    assert!(keshi.json(&["flags", "look"])["new"].as_u64().expect("a count") > 0);
    let all = || keshi.json(&["flags", "list", "--level", "review", "--limit", "1000"]);
    let (grown, again) = (all(), keshi.json(&["flags", "look"]));
    assert_eq!(
        (&again["new"], &again["examined"]),
        (&0.into(), &0.into()),
        "the same events, the same findings"
    );
    query(&keshi, FORGET);
    let anew = keshi.json(&["flags", "look"]);
    assert_eq!((&anew["new"], &anew["found"]), (&0.into(), &again["found"]));
    assert_eq!(all(), grown);

    // Each platform is told of its own trainees, and of nobody else.
    let facts = query(
        &keshi,
        "select subject || ' ' || body from keshi.outbox where subject like '%.attendance-flagged' order by number",
    );
    assert!(!facts.is_empty());
    let truth = std::fs::read_to_string(file("truth.jsonl")).expect("the truth");
    let truth = truth.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let people: Vec<String> =
        truth.map(|line| line["trainee"].as_str().expect("a name").to_owned()).collect();
    for fact in facts.lines() {
        let (subject, body) = fact.split_once(' ').expect("two columns");
        let told: Value = serde_json::from_str(body).expect("JSON");
        let who = told["data"]["trainee"].as_str().expect("a trainee");
        let platform = subject.split('.').nth(2).expect("a platform");
        assert!(log.contains(&format!("learn.v1.{platform}.{who}.")), "{fact}");
        let mut others = people.iter().filter(|other| *other != who);
        assert!(!others.any(|other| body.contains(&format!("\"{other}\""))), "{fact}");
    }
    let unpublished = "select count(*) from keshi.outbox where subject like '%.attendance-flagged' and published_at is null";
    for _ in 0..600 {
        if query(&keshi, unpublished) == "0" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(query(&keshi, unpublished), "0", "the relay publishes them");
    let held = |state: &str| {
        let cases = keshi.json(&["flags", "list", "--level", "hold", "--state", state, "--limit", "100"]);
        cases
            .as_array()
            .expect("a list")
            .iter()
            .map(|case| case["flag"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    let open = held("open");
    let case = keshi.json(&["flags", "show", &open[0]]);
    assert!(
        !case["evidence"].as_array().expect("events").is_empty()
            && case["history"] == Value::Array(Vec::new())
    );

    let password = "correct horse battery";
    let as_official = |arguments: &[&str]| {
        let output = keshi
            .program()
            .args(arguments)
            .envs([("KESHI_PASSWORD", password), ("KESHI_NEW_PASSWORD", password)])
            .stderr(Stdio::piped())
            .output()
            .expect("keshi runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert!(as_official(&["user", "add", "root", "--role", "admin"]).0);
    assert!(as_official(&["user", "add", "li.na", "--role", "city", "--as", "root"]).0);
    let decide =
        |what: &str, user: &str| as_official(&["flags", what, &open[0], "--as", user, "--why", "同一家庭"]);
    assert!(decide("dismiss", "root").1.contains("无权处理"), "an admin keeps accounts, and decides nothing");
    assert!(decide("dismiss", "li.na").0);
    assert!(!decide("confirm", "li.na").0, "it is not open any more");
    keshi.ok(&["flags", "look"]);
    assert_eq!(
        (held("open").len(), held("dismissed")),
        (open.len() - 1, vec![open[0].clone()]),
        "another look changes nothing"
    );
    assert!(decide("reopen", "li.na").0);
    assert!(decide("confirm", "li.na").0);
    let history = keshi.json(&["flags", "show", &open[0]])["history"].clone();
    let decisions: Vec<&str> =
        history.as_array().expect("a list").iter().filter_map(|d| d["decision"].as_str()).collect();
    assert_eq!(decisions, ["dismissed", "reopened", "confirmed"]);
}

/// What laying the traces of everybody in a log side by side gives, as the database prints findings.
fn at_once(log: &std::path::Path, registry: &std::path::Path) -> String {
    let registry = std::fs::read(registry).expect("the registry");
    let catalogue = RegistryFile::parse_lenient(&registry).expect("a registry").catalogue();
    let (constants, rules) = (Constants::default(), Rules::default());
    let file = std::io::BufReader::new(std::fs::File::open(log).expect("the log"));
    let mut messages: Vec<StoredMessage> =
        keshi_log::file::read_lines(file).map(|line| line.expect("a message")).collect();
    messages.sort_by_key(|message| message.seq);
    let mut trainees: BTreeMap<TraineeId, Vec<Event<'_>>> = BTreeMap::new();
    for message in &messages {
        if let Ok(event) = decode(message, Origin::File) {
            trainees.entry(TraineeId::from(event.trainee.as_ref())).or_default().push(event);
        }
    }
    let (mut crowd, mut flags) = (Crowd::default(), Vec::new());
    for (trainee, events) in &trainees {
        let one = examine(trainee, &History::of(events), &constants, &catalogue, &rules);
        flags.extend(one.flags);
        crowd.take(trainee, one.traces);
    }
    flags.extend(crowd.flags(&rules));
    let line = |flag: &keshi_integrity::Flag| {
        let evidence = serde_json::to_string(&flag.evidence).expect("JSON");
        format!("{}|{}|{}|{}|{evidence}", flag.id(), flag.level, flag.from.0, flag.chinese)
    };
    let mut lines: Vec<String> = settle(flags).iter().map(line).collect();
    lines.sort();
    lines.join("\n")
}

/// Events in any order, looks at any time: the findings are those of one pass over everything.
#[test]
fn looks_at_any_time_find_what_one_pass_finds() {
    let findings =
        "select flag, level, from_ms, chinese, evidence from keshi.finding order by flag collate \"C\"";
    for (shape, seed) in [("usual", 11_u64), ("bare", 12)] {
        let keshi = Keshi::up();
        let file = |name: &str| keshi.file("city").join(name).display().to_string();
        let python = std::env::var("KESHI_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let made = Command::new(&python)
            .arg(root().join("tests/cities/make.py"))
            .args([&file(""), "--shape", shape, "--seed", &seed.to_string(), "--plain", "12", "--each", "2"])
            .output()
            .unwrap_or_else(|error| panic!("{python}: {error}"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        keshi.ok(&["registry", "import", &file("registry.json")]);
        let log = std::fs::read_to_string(file("log.jsonl")).expect("the log");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut lines: Vec<&str> = log.lines().collect();
        // Some trainees begin late, and what all of them send comes in no order.
        lines.shuffle(&mut random);
        let mut parts: Vec<Vec<&str>> = vec![Vec::new(); 4];
        for line in lines {
            parts[random.random_range(0..4)].push(line);
        }
        for part in &parts {
            std::fs::write(file("part.jsonl"), part.join("\n")).expect("it is written");
            keshi.ok(&["log", "import", &file("part.jsonl")]);
            keshi.settle();
            keshi.ok(&["flags", "look"]);
        }
        keshi.ok(&["log", "export", "--out", &file("all.jsonl")]);
        let (all, registry) = (keshi.file("city/all.jsonl"), keshi.file("city/registry.json"));
        let grown = query(&keshi, findings);
        let (grown, once): (Vec<&str>, String) = (grown.lines().collect(), at_once(&all, &registry));
        let once: Vec<&str> = once.lines().collect();
        let only = |some: &[&str], others: &[&str]| -> Vec<String> {
            some.iter().filter(|line| !others.contains(line)).map(|line| (*line).to_owned()).collect()
        };
        assert_eq!((only(&grown, &once), only(&once, &grown)), (Vec::new(), Vec::new()), "{shape}");
        assert!(once.iter().any(|line| line.contains("|hold|")), "there is something to find");
        // Another law has everything compared again, and gives the same.
        query(&keshi, "update keshi.compared_law set law = ''; update keshi.examined set law = ''");
        let again = keshi.json(&["flags", "look"]);
        assert!(again["compared"].as_u64().expect("a count") > 0 && again["new"] == 0, "{again}");
        assert_eq!(query(&keshi, findings).lines().collect::<Vec<_>>(), once);
        // So do events that were written before there were extracts: of some people some, of others all.
        assert_eq!(query(&keshi, "select count(*) from projection_1.trail where extract is null"), "0");
        query(
            &keshi,
            "update projection_1.trail set extract = null where seq % 3 = 0 and trainee > 'm' or hashtext(trainee) % 2 = 0;
             update keshi.examined set law = ''",
        );
        let again = keshi.json(&["flags", "look"]);
        assert!(again["examined"].as_u64().expect("a count") > 10, "{again}");
        assert_eq!(query(&keshi, findings).lines().collect::<Vec<_>>(), once);
        // One that cannot be read stops nobody's look: its message is there.
        query(
            &keshi,
            "update projection_1.trail set extract = '\\x0200' where extract is not null and seq % 5 = 0;
             update projection_1.trail set extract = '' where extract is not null and seq % 5 = 1;
             update keshi.examined set law = ''",
        );
        keshi.json(&["flags", "look"]);
        assert_eq!(query(&keshi, findings).lines().collect::<Vec<_>>(), once);
        // A rebuild mends them, and has everybody looked at again.
        keshi.ok(&["rebuild"]);
        assert_eq!(query(&keshi, "select count(*) from keshi.examined where is_settled"), "0");
        let people = query(&keshi, "select count(*) from projection_1.trainee");
        assert_eq!(keshi.json(&["flags", "look"])["examined"].to_string(), people);
        assert_eq!(query(&keshi, findings).lines().collect::<Vec<_>>(), once);
    }
}
