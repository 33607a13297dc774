//! Whatever is changed behind Keshi's back is found, and its place named.

use std::path::{Path, PathBuf};

use keshi_trail::{Bundle, Chain, Content, Hash};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::crash::{class, import, query, register};
use crate::harness::{Keshi, sign_in};

/// Whoever owns the database can switch its triggers off.
const TRIGGERS_OFF: &str = "set session_replication_role = replica;";

fn seeded(default: u64) -> ChaCha8Rng {
    let seed = std::env::var("KESHI_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(default);
    println!("replay with KESHI_TEST_SEED={seed}");
    ChaCha8Rng::seed_from_u64(seed)
}

/// A class with some events in binary mode and some that are rejected.
fn with_class() -> Keshi {
    let keshi = Keshi::up();
    let (log, registry) = class(&keshi, "3", "21");
    register(&keshi, &registry);
    import(&keshi, &log);
    import(&keshi, &extra(&keshi, 0));
    keshi.settle();
    keshi
}

/// A few more messages: sign-ins in binary mode, and some that cannot be used.
fn extra(keshi: &Keshi, round: u64) -> PathBuf {
    let mut lines = Vec::new();
    for number in 0..12 {
        let seq = 80_000_000 + round * 1_000 + number;
        let trainee = format!("binary-{}", number % 3);
        let whole = sign_in("p1", &trainee, &format!("r{round}-{number}"));
        let text = |name: &str| whole[name].as_str().expect("a string").to_owned();
        let headers = json!({"ce-specversion": "1.0", "ce-id": text("id"), "ce-source": text("source"), "ce-type": text("type"),
                             "ce-subject": text("subject"), "ce-time": text("time"), "Content-Type": "application/json"});
        let subject = format!("learn.v1.p1.{trainee}.sign-in");
        let at = "2020-04-20T09:00:01.500+08:00";
        lines.push(json!({"seq": seq, "received_at": at, "subject": subject, "headers": headers, "payload": whole["data"]}));
        let mut bad = whole.clone();
        bad["type"] = json!("keshi.session.opened.v9");
        lines.push(json!({"seq": seq + 500, "received_at": at, "subject": subject, "payload": bad}));
    }
    let path = keshi.file(&format!("extra-{round}.jsonl"));
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&path, text.join("\n")).expect("a file");
    path
}

/// What `keshi verify` says; its exit code says whether it found anything.
fn verify(keshi: &Keshi, arguments: &[&str]) -> Vec<Value> {
    let output = keshi.run(&[&["verify", "--json"], arguments].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    let found = report["differences"].as_array().expect("a list").clone();
    assert_eq!(output.status.code(), Some(if found.is_empty() { 0 } else { 3 }), "{text}");
    assert!(report["entries"].as_u64().is_some_and(|entries| entries > 0), "{text}");
    found
}

/// A change behind Keshi's back, and where it has to be found.
struct Tampering {
    what: &'static str,
    sql: String,
    place: Value,
}

fn rows(keshi: &Keshi, sql: &str) -> Vec<Vec<String>> {
    query(keshi, sql).lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

/// One change of each kind, at places drawn by chance.
fn tamperings(keshi: &Keshi, rng: &mut ChaCha8Rng) -> Vec<Tampering> {
    let trail = rows(keshi, "select trainee, seq, length(payload) from projection_1.trail order by seq");
    let binary =
        rows(keshi, "select trainee, seq from projection_1.trail where headers like '%ce-id%' order by seq");
    let rejected =
        rows(keshi, "select partition, seq, length(payload) from projection_1.rejected order by seq");
    let register = rows(keshi, "select number from keshi.register order by number");
    let draw = |rng: &mut ChaCha8Rng, rows: &[Vec<String>]| rows.choose(rng).expect("a row").clone();
    let byte = |rng: &mut ChaCha8Rng, length: &str| {
        let at = rng.random_range(0..length.parse::<usize>().expect("a length"));
        let bit = 1 << rng.random_range(0..8);
        format!("payload = set_byte(payload, {at}, get_byte(payload, {at}) # {bit})")
    };
    let mut all = Vec::new();
    let mut on_trail = |rng: &mut ChaCha8Rng, what: &'static str, row: Vec<String>, set: &str| {
        let sql =
            format!("update projection_1.trail set {set} where trainee = '{}' and seq = {}", row[0], row[1]);
        let place =
            json!({"part": "trail", "trainee": row[0], "seq": row[1].parse::<u64>().expect("a number")});
        let _ = rng.next_u32();
        all.push(Tampering { what, sql, place });
    };
    let row = draw(rng, &trail);
    let set = byte(rng, &row[2]);
    on_trail(rng, "a byte of a payload", row, &set);
    let row = draw(rng, &binary);
    on_trail(rng, "a ce- header", row, "headers = replace(headers, 'ce-id\",\"r', 'ce-id\",\"q')");
    let row = draw(rng, &binary);
    on_trail(
        rng,
        "the content type",
        row,
        "headers = replace(headers, 'application/json', 'application/jsom')",
    );
    let row = draw(rng, &trail);
    on_trail(rng, "received_at", row, "received_at = received_at + 1");
    let row = draw(rng, &trail);
    on_trail(rng, "recorded_at", row, "recorded_at = recorded_at - 1");
    let row = draw(rng, &trail);
    on_trail(
        rng,
        "the platform of a subject",
        row,
        "subject = regexp_replace(subject, '\\.[^.]+\\.([^.]+)$', '.p9.\\1')",
    );
    let row = draw(rng, &trail);
    on_trail(rng, "an entry", row, "entry = set_byte(entry, 5, get_byte(entry, 5) # 1)");
    let row = draw(rng, &trail);
    on_trail(rng, "the number of an id", row, "id_key = id_key + 1");
    let row = draw(rng, &trail);
    on_trail(rng, "an extract", row, "extract = set_byte(extract, 9, get_byte(extract, 9) # 4)");

    let row = draw(rng, &trail);
    let place = json!({"part": "trail", "trainee": row[0], "seq": row[1].parse::<u64>().expect("a number")});
    let of_row = format!("trainee = '{}' and seq = {}", row[0], row[1]);
    all.push(Tampering {
        what: "a row taken out",
        sql: format!("delete from projection_1.trail where {of_row}"),
        place,
    });
    let row = draw(rng, &trail);
    let free = rejected[0][1].clone();
    all.push(Tampering {
        what: "a row put in",
        sql: format!(
            "insert into projection_1.trail select trainee, {free}, received_at, recorded_at, subject, headers, payload, entry, id_key
             from projection_1.trail where trainee = '{}' and seq = {}",
            row[0], row[1]
        ),
        place: json!({"part": "trail", "trainee": row[0], "seq": free.parse::<u64>().expect("a number")}),
    });
    let (one, other) = loop {
        let (one, other) = (draw(rng, &trail), draw(rng, &trail));
        let differ = query(
            keshi,
            &format!(
                "select count(distinct payload) from projection_1.trail where (trainee, seq) in (('{}', {}), ('{}', {}))",
                one[0], one[1], other[0], other[1]
            ),
        );
        if differ == "2" {
            break (one, other);
        }
    };
    all.push(Tampering {
        what: "payloads swapped",
        sql: format!(
            "update projection_1.trail t set payload = o.payload from projection_1.trail o
             where (t.trainee, t.seq, o.trainee, o.seq) in (('{0}', {1}, '{2}', {3}), ('{2}', {3}, '{0}', {1}))",
            one[0], one[1], other[0], other[1]
        ),
        place: json!({"part": "trail", "trainee": other[0], "seq": other[1].parse::<u64>().expect("a number")}),
    });

    let mut on_rejected = |what: &'static str, row: Vec<String>, statement: &str| {
        let sql = format!("{statement} where seq = {}", row[1]);
        let number = |text: &str| text.parse::<u64>().expect("a number");
        let place = json!({"part": "rejected", "partition": number(&row[0]), "seq": number(&row[1])});
        all.push(Tampering { what, sql, place });
    };
    let row = draw(rng, &rejected);
    let set = byte(rng, &row[2]);
    on_rejected("a byte of a rejected payload", row, &format!("update projection_1.rejected set {set}"));
    let row = draw(rng, &rejected);
    on_rejected("a verdict", row, "update projection_1.rejected set code = 'E101'");
    let row = draw(rng, &rejected);
    on_rejected("a sentence", row, "update projection_1.rejected set sentence = sentence || '.'");
    let row = draw(rng, &rejected);
    on_rejected("a rejected platform", row, "update projection_1.rejected set platform = 'p9'");
    let row = draw(rng, &rejected);
    on_rejected("a rejection taken out", row, "delete from projection_1.rejected");

    let mut on_register = |what: &'static str, number: &str, statement: &str| {
        let sql = format!("{statement} where number = {number}");
        let place = json!({"part": "register", "number": number.parse::<u64>().expect("a number")});
        all.push(Tampering { what, sql, place });
    };
    let number = draw(rng, &register)[0].clone();
    on_register("a decision", &number, "update keshi.register set body = body || '{\"x\": 1}'");
    let number = draw(rng, &register)[0].clone();
    on_register("who decided", &number, "update keshi.register set who = who || 'x'");
    let number = draw(rng, &register)[0].clone();
    on_register(
        "when it was decided",
        &number,
        "update keshi.register set recorded_at = recorded_at + interval '1 us'",
    );

    let row = draw(rng, &rows(keshi, "select trainee, course from projection_1.course_record order by 1, 2"));
    let record = json!({"part": "record", "trainee": row[0]});
    let of_row = format!("trainee = '{}' and course = '{}'", row[0], row[1]);
    all.push(Tampering {
        what: "a line of a board",
        sql: format!(
            "update projection_1.course_record set verified_seconds = verified_seconds + 1 where {of_row}"
        ),
        place: record,
    });
    let row = draw(rng, &rows(keshi, "select trainee, course from projection_1.completion order by 1, 2"));
    let record = json!({"part": "record", "trainee": row[0]});
    let of_row = format!("trainee = '{}' and course = '{}'", row[0], row[1]);
    all.push(Tampering {
        what: "a completion",
        sql: format!("update projection_1.completion set completed_at = completed_at - 60000 where {of_row}"),
        place: record,
    });
    all
}

fn names(found: &[Value], place: &Value) -> bool {
    let place = place.as_object().expect("an object");
    found.iter().any(|difference| place.iter().all(|(name, value)| difference[name] == *value))
}

#[test]
fn every_change_is_found_and_its_place_named() {
    let mut rng = seeded(20_200_421);
    let keshi = with_class();
    assert_eq!(verify(&keshi, &["--all"]), Vec::<Value>::new(), "nothing was changed yet");
    assert_eq!(keshi.json(&["checkpoint", "sign"])["number"], 1);
    assert_eq!(keshi.json(&["checkpoint", "sign"])["signed"], false, "nothing has changed since");
    assert_eq!(verify(&keshi, &["--all"]), Vec::<Value>::new());
    query(
        &keshi,
        "create schema kept; create table kept.trail as table projection_1.trail; create table kept.rejected as table projection_1.rejected;
         create table kept.register as table keshi.register; create table kept.course_record as table projection_1.course_record;
         create table kept.completion as table projection_1.completion",
    );
    for tampering in tamperings(&keshi, &mut rng) {
        println!("{}: {}", tampering.what, tampering.sql);
        query(&keshi, &format!("{TRIGGERS_OFF} {}", tampering.sql));
        let found = verify(&keshi, &["--all"]);
        assert!(names(&found, &tampering.place), "{}: {} in {found:#?}", tampering.what, tampering.place);
        query(
            &keshi,
            &format!(
                "{TRIGGERS_OFF} delete from projection_1.trail; insert into projection_1.trail table kept.trail;
                 delete from projection_1.rejected; insert into projection_1.rejected table kept.rejected;
                 delete from keshi.register; insert into keshi.register table kept.register;
                 delete from projection_1.course_record; insert into projection_1.course_record table kept.course_record;
                 delete from projection_1.completion; insert into projection_1.completion table kept.completion"
            ),
        );
    }
    assert_eq!(verify(&keshi, &["--all"]), Vec::<Value>::new(), "all is as it was");
}

/// Takes an entry of a trainee out and links the rest anew, as somebody would who knows all but the key. Says which.
fn remake(keshi: &Keshi, trainee: &str, after: usize) -> u64 {
    let rows = rows(
        keshi,
        &format!(
            "select seq, received_at, subject, headers, encode(payload, 'hex') from projection_1.trail where trainee = '{trainee}' order by seq"
        ),
    );
    let gone: u64 = rows[after][0].parse().expect("a number");
    let mut chain = Chain::of_trainee(trainee);
    let mut sql = format!("{TRIGGERS_OFF} delete from projection_1.trail where seq = {gone};");
    for row in rows.iter().filter(|row| row[0] != gone.to_string()) {
        let seq: u64 = row[0].parse().expect("a number");
        let message = keshi_events::StoredMessage {
            seq,
            received_at: keshi_events::Millis(row[1].parse().expect("a number")),
            subject: row[2].clone(),
            headers: serde_json::from_str(&row[3]).expect("headers"),
            payload: from_hex(&row[4]).into(),
        };
        let entry = chain.accept(&Content::of(&message, message.received_at));
        sql.push_str(&format!(
            "update projection_1.trail set entry = '\\x{entry}' where trainee = '{trainee}' and seq = {seq};"
        ));
    }
    sql.push_str(&format!(
        "update projection_1.trainee set entries = {}, head = '\\x{}' where trainee = '{trainee}'",
        chain.count, chain.head
    ));
    let file = keshi.file("remake.sql");
    std::fs::write(&file, sql).expect("a file");
    let url = keshi.endpoints()["database_url"].as_str().expect("a URL").to_owned();
    let psql = std::process::Command::new("psql")
        .args([&url, "-Xq1", "-v", "ON_ERROR_STOP=1", "-f"])
        .arg(&file)
        .status();
    assert!(psql.expect("psql").success());
    gone
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

fn some_trainee(keshi: &Keshi) -> String {
    query(
        keshi,
        "select trainee from projection_1.trainee where trainee not like 'binary%' order by trainee limit 1",
    )
}

fn of_checkpoints(found: &[Value]) -> usize {
    found.iter().filter(|difference| difference["part"] == "checkpoint").count()
}

#[test]
fn a_trail_that_was_made_anew_is_found() {
    let keshi = with_class();
    let kept = keshi.file("kept.json");
    let kept = kept.to_str().expect("UTF-8");
    let public = keshi.file("public.key");
    std::fs::write(&public, keshi.ok(&["checkpoint", "key"])).expect("a file");
    keshi.ok(&["checkpoint", "sign"]);
    keshi.ok(&["checkpoint", "export", "--leaves", "--out", kept]);
    let with_kept = ["--all", "--checkpoint", kept, "--key", public.to_str().expect("UTF-8")];
    assert_eq!(verify(&keshi, &with_kept), Vec::<Value>::new());

    // The newest entries are under no checkpoint yet: the log says what they were.
    import(&keshi, &extra(&keshi, 1));
    keshi.settle();
    let gone = remake(&keshi, "binary-1", 6);
    let found = verify(&keshi, &["--trainee", "binary-1"]);
    assert!(names(&found, &json!({"part": "trail", "trainee": "binary-1", "seq": gone})), "{found:#?}");
    assert_eq!(of_checkpoints(&found), 0, "no checkpoint covers it: {found:#?}");

    // Somebody without the key links a whole chain anew.
    let trainee = some_trainee(&keshi);
    let gone = remake(&keshi, &trainee, 3);
    let found = verify(&keshi, &["--all"]);
    assert!(names(&found, &json!({"part": "trail", "trainee": trainee, "seq": gone})), "{found:#?}");
    assert!(names(&found, &json!({"part": "checkpoint", "number": 1})), "{found:#?}");
    let refused = keshi.run(&["checkpoint", "sign"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("P308"), "nothing is signed over it");

    // Somebody with the key signs it all anew: only what others kept still tells.
    query(&keshi, &format!("{TRIGGERS_OFF} delete from keshi.signed_checkpoint"));
    assert_eq!(keshi.json(&["checkpoint", "sign"])["number"], 1);
    assert_eq!(of_checkpoints(&verify(&keshi, &["--all"])), 0);
    let found = verify(&keshi, &with_kept);
    assert!(names(&found, &json!({"part": "checkpoint", "number": 1})), "{found:#?}");
    let remade = |difference: &Value| {
        difference["part"] == "trail"
            && difference["trainee"] == *trainee
            && difference["what"].as_str().is_some_and(|what| what.contains("re-made"))
    };
    assert!(found.iter().any(remade), "the kept leaves name the chain: {found:#?}");
}

/// Runs the program where there is no Keshi at all.
fn offline(arguments: &[&str]) -> (Option<i32>, String) {
    let nowhere = tempfile::tempdir().expect("a folder");
    let output = std::process::Command::new(crate::harness::keshi_program())
        .args(arguments)
        .current_dir(nowhere.path())
        .output()
        .expect("a run");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_bundle_is_checked_offline_and_every_change_of_it_is_found() {
    let mut rng = seeded(20_200_422);
    let keshi = with_class();
    let trainee = some_trainee(&keshi);
    assert!(!keshi.run(&["evidence", &trainee]).status.success(), "there is no checkpoint yet");
    keshi.ok(&["checkpoint", "sign"]);
    let path = |name: &str| keshi.file(name).to_str().expect("UTF-8").to_owned();
    let (file, public, other) = (path("bundle.json"), path("public.key"), path("other.key"));
    keshi.ok(&["evidence", &trainee, "--out", &file]);
    std::fs::write(&public, keshi.ok(&["checkpoint", "key"])).expect("a file");
    std::fs::write(&other, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\n")
        .expect("a file");
    assert_eq!(offline(&["verify", "--bundle", &file, "--key", &public]).0, Some(0));
    assert_eq!(offline(&["verify", "--bundle", &file, "--key", &other]).0, Some(3));

    let text = std::fs::read_to_string(&file).expect("the bundle");
    let original: Bundle = serde_json::from_str(&text).expect("a bundle");
    for _ in 0..400 {
        let mut bytes = text.clone().into_bytes();
        let at = rng.random_range(0..bytes.len());
        bytes[at] ^= 1 << rng.random_range(0..8);
        // Where the bytes still say the very same (white space, say), nothing was changed.
        if let Ok(changed) = serde_json::from_slice::<Bundle>(&bytes)
            && changed != original
        {
            assert!(changed.verify(None).is_err(), "byte {at}: {:?}", &text[at.saturating_sub(20)..at + 1]);
        }
    }
    // The change, and how far behind its place the first bad entry stands.
    type Change = fn(&mut Vec<Value>, usize);
    let changes: [(Change, usize); 4] = [
        (|events, at| drop(events.remove(at)), 0),
        (|events, at| events.swap(at, at + 1), 0),
        (|events, at| events.insert(at, events[at].clone()), 1),
        (|events, at| events[at]["payload"] = events[at + 1]["payload"].clone(), 0),
    ];
    for (change, behind) in changes {
        let mut bundle: Value = serde_json::from_str(&text).expect("JSON");
        let events = bundle["events"].as_array_mut().expect("a list");
        let at = rng.random_range(0..events.len() - 1);
        change(events, at);
        let changed = path("changed.json");
        std::fs::write(&changed, bundle.to_string()).expect("a file");
        let (code, said) = offline(&["verify", "--bundle", &changed]);
        assert_eq!(code, Some(3));
        assert!(said.contains(&format!("entry {} ", at + 1 + behind)), "entry {}: {said}", at + 1 + behind);
    }
}

#[test]
fn a_sample_is_verified_all_the_while_and_checkpoints_are_published() {
    let keshi = Keshi::up_with(&[("KESHI_VERIFY_SECONDS", "1")]);
    let (log, registry) = class(&keshi, "2", "22");
    register(&keshi, &registry);
    import(&keshi, &log);
    keshi.settle();
    keshi.ok(&["checkpoint", "sign"]);
    keshi.settle();
    assert_eq!(
        query(
            &keshi,
            "select count(*) from keshi.outbox where subject = 'facts.v1.keshi.checkpoint' and published_at is not null"
        ),
        "1"
    );
    let key = keshi.dir().join("checkpoint.key");
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(key).expect("the key").permissions())
            & 0o777,
        0o600
    );
    wait_for(&keshi, "select trainees >= 2 and differences = 0 from keshi.verification");
    query(&keshi, "update projection_1.trail set payload = set_byte(payload, 3, get_byte(payload, 3) # 1)");
    wait_for(&keshi, "select differences > 0 and last_difference like '%seq%' from keshi.verification");
}

fn wait_for(keshi: &Keshi, sql: &str) {
    let begun = std::time::Instant::now();
    while query(keshi, sql) != "t" {
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(60),
            "{sql}: {}",
            query(keshi, "select to_jsonb(v) from keshi.verification v")
        );
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

#[test]
fn chains_begun_before_they_were_there_are_linked_by_the_migration() {
    // The formula of the migration is the one that everybody else uses.
    let keshi = with_class();
    let migration =
        std::fs::read_to_string(crate::harness::root().join("crates/store/migrations/0004_trail.sql"))
            .expect("the migration");
    let (_, block) = migration.split_once("do $$").expect("the block that links");
    let (block, _) = block.split_once("end $$;").expect("its end");
    query(&keshi, "create table public.linked as select number, entry from keshi.register");
    query(&keshi, &format!("{TRIGGERS_OFF} update keshi.register set entry = ''; do $${block}end $$"));
    assert_eq!(
        query(
            &keshi,
            "select count(*) from keshi.register r join public.linked l using (number) where r.entry <> l.entry"
        ),
        "0"
    );
    assert!(Path::new(&keshi.dir()).exists());
    let first = query(&keshi, "select encode(entry, 'hex') from keshi.register where number = 1");
    assert!(first.parse::<Hash>().is_ok());
}
