//! The short cut gives what the reference gives, for nasty sets of events in any order.

use keshi_events::{
    CourseId, EventId, Millis, PlatformId, QuizId, Score, SessionId, ThreadId, TraineeId, VideoId,
};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use proptest::prelude::*;

use crate::coverage::{Content, Density};
use crate::{
    Catalogue, Constants, Coverage, Evidence, Extent, Fact, NeedsHistory, Position, Rule, Standing, Stretch,
    Summary, judge,
};

/// 2020-04-20T23:55:00+08:00: what happens in the next ten minutes crosses midnight.
const EVENING: i64 = 1_587_398_100_000;

fn at(second: i64) -> Millis {
    Millis(EVENING + second * 1000)
}

fn fact() -> impl Strategy<Value = (i64, Fact)> {
    let session = prop::sample::select(vec!["s1", "s2", "s3"]).prop_map(SessionId::from);
    let moment = 0..600_i64;
    let offset = prop::sample::select(vec![None, None, Some(0), Some(-130), Some(7)]);
    let opened = (session.clone(), moment.clone(), prop::bool::weighted(0.9), offset).prop_map(
        |(session, time, verified, offset)| {
            let device_time = offset.map(|offset| at(time + offset));
            let (device, ip) = ("d".into(), "i".into());
            (time, Fact::Opened { session, verified, device_time, device, ip, method: "face" })
        },
    );
    let closed = (session.clone(), 300..700_i64).prop_map(|(session, time)| (time, Fact::Closed { session }));
    let presence = (session.clone(), moment.clone(), prop::option::of(0..150_i64)).prop_map(
        |(session, asked, answer)| {
            let passed_at = answer.map(|after| at(asked + after));
            let outcome = if answer.is_some() { "passed" } else { "missed" };
            (
                asked + answer.unwrap_or(60),
                Fact::Presence { session, prompted_at: at(asked), passed_at, outcome },
            )
        },
    );
    let wall = prop::sample::select(vec![10_000_i64, 29_997, 30_000, 30_000, 30_000, 45_000, 90_000, 90_001]);
    let speed = prop::sample::select(vec![
        (1, 1),
        (1, 1),
        (1, 1),
        (1, 2),
        (21, 20),
        (3, 2),
        (2, 1),
        (11, 5),
        (7, 3),
        (0, 1),
    ]);
    let watched =
        (session.clone(), moment.clone(), wall, speed, 0..300_i64, prop::sample::select(vec!["v1", "v2"]))
            .prop_map(|(session, start, wall, (up, down), from, video)| {
                let started_at = at(start);
                let stretch = Stretch {
                    session,
                    course: CourseId::from("C1"),
                    video: VideoId::from(video),
                    from_ms: from * 1000,
                    to_ms: from * 1000 + wall * up / down,
                    started_at,
                    ended_at: started_at + wall,
                };
                (start + wall / 1000, Fact::Watched(stretch))
            });
    let quiz = (session.clone(), moment.clone(), 0..11_i128).prop_map(|(session, time, score)| {
        let (course, quiz) = (CourseId::from("C1"), QuizId::from("q1"));
        (
            time,
            Fact::Quiz {
                session,
                course,
                quiz,
                submitted_at: at(time),
                score: Score(score),
                max_score: Score(10),
            },
        )
    });
    let asked = (session, moment).prop_map(|(session, time)| {
        (time, Fact::Asked { session, course: CourseId::from("C1"), thread: ThreadId::from("h") })
    });
    prop_oneof![3 => opened, 1 => closed, 3 => presence, 12 => watched, 1 => quiz, 1 => asked]
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let platform = prop::sample::select(vec!["p1", "p2"]).prop_map(PlatformId::from);
    let delay = prop::sample::select(vec![0_i64, 0, 0, 0, 1, -20, -16, 500, 601, 700, 86_400, 259_201]);
    (platform, fact(), delay).prop_map(|(platform, (time, fact), delay)| Evidence {
        seq: 0,
        received_at: at(time + delay),
        platform,
        id: EventId::from(""),
        time: at(time),
        fact,
    })
}

/// Distinct events: each has an id of its own, and its place in the log.
fn history(most: usize) -> impl Strategy<Value = Vec<Evidence>> {
    prop::collection::vec(evidence(), 1..most).prop_map(|mut events| {
        for (index, event) in events.iter_mut().enumerate() {
            event.seq = index as u64;
            event.id = EventId::from(format!("e{}", (index * 7) % 31 + 100 * (index / 31)));
        }
        events
    })
}

/// Mostly an honest evening in order, with a few nasty events thrown in: the short cut must be taken, and be right.
fn evening() -> impl Strategy<Value = Vec<Evidence>> {
    (10..60_i64, prop::collection::vec(evidence(), 0..4), any::<prop::sample::Index>()).prop_map(
        |(count, nasty, place)| {
            let session = || SessionId::from("s1");
            let event = |time: i64, fact: Fact| Evidence {
                seq: 0,
                received_at: at(time),
                platform: PlatformId::from("p1"),
                id: EventId::from(""),
                time: at(time),
                fact,
            };
            let opening = Fact::Opened {
                session: session(),
                verified: true,
                device_time: None,
                device: "d".into(),
                ip: "i".into(),
                method: "face",
            };
            let mut events = vec![event(0, opening)];
            for n in 0..count {
                let started_at = Millis(at(n * 30).0 - n % 3);
                events.push(event(
                    n * 30 + 30,
                    Fact::Watched(Stretch {
                        session: session(),
                        course: CourseId::from("C1"),
                        video: VideoId::from("v1"),
                        from_ms: n * 30_000,
                        to_ms: n * 30_000 + 30_000,
                        started_at,
                        ended_at: started_at + 30_000,
                    }),
                ));
            }
            for stranger in nasty {
                let index = place.index(events.len());
                events.insert(index, stranger);
            }
            for (index, event) in events.iter_mut().enumerate() {
                event.seq = index as u64;
                event.id = EventId::from(format!("e{index}"));
            }
            events
        },
    )
}

fn reference(events: &[Evidence]) -> Summary {
    let (constants, catalogue, trainee) = (Constants::default(), Catalogue::default(), TraineeId::from("t1"));
    judge(&trainee, events, false, &constants, &catalogue).summary
}

/// Folds event by event, falling back on history where the short cut is not certain. Also says how often it was taken.
fn folded(events: &[Evidence]) -> (Summary, usize) {
    let (constants, catalogue, trainee) = (Constants::default(), Catalogue::default(), TraineeId::from("t1"));
    let rule = Rule { constants: &constants, catalogue: &catalogue, trainee: &trainee };
    let mut standing = Standing::default();
    let mut short = 0;
    for (count, event) in events.iter().enumerate() {
        match standing.fold(event, rule) {
            Ok(()) => short += 1,
            Err(NeedsHistory) => {
                let so_far = events.get(..=count).expect("a prefix");
                standing = Standing::of(judge(&trainee, so_far, false, &constants, &catalogue));
            }
        }
    }
    (standing.summary().clone(), short)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn standing_equals_the_reference(events in history(24)) {
        prop_assert_eq!(folded(&events).0, reference(&events));
    }

    #[test]
    fn order_does_not_matter((events, shuffled) in history(16).prop_flat_map(|events| {
        let shuffled = Just(events.clone()).prop_shuffle();
        (Just(events), shuffled)
    })) {
        prop_assert_eq!(reference(&events), reference(&shuffled));
        prop_assert_eq!(folded(&shuffled).0, reference(&events));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn honest_evenings_take_the_short_cut(events in evening()) {
        let (summary, short) = folded(&events);
        prop_assert_eq!(summary, reference(&events));
        prop_assert!(short * 2 > events.len() || events.len() < 20, "{} of {}", short, events.len());
    }

    #[test]
    fn coverage_equals_a_plain_sum_over_points(pieces in prop::collection::vec((0..60_i64, 1..40_i64, 1..4_i64, 1..5_i64), 1..12), end in 1..70_i64) {
        let mut coverage = Coverage::default();
        for (from, length, up, down) in &pieces {
            coverage.add(&content(*from, *length, *up, *down));
        }
        let (mut verified, mut unique) = (BigRational::zero(), BigRational::zero());
        let step = BigRational::new(BigInt::one(), BigInt::from(3));
        for third in 0..end * 3 {
            let here = Position::new(third, 3);
            let over = pieces.iter().map(|(f, l, u, d)| content(*f, *l, *u, *d)).filter(|c| c.from <= here && here < c.to);
            let (mut sum, mut any) = (BigRational::zero(), false);
            for piece in over {
                any = true;
                sum += match piece.density { Density::Full => BigRational::one(), Density::Part(share) => share };
            }
            verified += sum.min(BigRational::one()) * &step;
            unique += if any { step.clone() } else { BigRational::zero() };
        }
        prop_assert_eq!(coverage.verified(Extent::Registered(end)), verified);
        prop_assert_eq!(coverage.unique(Extent::Registered(end)), unique);
    }
}

/// Content from a third to a third of a millisecond.
fn content(from: i64, length: i64, up: i64, down: i64) -> Content {
    let density =
        if up >= down { Density::Full } else { Density::Part(BigRational::new(up.into(), down.into())) };
    Content {
        from: Position::new(from, 3),
        to: Position::new(from + length, 3) + Position::new(length, 3),
        density,
    }
}
