//! The console: who may ask what, whose data they reach, what stays text, and what is kept of people.

mod files;
mod people;
mod rights;
mod scope;
mod texts;
mod watchers;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::crash::query;
use crate::harness::{Keshi, event, sign_in};
use crate::http::Browser;
use crate::looks::every_look_is_noted;

use files::{evidence_is_taken_along, files_are_checked_and_then_imported};
use people::{
    a_changed_row_is_told, accounts_are_kept_on_pages, people_are_found_shown_and_forgotten, tokens_only_read,
};
use rights::everybody_has_their_rights;
use scope::{cases_are_seen_by_whom_they_concern, districts_and_providers_see_their_own};
use texts::texts_stay_texts;
use watchers::{completions_are_charted_by_day, watchers_are_told};

const PASSWORD: &str = "correct horse battery";
const ROLES: [(&str, &str, Option<&str>); 6] = [
    ("prov", "provider", Some("p1")),
    ("dist", "district", Some("lixia")),
    ("city", "city", None),
    ("fina", "finance", None),
    ("audi", "auditor", None),
    ("root", "admin", None),
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

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
