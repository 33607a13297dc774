//! A record of 200 sessions and 4,000 stretches: it is shown day by day, and no page of it outgrows a reader's connection.

use serde_json::{Value, json};

use crate::harness::{Keshi, event};
use crate::http::Browser;
use crate::officials::add_accounts;

const DAYS: i64 = 20;
const SESSIONS: i64 = 10;
const STRETCHES: i64 = 20;

/// Twenty evenings of ten sessions; every third stretch is of another video, so that neighbours do not join into one.
fn log() -> String {
    let mut lines = String::new();
    let mut seq = 0;
    let mut line = |family: &str, at: &str, event: &Value| {
        seq += 1;
        let line = json!({"seq": seq, "received_at": at, "subject": format!("learn.v1.p1.heavy.{family}"), "payload": event});
        lines.push_str(&format!("{line}\n"));
    };
    for day in 0..DAYS {
        for session in 0..SESSIONS {
            let at = |seconds: i64| {
                let all = 8 * 3600 + session * 900 + seconds;
                format!("2020-04-{:02}T{:02}:{:02}:{:02}+08:00", day + 1, all / 3600, all / 60 % 60, all % 60)
            };
            let name = format!("s{day}-{session}");
            let opened = json!({"session": name, "method": "face", "verified": true, "device": format!("d{session}"), "ip": "10.0.0.1", "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"});
            line(
                "sign-in",
                &at(0),
                &event("p1", "heavy", &format!("o{name}"), "keshi.session.opened.v1", &at(0), opened),
            );
            for piece in 0..STRETCHES {
                let (from, to) = (piece * 30, piece * 30 + 30);
                let data = json!({"session": name, "course": "C1", "video": format!("v{}", piece % 3), "from": from, "to": to, "started_at": at(from), "ended_at": at(to)});
                line(
                    "video-watch",
                    &at(to + 1),
                    &event(
                        "p1",
                        "heavy",
                        &format!("w{name}-{piece}"),
                        "keshi.video.watched.v1",
                        &at(to),
                        data,
                    ),
                );
            }
        }
    }
    lines
}

#[test]
fn a_heavy_record_is_shown_in_light_pages() {
    let keshi = Keshi::up();
    let videos: Vec<Value> =
        (0..3).map(|video| json!({"video": format!("v{video}"), "duration_ms": 1_200_000})).collect();
    keshi.register(&json!({
        "providers": [{"provider": "p1", "kind": "platform", "name": "甲平台"}],
        "courses": [{"course": "C1", "provider": "p1", "title": "电工", "videos": videos}],
        "trainees": [{"trainee": "heavy", "district": "lixia"}],
    }));
    let file = keshi.file("heavy.jsonl");
    std::fs::write(&file, log()).expect("a file");
    keshi.ok(&["log", "import", file.to_str().expect("UTF-8")]);
    keshi.settle();
    add_accounts(&keshi, &[("root", "admin", None), ("city", "city", None)]);
    let mut city = Browser::new(keshi.endpoints()["console_url"].as_str().expect("a console"));
    city.log_in("city", "correct horse battery");
    let mut looked = Vec::new();
    for path in [
        "/trainees/heavy",
        "/trainees/heavy?day=2020-04-07",
        "/trainees/heavy?day=2020-04-07&seq=1270",
        "/trainees/heavy?verify=now",
    ] {
        let begun = std::time::Instant::now();
        let page = city.ask("GET", path, None);
        looked.push(begun.elapsed().as_millis());
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.len() < 200_000, "{path} weighs {}", page.body.len());
        let sessions = page.body.matches("<rect class=\"session\"").count();
        assert_eq!(sessions as i64, SESSIONS, "{path}: a day at a time, all of it");
    }
    assert!(city.ask("GET", "/trainees/heavy?verify=now", None).body.contains("链完好"));
    println!("looks at the heavy record took {looked:?} ms");
}
