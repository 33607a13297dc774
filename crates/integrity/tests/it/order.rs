//! The same set of events gives the same flags, in whatever order events and trainees come.

use std::collections::BTreeSet;

use keshi_integrity::Kind;
use proptest::prelude::*;

use crate::given::{HOUR, Log, MINUTE, NINE};

/// People whose devices, addresses and papers meet, some of them.
fn city(plan: &[(i64, i64, i64, usize)]) -> Log {
    let mut log = Log::default();
    for (person, (start, device, address, wrong)) in plan.iter().enumerate() {
        let (who, at) = (format!("t{person}"), NINE + start * MINUTE);
        log.open(&who, "s1", at, &format!("d{device}"), &format!("10.0.0.{address}"));
        log.play(&who, "s1", "v1", at + 4_000, 12);
        log.check(&who, "s1", at + 5 * MINUTE, if wrong % 2 == 0 { "missed" } else { "passed" });
        let answers: Vec<_> =
            (0..8).map(|item| if item < *wrong { ("B", false) } else { ("A", true) }).collect();
        let answers: Vec<_> =
            answers.into_iter().zip(1..).map(|((choice, right), n)| (choice, right, n * 2_000)).collect();
        log.quiz(&who, "s1", "q1", at + HOUR, &answers);
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn order_does_not_matter(
        plan in prop::collection::vec((0..90_i64, 0..4_i64, 0..3_i64, 0..8_usize), 1..12),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..40),
    ) {
        let mut log = city(&plan);
        let flags = log.flags();
        for (a, b) in &swaps {
            let all = log.messages.len();
            log.messages.swap(a.index(all), b.index(all));
        }
        let shuffled = log.flags_in(|examined| {
            for (a, b) in &swaps {
                let all = examined.len();
                examined.swap(a.index(all), b.index(all));
            }
        });
        prop_assert_eq!(flags, shuffled);
    }
}

/// Enough people at one quiz for chance to explain likenesses, and few enough devices and addresses to be shared.
fn class(plan: &[(i64, u32, u32, i64, i64)]) -> Log {
    let mut log = Log::default();
    for (person, (start, wrong, choice, device, address)) in plan.iter().enumerate() {
        let (who, at) = (format!("t{person}"), NINE + start * MINUTE);
        log.open(&who, "s1", at, &format!("d{device}"), &format!("10.0.0.{address}"));
        let answer = |item: i64| match (wrong >> item & 1, choice >> item & 1) {
            (0, _) => ("A", true, item * 9_000),
            (_, 0) => ("B", false, item * 9_000),
            _ => ("C", false, item * 9_000),
        };
        log.quiz(&who, "s1", "q1", at + MINUTE, &(0..10).map(answer).collect::<Vec<_>>());
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// `flags` compares one pass with judging key by key.
    #[test]
    fn a_class_is_judged_alike_by_parts(
        plan in prop::collection::vec(
            (0..400_i64, 0..1024_u32, any::<u32>().prop_map(|bits| bits & bits >> 7 & bits >> 13), 0..80_i64, 0..30_i64),
            45..75,
        ),
    ) {
        class(&plan).flags();
    }

    /// What is found by the choices is what laying all pairs side by side finds.
    #[test]
    fn copied_papers_are_those_of_all_pairs(
        plan in prop::collection::vec(
            (0..120_i64, 0..1024_u32, any::<u32>().prop_map(|bits| bits & bits >> 7), 0..80_i64, 0..30_i64),
            2..50,
        ),
    ) {
        let copied = class(&plan).flags().into_iter().filter(|flag| flag.kind == Kind::QuizCopied);
        let found: BTreeSet<Vec<String>> =
            copied.map(|flag| flag.people.iter().map(ToString::to_string).collect()).collect();
        let mut expected = BTreeSet::new();
        for (a, one) in plan.iter().enumerate() {
            for (b, other) in plan.iter().enumerate().skip(a + 1) {
                let joint = one.1 & other.1 & 0x3ff;
                let differs = joint & (one.2 ^ other.2) != 0;
                if (one.0 - other.0).abs() <= 30 && joint.count_ones() >= 4 && !differs {
                    let mut pair = vec![format!("t{a}"), format!("t{b}")];
                    pair.sort();
                    expected.insert(pair);
                }
            }
        }
        prop_assert_eq!(found, expected);
    }
}
