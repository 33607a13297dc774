//! Nasty events through the stream and the database, while the register grows: what an auditor works out from the
//! exported log.

use std::process::Command;

use crate::harness::{Keshi, root};

#[test]
fn nasty_events_and_late_approvals_give_what_an_auditor_works_out() {
    let keshi = Keshi::up();
    let folder = keshi.file("nasty");
    let python = std::env::var("KESHI_PYTHON")
        .unwrap_or_else(|_| root().join(".tools/venv/bin/python").display().to_string());
    let made = Command::new(python)
        .arg(root().join("tests/oracle/write_nasty.py"))
        .arg(&folder)
        .output()
        .expect("python");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

    let take = |what: &str, name: &str| {
        let path = folder.join(name);
        keshi.ok(&[what, "import", path.to_str().expect("UTF-8")]);
        keshi.settle();
    };
    let same = |registry: Option<&str>| {
        let (database, file) = keshi.records_two_ways(registry.map(|name| folder.join(name)).as_deref());
        assert!(
            database == file,
            "with {registry:?}\nout of the database: {database}\nout of the log:      {file}"
        );
        file
    };
    take("log", "log-1.jsonl");
    let first = same(None);
    assert!(first.contains("\"back-filled\"") && first.contains("\"E107\""), "the log is tame: {first}");
    take("registry", "registry-1.json");
    same(Some("registry-1.json"));
    take("log", "log-2.jsonl");
    let before = same(Some("registry-1.json"));
    take("registry", "registry-2.json");
    assert_ne!(same(Some("registry-2.json")), before, "approvals, courses and limits change records");
}
