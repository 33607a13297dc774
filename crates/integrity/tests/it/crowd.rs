//! Checks between people: just under is silent, at and over are flagged; honest oddities stay silent.

use keshi_integrity::{Kind, Level};
use serde_json::json;

use crate::given::{HOUR, Log, MINUTE, NINE};

fn name(person: i64) -> String {
    format!("t{person}")
}

#[test]
fn a_device_in_two_three_or_five_hands_within_a_day() {
    let hands = |people: i64, apart: i64| {
        let mut log = Log::default();
        for person in 0..people {
            log.open(&name(person), "s1", NINE + person * apart, "d1", &format!("10.0.0.{person}"));
        }
        log.level(Some("t0"), Kind::DeviceShared)
    };
    assert_eq!(hands(1, 0), None);
    assert_eq!(hands(2, HOUR), Some(Level::Info), "a hand-over in a household");
    assert_eq!(hands(2, 24 * HOUR), Some(Level::Info), "exactly a day");
    assert_eq!(hands(2, 24 * HOUR + 1), None);
    assert_eq!(hands(3, HOUR), Some(Level::Review));
    assert_eq!(hands(4, HOUR), Some(Level::Review));
    assert_eq!(hands(5, 6 * HOUR), Some(Level::Hold), "exactly a day from first to last");
    assert_eq!(hands(5, 6 * HOUR + 1), Some(Level::Review), "four within any day");
    assert_eq!(hands(60, MINUTE), Some(Level::Hold), "a farm with an address for each account");
    assert_eq!(hands(201, MINUTE), None, "everybody, everywhere: the name of a product");
}

#[test]
fn one_device_plays_for_several_at_once() {
    let both = |people: i64, lag: i64| {
        let mut log = Log::default();
        for person in 0..people {
            let at = NINE + person * (5 * MINUTE - lag);
            log.open(&name(person), "s1", at, "d1", "10.0.0.1").play(&name(person), "s1", "v1", at, 10);
        }
        log
    };
    let level = |log: &Log| log.level(Some("t0"), Kind::DeviceConcurrent);
    assert_eq!(level(&both(2, 0)), None, "handed over");
    // Stretches of `play` wobble by up to 82 ms; the first begins and the tenth ends at a fixed place.
    let wobble = (10 * 7919) % 83;
    assert_eq!(level(&both(2, 5_000 - wobble)), None, "exactly five seconds");
    assert_eq!(level(&both(2, 5_001 - wobble)), Some(Level::Hold));
    let eight = both(8, 5 * MINUTE - 1_000);
    let flag = eight.flags().into_iter().find(|flag| flag.kind == Kind::DeviceConcurrent).expect("a flag");
    assert_eq!((flag.people.len(), flag.evidence.len(), flag.level), (8, 8, Level::Hold));
    assert!(flag.chinese.starts_with("8 人在 2020-04-20 09:00-09:05 同一设备同时播放"), "{}", flag.chinese);
    assert_eq!(
        flag.id(),
        eight
            .flags_in(|examined| examined.reverse())
            .iter()
            .find(|f| f.kind == Kind::DeviceConcurrent)
            .expect("again")
            .id()
    );
}

#[test]
fn a_room_of_twenty_five_says_nothing_and_a_household_little() {
    let on_one_address = |people: i64| {
        let mut log = Log::default();
        for person in 0..people {
            let at = NINE + person * person * 1_700;
            let device = format!("d{person}");
            log.open(&name(person), "s1", at, &device, "10.0.0.1").play(
                &name(person),
                "s1",
                "v1",
                at + 4_000,
                20,
            );
        }
        log.flags().iter().map(|flag| (flag.kind, flag.level)).collect::<Vec<_>>()
    };
    let only_info = |flags: &[(Kind, Level)]| flags.iter().all(|flag| flag.1 == Level::Info);
    assert_eq!(on_one_address(1), Vec::new());
    assert_eq!(on_one_address(2), vec![(Kind::SharedIp, Level::Info)]);
    assert!(on_one_address(9).iter().any(|flag| flag.0 == Kind::SharedIp) && only_info(&on_one_address(9)));
    assert_eq!(on_one_address(10), Vec::new());
    assert_eq!(on_one_address(25), Vec::new());
}

/// Ten answers of which so many are wrong, all with the same wrong choice.
fn paper(wrong: usize, choice: &'static str) -> Vec<(&'static str, bool, i64)> {
    (0..10)
        .map(|item| {
            if item < wrong {
                (choice, false, item as i64 * 30_000 + 9_000)
            } else {
                ("A", true, item as i64 * 30_000 + 9_000)
            }
        })
        .collect()
}

#[test]
fn copied_papers_have_the_same_mistakes_at_the_same_time() {
    let copied = |wrong: usize, apart: i64, other: &'static str| {
        let mut log = Log::default();
        for (person, choice) in [(0, "B"), (1, other)] {
            let at = NINE + person * apart;
            log.open(&name(person), "s1", at, &format!("d{person}"), &format!("10.0.{person}.1"));
            log.quiz(&name(person), "s1", "q1", at + MINUTE, &paper(wrong, choice));
        }
        log.level(Some("t1"), Kind::QuizCopied)
    };
    assert_eq!(copied(3, MINUTE, "B"), None);
    assert_eq!(copied(4, MINUTE, "B"), Some(Level::Hold));
    assert_eq!(copied(5, 30 * MINUTE, "B"), Some(Level::Hold), "exactly half an hour");
    assert_eq!(copied(5, 30 * MINUTE + 1, "B"), None);
    assert_eq!(copied(5, MINUTE, "C"), None, "other mistakes");
}

#[test]
fn answers_that_a_second_account_finds_out() {
    let harvested = |wrong: usize, lag: i64, address: &str| {
        let mut log = Log::default();
        log.open("t0", "s1", NINE, "d0", "10.0.0.1").open("t1", "s1", NINE, "d1", address);
        for quiz in 0..2_i64 {
            let at = NINE + quiz * HOUR;
            log.quiz("t0", "s1", &format!("q{quiz}"), at, &paper(wrong, "B"));
            log.quiz("t1", "s1", &format!("q{quiz}"), at + lag, &paper(0, "B"));
        }
        (log.level(Some("t0"), Kind::AnswerHarvest), log.level(Some("t1"), Kind::AnswerHarvest))
    };
    let held = (Some(Level::Hold), Some(Level::Hold));
    assert_eq!(harvested(5, 5 * MINUTE, "10.0.0.1"), held, "ten items within exactly five minutes");
    assert_eq!(harvested(5, 5 * MINUTE + 1, "10.0.0.1"), (None, None));
    assert_eq!(harvested(4, MINUTE, "10.0.0.1"), (None, None), "eight items");
    assert_eq!(harvested(5, MINUTE, "10.0.0.2"), (None, None), "nothing shared");
    assert_eq!(harvested(5, -MINUTE, "10.0.0.1"), (None, None), "right before the other was wrong");
}

#[test]
fn a_list_that_is_worked_off() {
    let listed = |people: i64, gap: i64, wobble: i64, ip: Option<&str>| {
        let mut log = Log::default();
        for person in 0..people {
            let at = NINE + person * gap + person % 2 * wobble;
            let own = format!("10.1.{person}.1");
            log.open(&name(person), "s1", at, &format!("d{person}"), ip.unwrap_or(&own));
            log.watch(&name(person), "s1", "v1", (at + 5_000, at + 35_000), (0, 30_000));
        }
        log.level(Some("t0"), Kind::RosterLockstep)
    };
    let one = Some("10.0.0.1");
    assert_eq!(listed(4, 90_000, 0, one), None);
    assert_eq!(listed(5, 90_000, 0, one), Some(Level::Review));
    assert_eq!(listed(5, 90_000, 10_000, one), Some(Level::Review), "gaps of 80 and 100 s");
    assert_eq!(listed(5, 90_000, 10_100, one), None, "gaps of 79.9 and 100.1 s");
    assert_eq!(listed(12, 90_000, 0, one), Some(Level::Review), "a ring is no room");
    assert_eq!(listed(5, 90_000, 0, None), None, "each at home");
    assert_eq!(listed(9, 4_900, 0, one), None, "a class sits down");
}

#[test]
fn far_faster_than_people_in_general() {
    let answered = |people: i64, each: i64| {
        let mut log = Log::default();
        for person in 0..people {
            log.open(&name(person), "s1", NINE, &format!("d{person}"), &format!("10.1.{person}.1"));
            let each = if person == 0 { each } else { 60_000 };
            let answers: Vec<_> = (1..=5).map(|item| ("A", true, item * each)).collect();
            log.quiz(&name(person), "s1", "q1", NINE + person * HOUR, &answers);
        }
        log.level(Some("t0"), Kind::QuizTooFast)
    };
    assert_eq!(answered(41, 5_800), Some(Level::Review), "the mean is 58.7 s");
    assert_eq!(answered(41, 5_900), None, "fast, and fair");
    assert_eq!(answered(29, 4_000), None, "too few to compare with");
}

#[test]
fn a_platform_that_never_asks_and_a_player_that_ticks() {
    let mut log = Log::default();
    for person in 0..30 {
        log.open(&name(person), "s1", NINE, &format!("d{person}"), &format!("10.1.{person}.1"));
        for at in 0..121 {
            let begin = NINE + at * 30_000;
            log.watch(
                &name(person),
                "s1",
                "v1",
                (begin, begin + 30_000),
                (at % 39 * 30_000, (at % 39 + 1) * 30_000),
            );
        }
    }
    assert_eq!(log.level(None, Kind::NoPresence), Some(Level::Info));
    assert_eq!(log.level(Some("t0"), Kind::Metronome), None, "all of them tick: their player does");
    log.check("t3", "s1", NINE + MINUTE, "passed");
    assert_eq!(log.level(None, Kind::NoPresence), None);
}

#[test]
fn a_course_completed_by_too_many_in_a_day() {
    let completed = |today: i64, daily: i64| {
        let mut log = Log::default();
        let mut person = 0;
        for (day, count) in (0..14).map(|day| (day, daily)).chain([(14, today)]) {
            for _ in 0..count {
                let (who, begin) = (name(person), NINE + day * 24 * HOUR);
                person += 1;
                log.open(&who, "s1", begin, &format!("d{person}"), &format!("10.1.{person}.1"));
                for video in 0..10_i64 {
                    for at in 0..14 {
                        let start = begin + MINUTE + video * 22 * MINUTE + at * 90_000;
                        let to = ((at + 1) * 90_000).min(20 * MINUTE);
                        log.watch(
                            &who,
                            "s1",
                            &format!("v{video}"),
                            (start, start + to - at * 90_000),
                            (at * 90_000, to),
                        );
                    }
                }
                log.quiz(&who, "s1", "q1", begin + 5 * HOUR, &paper(0, "B"));
            }
        }
        log.level(None, Kind::CourseSpike)
    };
    assert_eq!(completed(19, 0), None);
    assert_eq!(completed(20, 0), Some(Level::Review));
    assert_eq!(completed(20, 4), None, "exactly five times the median");
    assert_eq!(completed(21, 4), Some(Level::Review));
}

#[test]
fn travel_holds_with_a_second_signal() {
    let mut log = Log::default();
    for (at, latitude) in [(NINE, 36.0), (NINE + MINUTE, 25.0)] {
        let data = json!({"session": format!("s{at}"), "method": "face", "verified": true, "device": "d1", "ip": "10.0.0.1",
            "location": {"longitude": 117.0, "latitude": latitude}});
        log.say("t0", "session.opened", at, at, data);
    }
    assert_eq!(log.level(Some("t0"), Kind::Travel), Some(Level::Info));
    for person in 1..5 {
        log.open(&name(person), "s1", NINE + person * HOUR, "d1", "10.0.0.1");
    }
    assert_eq!(log.level(Some("t0"), Kind::Travel), Some(Level::Hold));
}

#[test]
fn one_persons_evening_sent_again_for_another() {
    let replayed = |off: i64, apart: i64| {
        let mut log = Log::default();
        for person in 0..2 {
            let mut begin = NINE + person * apart;
            log.open(&name(person), "s1", begin, &format!("d{person}"), &format!("10.0.0.{person}"));
            for at in 0..20 {
                let length = 20_000 + at * 7_919 % 9_973 + if at % 3 == 0 { off * person } else { 0 };
                let content = (at * 30_000, at * 30_000 + length);
                log.watch(&name(person), "s1", "v1", (begin, begin + length), content);
                begin += length + at * 3_571 % 4_999;
            }
        }
        (log.level(Some("t0"), Kind::Metronome), log.level(Some("t1"), Kind::Metronome))
    };
    assert_eq!(replayed(0, 24 * HOUR), (Some(Level::Review), Some(Level::Review)));
    assert_eq!(replayed(19, 24 * HOUR), (Some(Level::Review), Some(Level::Review)), "with jitter");
    assert_eq!(replayed(20, 24 * HOUR), (None, None), "twenty milliseconds off");
    assert_eq!(replayed(0, MINUTE), (None, None), "a live lesson");
}

#[test]
fn thousands_on_one_device_are_one_case() {
    let mut log = Log::default();
    for person in 0..1_500 {
        let at = NINE + person * 40;
        log.open(&name(person), "s1", at, "d1", "10.0.0.1").watch(
            &name(person),
            "s1",
            "v1",
            (at, at + 80_000),
            (0, 80_000),
        );
    }
    let of = |kind: Kind| log.flags().into_iter().filter(|flag| flag.kind == kind).collect::<Vec<_>>();
    for kind in [Kind::DeviceConcurrent, Kind::DeviceShared] {
        let flags = of(kind);
        assert_eq!((flags.len(), flags[0].people.len(), flags[0].level), (1, 1_500, Level::Hold), "{kind}");
    }
}
