//! A pattern of delays that was there before: in another session of the same person here, in other people's in the crowd.

use std::collections::{BTreeSet, HashMap};

use keshi_events::{Millis, PlatformId};
use keshi_record::Judged;

use super::tick;
use crate::flag::{Flag, Kind, Level};
use crate::traces::{EventName, Recording, hash};
use crate::trail::{Sitting, Trail};

/// One in so many windows is kept for comparison with others.
const KEPT_ONE_IN: u64 = 8;

/// A flag of something that a platform's player may do by itself.
type OnPlatform<'t> = (&'t PlatformId, Flag);
/// The hash of a window's delays, and its beginning.
type Pattern = (u64, Millis);

/// Exact repetitions within one person's sessions, and the hashes to look for in other people's.
pub(super) fn again<'t>(trail: &'t Trail<'_>) -> (Vec<OnPlatform<'t>>, Vec<Pattern>) {
    let (mut shapes, mut arrivals) = (Seen::default(), Seen::default());
    let (mut found, mut patterns) = (Vec::new(), Vec::new());
    for sitting in &trail.sittings {
        for (seen, delays) in [(&mut shapes, shape(trail, sitting)), (&mut arrivals, lateness(sitting))] {
            let windows: Vec<Window<'_, '_>> = windows(trail, sitting, &delays).collect();
            // A replay begins at the beginning, more often than not: the first and last windows are always kept.
            for (at, window) in windows.iter().enumerate() {
                if at == 0 || at + 1 == windows.len() || window.hash % KEPT_ONE_IN == 0 {
                    patterns.push((window.hash, window.from()));
                }
                found.extend(seen.again(trail, window).map(|flag| (&sitting.key.platform, flag)));
            }
        }
    }
    patterns.sort_unstable();
    patterns.dedup();
    (found, patterns)
}

/// A stretch's length and the gap after it, ms, by the device's clock.
#[derive(Clone, Copy)]
struct Delay {
    length: i64,
    gap: i64,
    /// The end of a video decides both.
    ends: bool,
}

fn shape(trail: &Trail<'_>, sitting: &Sitting<'_>) -> Vec<Delay> {
    let next = |at: usize| sitting.stretches.get(at + 1).copied();
    let delay = |(at, judged): (usize, &&Judged)| Delay {
        length: judged.stretch.ended_at - judged.stretch.started_at,
        gap: next(at).map_or(0, |next| next.stretch.started_at - judged.stretch.ended_at),
        ends: tick::ends(trail, judged, next(at)),
    };
    sitting.stretches.iter().enumerate().map(delay).collect()
}

/// By how much more or less late than the stretch before each one was received.
fn lateness(sitting: &Sitting<'_>) -> Vec<Delay> {
    let late = |judged: &Judged| judged.received_at - judged.stretch.ended_at;
    let stretches = &sitting.stretches;
    let next = |at: usize| stretches.get(at + 1);
    let differs = |(at, judged): (usize, &&Judged)| Delay {
        length: 0,
        gap: next(at).map_or(0, |next| late(next) - late(judged)),
        ends: false,
    };
    stretches.iter().enumerate().map(differs).collect()
}

/// Successive stretches with the hash of their delays.
struct Window<'t, 'a> {
    hash: u64,
    stretches: &'t [&'a Judged],
}

impl Window<'_, '_> {
    fn from(&self) -> Millis {
        self.stretches.first().map_or(Millis::default(), |judged| judged.start)
    }

    fn to(&self) -> Millis {
        self.stretches.last().map_or(Millis::default(), |judged| judged.end)
    }
}

fn windows<'t, 'a>(
    trail: &Trail<'_>,
    sitting: &'t Sitting<'a>,
    delays: &[Delay],
) -> impl Iterator<Item = Window<'t, 'a>> {
    let (events, distinct) = (trail.rules.replay_events.max(2), trail.rules.replay_distinct);
    let hashes: Vec<Option<u64>> =
        delays.windows(events).map(|window| fingerprint(window, distinct)).collect();
    hashes.into_iter().enumerate().filter_map(move |(at, hash)| {
        Some(Window { hash: hash?, stretches: sitting.stretches.get(at..at + events)? })
    })
}

/// FNV-1a over the delays between the events; none where too few of them differ to say anything. What a video's end decides is
/// the same for all who watch it, and says nothing.
fn fingerprint(window: &[Delay], distinct: usize) -> Option<u64> {
    let mut telling = window.iter().filter(|delay| !delay.ends).map(|delay| delay.length);
    let mut gaps = window.iter().take(window.len() - 1).filter(|delay| !delay.ends).map(|delay| delay.gap);
    let mut values: BTreeSet<(bool, i64)> = BTreeSet::new();
    let mut is_new = |of_gap: bool, value: i64| values.insert((of_gap, value)) && values.len() >= distinct;
    if !telling.any(|length| is_new(false, length)) && !gaps.any(|gap| is_new(true, gap)) {
        return None;
    }
    let values = window.iter().flat_map(|delay| [delay.length, delay.gap]).take(window.len() * 2 - 1);
    Some(hash(values))
}

/// Patterns that were there already, with when.
#[derive(Default)]
struct Seen(HashMap<u64, Millis>);

impl Seen {
    /// A flag when the pattern was there before, at another time.
    fn again(&mut self, trail: &Trail<'_>, window: &Window<'_, '_>) -> Option<Flag> {
        let first = *self.0.entry(window.hash).or_insert(window.from());
        let apart = (window.from() - first).abs();
        if apart <= window.to() - window.from() {
            return None;
        }
        let events = window.stretches.len();
        let said = (
            format!("{events} 个片段的毫秒级时间间隔与 {} 起的一段完全相同", crate::flag::moment(first)),
            format!(
                "the delays of {events} stretches repeat, to the millisecond, those from {}",
                crate::flag::moment(first)
            ),
        );
        trail.flag_of_stretches(Kind::Metronome, Level::Review, window.stretches, said)
    }
}

/// Two sessions of one person that go alike from their first stretch on, but for some milliseconds: a recording, with
/// jitter. Delays that lie far from the usual one tell; a player's steady half minutes do not.
pub(super) fn nearly_again<'t>(trail: &'t Trail<'_>) -> Option<OnPlatform<'t>> {
    const SESSIONS: usize = 40;
    let (wanted, limit) = (trail.rules.replay_events, trail.rules.metronome_ms);
    let long = longest_known(trail, SESSIONS);
    let shapes: Vec<Vec<Delay>> = long.iter().map(|sitting| shape(trail, sitting)).collect();
    for (later, (sitting, mine)) in long.iter().zip(&shapes).enumerate() {
        for theirs in shapes.get(..later)? {
            let mut run = 0;
            for (at, (a, b)) in mine.iter().zip(theirs).enumerate() {
                if (a.length - b.length).abs() >= limit {
                    run = 0;
                    continue;
                }
                run += 1;
                let stretches = sitting.stretches.get(at + 1 - run..=at)?;
                if run >= wanted && tells(mine.get(at + 1 - run..=at)?, trail) {
                    let said = (
                        format!("{run} 个片段的长度与间隔和此前一次会话相差均不足 {limit} 毫秒"),
                        format!(
                            "lengths and gaps of {run} stretches are within {limit} ms of those of a session before"
                        ),
                    );
                    let flag = trail.flag_of_stretches(Kind::Metronome, Level::Review, stretches, said)?;
                    return Some((&sitting.key.platform, flag));
                }
                if (a.gap - b.gap).abs() >= limit {
                    run = 0;
                }
            }
        }
    }
    None
}

/// The last so many sessions that are long enough to be a recording, in order of their beginning.
fn longest_known<'t, 'a>(trail: &'t Trail<'a>, sessions: usize) -> Vec<&'t Sitting<'a>> {
    let wanted = trail.rules.replay_events;
    let mut long: Vec<&Sitting<'_>> = trail.sittings.iter().filter(|s| s.stretches.len() >= wanted).collect();
    long.sort_by_key(|sitting| sitting.stretches.first().map(|judged| (judged.start, judged.seq)));
    long.split_off(long.len().saturating_sub(sessions))
}

/// How the last sessions begin, where that tells something: another person's may begin so too.
pub(super) fn recordings(trail: &Trail<'_>) -> Vec<Recording> {
    const SESSIONS: usize = 8;
    let wanted = trail.rules.replay_events;
    let short = |ms: i64| i32::try_from(ms).unwrap_or(i32::MAX);
    let recording = |sitting: &&Sitting<'_>| {
        let shape = shape(trail, sitting);
        let begins = shape.get(..wanted).filter(|begins| tells(begins, trail))?;
        let (first, last) = (sitting.stretches.first()?, sitting.stretches.get(wanted - 1)?);
        let delays = begins.iter().flat_map(|delay| [short(delay.length), short(delay.gap)]);
        let name = |judged: &Judged| EventName {
            seq: judged.seq,
            platform: judged.session.platform.clone(),
            id: judged.id.clone(),
        };
        Some(Recording {
            from: first.start,
            to: last.end,
            delays: delays.take(wanted * 2 - 1).collect(),
            events: [name(first), name(last)],
        })
    };
    longest_known(trail, SESSIONS).iter().filter_map(recording).collect()
}

/// Whether enough delays of a run lie far from the usual ones.
fn tells(run: &[Delay], trail: &Trail<'_>) -> bool {
    let far = |of: fn(&Delay) -> i64, count: usize| {
        let mut values: Vec<i64> = run.iter().take(count).filter(|delay| !delay.ends).map(of).collect();
        values.sort_unstable();
        let median = values.get(values.len() / 2).copied().unwrap_or_default();
        values.iter().filter(|value| (**value - median).abs() >= trail.rules.replay_telling_ms).count()
    };
    far(|delay| delay.length, run.len()) + far(|delay| delay.gap, run.len().saturating_sub(1))
        >= trail.rules.replay_distinct
}
