//! `marathon`: longer than a person can attend.

use keshi_events::Millis;
use keshi_record::Judged;

use crate::flag::{Flag, Kind, Level, moment, spoken};
use crate::trail::Trail;

/// Attested wall time, with its stretch.
type Piece<'a> = (Millis, Millis, &'a Judged);

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    let attested = trail.account.stretches.iter().flat_map(|judged| {
        let counted = judged.spans.iter().filter(|span| span.excluded.is_none() && span.start < span.end);
        counted.map(move |span| (span.start, span.end, judged))
    });
    let mut pieces: Vec<Piece<'_>> = attested.collect();
    pieces.sort_by_key(|(start, end, judged)| (*start, *end, judged.seq));
    flags.extend(in_a_day(trail, &pieces));
    without_a_pause(trail, &pieces, flags);
}

/// The most in any 24 hours. The fullest window begins where a piece begins, or ends where one ends: both are tried.
fn in_a_day(trail: &Trail<'_>, pieces: &[Piece<'_>]) -> Option<Flag> {
    let (mut most, mut from) = (0, None);
    let total: i64 = pieces.iter().map(|(start, end, _)| *end - *start).sum();
    if total <= trail.rules.marathon_day_ms {
        return None;
    }
    let starts = pieces.iter().map(|(start, ..)| *start);
    let ends = pieces.iter().map(|(_, end, _)| *end + -trail.rules.day_ms);
    let mut windows: Vec<Millis> = starts.chain(ends).collect();
    windows.sort_unstable();
    let (mut first, mut after, mut whole) = (0, 0, 0);
    for begin in windows {
        let end = begin + trail.rules.day_ms;
        while let Some((start, until, _)) = pieces.get(after)
            && *start < end
        {
            whole += *until - *start;
            after += 1;
        }
        while let Some((start, until, _)) = pieces.get(first)
            && *until <= begin
            && first < after
        {
            whole -= *until - *start;
            first += 1;
        }
        let cut_off =
            pieces.get(first).filter(|_| first < after).map_or(0, |(start, ..)| (begin - *start).max(0));
        let cut_end = after
            .checked_sub(1)
            .and_then(|at| pieces.get(at))
            .map_or(0, |(_, until, _)| (*until - end).max(0));
        let sum = whole - cut_off - cut_end;
        if sum > most {
            (most, from) = (sum, Some((begin, first, after)));
        }
    }
    let (begin, first, after) = from.filter(|_| most > trail.rules.marathon_day_ms)?;
    let stretches: Vec<&Judged> = pieces.get(first..after)?.iter().map(|(.., judged)| *judged).collect();
    let (chinese, english) = spoken(most);
    let said = (
        format!("自 {} 起 24 小时内核实学习 {chinese}", moment(begin)),
        format!("{english} attested within 24 hours from {}", moment(begin)),
    );
    trail.flag_of_stretches(Kind::Marathon, Level::Review, &stretches, said)
}

/// Hours on end without ten minutes' pause.
fn without_a_pause(trail: &Trail<'_>, pieces: &[Piece<'_>], flags: &mut Vec<Flag>) {
    let mut run: Vec<&Judged> = Vec::new();
    let (mut from, mut to) = (Millis::default(), Millis::default());
    for (start, end, judged) in pieces {
        if run.is_empty() || *start - to >= trail.rules.marathon_pause_ms {
            flags.extend(on_end(trail, &run, to - from));
            run.clear();
            (from, to) = (*start, *end);
        }
        run.push(judged);
        to = to.max(*end);
    }
    flags.extend(on_end(trail, &run, to - from));
}

fn on_end(trail: &Trail<'_>, run: &[&Judged], length: i64) -> Option<Flag> {
    if length <= trail.rules.marathon_ms {
        return None;
    }
    let (chinese, english) = spoken(length);
    let said = (
        format!("连续学习 {chinese}，其间没有 10 分钟的停顿"),
        format!("{english} on end without a pause of 10 minutes"),
    );
    trail.flag_of_stretches(Kind::Marathon, Level::Review, run, said)
}
