//! Neighbouring stretches with one fate, told as one: a bar in the chart, a line in the table.

use keshi_events::Millis;
use keshi_record::Judged;

use crate::record::reasons::Fate;

/// Wall time of one session and video with one fate, without gaps beyond a second.
#[derive(Clone, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    pub(crate) fate: Fate,
    /// The stretch it begins with.
    pub(crate) first: &'a Judged,
    /// How many stretches it is made of.
    pub(crate) stretches: usize,
    /// First and last position, ms.
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
}

/// The position at a moment of a stretch, cut off to the millisecond: for drawing.
pub(crate) fn position(judged: &Judged, at: Millis) -> i64 {
    let (wall, content) = (judged.end - judged.start, judged.stretch.to_ms - judged.stretch.from_ms);
    if wall <= 0 {
        return judged.stretch.from_ms;
    }
    judged.stretch.from_ms + (i128::from(at - judged.start) * i128::from(content) / i128::from(wall)) as i64
}

/// The runs of a Beijing day, by session and then by time.
pub(crate) fn runs(stretches: &[Judged], day: i64) -> Vec<Run<'_>> {
    let (from, to) = (Millis::of_beijing_day(day), Millis::of_beijing_day(day + 1));
    let mut pieces: Vec<Run<'_>> = Vec::new();
    for judged in stretches.iter().filter(|judged| judged.start < to && judged.end >= from) {
        // A stretch without any wall time is told too: it has its reason.
        let point = judged.spans.iter().all(|span| span.start >= span.end);
        for span in &judged.spans {
            let (start, end) = (span.start.max(from), span.end.min(to));
            if start > end || (start == end && !point) || start >= to {
                continue;
            }
            pieces.push(Run {
                start,
                end,
                fate: Fate::of(span),
                first: judged,
                stretches: 1,
                from_ms: position(judged, start),
                to_ms: position(judged, end),
            });
        }
    }
    pieces.sort_by_key(|run| (&run.first.session, run.start, run.end, run.first.seq));
    let mut runs: Vec<Run<'_>> = Vec::with_capacity(pieces.len() / 4);
    for piece in pieces {
        match runs.last_mut() {
            Some(last) if last.takes(&piece) => {
                last.end = last.end.max(piece.end);
                last.to_ms = piece.to_ms;
                last.stretches += usize::from(piece.first.seq != last.first.seq);
            }
            _ => runs.push(piece),
        }
    }
    runs
}

impl Run<'_> {
    fn takes(&self, next: &Run<'_>) -> bool {
        let same = self.fate == next.fate
            && self.first.session == next.first.session
            && self.first.stretch.course == next.first.stretch.course
            && self.first.stretch.video == next.first.stretch.video;
        same && next.start - self.end <= 1000 && next.from_ms + 1000 >= self.to_ms
    }
}
