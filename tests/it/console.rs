//! The console: who may ask what, whose data they reach, what stays text, and what is kept of people.

use std::collections::BTreeMap;

use keshi_console::{Endpoint, endpoints};
use serde_json::{Value, json};

use crate::crash::query;
use crate::harness::{Keshi, event, root, sign_in};
use crate::http::{Answer, Browser};
use crate::looks::every_look_is_noted;

const PASSWORD: &str = "correct horse battery";
const ROLES: [(&str, &str, Option<&str>); 6] = [
    ("prov", "provider", Some("p1")),
    ("dist", "district", Some("lixia")),
    ("city", "city", None),
    ("fina", "finance", None),
    ("audi", "auditor", None),
    ("root", "admin", None),
];

const READERS: &str = "prov dist city fina audi";
const EVERYBODY: &str = "prov dist city fina audi root";

/// Who may ask each endpoint, written down apart from the code: (method, path, accounts; `-` is whoever is signed out).
const RIGHTS: &[(&str, &str, &str)] = &[
    ("GET", "/healthz", "-"),
    ("GET", "/readyz", "-"),
    ("GET", "/metrics", "-"),
    ("GET", "/assets/console.css", "-"),
    ("GET", "/assets/console.js", "-"),
    ("GET", "/assets/icon.svg", "-"),
    ("GET", "/login", "-"),
    ("POST", "/login", "-"),
    ("GET", "/language", "-"),
    ("GET", "/privacy", "-"),
    ("POST", "/logout", EVERYBODY),
    ("GET", "/", EVERYBODY),
    ("GET", "/search", READERS),
    ("GET", "/trainees", READERS),
    ("GET", "/trainees/{trainee}", READERS),
    ("POST", "/trainees/{trainee}/reveal", "dist city fina"),
    ("POST", "/trainees/{trainee}/forget", "city"),
    ("POST", "/trainees/{trainee}/evidence", "dist city audi"),
    ("GET", "/courses", READERS),
    ("GET", "/courses/{course}", READERS),
    ("GET", "/platforms", READERS),
    ("GET", "/flags", READERS),
    ("GET", "/flags/{flag}", READERS),
    ("POST", "/flags/{flag}/decide", "dist city"),
    ("GET", "/claims", READERS),
    ("POST", "/claims/steps", "prov dist city fina"),
    ("GET", "/claims/{claim}", READERS),
    ("POST", "/claims/{claim}/step", "prov dist city fina"),
    ("POST", "/claims/{claim}/hold", "dist city"),
    ("POST", "/claims/{claim}/release", "dist city"),
    ("POST", "/claims/{claim}/repaid", "fina"),
    ("GET", "/rosters", READERS),
    ("POST", "/rosters", "prov dist city fina"),
    ("GET", "/rosters/{roster}", READERS),
    ("GET", "/rosters/{roster}/public", READERS),
    ("GET", "/rosters/{roster}/download", READERS),
    ("POST", "/rosters/{roster}/whole", "dist city fina"),
    ("GET", "/registry", READERS),
    ("GET", "/registry/listings", READERS),
    ("GET", "/registry/import", "city"),
    ("POST", "/registry/import", "city"),
    ("GET", "/accounts", "root"),
    ("POST", "/accounts", "root"),
    ("GET", "/accounts/{name}", "root"),
    ("POST", "/accounts/{name}/change", "root"),
    ("POST", "/accounts/{name}/password", "root"),
    ("POST", "/accounts/{name}/tokens", "root"),
    ("POST", "/accounts/{name}/tokens/{token}/revoke", "root"),
    ("GET", "/password", EVERYBODY),
    ("POST", "/password", EVERYBODY),
    ("POST", "/accounts/{name}/disable", "root"),
    ("GET", "/audit", "audi root"),
    ("GET", "/health", "city audi root"),
    ("GET", "/api/openapi.json", "-"),
    ("GET", "/api/v1/me", EVERYBODY),
    ("GET", "/api/v1/search", READERS),
    ("GET", "/api/v1/trainees", READERS),
    ("GET", "/api/v1/trainees/{trainee}/record", READERS),
    ("GET", "/api/v1/trainees/{trainee}/stretches", READERS),
    ("GET", "/api/v1/courses", READERS),
    ("GET", "/api/v1/courses/{course}/board", READERS),
    ("GET", "/api/v1/platforms", READERS),
    ("GET", "/api/v1/platforms/{platform}/rates", READERS),
    ("GET", "/api/v1/rejected", "prov city fina audi"),
    ("GET", "/api/v1/flags", READERS),
    ("GET", "/api/v1/cases", READERS),
    ("GET", "/api/v1/cases/{case}", READERS),
    ("GET", "/api/v1/claims", READERS),
    ("GET", "/api/v1/claims/{claim}", READERS),
    ("GET", "/api/v1/rosters", READERS),
    ("GET", "/api/v1/rosters/{roster}", READERS),
    ("GET", "/api/v1/rosters/{roster}/lines", READERS),
    ("GET", "/api/v1/registry/{kind}", READERS),
    ("GET", "/api/v1/audit", "audi root"),
    ("GET", "/api/v1/health", "city audi root"),
];

/// A case and a roster of the trainee of another district.
pub(crate) const CASE: &str = "f00000000000000000000000000000001";
pub(crate) const ROSTER: &str = "01960000-0000-7000-8000-000000000002";

const ATTACK: &str = "<script>alert('课时')</script>\"'><img src=x onerror=alert(1)>";

/// Two trainees of two districts on two platforms, with every text that a platform or an import can set set to an attack.
fn registry() -> Value {
    let course = |course: &str, provider: &str| {
        json!({"course": course, "provider": provider, "specialty": "electrician", "level": "junior", "title": format!("{course}{ATTACK}"),
               "listings": [{"authority": "jinan", "from": "2020-03-01", "to": "2020-06-30"}],
               "videos": [{"video": format!("v1{ATTACK}"), "duration_ms": 600_000}]})
    };
    let trainee = |trainee: &str, district: &str, name: &str, number: &str, phone: &str| json!({"trainee": trainee, "district": district, "name": name, "id_number": number, "phone": phone});
    json!({
        "providers": [{"provider": "p1", "kind": "platform", "name": format!("甲{ATTACK}")}, {"provider": "p2", "kind": "platform", "name": "乙平台"}],
        "specialties": [{"specialty": "electrician", "name": "电工"}],
        "courses": [course("C1", "p1"), course("C2", "p2")],
        "trainees": [trainee("lixia-one", "lixia", "欧阳测试", "37010219900101001X", "13800000001"),
                     trainee("huaiyin-two", "huaiyin", "李测试", "370104199001010012", "13800000002")],
    })
}

async fn study(keshi: &Keshi, platform: &str, trainee: &str, course: &str) {
    let client = keshi.platform(platform).await;
    let jetstream = async_nats::jetstream::new(client);
    let mut opened = sign_in(platform, trainee, "e1");
    for name in ["device", "ip", "user_agent"] {
        opened["data"][name] = json!(format!("{name}{ATTACK}"));
    }
    let at = |seconds: i64| format!("2020-04-20T09:{:02}:{:02}+08:00", seconds / 60, seconds % 60);
    let mut events = vec![("sign-in", opened)];
    for piece in 0..4_i64 {
        let (from, to) = (piece * 30, piece * 30 + 30);
        let data = json!({"session": "s1", "course": course, "video": format!("v1{ATTACK}"), "from": from, "to": to,
                          "started_at": at(from), "ended_at": at(to)});
        events.push((
            "video-watch",
            event(platform, trainee, &format!("w{piece}"), "keshi.video.watched.v1", &at(to), data),
        ));
    }
    let asked = json!({"session": "s1", "course": course, "thread": format!("th{ATTACK}"), "text": format!("问{ATTACK}")});
    events.push(("qa", event(platform, trainee, "q1", "keshi.question.asked.v1", &at(130), asked)));
    let answered = json!({"course": course, "thread": format!("th{ATTACK}"), "answerer": "instructor", "text": format!("答{ATTACK}")});
    events.push((
        "qa",
        event(platform, trainee, &format!("q2{ATTACK}"), "keshi.question.answered.v1", &at(140), answered),
    ));
    // An event that cannot be used, in words of the platform's own.
    let spoiled = event(
        platform,
        trainee,
        &format!("x{ATTACK}"),
        &format!("t{ATTACK}"),
        ATTACK,
        json!({ATTACK: ATTACK}),
    );
    events.push(("qa", spoiled));
    for (family, event) in events {
        let subject = format!("learn.v1.{platform}.{trainee}.{family}");
        jetstream.publish(subject, event.to_string().into()).await.expect("sent").await.expect("stored");
    }
}

fn add_accounts(keshi: &Keshi) {
    for (name, role, scope) in ROLES.iter().rev() {
        let mut command = keshi.program();
        command.args(["user", "add", name, "--role", role]).env("KESHI_NEW_PASSWORD", PASSWORD);
        if let Some(scope) = scope {
            command.args(["--scope", scope]);
        }
        if *name != "root" {
            command.args(["--as", "root"]).env("KESHI_PASSWORD", PASSWORD);
        }
        assert!(command.status().expect("keshi").success(), "{name}");
    }
}

pub(crate) fn fill(path: &str, trainee: &str, course: &str, claim: &str) -> String {
    let path = path.replace("{trainee}", trainee).replace("{course}", course).replace("{claim}", claim);
    let path = path.replace("{flag}", CASE).replace("{case}", CASE).replace("{roster}", ROSTER);
    path.replace("{name}", "nobody")
        .replace("{kind}", "course")
        .replace("{platform}", "p1")
        .replace("{token}", ROSTER)
}

/// Signed out: to the log-in, or a problem.
fn is_turned_away(answer: &Answer) -> bool {
    answer.status == 401 || (answer.status == 303 && answer.header("location") == Some("/login"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_to_each_what_is_theirs_and_nothing_runs() {
    let keshi = Keshi::up();
    keshi.register(&registry());
    study(&keshi, "p1", "lixia-one", "C1").await;
    study(&keshi, "p2", "huaiyin-two", "C2").await;
    keshi.settle();
    add_accounts(&keshi);
    let claim = uuid_of_claim(&keshi);
    let url = keshi.endpoints()["console_url"].as_str().expect("a console").to_owned();
    let mut browsers: BTreeMap<&str, Browser> = BTreeMap::new();
    for (name, _, _) in ROLES {
        let mut browser = Browser::new(&url);
        browser.log_in(name, PASSWORD);
        browsers.insert(name, browser);
    }
    everybody_has_their_rights(&url, &browsers, &claim);
    districts_and_providers_see_their_own(&browsers, &claim);
    cases_are_seen_by_whom_they_concern(&keshi, &browsers);
    texts_stay_texts(&keshi, &browsers, &claim);
    evidence_is_taken_along(&keshi, &browsers);
    files_are_checked_and_then_imported(&keshi, &browsers);
    tokens_only_read(&keshi, &url);
    every_look_is_noted(&keshi, &browsers, &claim);
    people_are_found_shown_and_forgotten(&keshi, &browsers);
    a_changed_row_is_told(&keshi, &browsers);
    accounts_are_kept_on_pages(&keshi, &url, &browsers);
    completions_are_charted_by_day(&keshi, &browsers);
    watchers_are_told(&url);
}

/// 2020-04-20 in Beijing, as the whole city and as one district see it.
fn completions_are_charted_by_day(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
    query(
        keshi,
        "insert into projection_1.completion (trainee, course, completed_at, studied_at, assessed_at, first_counted_at, evidence)
         select t, 'C1', 1587344400000, 1587344400000, 1587344400000, 1587340800000, '{1}' from unnest('{lixia-one,huaiyin-two}'::text[]) t",
    );
    query(
        keshi,
        "insert into keshi.finding (flag, kind, level, people, course, from_ms, to_ms, chinese, english, evidence) \
         values ('charted', 'course-spike', 'review', '{}', 'C1', 1587312000000, 1587398399999, 'x', 'x', '[]')",
    );
    let seen = |who: &str| browsers[who].ask("GET", "/courses/C1", None).body;
    assert!(seen("city").contains("2020-04-20 : 2 · 激增"), "{}", seen("city"));
    let own = seen("dist");
    assert!(own.contains("2020-04-20 : 1<") && !own.contains("激增"), "{own}");
    let heard = browsers["city"].ask("GET", "/platforms", None).body;
    assert!(heard.contains("最近收到") && heard.matches(">从未<").count() == 1, "{heard}");
    assert!(heard.contains("近一小时合计 8 "), "{heard}");
    let one = browsers["dist"].ask("GET", "/platforms?platform=p1", None).body;
    assert!(one.matches("<svg class=\"bars\"").count() == 2 && !one.contains("id=\"rejected\""), "{one}");
    let told: Value =
        serde_json::from_str(&browsers["prov"].ask("GET", "/api/v1/platforms", None).body).expect("JSON");
    let own = &told["items"][0];
    assert_eq!((&own["messages"], &own["late"]["events"]), (&json!(8), &json!(7)), "{told}");
    // What was said of 2020 came years later.
    assert!(own["late"]["p50_ms"].as_i64() > Some(100_000_000_000) && told["items"][1].is_null(), "{told}");
    assert_eq!(browsers["prov"].ask("GET", "/api/v1/platforms/p2/rates", None).status, 404);
}

/// A claim of the trainee of another district, put in by hand: the courses are too short for a real one.
fn uuid_of_claim(keshi: &Keshi) -> String {
    let id = "01960000-0000-7000-8000-000000000001";
    query(
        keshi,
        &format!(
            "insert into keshi.claim (claim, scheme, trainee, course, subject, provider, state, amount_yuan, pack, pack_sha256, derivation) \
             values ('{id}', 'online-platform', 'huaiyin-two', 'C2', 'course/C2', 'p2', 'drafted', 200, 'jinan-2020-6', 'x', '{{}}')"
        ),
    );
    query(
        keshi,
        &format!(
            "insert into keshi.claim_step (claim, number, step, to_state, who, why, amount_yuan) \
             values ('{id}', 1, 'draft', 'drafted', 'worker', '', 200)"
        ),
    );
    query(
        keshi,
        &format!(
            "insert into keshi.roster (roster, scheme, provider, district, from_day, to_day, who) \
             values ('{ROSTER}', 'online-platform', 'p2', 'huaiyin', '2020-04-01', '2020-04-30', 'x')"
        ),
    );
    query(
        keshi,
        &format!("insert into keshi.roster_claim (claim, roster, place) values ('{id}', '{ROSTER}', 1)"),
    );
    query(
        keshi,
        &format!(
            "insert into keshi.finding (flag, kind, level, people, platform, from_ms, to_ms, chinese, english, evidence) \
             values ('{CASE}', 'marathon', 'review', '{{huaiyin-two}}', 'p2', 1587344400000, 1587344400000, '{}', 'x', '[]')",
            ATTACK.replace('\'', "''")
        ),
    );
    id.to_owned()
}

fn everybody_has_their_rights(url: &str, browsers: &BTreeMap<&str, Browser>, claim: &str) {
    let nobody = Browser::new(url);
    for Endpoint { method, path, .. } in endpoints() {
        let rights = RIGHTS.iter().find(|(m, p, _)| *m == method && *p == path);
        let (_, _, rights) =
            rights.unwrap_or_else(|| panic!("{method} {path} has no authorisation test: add its rights"));
        let place = fill(path, "lixia-one", "C1", claim);
        let signed_out = nobody.ask(method, &place, None);
        assert_eq!(
            is_turned_away(&signed_out),
            *rights != "-",
            "{method} {path} signed out: {}",
            signed_out.status
        );
        if *rights == "-" || path == "/logout" {
            continue;
        }
        for (name, browser) in browsers {
            let answer = browser.ask(method, &place, Some(""));
            let may = rights.split(' ').any(|one| one == *name);
            // A form without its proof is refused whoever sends it, with another sentence.
            let refused = answer.status == 403 && !answer.body.contains("表单已过期");
            assert_eq!(refused, !may, "{method} {path} as {name}: {} {}", answer.status, answer.body);
            assert!(
                !is_turned_away(&answer) && answer.status < 500,
                "{method} {path} as {name}: {}",
                answer.status
            );
            if method == "POST" {
                assert_eq!(answer.status, 403, "{method} {path} as {name} without the form's proof");
            }
        }
    }
    assert_eq!(RIGHTS.len(), endpoints().len(), "a right for an endpoint that is gone");
}

fn districts_and_providers_see_their_own(browsers: &BTreeMap<&str, Browser>, claim: &str) {
    for name in ["dist", "prov"] {
        let browser = &browsers[name];
        for Endpoint { method, path, .. } in endpoints() {
            if method != "GET"
                || matches!(path, "/language" | "/api/openapi.json" | "/metrics")
                || path.contains("{kind}")
            {
                continue;
            }
            let has_other = ["{trainee}", "{claim}", "{flag}", "{case}", "{roster}"]
                .iter()
                .any(|name| path.contains(name));
            let answer = browser.ask("GET", &fill(path, "huaiyin-two", "C2", claim), None);
            assert!(!answer.body.contains("huaiyin-two"), "{name} sees huaiyin-two on {path}");
            if has_other {
                assert_eq!(answer.status, 404, "{name} on {path}");
            }
        }
        for kind in ["trainee", "enrolment"] {
            let answer = browser.ask("GET", &format!("/api/v1/registry/{kind}"), None);
            assert!(
                answer.status == 200 && !answer.body.contains("huaiyin-two"),
                "{name} sees huaiyin-two as {kind}"
            );
        }
        for search in
            ["by=phone&q=13800000002", "by=id_number&q=370104199001010012", "by=surname&q=%E6%9D%8E"]
        {
            let answer = browser.ask("GET", &format!("/api/v1/search?{search}"), None);
            assert_eq!(
                (answer.status, answer.body.as_str()),
                (200, r#"{"items":[],"next":null}"#),
                "{name} finds by {search}"
            );
        }
        for search in ["by=id&q=huaiyin-two", "by=phone&q=13800000002", "by=surname&q=%E6%9D%8E"] {
            let answer = browser.ask("GET", &format!("/search?{search}"), None);
            assert!(
                !answer.body.contains("/trainees/huaiyin-two") && answer.header("location").is_none(),
                "{name} finds huaiyin-two by {search}"
            );
        }
        let own = browser.ask("GET", "/trainees/lixia-one", None);
        assert!(own.status == 200 && own.body.contains("欧阳*"), "{name} sees lixia-one");
    }
    let forms = [
        ("/trainees/huaiyin-two/reveal".to_owned(), "why=x"),
        ("/trainees/huaiyin-two/forget".to_owned(), "why=x"),
        ("/trainees/huaiyin-two/evidence".to_owned(), "why=x"),
        (format!("/flags/{CASE}/decide"), "verdict=dismiss&why=x"),
        (format!("/claims/{claim}/step"), "step=accept&why=x"),
        (format!("/claims/{claim}/hold"), "why=x"),
        (format!("/claims/{claim}/release"), "why=x"),
        (format!("/rosters/{ROSTER}/whole"), "why=x"),
    ];
    for (path, form) in forms {
        let answer = browsers["dist"].send(&path, form);
        assert!(matches!(answer.status, 403 | 404), "{path}: {}", answer.status);
    }
}

/// A provider and a district see cases about their own people, and of these what is theirs; not the others' ids, events or words.
fn cases_are_seen_by_whom_they_concern(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
    let exhibit = |seq: i64, platform: &str, trainee: &str, id: &str| json!({"seq": seq, "platform": platform, "trainee": trainee, "id": id});
    let (own, theirs) = (exhibit(1, "p1", "lixia-one", "e1"), exhibit(9, "p2", "huaiyin-two", "their-event"));
    for (flag, people, platform) in [
        ("own", "lixia-one", "'p1'"),
        ("both", "lixia-one,huaiyin-two", "null"),
        ("theirs", "huaiyin-two", "'p2'"),
        ("mixed", "lixia-one,huaiyin-two", "'p2'"),
        ("player-own", "", "'p1'"),
        ("player-theirs", "", "'p2'"),
    ] {
        let names = people.contains("huaiyin");
        let exhibits = if names { json!([own, theirs]) } else { json!([own]) };
        let text = if names { "与 huaiyin-two 同时" } else { "一人" };
        query(
            keshi,
            &format!(
                "insert into keshi.finding (flag, kind, level, people, platform, from_ms, to_ms, chinese, english, evidence) \
                 values ('{flag}', 'device-concurrent', 'hold', '{{{people}}}', {platform}, 1587344400000, 1587344400000, '{text}', '{text}', '{exhibits}')"
            ),
        );
    }
    let reached = [("prov", ["own", "both", "player-own"].as_slice()), ("dist", &["own", "both", "mixed"])];
    for (who, own) in reached {
        let browser = &browsers[who];
        let list = browser.ask("GET", "/flags?level=hold&state=open", None).body;
        let listed: Value =
            serde_json::from_str(&browser.ask("GET", "/api/v1/cases?level=hold", None).body).expect("JSON");
        assert!(
            !list.contains("huaiyin-two") && !listed.to_string().contains("huaiyin-two"),
            "{who}: {listed}"
        );
        assert!(list.contains(&format!("待处理 {}", own.len())), "{who} counts others' cases");
        for flag in ["own", "both", "theirs", "mixed", "player-own", "player-theirs"] {
            let may = own.contains(&flag);
            let page = browser.ask("GET", &format!("/flags/{flag}"), None);
            let api = browser.ask("GET", &format!("/api/v1/cases/{flag}"), None);
            assert_eq!((page.status, api.status), if may { (200, 200) } else { (404, 404) }, "{who}: {flag}");
            assert_eq!(list.contains(&format!("/flags/{flag}\"")), may, "{who} lists {flag}");
            let theirs = ["huaiyin-two", "their-event"];
            assert!(!theirs.iter().any(|text| page.body.contains(text)), "{who}: {flag}");
            assert!(!theirs.iter().any(|text| api.body.contains(text)), "{who}: {flag} {}", api.body);
        }
        let both: Value =
            serde_json::from_str(&browser.ask("GET", "/api/v1/cases/both", None).body).expect("JSON");
        assert_eq!(
            (&both["case"]["people"], &both["case"]["others"], &both["case"]["chinese"]),
            (&json!(["lixia-one"]), &json!(1), &Value::Null),
            "{both}"
        );
        let refused = browser.send("/flags/both/decide", "verdict=dismiss&why=x");
        assert!(matches!(refused.status, 403 | 409), "{who} decides about others: {}", refused.status);
    }
    let whole = browsers["city"].ask("GET", "/flags/both", None).body;
    assert!(whole.contains("huaiyin-two") && whole.contains("lixia-one") && whole.contains("their-event"));
    // On one clock: both people, each with device and address.
    assert!(
        whole.contains("谁、何时、在哪里") && whole.matches("<line class=\"person\"").count() == 2,
        "{whole}"
    );
}

fn texts_stay_texts(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>, claim: &str) {
    // What officials write, and what a roster shows of a claim.
    let written = format!("why={}", encode(&format!("事由{ATTACK}")));
    for place in [format!("/claims/{claim}/hold"), format!("/claims/{claim}/release")] {
        assert_eq!(browsers["city"].send(&place, &written).status, 303, "{place}");
    }
    let decided =
        browsers["city"].send(&format!("/flags/{CASE}/decide"), &format!("verdict=confirm&{written}"));
    assert_eq!(decided.status, 303);
    assert_eq!(browsers["city"].send(&format!("/flags/{CASE}/decide"), "verdict=reopen&why=x").status, 303);
    let sheet = json!({"trade": ATTACK, "course": ATTACK, "payee": ATTACK, "remark": ATTACK, "category": ATTACK, "district": ATTACK});
    query(
        keshi,
        &format!(
            "update keshi.claim set sheet = '{0}', payee = '{1}' where claim = '{claim}'",
            sheet.to_string().replace('\'', "''"),
            ATTACK.replace('\'', "''")
        ),
    );
    let mut places: Vec<(&str, String)> = Vec::new();
    for Endpoint { method, path, .. } in endpoints() {
        if method == "GET" && !path.starts_with("/api/") && !path.starts_with("/assets/") {
            let reader = if path.starts_with("/accounts") { "root" } else { "city" };
            let reader = if path == "/audit" { "audi" } else { reader };
            places.push((reader, fill(path, "lixia-one", "C1", claim).replace("/nobody", "/city")));
        }
    }
    let attack = encode(ATTACK);
    for (reader, place) in [
        ("city", "/trainees/lixia-one?seq=2".to_owned()),
        ("city", "/trainees/huaiyin-two?verify=now".to_owned()),
        ("city", "/platforms?platform=p1".to_owned()),
        ("city", "/registry?kind=provider".to_owned()),
        ("city", "/registry?kind=trainee".to_owned()),
        ("city", "/flags?state=confirmed".to_owned()),
        ("city", format!("/search?by=name&q={attack}")),
        ("city", format!("/search?by={attack}&q=1")),
        ("city", format!("/trainees?district={attack}&course={attack}&after={attack}")),
        ("city", format!("/courses?provider={attack}&after={attack}")),
        ("city", format!("/flags?trainee={attack}&level={attack}&state={attack}")),
        ("city", format!("/claims?state={attack}")),
        ("city", format!("/trainees/lixia-one?day={attack}")),
        ("audi", format!("/audit?who={attack}&subject={attack}")),
    ] {
        places.push((reader, place));
    }
    let mut seen = 0;
    for (reader, place) in &places {
        let answer = browsers[reader].ask("GET", place, None);
        assert!(matches!(answer.status, 200 | 303), "{place}: {}", answer.status);
        assert!(
            !answer.body.contains("<script>alert") && !answer.body.contains("<img src=x"),
            "{place} runs what a platform said"
        );
        let is_page = answer.status == 200
            && answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        seen += usize::from(answer.body.contains("&lt;script&gt;alert"));
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert!(answer.header("x-content-type-options") == Some("nosniff"), "{place}");
        assert!(answer.body.len() < 200_000, "{place} weighs {}", answer.body.len());
        assert!(
            !is_page || (!answer.body.contains(" style=\"") && !answer.body.contains(" onclick=")),
            "{place} has what the policy forbids"
        );
    }
    assert!(seen >= 18, "the attack was on {seen} pages only: the test shows nothing");
    let record = browsers["city"].ask("GET", "/trainees/lixia-one", None).body;
    for text in [
        "device&lt;script",
        "ip&lt;script",
        "user_agent&lt;script",
        "问&lt;script",
        "答&lt;script",
        "甲&lt;script",
        "C1&lt;script",
    ] {
        assert!(record.contains(text), "{text} is not on the record");
    }
    let refused = browsers["city"].ask("GET", "/platforms?platform=p1", None).body;
    assert!(refused.contains("x&lt;script"), "the rejected event is not shown");
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn evidence_is_taken_along(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
    let take = |who: &str, why: &str| browsers[who].send("/trainees/lixia-one/evidence", why);
    assert_eq!(take("audi", "why=").status, 400, "a reason must be given");
    let early = take("audi", "why=x");
    assert!(early.status == 409 && early.body.contains("S24"), "nothing is signed yet: {}", early.status);
    keshi.ok(&["checkpoint", "sign"]);
    let bundle = take("audi", "why=%E5%AE%A1%E8%AE%A1");
    assert_eq!((bundle.status, bundle.header("content-type")), (200, Some("application/json")));
    assert!(bundle.header("content-disposition").is_some_and(|name| name.contains("lixia-one.json")));
    let file = keshi.file("taken.json");
    std::fs::write(&file, &bundle.body).expect("a file");
    let path = file.to_str().expect("UTF-8");
    let told = keshi.json(&["verify", "--bundle", path]);
    let entries = query(keshi, "select count(*) from projection_1.trail where trainee = 'lixia-one'");
    assert_eq!((&told["ok"], &told["trainee"]), (&json!(true), &json!("lixia-one")));
    assert_eq!(told["entries"].to_string(), entries);
    let written = keshi.file("written.json");
    keshi.ok(&["evidence", "lixia-one", "--out", written.to_str().expect("UTF-8")]);
    assert_eq!(
        std::fs::read_to_string(&written).expect("a bundle"),
        bundle.body,
        "the command writes the same"
    );
    std::fs::write(&file, bundle.body.replacen("\"seq\":1,", "\"seq\":0,", 1)).expect("a file");
    assert_eq!(keshi.run(&["verify", "--bundle", path]).status.code(), Some(3), "a changed bundle is found");
    let noted = query(
        keshi,
        "select string_agg(who || ' ' || coalesce(why, ''), ',' order by number) from keshi.audit where action = 'record.evidence'",
    );
    assert_eq!(noted, "audi x,audi 审计");
}

fn files_are_checked_and_then_imported(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
    let city = &browsers["city"];
    let import = |texts: &[(&str, &str)], name: &str, content: &str| {
        city.send_files("/registry/import", texts, &[(name, content.as_bytes())])
    };
    let numbers = || query(keshi, "select max(number) from keshi.register");
    let before = numbers();
    let listed = |to: &str| {
        json!({"providers": [{"provider": "p3", "kind": "institution", "name": format!("丙{ATTACK}"), "listings": [{"authority": "jinan", "from": "2020-03-01", "to": to}]}]}).to_string()
    };
    let faulty = import(&[], "登记.json", &listed("2020-02-01"));
    assert!(
        faulty.status == 200 && faulty.body.contains("R111") && faulty.body.contains("providers"),
        "{}",
        faulty.body
    );
    let table = import(&[], "学员.csv", "trainee,district,id_number\nt9,lixia,370102199001010011\n");
    assert!(
        table.body.contains("R113")
            && table.body.contains("C ·")
            && !table.body.contains("370102199001010011"),
        "{}",
        table.body
    );

    let checked = import(&[], "登记.json", &listed("2020-06-30"));
    assert!(
        checked.body.contains("id=\"checked\"") && !checked.body.contains("<script>alert"),
        "{}",
        checked.body
    );
    let (_, rest) = checked.body.split_once("name=\"checked\" value=\"").expect("the next form");
    let digest = rest.split('"').next().expect("a digest").to_owned();
    assert_eq!(digest.len(), 64);
    assert_eq!(numbers(), before, "a check registers nothing");
    let other = import(&[("checked", &digest), ("why", "x")], "登记.json", &listed("2020-12-31"));
    assert_eq!(other.status, 409, "another file than the one that was checked");
    assert_eq!(import(&[("checked", &digest), ("why", " ")], "登记.json", &listed("2020-06-30")).status, 400);
    assert_eq!(numbers(), before);
    let done = import(&[("checked", &digest), ("why", "目录更新")], "登记.json", &listed("2020-06-30"));
    assert!(done.body.contains("id=\"entered\""), "{}", done.body);
    let entry = query(
        keshi,
        "select kind || ' ' || key || ' ' || who || ' ' || why from keshi.register order by number desc limit 1",
    );
    assert_eq!(entry, "provider p3 city 目录更新");
    let noted = query(
        keshi,
        "select string_agg(action || ' ' || subject, ',' order by number) from keshi.audit where action = 'registry.import' and why = '目录更新'",
    );
    assert_eq!(noted, format!("registry.import {digest}"));
    let large = import(&[], "登记.json", &" ".repeat(9 << 20));
    assert!(matches!(large.status, 400 | 413), "{}", large.status);

    let lists = |query: &str| browsers["prov"].ask("GET", &format!("/registry/listings?{query}"), None).body;
    assert!(
        lists("").contains("/courses/C1") && !lists("").contains("/courses/C2") && !lists("").contains("丙")
    );
    assert!(
        lists("on=2020-06-30").contains("/courses/C1") && !lists("on=2020-07-01").contains("/courses/C1")
    );
    let all = city.ask("GET", "/registry/listings?kind=provider&authority=jinan", None).body;
    assert!(all.contains("丙") && !all.contains("/courses/C2") && all.contains("2020-06-30"), "{all}");
}

fn tokens_only_read(keshi: &Keshi, url: &str) {
    let mut command = keshi.program();
    command.args(["token", "add", "dist", "--as", "root", "--json"]).env("KESHI_PASSWORD", PASSWORD);
    let made = command.stdout(std::process::Stdio::piped()).output().expect("keshi");
    let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
    let token = Browser::bearing(url, made["secret"].as_str().expect("a secret"));
    let me: Value = serde_json::from_str(&token.ask("GET", "/api/v1/me", None).body).expect("JSON");
    assert_eq!(me, json!({"name": "dist", "role": "district", "scope": "lixia"}));
    let record: Value =
        serde_json::from_str(&token.ask("GET", "/api/v1/trainees/lixia-one/record", None).body)
            .expect("JSON");
    // Sent years later: claimed, and excluded whole.
    assert_eq!(
        (&record["claimed_ms"], &record["excluded_ms"]),
        (&json!(120_000), &json!({"back-filled": 120_000})),
        "{record}"
    );
    let other = token.ask("GET", "/api/v1/trainees/huaiyin-two/record", None);
    assert_eq!((other.status, other.header("content-type")), (404, Some("application/problem+json")));
    let problem: Value = serde_json::from_str(&other.body).expect("JSON");
    assert_eq!(problem["code"], "K404");
    assert!(is_turned_away(&token.ask("GET", "/trainees/lixia-one", None)), "a token is no way to the pages");
    let served = token.ask("GET", "/api/openapi.json", None).body;
    let committed =
        std::fs::read_to_string(root().join("schemas/openapi.json")).expect("schemas/openapi.json");
    assert!(
        served.trim() == committed.trim(),
        "schemas/openapi.json is not what the code says: put in what /api/openapi.json serves"
    );
    let document: Value = serde_json::from_str(&served).expect("JSON");
    let documented: Vec<String> = document["paths"].as_object().expect("paths").keys().cloned().collect();
    let served: Vec<String> =
        endpoints().iter().filter(|e| e.path.starts_with("/api/v1/")).map(|e| e.path.to_owned()).collect();
    assert!(
        served.iter().all(|path| documented.contains(path)) && served.len() == documented.len(),
        "{documented:?}"
    );
}

fn people_are_found_shown_and_forgotten(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
    let stored = query(keshi, "select string_agg(p::text, ' ') from keshi.person p");
    assert!(!stored.is_empty() && !stored.contains("测试") && !stored.contains("1380000"), "{stored}");
    let city = &browsers["city"];
    for search in ["by=id_number&q=37010219900101001X", "by=phone&q=138%200000%200001"] {
        let answer = city.ask("GET", &format!("/search?{search}"), None);
        assert_eq!(answer.header("location"), Some("/trainees/lixia-one"), "{search}");
    }
    for search in ["by=name&q=%E6%AC%A7%E9%98%B3%E6%B5%8B%E8%AF%95", "by=surname&q=%E6%AC%A7%E9%98%B3"] {
        assert!(
            city.ask("GET", &format!("/search?{search}"), None).body.contains("/trainees/lixia-one"),
            "{search}"
        );
    }
    assert_eq!(city.send("/trainees/lixia-one/reveal", "why=").status, 400, "a reason must be given");
    let whole = city.send("/trainees/lixia-one/reveal", "why=%E6%A0%B8%E5%AF%B9%E8%8A%B1%E5%90%8D%E5%86%8C");
    assert!(whole.body.contains("欧阳测试") && whole.body.contains("37010219900101001X"), "{}", whole.status);
    let noted = query(
        keshi,
        "select who || ' ' || why from keshi.audit where action = 'person.reveal' and subject = 'lixia-one'",
    );
    assert_eq!(noted, "city 核对花名册");
    let looks = query(
        keshi,
        "select count(*) from keshi.audit where action = 'record.view' and subject = 'lixia-one' and who = 'dist'",
    );
    assert!(looks.parse::<i64>().expect("a number") > 0);

    assert_eq!(
        city.send("/trainees/lixia-one/forget", "why=%E6%9C%AC%E4%BA%BA%E7%94%B3%E8%AF%B7").status,
        200
    );
    assert!(
        !city
            .ask("GET", "/search?by=surname&q=%E6%AC%A7%E9%98%B3", None)
            .body
            .contains("/trainees/lixia-one")
    );
    assert!(city.ask("GET", "/trainees/lixia-one", None).body.contains("已被遗忘"));
    let left = query(
        keshi,
        "select coalesce(key, name, id_number, phone, name_hash, id_number_hash) is null from keshi.person where trainee = 'lixia-one'",
    );
    assert_eq!(left, "t");
}

fn a_changed_row_is_told(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
    let page = || browsers["audi"].ask("GET", "/trainees/huaiyin-two?verify=now", None).body;
    assert!(page().contains("链完好"));
    query(
        keshi,
        "update projection_1.trail set payload = convert_to(replace(convert_from(payload, 'UTF8'), '问', '答'), 'UTF8') \
         where trainee = 'huaiyin-two'",
    );
    assert!(page().contains("链断了"));
}

fn accounts_are_kept_on_pages(keshi: &Keshi, url: &str, browsers: &BTreeMap<&str, Browser>) {
    let root = &browsers["root"];
    let new = "name=qian&role=district&scope=lixia&password=correct+horse+battery";
    assert_eq!(root.send("/accounts", new).status, 303);
    let mut qian = Browser::new(url);
    qian.log_in("qian", PASSWORD);
    assert_eq!(qian.ask("GET", "/trainees/huaiyin-two", None).status, 404);
    assert_eq!(
        root.send("/accounts/qian/change", "role=district&scope=").status,
        400,
        "a district needs one"
    );
    assert_eq!(
        root.send("/accounts/root/change", "role=city&scope=").status,
        400,
        "nobody drops their own rights"
    );
    assert_eq!(root.send("/accounts/qian/change", "role=district&scope=huaiyin").status, 303);
    assert!(is_turned_away(&qian.ask("GET", "/trainees/huaiyin-two", None)), "its sessions end");
    qian.log_in("qian", PASSWORD);
    assert_eq!(qian.ask("GET", "/trainees/huaiyin-two", None).status, 200);

    let made = root.send("/accounts/qian/tokens", "label=%E6%8A%A5%E8%A1%A8&days=30").body;
    let (_, rest) = made.split_once("id=\"secret\">").expect("the secret, once");
    let token = Browser::bearing(url, rest.split('<').next().expect("a text"));
    assert_eq!(token.ask("GET", "/api/v1/me", None).status, 200);
    let page = root.ask("GET", "/accounts/qian", None).body;
    assert!(!page.contains("keshi_"), "the secret is not shown again");
    let (_, rest) = page.split_once("/accounts/qian/tokens/").expect("a token");
    let id = rest.split('/').next().expect("an id");
    assert_eq!(
        root.send(&format!("/accounts/dist/tokens/{id}/revoke"), "").status,
        404,
        "of another account"
    );
    assert_eq!(root.send(&format!("/accounts/qian/tokens/{id}/revoke"), "").status, 303);
    assert_eq!(token.ask("GET", "/api/v1/me", None).status, 401);

    assert_eq!(qian.send("/password", "current=guess&fresh=another+horse+battery").status, 409);
    assert_eq!(qian.send("/password", "current=correct+horse+battery&fresh=short").status, 400);
    assert_eq!(
        qian.send("/password", "current=correct+horse+battery&fresh=another+horse+battery").status,
        303
    );
    qian.log_in("qian", "another horse battery");
    assert_eq!(root.send("/accounts/qian/password", "fresh=third+horse+battery").status, 303);
    qian.log_in("qian", "third horse battery");
    let noted = query(
        keshi,
        "select string_agg(action, ' ' order by number) from keshi.audit where who in ('root', 'qian') and action ~ '^(account|token)'",
    );
    assert!(
        noted
            .ends_with("account.add account.change token.add token.revoke account.password account.password"),
        "{noted}"
    );
}

fn watchers_are_told(url: &str) {
    let watcher = Browser::new(url);
    let ready = watcher.ask("GET", "/readyz", None);
    assert_eq!((ready.status, ready.body.as_str()), (200, "ready\n"));
    let ask = || watcher.ask("GET", "/metrics", None).body;
    let of = |metrics: &str, name: &str| {
        let line = metrics.lines().find(|line| line.starts_with(&format!("{name} ")));
        line.and_then(|line| line.rsplit(' ').next())
            .unwrap_or_else(|| panic!("{name}: {metrics}"))
            .to_owned()
    };
    // How long batches took is told now and then.
    let mut metrics = ask();
    while of(&metrics, "keshi_batch_seconds_count") == "0" {
        std::thread::sleep(std::time::Duration::from_millis(200));
        metrics = ask();
    }
    for name in [
        "keshi_events_received_total{platform=\"p1\"} 8",
        "keshi_events_rejected_total{platform=\"p1\",code=\"E102\"} 1",
        "keshi_projection_lag_messages 0",
        "keshi_projection_lag_seconds 0",
        "keshi_projection_partitions_behind 0",
        "keshi_batch_seconds_bucket{le=\"+Inf\"} ",
        "keshi_flags{level=\"review\",state=\"open\"} ",
        "keshi_claims{state=\"drafted\"} 1",
        "keshi_claims_yuan{state=\"drafted\"} 200",
        "keshi_scrape_log_up 1",
    ] {
        assert!(metrics.contains(name), "{name}: {metrics}");
    }
    let batches = of(&metrics, "keshi_batch_seconds_count");
    assert_eq!(of(&metrics, "keshi_batch_seconds_bucket{le=\"+Inf\"}"), batches);
    assert!(of(&metrics, "keshi_batch_seconds_sum").parse::<f64>().is_ok_and(|sum| sum > 0.0), "{metrics}");
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').expect("a value");
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
    documented(&metrics);
}

/// The table of ARCHITECTURE says what `/metrics` gives: names, types, labels and words, in its order.
fn documented(metrics: &str) {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| `keshi_"))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    let written: Vec<String> = rows
        .iter()
        .map(|row| format!("# HELP {} {}\n# TYPE {} {}", row[0], row[3], row[0], row[1]))
        .collect();
    let lines: Vec<&str> = metrics.lines().filter(|line| line.starts_with('#')).collect();
    let given: Vec<String> = lines.chunks(2).map(|two| two.join("\n")).collect();
    assert_eq!(written, given);
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let (name, labels) = line.split_once('{').map_or((line, ""), |(name, rest)| (name, rest));
        let name = name.split(' ').next().unwrap_or_default();
        let name =
            ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        let row = rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{line}"));
        let named: Vec<&str> =
            labels.split(',').filter_map(|label| label.split_once("=\"").map(|(name, _)| name)).collect();
        assert!(named.is_empty() || named.join(", ") == row[2], "{line}: {row:?}");
    }
}
