//! Checks of one trainee: just under is silent, at and over are flagged.

use keshi_integrity::{Kind, Level};
use serde_json::json;

use crate::given::{HOUR, Log, MINUTE, NINE, time};

fn signed_in() -> Log {
    let mut log = Log::default();
    log.open("t1", "s1", NINE, "d1", "10.0.0.1");
    log
}

fn level(log: &Log, kind: Kind) -> Option<Level> {
    log.level(Some("t1"), kind)
}

#[test]
fn impossible_speed_wants_three_stretches_and_five_minutes() {
    let fast = |stretches: i64, content: i64| {
        let mut log = signed_in();
        for at in 0..stretches {
            let begin = NINE + MINUTE + at * 60_000;
            log.watch("t1", "s1", "v1", (begin, begin + 30_000), (at * content, (at + 1) * content));
        }
        level(&log, Kind::ImpossibleSpeed)
    };
    assert_eq!(fast(2, 200_000), None, "two stretches");
    assert_eq!(fast(3, 99_999), None, "299.997 s");
    assert_eq!(fast(3, 100_000), Some(Level::Review));
    assert_eq!(fast(9, 100_000), Some(Level::Review));
}

#[test]
fn back_filled_time_holds_over_a_fifth_of_the_course() {
    let late = |back_filled: i64| {
        let mut log = signed_in();
        log.play("t1", "s1", "v1", NINE + MINUTE, 10);
        for at in 0..back_filled {
            let begin = NINE + HOUR + at * 30_000;
            log.watch_late(
                "t1",
                "s1",
                "v2",
                (begin, begin + 30_000),
                (at * 30_000, (at + 1) * 30_000),
                73 * HOUR,
            );
        }
        level(&log, Kind::BackFilled)
    };
    assert_eq!(late(0), None);
    assert_eq!(late(1), Some(Level::Review));
    assert_eq!(late(2), Some(Level::Review), "2 of 12");
    assert_eq!(late(3), Some(Level::Hold), "3 of 13");
}

#[test]
fn late_uploads_are_looked_at_over_a_fifth_or_two_hours_at_once() {
    let late = |stretches: i64, online: i64, spread: i64| {
        let mut log = signed_in();
        log.play("t1", "s1", "v1", NINE + 5 * HOUR, online);
        let received = NINE + 4 * HOUR;
        for at in 0..stretches {
            let begin = NINE + MINUTE + at * 30_000;
            let when = received + at * spread / stretches.max(1);
            log.watch_late(
                "t1",
                "s1",
                "v2",
                (begin, begin + 30_000),
                (at * 20, (at + 1) * 20),
                when - begin - 30_000,
            );
        }
        level(&log, Kind::LateBurst)
    };
    assert_eq!(late(19, 40, 0), None, "9.5 min of a course: too short to be a share");
    assert_eq!(late(20, 80, 0), None, "exactly a fifth");
    assert_eq!(late(21, 80, 0), Some(Level::Review));
    assert_eq!(late(240, 1_200, 0), None, "exactly two hours");
    assert_eq!(late(241, 1_200, 0), Some(Level::Review));
    assert_eq!(late(241, 1_200, 20 * MINUTE), None, "over twenty minutes");
}

#[test]
fn presence_wants_three_missed_or_a_fifth_of_several() {
    let asked = |outcomes: &[&str]| {
        let mut log = signed_in();
        log.play("t1", "s1", "v1", NINE + MINUTE, 40).play("t1", "s1", "v2", NINE + 30 * MINUTE, 40);
        for (at, outcome) in (1..).zip(outcomes) {
            log.check("t1", "s1", NINE + at * 3 * MINUTE, outcome);
        }
        level(&log, Kind::PresenceMissed)
    };
    assert_eq!(asked(&["passed"; 4]), None);
    assert_eq!(asked(&["missed", "passed"]), None, "missed once, and there again");
    assert_eq!(asked(&["passed", "missed", "passed", "passed"]), None);
    assert_eq!(asked(&["passed", "missed"]), Some(Level::Review), "nobody came back");
    let mut many = vec!["passed"; 20];
    many[3] = "missed";
    many[7] = "failed";
    assert_eq!(asked(&many), None, "2 of 20");
    many[11] = "failed";
    assert_eq!(asked(&many), Some(Level::Review), "3 of 20");
    let mut ten = vec!["passed"; 10];
    (ten[8], ten[9]) = ("missed", "failed");
    assert_eq!(asked(&ten), None, "exactly a fifth");
    assert_eq!(asked(&ten[1..]), Some(Level::Review), "2 of 9");
    assert_eq!(asked(&["passed", "missed", "passed", "missed", "passed"]), None, "made good each time");
}

#[test]
fn a_seek_to_the_end_is_one_over_half_a_video_to_its_last_twentieth() {
    let jumps = |videos: i64, before: i64, to: i64| {
        let mut log = signed_in();
        for video in 0..videos {
            let begin = NINE + MINUTE + video * 10 * MINUTE;
            let name = format!("v{video}");
            log.watch("t1", "s1", &name, (begin, begin + 30_000), (before - 30_000, before));
            log.watch("t1", "s1", &name, (begin + 40_000, begin + 45_000), (to, to + 5_000));
        }
        level(&log, Kind::SeekToEnd)
    };
    let (length, end) = (20 * MINUTE, 19 * MINUTE);
    assert_eq!(jumps(3, 30_000, end), Some(Level::Review));
    assert_eq!(jumps(2, 30_000, end), None);
    assert_eq!(jumps(3, 30_000, end - 1_000), None, "not the last twentieth");
    assert_eq!(jumps(3, end - length / 2, end), None, "exactly half");
    assert_eq!(jumps(3, end - length / 2 - 1_000, end), Some(Level::Review));
}

#[test]
fn quizzes_passed_with_half_of_the_course_unseen() {
    let answers = [("A", true, 20_000), ("B", true, 50_000), ("C", true, 90_000)];
    let seen = |videos: i64, faster: i64| {
        let mut log = signed_in();
        for video in 0..videos {
            let begin = NINE + MINUTE + video * 20 * MINUTE;
            for at in 0..40 / faster {
                let from = at * 30_000 * faster;
                let wall = (begin + at * 30_000, begin + (at + 1) * 30_000);
                log.watch("t1", "s1", &format!("v{video}"), wall, (from, from + 30_000 * faster));
            }
        }
        log.quiz("t1", "s1", "q1", NINE + 5 * HOUR, &answers);
        level(&log, Kind::CompletionMismatch)
    };
    assert_eq!(seen(4, 1), Some(Level::Review));
    assert_eq!(seen(5, 1), None, "exactly half");
    assert_eq!(seen(10, 2), None, "all of it at double speed");
    let mut failed = signed_in();
    failed.quiz("t1", "s1", "q1", NINE, &[("A", false, 20_000), ("B", true, 50_000), ("C", false, 90_000)]);
    assert_eq!(level(&failed, Kind::CompletionMismatch), None);
}

#[test]
fn long_sessions_marathons_and_loops() {
    let after = |ms: i64, check: Option<i64>| {
        let mut log = signed_in();
        log.watch("t1", "s1", "v1", (NINE + ms, NINE + ms + 30_000), (0, 30_000));
        if let Some(at) = check {
            log.check("t1", "s1", NINE + at, "passed");
        }
        level(&log, Kind::LongSession)
    };
    assert_eq!(after(16 * HOUR, None), None);
    assert_eq!(after(16 * HOUR + 1, None), Some(Level::Review));
    assert_eq!(after(16 * HOUR + 1, Some(HOUR)), None);

    let on_end = |stretches: i64, pause_after: i64, pause: i64| {
        let mut log = signed_in();
        let mut begin = NINE + MINUTE;
        for at in 0..stretches {
            log.watch(
                "t1",
                "s1",
                &format!("v{}", at / 40),
                (begin, begin + 30_000),
                (at % 40 * 30_000, (at % 40 + 1) * 30_000),
            );
            begin += 30_000 + if at == pause_after { pause } else { 0 };
        }
        level(&log, Kind::Marathon)
    };
    assert_eq!(on_end(480, -1, 0), None, "exactly four hours");
    assert_eq!(on_end(481, -1, 0), Some(Level::Review));
    assert_eq!(on_end(481, 240, 10 * MINUTE), None, "a pause of ten minutes");
    assert_eq!(on_end(481, 240, 10 * MINUTE - 1), Some(Level::Review));

    let in_a_day = |stretches: i64| {
        let mut log = signed_in();
        for at in 0..stretches {
            let begin = NINE + at * 30_000 + at / 360 * 15 * MINUTE;
            log.watch("t1", "s1", "v1", (begin, begin + 30_000), (at % 40 * 30_000, (at % 40 + 1) * 30_000));
        }
        level(&log, Kind::Marathon)
    };
    assert_eq!(in_a_day(1_440), None, "exactly twelve hours");
    assert_eq!(in_a_day(1_441), Some(Level::Review));

    let looped = |videos: i64, rounds: i64, extra: i64| {
        let mut log = signed_in();
        let mut begin = NINE;
        for video in 0..videos {
            for _ in 0..rounds {
                log.watch("t1", "s1", &format!("v{video}"), (begin, begin + 60_000), (0, 60_000));
                begin += 15 * MINUTE;
            }
            log.watch("t1", "s1", &format!("v{video}"), (begin, begin + extra), (0, extra));
            begin += 15 * MINUTE;
        }
        level(&log, Kind::RewatchLoop)
    };
    assert_eq!(looped(3, 4, 60_000), None, "exactly five times");
    assert_eq!(looped(3, 5, 1_000), Some(Level::Review));
    assert_eq!(looped(2, 9, 60_000), None);
}

#[test]
fn answers_faster_than_three_seconds_an_item() {
    let paced = |items: usize, each: i64| {
        let mut log = signed_in();
        let answers: Vec<_> = (1..=items as i64).map(|at| ("A", true, at * each)).collect();
        log.quiz("t1", "s1", "q9", NINE + MINUTE, &answers);
        level(&log, Kind::QuizTooFast)
    };
    assert_eq!(paced(10, 3_000), None);
    assert_eq!(paced(10, 2_999), Some(Level::Review));
    assert_eq!(paced(2, 500), None, "two items have no mean");
}

#[test]
fn a_metronome_ticks_sixty_times() {
    let ticks = |count: i64, wobble: i64| {
        let mut log = signed_in();
        let mut begin = NINE + MINUTE;
        for at in 0..count {
            let end = begin + 30_000 + at % 2 * wobble;
            let from = at % 39 * 30_000;
            log.watch("t1", "s1", &format!("v{}", at / 39), (begin, end), (from, from + 30_000));
            begin = end + 2;
        }
        level(&log, Kind::Metronome)
    };
    assert_eq!(ticks(59, 0), None);
    assert_eq!(ticks(60, 0), Some(Level::Review), "over the end of a video too");
    assert_eq!(ticks(60, 19), Some(Level::Review));
    assert_eq!(ticks(60, 20), None);
    assert_eq!(ticks(200, 20), None);
}

#[test]
fn the_same_twenty_delays_again_are_a_replay() {
    let replayed = |count: i64, days: i64, off: i64| {
        let mut log = signed_in();
        for day in 0..days {
            let session = format!("r{day}");
            let mut begin = NINE + day * 24 * HOUR + day * 1_234_567;
            log.open("t1", &session, begin, "d1", "10.0.0.1");
            begin += 10_000;
            for at in 0..count {
                let length = 20_000 + at * 7_919 % 9_973 + if at == 10 { off * day } else { 0 };
                log.watch(
                    "t1",
                    &session,
                    &format!("v{day}"),
                    (begin, begin + length),
                    (at * 30_000, at * 30_000 + length),
                );
                begin += length + at * 3_571 % 4_999;
            }
        }
        level(&log, Kind::Metronome)
    };
    assert_eq!(replayed(20, 1, 0), None);
    assert_eq!(replayed(19, 2, 0), None);
    assert_eq!(replayed(20, 2, 0), Some(Level::Review));
    assert_eq!(replayed(20, 2, 19), Some(Level::Review), "with jitter");
    assert_eq!(replayed(20, 2, 20), None, "twenty milliseconds off");
}

#[test]
fn a_position_that_stands_still_and_history_that_changes() {
    let still = |count: i64, length: i64| {
        let mut log = signed_in();
        for at in 0..count {
            let begin = NINE + MINUTE + at * 40_000;
            log.watch("t1", "s1", "v1", (begin, begin + length), (50_000, 50_000));
        }
        level(&log, Kind::Stalled)
    };
    assert_eq!(still(20, 29_999), None);
    assert_eq!(still(20, 30_000), Some(Level::Info));
    let mut log = signed_in();
    log.play("t1", "s1", "v1", NINE + MINUTE, 2);
    assert_eq!(level(&log, Kind::EventChanged), None);
    let data = json!({"session": "s1", "course": "C1", "video": "v1", "from": 0, "to": 9,
        "started_at": time(NINE + MINUTE), "ended_at": time(NINE + 2 * MINUTE)});
    log.say_as("e2", "t1", "p1", "video.watched", NINE + 2 * MINUTE, NINE + HOUR, data);
    assert_eq!(level(&log, Kind::EventChanged), Some(Level::Info));
}

#[test]
fn two_places_that_no_aeroplane_joins() {
    let travelled = |latitude: f64, minutes: i64| {
        let mut log = Log::default();
        for (at, latitude) in [(NINE, 36.0), (NINE + minutes * MINUTE, latitude)] {
            let data = json!({"session": format!("s{at}"), "method": "face", "verified": true, "device": "d1",
                "ip": "10.0.0.1", "location": {"longitude": 117.0, "latitude": latitude}});
            log.say("t1", "session.opened", at, at, data);
        }
        level(&log, Kind::Travel)
    };
    // A degree of latitude is 111.19 km.
    assert_eq!(travelled(27.0, 66), Some(Level::Info), "1,001 km in 1.1 h");
    assert_eq!(travelled(27.0, 67), None, "1,001 km in 1.117 h are 896 km/h");
    assert_eq!(travelled(36.1, 0), None, "a telephone's fix wanders");
}

#[test]
fn parallel_time_counts_by_the_day() {
    let parallel = |platform: &str, kind: Kind, ms: i64| {
        let mut log = signed_in();
        let opened =
            json!({"session": "s2", "method": "face", "verified": true, "device": "d2", "ip": "10.0.0.1"});
        log.say_as("o2", "t1", platform, "session.opened", NINE + 1, NINE + 1, opened);
        log.watch("t1", "s1", "v1", (NINE + MINUTE, NINE + 2 * MINUTE), (0, 60_000));
        let (begin, end) = (NINE + 2 * MINUTE - ms, NINE + 3 * MINUTE - ms);
        let data = json!({"session": "s2", "course": "C1", "video": "v2", "from": 0, "to": 60,
            "started_at": time(begin), "ended_at": time(end)});
        log.say_as("w2", "t1", platform, "video.watched", end, end, data);
        level(&log, kind)
    };
    for (platform, kind) in [("p1", Kind::ParallelSession), ("p2", Kind::ParallelPlatform)] {
        assert_eq!(parallel(platform, kind, 5_000), None, "{kind}");
        assert_eq!(parallel(platform, kind, 5_001), Some(Level::Review), "{kind}");
    }
}

#[test]
fn clocks_and_late_uploads_as_the_rule_notices_them() {
    let skewed = |ms: i64| {
        let mut log = Log::default();
        let data = json!({"session": "s1", "method": "face", "verified": true, "device": "d1", "ip": "10.0.0.1",
            "device_time": time(NINE + ms)});
        log.say("t1", "session.opened", NINE, NINE, data);
        level(&log, Kind::ClockSkew)
    };
    assert_eq!((skewed(120_000), skewed(-120_000)), (None, None));
    assert_eq!((skewed(120_001), skewed(-120_001)), (Some(Level::Info), Some(Level::Info)));
    let late = |ms: i64, kind: Kind| {
        let mut log = signed_in();
        log.watch_late("t1", "s1", "v1", (NINE + MINUTE, NINE + 2 * MINUTE), (0, 60_000), ms);
        level(&log, kind)
    };
    assert_eq!(late(-15_000, Kind::ClockAhead), None);
    assert_eq!(late(-15_001, Kind::ClockAhead), Some(Level::Info));
    assert_eq!(late(10 * MINUTE, Kind::LateUpload), None);
    assert_eq!(late(10 * MINUTE + 1, Kind::LateUpload), Some(Level::Info));
}
