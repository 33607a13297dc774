//! VT-1, steps 3 to 5: one stretch by itself, before it meets the trainee's other stretches.

use keshi_events::{Millis, TraineeId};

use crate::account::Span;
use crate::catalogue::Catalogue;
use crate::constants::{Constants, exceeds};
use crate::evidence::{SessionKey, Stretch};
use crate::reason::Reason;
use crate::session::Session;

/// What decides over a stretch beside the events.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    /// The constants of the rule.
    pub constants: &'a Constants,
    /// Approvals and sources.
    pub catalogue: &'a Catalogue,
    /// Whose stretch it is.
    pub trainee: &'a TraineeId,
}

/// A stretch on the corrected clock, cut at the reasons of steps 4 and 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Start after step 3.
    pub(crate) start: Millis,
    /// End after step 3.
    pub(crate) end: Millis,
    /// It ended after it was received, and was moved back.
    pub(crate) clock_ahead: bool,
    /// It passed step 4 although it was received late.
    pub(crate) late: bool,
    /// Its wall time in order, each part with the reason that excludes it.
    pub(crate) parts: Vec<Span>,
}

/// Steps 3, 4 and 5.
pub(crate) fn place(
    stretch: &Stretch,
    received_at: Millis,
    key: &SessionKey,
    session: &Session,
    rule: Rule<'_>,
) -> Placed {
    let constants = rule.constants;
    let (mut start, mut end) =
        (stretch.started_at + session.offset_ms(), stretch.ended_at + session.offset_ms());
    let ahead = end - received_at;
    let clock_ahead = ahead > constants.clock_tolerance_ms;
    if clock_ahead {
        (start, end) = (start + -ahead, end + -ahead);
    }
    let whole = excluded_whole(stretch, (start, end), received_at, key, session, rule);
    let late = whole.is_none() && received_at - end > constants.late_free_ms;
    let parts = match whole {
        Some(reason) => vec![Span { start, end, excluded: Some(reason) }],
        None => trim(start, end, session),
    };
    Placed { start, end, clock_ahead, late, parts }
}

/// Step 4: the first reason that excludes the whole stretch.
fn excluded_whole(
    stretch: &Stretch,
    (start, end): (Millis, Millis),
    received_at: Millis,
    key: &SessionKey,
    session: &Session,
    rule: Rule<'_>,
) -> Option<Reason> {
    let (wall, content) = (end - start, stretch.to_ms - stretch.from_ms);
    let longest =
        rule.catalogue.max_stretch_ms.get(&key.platform).copied().unwrap_or(rule.constants.max_stretch_ms);
    if content == 0 {
        return Some(Reason::NoProgress);
    }
    if exceeds(content, rule.constants.reject_rate, wall) {
        return Some(Reason::ImpossibleSpeed);
    }
    if wall > longest {
        return Some(Reason::Gap);
    }
    let Some(opening) = &session.opening else {
        return Some(Reason::NoSignIn);
    };
    if !opening.verified {
        return Some(Reason::IdentityUnverified);
    }
    back_filled(received_at, start, end, key, session, rule).then_some(Reason::BackFilled)
}

/// Step 4's test of lateness, also asked of submissions and questions.
pub(crate) fn back_filled(
    received_at: Millis,
    start: Millis,
    end: Millis,
    key: &SessionKey,
    session: &Session,
    rule: Rule<'_>,
) -> bool {
    let late = received_at - end;
    late > rule.constants.late_free_ms
        && (!session.online(rule.constants) || late > rule.constants.late_max_ms)
        && !rule.catalogue.approves(rule.trainee, key, start, end)
}

/// Step 5: cuts `[start, end)` where its fate changes.
fn trim(start: Millis, end: Millis, session: &Session) -> Vec<Span> {
    let opened = session.opening.as_ref().map_or(Millis(i64::MAX), |opening| opening.time);
    if opened <= start && session.close.is_none_or(|close| end <= close) && session.losses.is_empty() {
        return vec![Span { start, end, excluded: None }];
    }
    let mut cuts = vec![start, end, opened];
    cuts.extend(session.close);
    cuts.extend(session.losses.iter().flat_map(|loss| [Some(loss.from), loss.until]).flatten());
    cuts.retain(|cut| (start..=end).contains(cut));
    cuts.sort_unstable();
    cuts.dedup();
    let fate = |at: Millis| {
        if at < opened {
            Some(Reason::NoSignIn)
        } else if session.close.is_some_and(|close| at >= close) {
            Some(Reason::SignedOut)
        } else if session.lost(at) {
            Some(Reason::PresenceMissed)
        } else {
            None
        }
    };
    let mut parts: Vec<Span> = Vec::with_capacity(1);
    for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
        let excluded = fate(*from);
        match parts.last_mut() {
            Some(last) if last.excluded == excluded => last.end = *to,
            _ => parts.push(Span { start: *from, end: *to, excluded }),
        }
    }
    parts
}
