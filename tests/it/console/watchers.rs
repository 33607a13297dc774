//! What pages and `/metrics` tell of courses, platforms and the service.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::crash::query;
use crate::harness::{Keshi, root};
use crate::http::Browser;

/// 2020-04-20 in Beijing, as the whole city and as one district see it.
pub(super) fn completions_are_charted_by_day(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
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

pub(super) fn watchers_are_told(url: &str) {
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
pub(super) fn documented(metrics: &str) {
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
