//! People are found, shown with a reason and forgotten; accounts and tokens are kept.

use std::collections::BTreeMap;

use keshi_console::endpoints;
use serde_json::{Value, json};

use crate::console::PASSWORD;
use crate::console::rights::is_turned_away;
use crate::crash::query;
use crate::harness::{Keshi, root};
use crate::http::Browser;

pub(super) fn tokens_only_read(keshi: &Keshi, url: &str) {
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

pub(super) fn people_are_found_shown_and_forgotten(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
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

pub(super) fn a_changed_row_is_told(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
    let page = || browsers["audi"].ask("GET", "/trainees/huaiyin-two?verify=now", None).body;
    assert!(page().contains("链完好"));
    query(
        keshi,
        "update projection_1.trail set payload = convert_to(replace(convert_from(payload, 'UTF8'), '问', '答'), 'UTF8') \
         where trainee = 'huaiyin-two'",
    );
    assert!(page().contains("链断了"));
}

pub(super) fn accounts_are_kept_on_pages(keshi: &Keshi, url: &str, browsers: &BTreeMap<&str, Browser>) {
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
