//! The main walks in a real browser: log in, find a trainee, point at an excluded stretch and read why, switch the language.

use std::process::Command;

use crate::crash::query;
use crate::harness::{Keshi, root};
use crate::officials::{add_accounts, certificates};

const PASSWORD: &str = "correct horse battery";

#[test]
fn a_supervisor_walks_through_the_pages() {
    let keshi = Keshi::up();
    let folder = keshi.file("class");
    let out = folder.to_str().expect("UTF-8");
    keshi.ok(&["simulate", "--trainees", "10", "--seed", "4", "--dishonest", "0.7", "--out", out]);
    keshi.ok(&["registry", "import", folder.join("registry.json").to_str().expect("UTF-8")]);
    keshi.ok(&["log", "import", folder.join("log.jsonl").to_str().expect("UTF-8")]);
    keshi.register(&certificates());
    keshi.settle();
    keshi.ok(&["flags", "look"]);
    add_accounts(
        &keshi,
        &[
            ("root", "admin", None),
            ("city", "city", None),
            ("i1", "provider", Some("i1")),
            ("lixia-1", "district", Some("lixia")),
            ("lixia-2", "district", Some("lixia")),
        ],
    );
    // A day of counts before this minute, so that the charts have bars.
    query(
        &keshi,
        "insert into keshi.pulse (minute, platform, at_ms, messages)
         select m, p.platform, m * 60000, p.messages * (m - n.now + 1440) / 1440 + round(30 * sin(m / 20.0))
         from (select extract(epoch from now())::bigint / 60 as now) n, generate_series(n.now - 1439, n.now - 1) m,
              (values ('p1', 9000), ('p2', 4000), ('', 13000)) p(platform, messages) on conflict do nothing",
    );
    // Whoever has most time that does not count shows most.
    let records = keshi.json(&["record", "--all"]);
    let excluded = |trainee: &&serde_json::Value| {
        trainee["claimed_ms"].as_i64().unwrap_or_default()
            - trainee["attested_ms"].as_i64().unwrap_or_default()
    };
    let trainees = records["trainees"].as_array().expect("trainees");
    let trainee =
        trainees.iter().max_by_key(excluded).and_then(|t| t["trainee"].as_str()).expect("a trainee");

    let python = std::env::var("KESHI_PYTHON")
        .unwrap_or_else(|_| root().join(".tools/venv/bin/python").display().to_string());
    let chromium = std::env::var("KESHI_CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let url = keshi.endpoints()["console_url"].as_str().expect("a console").to_owned();
    let shots =
        std::env::var("KESHI_SCREENSHOTS").unwrap_or_else(|_| keshi.file("shots").display().to_string());
    let run = |script: &str, arguments: &[&str]| {
        let output = Command::new(&python)
            .arg(root().join("tests/browser").join(script))
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{python}: {error}"));
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    };
    // The walk leaves a roster behind, which is looked at too.
    run("walk.py", &[&chromium, &url, &shots, "city", PASSWORD, trainee]);
    run("keyboard.py", &[&chromium, &url, "city", PASSWORD, trainee]);
}
