//! The truth of the books against the rule, bytes against bytes, messages against the contract.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use keshi_events::{CourseId, Kind, Millis, Origin, Said, TraineeId, decode};
use keshi_record::{
    Catalogue, Constants, Report, Rule, TraineeRecord, completion, distinct, judge, recompute,
};
use keshi_registry::{NothingKnown, RegistryFile};

use crate::{Class, Config, Simulated, Tally, TruthLine, live};

fn small(seed: u64) -> Config {
    Config { trainees: 30, seed, dishonest_per_mille: 200, class_hours: 5, ..Config::default() }
}

fn registry(simulated: &Simulated) -> RegistryFile {
    RegistryFile::parse_strict(simulated.registry.get().as_bytes()).expect("a good registry")
}

fn judged(simulated: &Simulated) -> (Report, Catalogue) {
    let catalogue = registry(simulated).catalogue();
    (recompute(&simulated.messages, Origin::File, &Constants::default(), &catalogue), catalogue)
}

#[test]
fn the_same_seed_gives_the_same_bytes_at_once_or_one_by_one() {
    let folders = [1, 2, 3].map(|_| tempfile::tempdir().expect("a folder"));
    let tally = Class::begin(&small(7)).write_files(folders[0].path()).expect("files");
    let simulated = Class::generate(&small(7));
    simulated.write_files(folders[1].path()).expect("files");
    Class::begin(&small(8)).write_files(folders[2].path()).expect("files");
    assert_eq!(tally, Tally { messages: simulated.messages.len() as u64, trainees: 30, dishonest: 6 });
    for name in ["log.jsonl", "registry.json", "truth.jsonl"] {
        let read = |index: usize| std::fs::read(folders[index].path().join(name)).expect("a file");
        assert!(!read(0).is_empty() && read(0) == read(1), "{name}");
        assert_ne!(read(0), read(2), "{name} of another seed");
    }
}

#[test]
fn every_message_keeps_the_contract() {
    let simulated = Class::generate(&small(8));
    let (mut kinds, mut ids, mut repeats, mut binary) = (BTreeSet::new(), BTreeSet::new(), 0, 0);
    for (number, message) in (1..).zip(&simulated.messages) {
        let event = decode(message, Origin::File).unwrap_or_else(|rejection| panic!("{rejection}"));
        assert_eq!(message.seq, number);
        assert!((40..2_000).contains(&message.payload.len()));
        kinds.insert(event.said.kind().as_str());
        repeats += u32::from(!ids.insert((event.platform.to_owned(), event.id.to_string())));
        binary += u32::from(message.header("ce-id").is_some());
    }
    assert_eq!(kinds.len(), Kind::ALL.len(), "{kinds:?}");
    assert!(repeats > 0 && binary > 0);
    assert!(simulated.messages.is_sorted_by_key(|message| (message.received_at, message.seq)));
    let end = Millis::parse_rfc3339("2020-06-30T00:00:00+08:00").expect("a time");
    assert!(simulated.messages.iter().all(|message| message.received_at < end));
}

#[test]
fn the_rule_finds_what_the_books_say() {
    for seed in 1..=12 {
        let simulated = Class::generate(&small(seed));
        let (report, catalogue) = judged(&simulated);
        let records: BTreeMap<&TraineeId, _> = report.trainees.iter().map(|t| (&t.trainee, t)).collect();
        for line in &simulated.truth {
            let record = records[&TraineeId::from(line.trainee.as_str())];
            let found: BTreeMap<String, i64> =
                record.courses.iter().map(|c| (c.course.to_string(), c.verified_seconds)).collect();
            assert_eq!(found, line.verified_seconds, "seed {seed}: {} {}", line.trainee, line.persona);
            let harmless = ["clock-skew", "late-upload"];
            assert!(
                !line.honest || record.flags.iter().all(|flag| harmless.contains(&flag.as_str())),
                "seed {seed}: {} {:?}",
                line.trainee,
                record.flags
            );
            for course in &record.courses {
                let lengths = &catalogue.course(&course.course).expect("registered").videos;
                assert!(course.videos.iter().all(|video| video.verified_ms <= lengths[&video.video]));
            }
        }
        assert!(report.duplicates > 0 && report.rejected.is_empty());
    }
}

#[test]
fn most_honest_people_complete_a_whole_course_and_no_dishonest_one_does() {
    let config = Config { trainees: 40, seed: 3, dishonest_per_mille: 250, ..Config::default() };
    let simulated = Class::generate(&config);
    let (constants, catalogue) = (Constants::default(), registry(&simulated).catalogue());
    let mut events: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for message in &simulated.messages {
        let event = decode(message, Origin::File).expect("valid");
        events.entry(event.trainee.to_string()).or_default().push(event);
    }
    let completed = |line: &TruthLine| {
        let (trainee, course) = (TraineeId::from(line.trainee.as_str()), line.verified_seconds.keys().next());
        let course = CourseId::from(course.expect("a course").as_str());
        let kept = distinct(&events[&line.trainee]);
        let account = judge(&trainee, &kept.events, kept.changed, &constants, &catalogue);
        let record = TraineeRecord::of(&trainee, &account.summary, &constants, &catalogue);
        assert_eq!(record.courses[0].verified_seconds, line.verified_seconds[course.as_str()], "{trainee}");
        let rule = Rule { constants: &constants, catalogue: &catalogue, trainee: &trainee };
        completion(&course, catalogue.course(&course).expect("registered"), &account, rule).is_some()
    };
    let (honest, dishonest): (Vec<_>, Vec<_>) = simulated.truth.iter().partition(|line| line.honest);
    assert_eq!(dishonest.iter().filter(|line| completed(line)).count(), 0);
    assert!(honest.iter().filter(|line| completed(line)).count() >= 20);
    assert!(honest.iter().any(|line| !completed(line)));
}

#[test]
fn the_dishonest_are_as_many_as_asked_for_and_gain_next_to_nothing() {
    let class = |trainees, dishonest_per_mille| Config { trainees, dishonest_per_mille, ..small(5) };
    for (config, count) in [(class(30, 50), 2), (class(29, 50), 1), (class(10, 1000), 10), (class(4, 0), 0)] {
        let simulated = Class::generate(&Config { evenings: 2, ..config });
        let dishonest: Vec<_> = simulated.truth.iter().filter(|line| !line.honest).collect();
        assert_eq!(dishonest.len(), count);
        for line in dishonest {
            let seconds: i64 = line.verified_seconds.values().sum();
            assert!(seconds == 0 || line.persona == "idle-bot" && seconds <= 2 * 1_800, "{line:?}");
            assert!(!line.flags.is_empty());
        }
    }
}

#[test]
fn the_registry_is_whole_and_its_people_have_numbers_of_their_own() {
    let config = Config { trainees: 13_000, evenings: 0, ..small(6) };
    let simulated = Class::generate(&config);
    let file = registry(&simulated);
    assert_eq!(file.validate(&NothingKnown), Vec::new());
    assert!(file.courses.iter().all(|course| course.duration_ms() == Some(5 * 40 * 60_000)));
    let (mut numbers, mut phones) = (BTreeSet::new(), BTreeSet::new());
    for (_, person) in file.persons() {
        let number = person.id_number.clone().expect("a number");
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
        let digit = |c: char| c.to_digit(10).unwrap_or(10);
        let sum: u32 = number.chars().map(digit).zip(weights).map(|(digit, weight)| digit * weight).sum();
        assert!(number.starts_with("3701") && number.len() == 18 && sum % 11 == 1, "{number}");
        assert!(
            numbers.insert(number) && phones.insert(person.phone.clone().filter(|phone| phone.len() == 11))
        );
    }
    assert_eq!((numbers.len(), file.enrolments.len()), (13_000, 13_000));
}

#[test]
fn a_class_in_progress_keeps_little() {
    let mut running =
        Class::begin(&Config { trainees: 200, dishonest_per_mille: 0, evenings: 3, ..small(9) });
    let mut most = 0;
    while running.next().is_some() {
        most = most.max(running.on_the_way());
    }
    assert!(most < 2_000, "{most}");
}

#[test]
fn a_live_evening_goes_at_the_rate_that_was_asked_for() {
    let begun = Millis(1_700_000_000_000);
    let config = Config { dishonest_per_mille: 0, ..small(10) }.live(begun, 10).at_rate(50);
    let simulated = Class::generate(&config);
    let until =
        |minutes: i64| simulated.messages.iter().filter(|m| m.received_at < begun + minutes * 60_000).count();
    let rate = (until(10) - until(2)) / (8 * 60);
    assert!((45..=55).contains(&rate), "{rate}");
    let (report, _) = judged(&simulated);
    let excluded: i64 = report.trainees.iter().flat_map(|t| t.excluded_ms.values()).sum();
    assert_eq!(excluded, 0);
}

#[test]
fn live_hands_out_everything_in_order_and_in_time() {
    let simulated = Class::generate(&Config { trainees: 3, evenings: 1, ..small(11) });
    let first = simulated.messages[0].received_at;
    let all = simulated.messages.len();
    let passing = Cell::new(first + -1);
    // Every look at the clock takes it a minute further: nothing is waited for.
    let clock = || {
        passing.set(passing.get() + 60_000);
        passing.get()
    };
    let end = first + 3_600_000;
    let mut seen = Vec::new();
    let handed_out =
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(
            live(simulated.messages.into_iter(), end, clock, async |batch: Vec<_>| {
                seen.extend(batch.iter().map(|message| (message.seq, message.received_at)));
                Ok::<(), ()>(())
            }),
        );
    assert_eq!(handed_out, Ok(seen.len() as u64));
    assert!(seen.iter().map(|(seq, _)| *seq).eq(1..=seen.len() as u64));
    assert!(seen.len() < all && seen.iter().all(|(_, at)| *at < end));
}

#[test]
fn repeats_are_the_very_same_event() {
    let simulated = Class::generate(&small(12));
    let mut by_id = BTreeMap::new();
    for message in &simulated.messages {
        let event = decode(message, Origin::File).expect("valid");
        let first = by_id.entry(event.id.to_string()).or_insert_with(|| message.payload.clone());
        assert_eq!(*first, message.payload);
        if let Said::Watched(watched) = &event.said {
            assert!(watched.to_ms > watched.from_ms);
        }
    }
}

#[test]
fn a_live_evening_can_follow_a_class_in_the_same_log() {
    let class = Class::generate(&small(13));
    let later = Millis::parse_rfc3339("2020-05-20T19:00:00+08:00").expect("a time");
    let evening = Class::generate(&Config { dishonest_per_mille: 0, ..small(13) }.live(later, 10));
    let mut messages = class.messages.clone();
    let offset = messages.len() as u64;
    messages.extend(evening.messages.into_iter().map(|mut message| {
        message.seq += offset;
        message
    }));
    let (before, catalogue) = judged(&class);
    let after = recompute(&messages, Origin::File, &Constants::default(), &catalogue);
    for (before, after) in before.trainees.iter().zip(&after.trainees) {
        assert_eq!(after.excluded_ms, before.excluded_ms, "{}", before.trainee);
        assert!(after.attested_ms > before.attested_ms && after.courses.len() == 1, "{}", before.trainee);
    }
}

#[test]
fn the_rule_finds_what_the_books_of_everybody_say() {
    for seed in 1..=2 {
        let config =
            Config { everybody: true, trainees: 260, evenings: 18, dishonest_per_mille: 300, ..small(seed) };
        let simulated = Class::generate(&config);
        let (report, _) = judged(&simulated);
        let records: BTreeMap<&TraineeId, _> = report.trainees.iter().map(|t| (&t.trainee, t)).collect();
        let mut personas = BTreeSet::new();
        for line in &simulated.truth {
            personas.insert(line.persona.as_str());
            let record = records[&TraineeId::from(line.trainee.as_str())];
            let found: BTreeMap<String, i64> =
                record.courses.iter().map(|c| (c.course.to_string(), c.verified_seconds)).collect();
            let mut said = line.verified_seconds.clone();
            said.retain(|course, seconds| *seconds > 0 || found.contains_key(course)); // never played, never listed
            assert_eq!(found, said, "seed {seed}: {} {}", line.trainee, line.persona);
        }
        assert!(personas.len() >= 35, "{personas:?}");
        assert!(report.rejected.is_empty());
    }
}
