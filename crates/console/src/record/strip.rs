//! The coverage of one video: verified, watched but excluded by reason, never watched.

use std::collections::BTreeMap;

use keshi_events::{CourseId, VideoId};
use keshi_record::{Density, Extent, Position};
use maud::{Markup, html};

use crate::lang::{Lang, clock, percent};
use crate::record::runs::position;
use crate::record::{Fate, Study};

/// The width of a strip in its own units.
const WIDTH: i64 = 2000;

/// A video's strip. Excluded content is drawn first, verified content over it.
pub(crate) fn strip(study: &Study, course: &CourseId, video: &VideoId, lang: Lang) -> Markup {
    let registered = match study.known.catalogue.extent(course.as_str(), video.as_str()) {
        Extent::Registered(ms) => Some(ms),
        Extent::Unknown | Extent::Endless => None,
    };
    let coverage = study.account.summary.courses.get(course).and_then(|videos| videos.get(video));
    let segments = coverage.map(|coverage| coverage.segments()).unwrap_or_default();
    let seen = study
        .account
        .stretches
        .iter()
        .filter(|judged| judged.stretch.course == *course && judged.stretch.video == *video);
    let mut excluded: BTreeMap<Fate, Vec<(i64, i64)>> = BTreeMap::new();
    let mut end = registered.unwrap_or(1);
    for judged in seen {
        if registered.is_none() {
            end = end.max(judged.stretch.to_ms);
        }
        for span in judged.spans.iter().filter(|span| span.excluded.is_some()) {
            let (from, to) = match span.start < span.end {
                true => (position(judged, span.start), position(judged, span.end)),
                false => (judged.stretch.from_ms, judged.stretch.to_ms),
            };
            excluded.entry(Fate::of(span)).or_default().push((from, to));
        }
    }
    let x = |ms: i64| (i128::from(ms.clamp(0, end)) * i128::from(WIDTH) / i128::from(end.max(1))) as i64;
    let floor = |at: &Position| at.numer().div_euclid(*at.denom());
    let verified: i64 = study
        .record
        .courses
        .iter()
        .filter(|record| record.course == *course)
        .flat_map(|record| &record.videos)
        .find(|record| record.video == *video)
        .map_or(0, |record| record.verified_ms);
    let share = percent(verified, end);
    let label = format!("{} {} {share}%", video, lang.of("核定", "verified"));
    html! {
        svg.strip viewBox={ "0 0 " (WIDTH) " 22" } preserveAspectRatio="none" role="img" aria-label=(label) {
            title { (label) }
            rect width=(WIDTH) height="22" fill="#fff" stroke="#8095a6" {}
            @for (fate, spans) in &excluded {
                @for (from, to) in merged(spans.clone()) {
                    rect x=(x(from)) y="1" width=((x(to) - x(from)).max(2)) height="20" fill=(fate.fill()) {
                        title { (fate.name(lang)) " " (clock(from)) "–" (clock(to)) }
                    }
                }
            }
            @for segment in segments {
                @let (from, to) = (floor(&segment.from), floor(&segment.to));
                @if from < end {
                    rect x=(x(from)) y="1" width=((x(to) - x(from)).max(1)) height="20"
                        fill=(if segment.density == Density::Full { "#009e73" } else { "url(#f-part)" }) {
                        title { (lang.of("核定", "verified")) " " (clock(from)) "–" (clock(to.min(end))) }
                    }
                }
            }
        }
    }
}

/// Spans in order, with those that touch told as one.
fn merged(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (from, to) in spans {
        match merged.last_mut() {
            // A second between two is less than the strip can show.
            Some((_, end)) if from <= *end + 1000 => *end = (*end).max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_one() {
        assert_eq!(merged(vec![(5000, 6000), (0, 1000), (1500, 2000)]), vec![(0, 2000), (5000, 6000)]);
    }
}
