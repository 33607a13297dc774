//! What is taken along, and what is brought: evidence bundles and registry files.

use std::collections::BTreeMap;

use serde_json::json;

use crate::console::ATTACK;
use crate::crash::query;
use crate::harness::Keshi;
use crate::http::Browser;

pub(super) fn evidence_is_taken_along(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
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

pub(super) fn files_are_checked_and_then_imported(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
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
