//! The bench runs, and prints a row a goal. No figure is judged here.

use std::process::Command;

use serde_json::Value;

use crate::harness::nats_server;

#[test]
fn the_bench_of_pages_prints_them_all() {
    let output = Command::new(env!("CARGO_BIN_EXE_keshi-bench"))
        .args(["console", "--events", "3000", "--rounds", "2", "--json"])
        .env("KESHI_NATS_SERVER", nats_server())
        .output()
        .expect("the bench");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(rows.len(), 22, "{rows:?}");
    for row in &rows {
        assert!(row["p50"].as_f64() <= row["value"].as_f64() && row["p50"].as_f64() > Some(0.0), "{row}");
    }
}

#[test]
fn the_bench_prints_all_its_goals() {
    let output = Command::new(env!("CARGO_BIN_EXE_keshi-bench"))
        .args(["--events", "4000", "--scale", "10", "--json"])
        .env("KESHI_NATS_SERVER", nats_server())
        .output()
        .expect("the bench");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let mut goals: Vec<&str> = rows.iter().map(|row| row["goal"].as_str().expect("a name")).collect();
    goals.sort_unstable();
    let all =
        ["cpu", "freshness", "growth", "memory", "projection", "rebuild", "record", "restart", "scale-out"];
    assert_eq!(goals, all);
    for row in &rows {
        assert!(row["value"].as_f64().expect("a number") > 0.0, "{row}");
        assert!(row["unit"].is_string() && row["first_bar"].is_number() && row["aim"].is_number(), "{row}");
    }
}
