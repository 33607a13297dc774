//! Stretches as regular as no hand makes them.

use keshi_record::{Extent, Judged};

use crate::flag::{Flag, Kind, Level};
use crate::trail::{Sitting, Trail};

/// Whether so many successive stretches tick.
pub(crate) fn ticks(trail: &Trail<'_>, sitting: &Sitting<'_>, wanted: usize) -> bool {
    ticking_run(trail, sitting, wanted).is_some()
}

/// So many successive stretches whose lengths and gaps differ by less than the limit. What is left of a video at its end is
/// shorter, and what follows it begins anew: neither breaks the tick.
pub(super) fn ticking(trail: &Trail<'_>, sitting: &Sitting<'_>) -> Option<Flag> {
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
            // The end of a short video may fit the others, and then it is one of them.
            let fits = |beat: &&Beat| {
                let (least, most) = (lengths().min(), lengths().max());
                least.zip(most).is_some_and(|(l, m)| beat.took > m - limit && beat.took < l + limit)
            };
            if by_length < limit && by_gap < limit && window.iter().filter(fits).count() * 2 > wanted {
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
    /// The length, whatever decides it.
    took: i64,
}

pub(super) fn ends(trail: &Trail<'_>, judged: &Judged, next: Option<&Judged>) -> bool {
    beat(trail, judged, next).length.is_none()
}

fn beat(trail: &Trail<'_>, judged: &Judged, next: Option<&Judged>) -> Beat {
    let stretch = &judged.stretch;
    let at_end = match trail.catalogue.extent(stretch.course.as_str(), stretch.video.as_str()) {
        Extent::Registered(length) => stretch.to_ms >= length,
        Extent::Unknown | Extent::Endless => false,
    };
    let ends = at_end || next.is_some_and(|next| next.stretch.video != stretch.video);
    let took = stretch.ended_at - stretch.started_at;
    Beat {
        length: (!ends).then_some(took),
        gap: next.filter(|_| !ends).map(|next| next.stretch.started_at - stretch.ended_at),
        took,
    }
}
