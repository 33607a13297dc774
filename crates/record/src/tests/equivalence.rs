//! The short cut gives what the reference gives, for nasty sets of events in any order.

use keshi_events::{
    CourseId, EventId, Millis, PlatformId, QuizId, Score, SessionId, ThreadId, TraineeId, VideoId,
};
use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::{One, Zero};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::coverage::{Content, Density};
use crate::{
    Approval, Catalogue, Constants, Course, Coverage, Evidence, Extent, Fact, NeedsHistory, Position, Rule,
    Standing, Stretch, Summary, completion, judge,
};

/// 2020-04-20T23:55:00+08:00: what happens in the next ten minutes crosses midnight.
const EVENING: i64 = 1_587_398_100_000;

fn at(second: i64) -> Millis {
    Millis(EVENING + second * 1000)
}

/// A millisecond beside the whole second, now and then.
fn beside() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![0_i64, 0, 0, -1, 1])
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
    let answer = prop_oneof![2 => Just(None), 3 => (0..150_i64).prop_map(Some), 2 => Just(Some(60))];
    let presence = (session.clone(), moment.clone(), answer, beside(), any::<bool>()).prop_map(
        |(session, asked, answer, beside, failed)| {
            let passed_at = answer.map(|after| at(asked + after) + beside.max(-after));
            let outcome = match (answer, failed) {
                (Some(_), _) => "passed",
                (None, true) => "failed",
                (None, false) => "missed",
            };
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
    let watched = (
        session.clone(),
        (moment.clone(), beside()),
        wall,
        speed,
        0..300_i64,
        prop::sample::select(vec!["v1", "v2"]),
    )
        .prop_map(|(session, (start, beside), wall, (up, down), from, video)| {
            let started_at = at(start) + beside;
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
    let delay = prop::sample::select(vec![
        0_i64, 0, 0, 0, 1, -20, -16, -15, 500, 600, 601, 700, 86_400, 259_200, 259_201,
    ]);
    (platform, fact(), delay, beside()).prop_map(|(platform, (time, fact), delay, beside)| Evidence {
        seq: 0,
        received_at: at(time + delay) + beside,
        platform,
        id: EventId::from(""),
        time: at(time),
        fact,
    })
}

/// Distinct events: each has an id of its own, and its place in the log.
pub(super) fn history(most: usize) -> impl Strategy<Value = Vec<Evidence>> {
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

/// More separate stretches than a standing keeps apart, in two sessions by turns, with nasty events among and after them.
fn long_day() -> impl Strategy<Value = Vec<Evidence>> {
    let stretches = prop::collection::vec((0..40_i64, 0..8_usize, 0..20_i64), 40..110);
    (stretches, prop::collection::vec((evidence(), any::<prop::sample::Index>()), 1..8)).prop_map(
        |(stretches, nasty)| {
            let session = |n: usize| SessionId::from(if n == 0 { "s2" } else { "s1" });
            let mut events = Vec::new();
            for n in 0..2 {
                let fact = Fact::Opened {
                    session: session(n),
                    verified: true,
                    device_time: None,
                    device: "d".into(),
                    ip: "i".into(),
                    method: "face",
                };
                events.push((at(0), fact));
            }
            let mut clock = at(10);
            for (pause, turn, shift) in stretches {
                // Most follow after a pause; some reach back into those before.
                let started_at = clock + (pause * 1000 - 8000).max(-200);
                clock = clock.max(started_at + 30_000);
                events.push((
                    started_at + 30_000,
                    Fact::Watched(Stretch {
                        session: session(turn),
                        course: CourseId::from("C1"),
                        video: VideoId::from("v1"),
                        from_ms: shift * 10_000,
                        to_ms: shift * 10_000 + 30_000,
                        started_at,
                        ended_at: started_at + 30_000,
                    }),
                ));
            }
            let mut events: Vec<Evidence> = events
                .into_iter()
                .map(|(time, fact)| Evidence {
                    seq: 0,
                    received_at: time,
                    platform: PlatformId::from("p1"),
                    id: EventId::from(""),
                    time,
                    fact,
                })
                .collect();
            for (stranger, place) in nasty {
                events.insert(place.index(events.len() + 1), stranger);
            }
            for (index, event) in events.iter_mut().enumerate() {
                event.seq = index as u64;
                event.id = EventId::from(format!("e{index}"));
            }
            events
        },
    )
}

/// Approvals and limits as the register may come to hold them.
fn catalogue() -> impl Strategy<Value = Catalogue> {
    let names = || (prop::sample::select(vec!["p1", "p2"]), prop::sample::select(vec!["s1", "s2", "s3"]));
    let session = (names(), prop::sample::select(vec!["t1", "t2"])).prop_map(|((platform, session), who)| {
        Approval::Session { platform: platform.into(), trainee: who.into(), session: session.into() }
    });
    let outage =
        (names(), 0..600_i64, 0..400_i64, beside()).prop_map(|((platform, _), from, long, beside)| {
            Approval::Outage {
                platform: platform.into(),
                from: at(from) + beside,
                to: at(from + long) + beside,
            }
        });
    let approvals = prop::collection::btree_set(prop_oneof![session, outage], 0..5);
    let limit = prop::sample::select(vec![0_i64, 29_997, 30_000, 45_000, 90_001]).prop_map(Some);
    (approvals, prop_oneof![2 => Just(None), 1 => limit]).prop_map(|(approvals, limit)| Catalogue {
        courses: None,
        approvals,
        max_stretch_ms: limit.map(|ms| (PlatformId::from("p2"), ms)).into_iter().collect(),
    })
}

/// A course of one or two short videos and a quiz; perhaps only registered after some events, or then with other durations.
fn course() -> impl Strategy<Value = Catalogue> {
    (prop::sample::select(vec![30_000_i64, 45_000, 60_000, 200_000, 600_000]), any::<bool>()).prop_map(
        |(duration, both)| {
            let videos = ["v1", "v2"].into_iter().take(1 + usize::from(both));
            let course = Course {
                videos: videos.map(|video| (VideoId::from(video), duration)).collect(),
                quizzes: [(QuizId::from("q1"), Ratio::new(0, 10))].into_iter().collect(),
                ..Course::default()
            };
            Catalogue {
                courses: Some([(CourseId::from("C1"), course)].into_iter().collect()),
                ..Catalogue::default()
            }
        },
    )
}

/// The completion after every event, by the standing where it can tell, beside that of the reference. Also says how often it
/// could not tell.
fn completions(events: &[Evidence], catalogues: &[(usize, &Catalogue)]) -> Result<usize, TestCaseError> {
    let (constants, trainee, id) = (Constants::default(), TraineeId::from("t1"), CourseId::from("C1"));
    let mut standing = Standing::default();
    let mut unknown = 0;
    for (count, event) in events.iter().enumerate() {
        let Some((_, catalogue)) = catalogues.iter().rfind(|(from, _)| *from <= count) else { continue };
        let rule = Rule { constants: &constants, catalogue, trainee: &trainee };
        let so_far = events.get(..=count).expect("a prefix");
        let account = judge(&trainee, so_far, false, &constants, catalogue);
        if standing.fold(event, rule).is_err() {
            standing = Standing::of(account.clone(), rule);
        }
        // As the projector writes it, and reads it again.
        if event.seq % 7 == 6 {
            let bytes = postcard::to_stdvec(&standing).expect("a standing");
            standing = postcard::from_bytes(&bytes).expect("the same standing");
        }
        let Some(course) = catalogue.course(&id) else { continue };
        match standing.completion(&id, course, rule) {
            Ok(completed) => prop_assert_eq!(completed, completion(&id, course, &account, rule)),
            Err(NeedsHistory) => {
                unknown += 1;
                standing = Standing::of(account.clone(), rule);
                let again = standing.completion(&id, course, rule);
                prop_assert_eq!(again, Ok(completion(&id, course, &account, rule)));
            }
        }
    }
    Ok(unknown)
}

fn reference(events: &[Evidence], catalogue: &Catalogue) -> Summary {
    judge(&TraineeId::from("t1"), events, false, &Constants::default(), catalogue).summary
}

/// Folds event by event, falling back on history where the short cut is not certain. Also says how often it was taken.
fn folded(events: &[Evidence]) -> (Summary, usize) {
    let catalogue = Catalogue::default();
    folded_under(events, &[(0, &catalogue)])
}

/// The same while the register changes: from the n-th event on another catalogue holds, and what was is judged anew.
fn folded_under(events: &[Evidence], catalogues: &[(usize, &Catalogue)]) -> (Summary, usize) {
    let (constants, trainee) = (Constants::default(), TraineeId::from("t1"));
    let mut catalogue = catalogues.first().expect("a catalogue").1;
    let anew = |count: usize, catalogue: &Catalogue| {
        let so_far = events.get(..count).expect("a prefix");
        let rule = Rule { constants: &constants, catalogue, trainee: &trainee };
        Standing::of(judge(&trainee, so_far, false, &constants, catalogue), rule)
    };
    let mut standing = Standing::default();
    let mut short = 0;
    for (count, event) in events.iter().enumerate() {
        for (_, other) in catalogues.iter().filter(|(from, _)| *from == count && count > 0) {
            catalogue = other;
            standing = anew(count, catalogue);
        }
        match standing.fold(event, Rule { constants: &constants, catalogue, trainee: &trainee }) {
            Ok(()) => short += 1,
            Err(NeedsHistory) => standing = anew(count + 1, catalogue),
        }
    }
    (standing.summary().clone(), short)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn standing_equals_the_reference(events in history(24)) {
        prop_assert_eq!(folded(&events).0, reference(&events, &Catalogue::default()));
    }

    #[test]
    fn approvals_and_limits_that_come_later_are_as_if_they_had_always_been((events, from) in history(20).prop_flat_map(|events| {
        let length = events.len();
        (Just(events), 0..length)
    }), before in catalogue(), after in catalogue()) {
        let holds = if from == 0 { vec![(0, &after)] } else { vec![(0, &before), (from, &after)] };
        prop_assert_eq!(folded_under(&events, &holds).0, reference(&events, &after));
    }

    #[test]
    fn order_does_not_matter((events, shuffled) in history(16).prop_flat_map(|events| {
        let shuffled = Just(events.clone()).prop_shuffle();
        (Just(events), shuffled)
    })) {
        let expected = reference(&events, &Catalogue::default());
        prop_assert_eq!(&reference(&shuffled, &Catalogue::default()), &expected);
        prop_assert_eq!(folded(&shuffled).0, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn completions_equal_the_reference((events, from) in history(20).prop_flat_map(|events| {
        let length = events.len();
        (Just(events), 0..length)
    }), before in course(), after in course()) {
        completions(&events, &[(0, &before), (from, &after)])?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn long_days_equal_the_reference(events in long_day()) {
        prop_assert_eq!(folded(&events).0, reference(&events, &Catalogue::default()));
    }

    #[test]
    fn completions_of_evenings_equal_the_reference(mut events in evening(), passed in 0..40_usize, late in any::<prop::sample::Index>(), by in 0..20_usize, course in course()) {
        let quiz = Fact::Quiz {
            session: SessionId::from("s1"),
            course: CourseId::from("C1"),
            quiz: QuizId::from("q1"),
            submitted_at: at(100),
            score: Score(10),
            max_score: Score(10),
        };
        let place = passed.min(events.len());
        let (seq, id) = (1000, EventId::from("quiz"));
        events.insert(place, Evidence { seq, received_at: at(101), platform: PlatformId::from("p1"), id, time: at(100), fact: quiz });
        // One event comes late, as a bad network brings it.
        let from = late.index(events.len());
        let to = (from + by).min(events.len() - 1);
        let event = events.remove(from);
        events.insert(to, event);
        let unknown = completions(&events, &[(0, &course)])?;
        prop_assert!(unknown * 4 < events.len(), "{} of {}", unknown, events.len());
    }

    #[test]
    fn honest_evenings_take_the_short_cut(events in evening()) {
        let (summary, short) = folded(&events);
        prop_assert_eq!(summary, reference(&events, &Catalogue::default()));
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
                sum += match piece.density { Density::Full => BigRational::one(), Density::Part(share) => *share };
            }
            verified += sum.min(BigRational::one()) * &step;
            unique += if any { step.clone() } else { BigRational::zero() };
        }
        prop_assert_eq!(coverage.verified(Extent::Registered(end)).exact(), verified);
        prop_assert_eq!(coverage.unique(Extent::Registered(end)).exact(), unique);
    }
}

/// Content from a third to a third of a millisecond.
fn content(from: i64, length: i64, up: i64, down: i64) -> Content {
    let density = if up >= down {
        Density::Full
    } else {
        Density::Part(Box::new(BigRational::new(up.into(), down.into())))
    };
    Content {
        from: Position::new(from, 3),
        to: Position::new(from + length, 3) + Position::new(length, 3),
        density,
    }
}
