//! Events from code that is not ours: the example clients in Python and Node, as a platform would run them.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Keshi, root, small_registry};

/// Runs a client as platform p1 and gives what it printed.
fn run(keshi: &Keshi, program: &str, script: &str, trainee: &str) -> String {
    let endpoints = keshi.endpoints();
    let login = &endpoints["nats_users"]["p1"];
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let output = Command::new(program)
        .arg(root().join(script))
        .args(["--platform", "p1", "--trainee", trainee, "--course", "C1", "--video", "v1", "--quiz", "q1"])
        .env("NATS_URL", text(&endpoints["nats_url"]))
        .env("NATS_USER", text(&login["user"]))
        .env("NATS_PASSWORD", text(&login["password"]))
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{script}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// What the client's events must come to.
fn check(keshi: &Keshi, trainee: &str) {
    keshi.settle();
    let page = keshi.json(&["record", trainee]);
    let record = &page["record"];
    assert!(record["attested_ms"].as_i64().expect("ms") >= 30_000, "{page}");
    assert_eq!(record["excluded_ms"], json!({}), "{page}");
    assert!(record["courses"][0]["verified_seconds"].as_i64().expect("s") >= 30, "{page}");
    assert_eq!(page["quizzes"][0]["counts"], true, "{page}");
    assert_eq!(page["questions"][0]["counts"], true, "{page}");
    assert_eq!(page["presence_checks"], json!({"all": 1, "passed": 1}), "{page}");
    assert_eq!(keshi.json(&["rejected", "list"]), json!([]));
}

#[test]
fn the_python_client_is_understood() {
    let keshi = Keshi::up();
    keshi.register(&small_registry());
    let python = std::env::var("KESHI_PYTHON")
        .unwrap_or_else(|_| root().join(".tools/venv/bin/python").display().to_string());
    let said = run(&keshi, &python, "deploy/clients/python/client.py", "t-python");
    assert!(!said.is_empty());
    check(&keshi, "t-python");
}

#[test]
fn the_node_client_is_understood() {
    let folder = root().join("deploy/clients/node/node_modules");
    if !folder.exists() {
        // tests/run installs it wherever Node.js 20 is there, and says so where it is not.
        println!("left out: {} is not installed", folder.display());
        return;
    }
    let keshi = Keshi::up();
    keshi.register(&small_registry());
    let said = run(&keshi, "node", "deploy/clients/node/client.mjs", "t-node");
    assert!(!said.is_empty());
    check(&keshi, "t-node");
}
