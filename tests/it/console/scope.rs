//! Whose data an office reaches: its own district's or provider's.

use std::collections::BTreeMap;

use keshi_console::{Endpoint, endpoints};
use serde_json::{Value, json};

use crate::console::{CASE, ROSTER, fill};
use crate::crash::query;
use crate::harness::Keshi;
use crate::http::Browser;

pub(super) fn districts_and_providers_see_their_own(browsers: &BTreeMap<&str, Browser>, claim: &str) {
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
            let place = fill(path, "huaiyin-two", "C2", claim);
            let place = if path.ends_with("/evidence") { place + "?why=x" } else { place };
            let answer = browser.ask("GET", &place, None);
            assert!(!answer.body.contains("huaiyin-two"), "{name} sees huaiyin-two on {path}");
            if has_other {
                // Bundles are not for providers at all.
                let expected = if name == "prov" && path.ends_with("/evidence") { 403 } else { 404 };
                assert_eq!(answer.status, expected, "{name} on {path}");
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
pub(super) fn cases_are_seen_by_whom_they_concern(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
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
