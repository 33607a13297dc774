//! The JSON API before a caller who tries everything: schemathesis over its own document, and every list page by page.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::crash::query;
use crate::harness::{Keshi, root};
use crate::http::Browser;
use crate::officials::{add_accounts, certificates};

/// What the auditor, who asks here, has no right to.
const ADMINS: &str = "/api/v1/accounts";
const PASSWORD: &str = "correct horse battery";

/// A class with honest and dishonest people, rejected events, cases, claims and a roster.
async fn world() -> Keshi {
    let keshi = Keshi::up();
    let folder = keshi.file("class");
    let out = folder.to_str().expect("UTF-8");
    keshi.ok(&["simulate", "--trainees", "8", "--seed", "4", "--dishonest", "0.7", "--out", out]);
    keshi.ok(&["registry", "import", folder.join("registry.json").to_str().expect("UTF-8")]);
    keshi.ok(&["log", "import", folder.join("log.jsonl").to_str().expect("UTF-8")]);
    keshi.register(&certificates());
    let jetstream = async_nats::jetstream::new(keshi.platform("i1").await);
    for spoiled in ["{", "[]", "{\"specversion\": \"1.0\"}"] {
        let sent = jetstream.publish("learn.v1.i1.z1.quiz", spoiled.into()).await;
        sent.expect("sent").await.expect("stored");
    }
    keshi.settle();
    keshi.ok(&["flags", "look"]);
    keshi.ok(&["checkpoint", "sign"]);
    add_accounts(
        &keshi,
        &[
            ("root", "admin", None),
            ("audi", "auditor", None),
            ("i1", "provider", Some("i1")),
            ("lixia-1", "district", Some("lixia")),
        ],
    );
    keshi
}

/// Takes every certificate's claim of a provider so far that it stands in a roster.
fn make_roster(keshi: &Keshi, url: &str) {
    for (who, from, step) in [("i1", "drafted", "submit"), ("lixia-1", "submitted", "accept")] {
        let mut browser = Browser::new(url);
        browser.log_in(who, PASSWORD);
        let listed = keshi.json(&["claims", "list"]);
        let own = listed["claims"].as_array().expect("claims").iter().filter(|claim| {
            claim["state"] == from && ["z0", "z1"].contains(&claim["trainee"].as_str().unwrap_or_default())
        });
        let claims: Vec<String> =
            own.map(|claim| format!("&claim={}", claim["claim"].as_str().expect("an id"))).collect();
        assert_eq!(claims.len(), 2, "{listed}");
        assert_eq!(
            browser.send("/claims/steps", &format!("step={step}&why={}", claims.concat())).status,
            200
        );
    }
    let mut browser = Browser::new(url);
    browser.log_in("lixia-1", PASSWORD);
    let order = "scheme=special-operations&provider=i1&district=lixia&from=2020-05-01&to=2020-05-31";
    assert_eq!(browser.send("/rosters", order).status, 303);
}

fn token(keshi: &Keshi, account: &str) -> String {
    let mut command = keshi.program();
    command.args(["token", "add", account, "--as", "root", "--json"]).env("KESHI_PASSWORD", PASSWORD);
    let made = command.stdout(std::process::Stdio::piped()).output().expect("keshi");
    let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
    made["secret"].as_str().expect("a secret").to_owned()
}

fn get(reader: &Browser, path: &str) -> Value {
    let answer = reader.ask("GET", path, None);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn first<'a>(list: &'a Value, name: &str) -> &'a str {
    list["items"][0][name].as_str().unwrap_or_else(|| panic!("no {name}: {list}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_keeps_its_word() {
    let keshi = world().await;
    let url = keshi.endpoints()["console_url"].as_str().expect("a console").trim_end_matches('/').to_owned();
    make_roster(&keshi, &url);
    let secret = token(&keshi, "audi");
    let reader = Browser::bearing(&url, &secret);
    let ids = json!({
        "trainee": first(&get(&reader, "/api/v1/trainees"), "trainee"),
        "course": first(&get(&reader, "/api/v1/courses"), "course"),
        "case": first(&get(&reader, "/api/v1/cases"), "case"),
        "claim": first(&get(&reader, "/api/v1/claims"), "claim"),
        "roster": first(&get(&reader, "/api/v1/rosters"), "roster"),
        "kind": "trainee",
        "platform": "p1",
    });
    lists_are_paged(&reader, &ids);
    what_is_no_cursor_is_said(&reader, &ids);
    stretches_say_what_the_record_sums_up(&reader, &ids);
    what_pages_show_is_told(&keshi, &reader, &ids);
    nothing_that_is_asked_breaks_it(&keshi, &url, &secret, &ids);
}

fn fill(path: &str, ids: &Value) -> String {
    ids.as_object().expect("ids").iter().fold(path.to_owned(), |path, (name, id)| {
        path.replace(&format!("{{{name}}}"), id.as_str().expect("an id"))
    })
}

/// Page by page in twos gives what one long page gives; and every list that the document names is one of these.
fn lists_are_paged(reader: &Browser, ids: &Value) {
    let document = get(reader, "/api/openapi.json");
    let mut paged = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let parameters = methods["get"]["parameters"].as_array().cloned().unwrap_or_default();
        if !parameters.iter().any(|parameter| parameter["name"] == "after") {
            continue;
        }
        let path = fill(path, ids);
        if path == ADMINS {
            continue;
        }
        if path == "/api/v1/audit" {
            // It grows by this very walk; that it has pages is seen from two of them.
            let (one, two) = (get(reader, "/api/v1/audit?limit=2"), get(reader, "/api/v1/audit?limit=4"));
            let next =
                get(reader, &format!("/api/v1/audit?limit=2&after={}", one["next"].as_str().expect("more")));
            assert!(two["items"].as_array().is_some_and(|items| items.len() == 4), "{two}");
            assert!(next["items"][0]["number"].as_i64() < one["items"][1]["number"].as_i64(), "{one} {next}");
            continue;
        }
        let whole = get(reader, &format!("{path}?limit=500"));
        let whole = whole["items"].as_array().expect("items");
        let (mut walked, mut after, mut pages) = (Vec::new(), None::<String>, 0);
        loop {
            let place = after.map(|after| format!("&after={after}")).unwrap_or_default();
            let page = get(reader, &format!("{path}?limit=2{place}"));
            walked.extend(page["items"].as_array().expect("items").clone());
            pages += 1;
            assert!(pages < 400, "{path} has no end");
            match page["next"].as_str() {
                Some(next) => after = Some(encode(next)),
                None => break,
            }
            if walked.len() > 60 {
                break;
            }
        }
        let least = whole.len().min(walked.len());
        assert_eq!(walked.get(..least), whole.get(..least), "{path} in pages is not what it is whole");
        assert!(!whole.is_empty(), "{path} is empty: the test shows nothing");
        paged += usize::from(pages > 1);
    }
    assert!(paged >= 8, "only {paged} lists have more than a page");
}

/// No list takes what is no cursor of it for its beginning.
fn what_is_no_cursor_is_said(reader: &Browser, ids: &Value) {
    let document = get(reader, "/api/openapi.json");
    let mut tried = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let parameters = methods["get"]["parameters"].as_array().cloned().unwrap_or_default();
        if path == ADMINS {
            continue;
        }
        let Some(after) = parameters.iter().find(|parameter| parameter["name"] == "after") else { continue };
        let long = "x".repeat(301);
        // A list in order of ids goes on behind any text that may be one.
        let is_any = after["schema"]["pattern"].is_null() && after["schema"]["format"].is_null();
        let bad: &[&str] = if is_any { &["", &long] } else { &["", &long, "%20", "nonsense", "9.x.y"] };
        for bad in bad {
            let answer = reader.ask("GET", &format!("{}?after={bad}", fill(path, ids)), None);
            let problem: Value = serde_json::from_str(&answer.body).expect("a problem");
            assert_eq!(
                (answer.status, problem["code"].as_str()),
                (400, Some("K430")),
                "{path} after {bad:?}"
            );
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn stretches_say_what_the_record_sums_up(reader: &Browser, ids: &Value) {
    let record = get(reader, &fill("/api/v1/trainees/{trainee}/record", ids));
    let (mut claimed, mut attested, mut after) = (0, 0, String::new());
    loop {
        let page =
            get(reader, &fill(&format!("/api/v1/trainees/{{trainee}}/stretches?limit=500{after}"), ids));
        for span in page["items"]
            .as_array()
            .expect("items")
            .iter()
            .flat_map(|one| one["spans"].as_array().expect("spans"))
        {
            let ms = span["ms"].as_i64().expect("ms");
            claimed += ms;
            attested += if span["fate"] == "attested" { ms } else { 0 };
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(
        (json!(claimed), json!(attested)),
        (record["claimed_ms"].clone(), record["attested_ms"].clone())
    );
    assert!(claimed > 0, "{record}");
}

/// Days, events, courses, books and bundles say of the same things the same as the record, the pages and the commands.
fn what_pages_show_is_told(keshi: &Keshi, reader: &Browser, ids: &Value) {
    let record = get(reader, &fill("/api/v1/trainees/{trainee}/record", ids));
    let days = get(reader, &fill("/api/v1/trainees/{trainee}/days?limit=500", ids));
    let days = days["items"].as_array().expect("days");
    let sum = |name: &str| days.iter().filter_map(|day| day[name].as_i64()).sum::<i64>();
    assert_eq!(
        (json!(sum("claimed_ms")), json!(sum("attested_ms"))),
        (record["claimed_ms"].clone(), record["attested_ms"].clone())
    );
    let events = get(reader, &fill("/api/v1/trainees/{trainee}/events?limit=500", ids));
    let events = events["items"].as_array().expect("events");
    let sign_ins = events
        .iter()
        .filter(|event| event["kind"] == "sign-in" && event["ip"].is_string() && event["device"].is_string());
    assert_eq!(Some(sign_ins.count()), record["sessions"].as_array().map(Vec::len), "{events:?}");
    assert!(events.iter().any(|event| event["kind"] != "sign-in" && event["ip"].is_null()), "{events:?}");
    let bundle = get(reader, &fill("/api/v1/trainees/{trainee}/evidence?why=audit", ids));
    assert_eq!(bundle["events"].as_array().map(Vec::len), record["events"].as_u64().map(|n| n as usize));
    let refused = reader.ask("GET", &fill("/api/v1/trainees/{trainee}/evidence?why=%20", ids), None);
    assert_eq!(refused.status, 400, "a bundle without a reason");
    // The class is not paid yet.
    query(
        keshi,
        "insert into keshi.posting (booking, district, account, claim, amount_yuan)
         select 'by hand', 'lixia', p.account, (select claim from keshi.claim limit 1), p.amount
         from (values ('budget', -800.00), ('obligation', 800.00)) p(account, amount)",
    );
    let books = get(reader, "/api/v1/books");
    let cents = |text: &Value| text.as_str().expect("yuan").replace('.', "").parse::<i64>().expect("cents");
    let booked = books["items"].as_array().expect("balances");
    assert_eq!(booked.iter().map(|line| cents(&line["amount_yuan"])).sum::<i64>(), 0, "{books}");
    assert_eq!(
        booked.iter().map(|line| line["account"].as_str().expect("a word")).collect::<Vec<_>>(),
        ["budget", "obligation"]
    );
    let queues = get(reader, "/api/v1/queues");
    let claims = queues["claims"]
        .as_array()
        .expect("states")
        .iter()
        .filter_map(|state| state["claims"].as_i64())
        .sum::<i64>();
    assert_eq!(
        get(reader, "/api/v1/claims?limit=500")["items"].as_array().map(|all| all.len() as i64),
        Some(claims)
    );
    let listed = get(reader, "/api/v1/listings?on=2020-06-30&kind=course");
    assert!(listed["items"].as_array().is_some_and(|items| !items.is_empty()), "{listed}");
    assert_eq!(get(reader, "/api/v1/listings?on=2019-01-01")["items"], json!([]));
    let progress = get(reader, &fill("/api/v1/courses/{course}/progress", ids));
    assert!(progress["tenths"].as_array().is_some_and(|tenths| !tenths.is_empty()), "{progress}");
    assert!(get(reader, "/api/v1/health")["checkpoint"]["number"].is_i64());
}

/// schemathesis with a fixed seed: no error of the server, and every answer as the document says. Half of the ids that it
/// asks for are real, so that more than refusals are looked at.
fn nothing_that_is_asked_breaks_it(keshi: &Keshi, url: &str, secret: &str, ids: &Value) {
    let python = std::env::var("KESHI_PYTHON")
        .unwrap_or_else(|_| root().join(".tools/venv/bin/python").display().to_string());
    let seen = keshi.file("seen.json");
    let output = Command::new(&python)
        .args(["-m", "schemathesis.cli", "run", &format!("{url}/api/openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {secret}")])
        .args(["--seed", "20200410", "--generation-deterministic", "--max-examples", "12"])
        .args(["--phases", "examples,coverage,fuzzing", "--no-color", "--warnings", "off"])
        .env("SCHEMATHESIS_HOOKS", "keshi_hooks")
        .env("PYTHONPATH", root().join("tests/api"))
        .env("KESHI_IDS", ids.to_string())
        .env("KESHI_SEEN", &seen)
        .current_dir(keshi.file(""))
        .output()
        .unwrap_or_else(|error| panic!("{python}: {error}"));
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let seen: Value = serde_json::from_slice(&std::fs::read(&seen).expect("what was seen")).expect("JSON");
    let document: Value =
        serde_json::from_slice(&std::fs::read(root().join("schemas/openapi.json")).expect("the document"))
            .expect("JSON");
    let answered: BTreeSet<&str> = seen
        .as_object()
        .expect("paths")
        .iter()
        .filter(|(_, n)| n["200"].is_u64())
        .map(|(path, _)| path.as_str())
        .collect();
    let mut documented: BTreeSet<&str> =
        document["paths"].as_object().expect("paths").keys().map(String::as_str).collect();
    assert!(documented.remove(ADMINS), "accounts are the admin's, who asks apart");
    assert_eq!(answered, documented, "each path is to answer at least once with what was asked: {seen}");
}
