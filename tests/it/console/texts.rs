//! What platforms, imports and officials write stays text.

use std::collections::BTreeMap;

use keshi_console::{Endpoint, endpoints};
use serde_json::json;

use crate::console::{ATTACK, CASE, encode, fill};
use crate::crash::query;
use crate::harness::Keshi;
use crate::http::Browser;

pub(super) fn texts_stay_texts(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>, claim: &str) {
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
