//! Edges of rules that several things decide over: just under is silent, exactly at and over are flagged.

use keshi_integrity::{Kind, Level};
use serde_json::json;

use crate::given::{HOUR, Log, MINUTE, NINE};

fn steady(log: &mut Log, session: &str, video: &str, begin: i64, stretches: i64) {
    for at in 0..stretches {
        let from = begin + at * 30_000;
        log.watch("t1", session, video, (from, from + 30_000), (at * 30_000, (at + 1) * 30_000));
    }
}

#[test]
fn exactly_a_fifth_back_filled_is_no_hold() {
    let held = |online: i64| {
        let mut log = Log::default();
        log.open("t1", "s1", NINE, "d1", "10.0.0.1");
        steady(&mut log, "s1", "v1", NINE + MINUTE, online);
        for at in 0..2 {
            let begin = NINE + HOUR + at * 30_000;
            let content = (at * 30_000, (at + 1) * 30_000);
            log.watch_late("t1", "s1", "v2", (begin, begin + 30_000), content, 73 * HOUR);
        }
        log.level(Some("t1"), Kind::BackFilled)
    };
    assert_eq!(held(8), Some(Level::Review), "2 of 10");
    assert_eq!(held(7), Some(Level::Hold), "2 of 9");
}

#[test]
fn late_stretches_within_exactly_ten_minutes_are_one_burst() {
    let received = |apart: i64| {
        let mut log = Log::default();
        log.open("t1", "s1", NINE, "d1", "10.0.0.1");
        log.play("t1", "s1", "v1", NINE + 5 * HOUR, 1_200);
        for at in 0..241 {
            let end = NINE + MINUTE + (at + 1) * 30_000;
            let late = NINE + 4 * HOUR + if at < 120 { 0 } else { apart } - end;
            log.watch_late("t1", "s1", "v2", (end - 30_000, end), (at * 20, (at + 1) * 20), late);
        }
        log.level(Some("t1"), Kind::LateBurst)
    };
    assert_eq!(received(10 * MINUTE), Some(Level::Review));
    assert_eq!(received(10 * MINUTE + 1), None);
}

#[test]
fn a_tenth_of_the_mean_of_thirty_people() {
    let answered = |people: i64, own: i64| {
        let mut log = Log::default();
        for person in 0..people {
            let who = format!("t{person}");
            log.open(&who, "s1", NINE, &format!("d{person}"), &format!("10.1.{person}.1"));
            let each = if person == 0 { own } else { 60_000 };
            let answers: Vec<_> = (1..=5).map(|item| ("A", true, item * each)).collect();
            log.quiz(&who, "s1", "q1", NINE + person * HOUR, &answers);
        }
        log.level(Some("t0"), Kind::QuizTooFast)
    };
    assert_eq!(answered(30, 5_819), Some(Level::Review), "the mean is 58.193 s");
    assert_eq!(answered(30, 5_820), None);
    assert_eq!(answered(29, 5_000), None, "too few to have a mean");
}

/// So many papers of ten items, so many of them wrong on each; the second account gives all right a minute later.
fn harvested(wrong: &[usize], others: i64) -> Option<Level> {
    let mut log = Log::default();
    log.open("t0", "s1", NINE, "d0", "10.0.0.1").open("t1", "s1", NINE, "d1", "10.0.0.1");
    for other in 0..others {
        log.open(&format!("o{other}"), "s1", NINE + other * HOUR, &format!("e{other}"), "10.0.0.1");
    }
    for (paper, wrong) in (0..).zip(wrong) {
        let at = NINE + paper * HOUR;
        let answer =
            |right: bool, item: usize| (if right { "A" } else { "B" }, right, item as i64 * 20_000 + 9_000);
        let finds: Vec<_> = (0..10).map(|item| answer(item >= *wrong, item)).collect();
        let gives: Vec<_> = (0..10).map(|item| answer(true, item)).collect();
        log.quiz("t0", "s1", &format!("q{paper}"), at, &finds);
        log.quiz("t1", "s1", &format!("q{paper}"), at + MINUTE, &gives);
    }
    log.level(Some("t1"), Kind::AnswerHarvest)
}

#[test]
fn who_finds_out_answers_is_wrong_more_often_than_not_and_at_home() {
    assert_eq!(harvested(&[3; 7], 0), None, "exactly 70% right");
    assert_eq!(harvested(&[4, 3, 3, 3, 3, 3, 3], 0), Some(Level::Hold), "48 of 70");
    assert_eq!(harvested(&[5, 5], 7), Some(Level::Hold), "nine people on the address");
    assert_eq!(harvested(&[5, 5], 8), None, "ten are a room");
}

#[test]
fn ten_answers_that_nine_in_ten_come_of_soon() {
    let given = |found: i64, soon: i64| {
        let mut log = Log::default();
        log.open("t0", "s1", NINE, "d0", "10.0.0.1").open("t1", "s1", NINE, "d1", "10.0.0.1");
        let finds: Vec<_> = (0..found).map(|item| ("B", false, item * 20_000)).collect();
        // The others come an hour after the first was wrong.
        let late = |item: i64| item * 20_000 + if item < soon { MINUTE } else { HOUR };
        let gives: Vec<_> = (0..found).map(|item| ("A", true, late(item))).collect();
        log.quiz("t0", "s1", "q1", NINE + MINUTE, &finds).quiz("t1", "s1", "q1", NINE + MINUTE, &gives);
        log.level(Some("t0"), Kind::AnswerHarvest)
    };
    assert_eq!(given(9, 9), None, "nine items");
    assert_eq!(given(10, 10), Some(Level::Hold));
    assert_eq!(given(10, 9), Some(Level::Hold), "the 90th percentile is soon");
    assert_eq!(given(10, 8), None);
}

#[test]
fn just_faster_than_an_aeroplane() {
    let travelled = |seconds: i64| {
        let mut log = Log::default();
        for (at, latitude) in [(NINE, 36.0), (NINE + seconds * 1_000, 27.0)] {
            let data = json!({"session": format!("s{at}"), "method": "face", "verified": true, "device": "d1",
                "ip": "10.0.0.1", "location": {"longitude": 117.0, "latitude": latitude}});
            log.say("t1", "session.opened", at, at, data);
        }
        log.level(Some("t1"), Kind::Travel)
    };
    // Nine degrees of latitude are 1,000.75 km, for which 900 km/h take 4,003.02 s.
    assert_eq!(travelled(4_003), Some(Level::Info));
    assert_eq!(travelled(4_004), None);
}

#[test]
fn a_device_that_plays_for_two_over_midnight() {
    let both = |ms: i64| {
        let mut log = Log::default();
        let midnight = NINE + 15 * HOUR;
        for (who, begin, end) in
            [("t1", midnight - MINUTE, midnight + ms), ("t2", midnight - ms, midnight + MINUTE)]
        {
            log.open(who, "s1", begin, "d1", "10.0.0.1");
            log.watch(who, "s1", "v1", (begin, end), (0, end - begin));
        }
        log.level(Some("t1"), Kind::DeviceConcurrent)
    };
    assert_eq!(both(2_500), None, "exactly five seconds");
    assert_eq!(both(2_501), Some(Level::Hold));
}

#[test]
fn mistakes_made_differently_are_no_copy() {
    let copied = |others: &[&'static str]| {
        let mut log = Log::default();
        for (person, choices) in [(0, [&["B"; 5][..]].concat()), (1, others.to_vec())] {
            let who = format!("t{person}");
            log.open(&who, "s1", NINE, &format!("d{person}"), &format!("10.0.{person}.1"));
            let answers: Vec<_> =
                (1..).zip(&choices).map(|(item, choice)| (*choice, *choice == "A", item * 20_000)).collect();
            log.quiz(&who, "s1", "q1", NINE + MINUTE, &answers);
        }
        log.level(Some("t1"), Kind::QuizCopied)
    };
    assert_eq!(copied(&["B", "B", "B", "B", "A"]), Some(Level::Hold), "the fifth is right on one of them");
    assert_eq!(copied(&["B", "B", "B", "B", "C"]), None, "the fifth is wrong on both, in two ways");
    assert_eq!(copied(&["B", "B", "B", "A", "A"]), None, "three");
}

#[test]
fn a_session_of_more_than_an_hour_is_asked_and_two_at_once_share() {
    let silent = |ms: i64| {
        let mut log = Log::default();
        log.open("t1", "s1", NINE, "d1", "10.0.0.1");
        log.watch("t1", "s1", "v1", (NINE + ms - 30_000, NINE + ms), (0, 30_000));
        log.level(None, Kind::NoPresence)
    };
    assert_eq!(silent(HOUR), None);
    assert_eq!(silent(HOUR + 1), Some(Level::Info));
    let shared = |after: i64| {
        let mut log = Log::default();
        log.open("t1", "s1", NINE, "d1", "10.0.0.1");
        log.watch("t1", "s1", "v1", (NINE, NINE + MINUTE), (0, MINUTE));
        log.open("t2", "s1", NINE + MINUTE + after, "d2", "10.0.0.1");
        log.level(Some("t2"), Kind::SharedIp)
    };
    assert_eq!(shared(0), Some(Level::Info));
    assert_eq!(shared(1), None, "one after the other");
}
