//! `metronome`: stretches as regular as no hand makes them, or a pattern of delays that was there before (replay).
//!
//! Both may be the doing of a platform's player; so the flags go to the crowd, which drops them where most people of a
//! platform would get one.

use std::collections::{BTreeSet, HashMap};

use keshi_events::{Millis, PlatformId};
use keshi_record::{Extent, Judged};

use crate::flag::{Flag, Kind, Level};
use crate::traces::{Regular, Steady};
use crate::trail::{Sitting, Trail};

/// One in so many windows is kept for comparison with others.
const KEPT_ONE_IN: u64 = 8;

pub(crate) fn find(trail: &Trail<'_>) -> (Vec<Steady>, Vec<(u64, Millis)>) {
    let mut found: Vec<(Regular, &PlatformId, Flag)> = Vec::new();
    let (mut shapes, mut arrivals) = (Seen::default(), Seen::default());
    let mut patterns = Vec::new();
    for sitting in &trail.sittings {
        let platform = &sitting.key.platform;
        found.extend(ticking(trail, sitting).map(|flag| (Regular::Tick, platform, flag)));
        for (seen, delays) in [(&mut shapes, shape(trail, sitting)), (&mut arrivals, lateness(sitting))] {
            let windows: Vec<Window<'_, '_>> = windows(trail, sitting, &delays).collect();
            // A replay begins at the beginning, more often than not: the first and last windows are always kept.
            for (at, window) in windows.iter().enumerate() {
                if at == 0 || at + 1 == windows.len() || window.hash % KEPT_ONE_IN == 0 {
                    patterns.push((window.hash, window.from()));
                }
                found.extend(seen.again(trail, window).map(|flag| (Regular::Replay, platform, flag)));
            }
        }
    }
    found.extend(nearly_again(trail).map(|(platform, flag)| (Regular::Replay, platform, flag)));
    patterns.sort_unstable();
    patterns.dedup();
    let mut steady: Vec<Steady> = Vec::new();
    for (what, platform, flag) in found {
        let same = |s: &&mut Steady| s.what == what && s.platform == *platform && s.flag.id() == flag.id();
        match steady.iter_mut().find(same) {
            Some(known) => known.flag.evidence.extend(flag.evidence),
            None => steady.push(Steady { what, platform: platform.clone(), flag }),
        }
    }
    for known in &mut steady {
        known.flag = known.flag.clone().tidy();
    }
    (steady, patterns)
}

/// Whether so many successive stretches tick.
pub(crate) fn ticks(trail: &Trail<'_>, sitting: &Sitting<'_>, wanted: usize) -> bool {
    ticking_run(trail, sitting, wanted).is_some()
}

/// So many successive stretches whose lengths and gaps differ by less than the limit. What is left of a video at its end is
/// shorter, and what follows it begins anew: neither breaks the tick.
fn ticking(trail: &Trail<'_>, sitting: &Sitting<'_>) -> Option<Flag> {
    let (wanted, limit) = (trail.rules.metronome_stretches, trail.rules.metronome_ms);
    let (run, by_length, by_gap) = ticking_run(trail, sitting, wanted)?;
    let said = (
        format!("连续 {wanted} 个片段的长度与间隔相差不足 {limit} 毫秒（长度 {by_length}，间隔 {by_gap}）"),
        format!(
            "{wanted} successive stretches whose lengths and gaps differ by less than {limit} ms ({by_length} and {by_gap})"
        ),
    );
    trail.flag_of_stretches(Kind::Metronome, Level::Review, run, said)
}

/// The first run of so many, with how far its lengths and its gaps differ.
fn ticking_run<'t, 'a>(
    trail: &Trail<'_>,
    sitting: &'t Sitting<'a>,
    wanted: usize,
) -> Option<(&'t [&'a Judged], i64, i64)> {
    let limit = trail.rules.metronome_ms;
    let stretches = &sitting.stretches;
    if stretches.len() < wanted {
        return None;
    }
    let near = |before: Option<i64>, now: Option<i64>| match (before, now) {
        (Some(before), Some(now)) => (before - now).abs() < limit,
        _ => true,
    };
    let beats: Vec<Beat> = stretches
        .iter()
        .enumerate()
        .map(|(at, judged)| beat(trail, judged, stretches.get(at + 1).copied()))
        .collect();
    // Runs whose neighbours are near first: only these can be near as a whole.
    let (mut begin, mut last_length, mut last_gap) = (0, None, None);
    for (at, now) in beats.iter().enumerate() {
        if !near(last_length, now.length) {
            (begin, last_length, last_gap) = (at, None, None);
        }
        last_length = now.length.or(last_length);
        if at + 1 >= begin + wanted {
            let window = beats.get(at + 1 - wanted..=at)?;
            let lengths = || window.iter().filter_map(|beat| beat.length);
            let gaps = || window.iter().take(wanted - 1).filter_map(|beat| beat.gap);
            let spread = |max: Option<i64>, min: Option<i64>| max.zip(min).map_or(0, |(max, min)| max - min);
            let by_length = spread(lengths().max(), lengths().min());
            let by_gap = spread(gaps().max(), gaps().min());
            if by_length < limit && by_gap < limit && lengths().count() * 2 > wanted {
                let run = stretches.get(at + 1 - wanted..=at)?;
                return Some((run, by_length, by_gap));
            }
        }
        // A gap that differs ends the run after this beat.
        if !near(last_gap, now.gap) {
            (begin, last_length, last_gap) = (at + 1, None, None);
        } else {
            last_gap = now.gap.or(last_gap);
        }
    }
    None
}

/// A stretch's length and the gap after it, ms, by the device's clock; none where a video's end decides it.
struct Beat {
    length: Option<i64>,
    gap: Option<i64>,
}

fn beat(trail: &Trail<'_>, judged: &Judged, next: Option<&Judged>) -> Beat {
    let stretch = &judged.stretch;
    let at_end = match trail.catalogue.extent(stretch.course.as_str(), stretch.video.as_str()) {
        Extent::Registered(length) => stretch.to_ms >= length,
        Extent::Unknown | Extent::Endless => false,
    };
    let ends = at_end || next.is_some_and(|next| next.stretch.video != stretch.video);
    Beat {
        length: (!ends).then_some(stretch.ended_at - stretch.started_at),
        gap: next.filter(|_| !ends).map(|next| next.stretch.started_at - stretch.ended_at),
    }
}

/// Lengths and gaps in turn: two a stretch. What a video's end decides is the same for all who watch it, and says nothing.
fn shape(trail: &Trail<'_>, sitting: &Sitting<'_>) -> Vec<[i64; 2]> {
    let next = |at: usize| sitting.stretches.get(at + 1);
    let both = |(at, judged): (usize, &&Judged)| {
        let gap = next(at).map_or(0, |next| next.stretch.started_at - judged.stretch.ended_at);
        let length = beat(trail, judged, next(at).copied()).length;
        [length.unwrap_or(-1), gap]
    };
    sitting.stretches.iter().enumerate().map(both).collect()
}

/// By how much more or less late than the stretch before each one was received.
fn lateness(sitting: &Sitting<'_>) -> Vec<[i64; 2]> {
    let late = |judged: &Judged| judged.received_at - judged.stretch.ended_at;
    let stretches = &sitting.stretches;
    let next = |at: usize| stretches.get(at + 1);
    let differs = |(at, judged): (usize, &&Judged)| [0, next(at).map_or(0, |next| late(next) - late(judged))];
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
    delays: &[[i64; 2]],
) -> impl Iterator<Item = Window<'t, 'a>> {
    let (events, distinct) = (trail.rules.replay_events.max(2), trail.rules.replay_distinct);
    let hashes: Vec<Option<u64>> =
        delays.windows(events).map(|window| fingerprint(window, distinct)).collect();
    hashes.into_iter().enumerate().filter_map(move |(at, hash)| {
        Some(Window { hash: hash?, stretches: sitting.stretches.get(at..at + events)? })
    })
}

/// FNV-1a over the delays between the events; none where too few of them differ to say anything.
fn fingerprint(window: &[[i64; 2]], distinct: usize) -> Option<u64> {
    let flat = window.iter().flatten();
    let within = || flat.clone().take(window.len() * 2 - 1);
    let mut values: BTreeSet<i64> = BTreeSet::new();
    if !within().any(|value| values.insert(*value) && values.len() >= distinct) {
        return None;
    }
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in within().flat_map(|value| value.to_be_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    // The low bits of FNV mix badly, and decide which windows are kept.
    Some((hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (hash >> 32))
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
fn nearly_again<'t>(trail: &'t Trail<'_>) -> Option<(&'t PlatformId, Flag)> {
    const SESSIONS: usize = 40;
    let (wanted, limit) = (trail.rules.replay_events, trail.rules.metronome_ms);
    let mut long: Vec<&Sitting<'_>> = trail.sittings.iter().filter(|s| s.stretches.len() >= wanted).collect();
    long.sort_by_key(|sitting| sitting.stretches.first().map(|judged| (judged.start, judged.seq)));
    let long = long.split_off(long.len().saturating_sub(SESSIONS));
    let shapes: Vec<Vec<[i64; 2]>> = long.iter().map(|sitting| shape(trail, sitting)).collect();
    let near = |a: i64, b: i64| (a - b).abs() < limit;
    for (later, (sitting, mine)) in long.iter().zip(&shapes).enumerate() {
        for theirs in shapes.get(..later)? {
            let mut run = 0;
            for (at, (a, b)) in mine.iter().zip(theirs).enumerate() {
                if !near(a[0], b[0]) {
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
                if !near(a[1], b[1]) {
                    run = 0;
                }
            }
        }
    }
    None
}

/// Whether enough delays of a run lie far from the usual ones.
fn tells(run: &[[i64; 2]], trail: &Trail<'_>) -> bool {
    let far = |of: fn(&[i64; 2]) -> i64, count: usize| {
        let mut values: Vec<i64> = run.iter().take(count).map(of).filter(|value| *value >= 0).collect();
        values.sort_unstable();
        let median = values.get(values.len() / 2).copied().unwrap_or_default();
        values.iter().filter(|value| (**value - median).abs() >= trail.rules.replay_telling_ms).count()
    };
    far(|delay| delay[0], run.len()) + far(|delay| delay[1], run.len() - 1) >= trail.rules.replay_distinct
}
