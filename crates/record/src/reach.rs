//! When a video was first covered: kept up to date while events come, so that a completion needs no look at the whole history.
//!
//! The moment is the end of the piece whose content, in the order of wall time, first reaches the coverage. Pieces mostly come
//! in that order; the last ones of each video are kept apart, so that one that comes minutes late finds its place among them.
//! Where that cannot tell, the moment is unknown, and the plain reference says it.

use std::collections::VecDeque;

use keshi_events::Millis;
use serde::{Deserialize, Serialize};

use crate::completion::is_covered;
use crate::constants::Constants;
use crate::coverage::{Content, Coverage};

/// The most pieces of a video that are kept apart.
const KEPT: usize = 40;
/// How long after a video's last piece a late one may still find its place, ms.
const KEPT_MS: i64 = 20 * 60_000;

/// Content that counts, with the wall time that earned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    pub(crate) content: Content,
    /// Stream sequence of its event.
    pub(crate) seq: u64,
}

/// How a video came to be covered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reach {
    /// Wall time of the last piece's end.
    latest: Option<Millis>,
    /// The duration, ms, that `reached` is about; none while the video is not registered.
    duration: Option<i64>,
    reached: Reached,
    /// The last pieces; none after a standing was read: then only what follows in order can be told.
    #[serde(skip)]
    recent: Option<Recent>,
}

/// When the coverage was first reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reached {
    /// Not yet.
    #[default]
    NotYet,
    /// At the end of this event's piece.
    At(Millis, u64),
    /// Only the whole history can tell.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Recent {
    /// What all pieces before the kept ones cover.
    base: Coverage,
    /// Where the kept ones begin: whatever starts here or later has its place among them.
    since: Millis,
    /// In order of wall time.
    pieces: VecDeque<Piece>,
}

impl Reach {
    /// When the video of this duration was covered.
    pub(crate) fn reached(&self, duration: i64) -> Reached {
        if self.duration == Some(duration) { self.reached } else { Reached::Unknown }
    }

    /// Makes ready for a piece; `before` is what is covered without it. Says whether it is the first that is kept.
    pub(crate) fn begin(&mut self, before: &Coverage, duration: Option<i64>, constants: &Constants) -> bool {
        if self.duration != duration {
            let covered = duration.is_some_and(|duration| is_covered(before, duration, constants));
            self.reached = if covered { Reached::Unknown } else { Reached::NotYet };
            self.duration = duration;
        }
        let first = self.recent.is_none();
        if first {
            let since = self.latest.unwrap_or(Millis(i64::MIN));
            self.recent = Some(Recent { base: before.clone(), since, pieces: VecDeque::new() });
        }
        first
    }

    /// Adds a piece; `whole` is what is covered with it.
    pub(crate) fn add(&mut self, piece: Piece, whole: &Coverage, constants: &Constants) {
        let covers = |coverage: &Coverage| {
            self.duration.is_some_and(|duration| is_covered(coverage, duration, constants))
        };
        let in_order = self.latest.is_none_or(|latest| piece.start >= latest);
        let settled = match self.reached {
            Reached::At(at, _) => piece.start >= at,
            Reached::NotYet => !covers(whole),
            Reached::Unknown => false,
        };
        self.latest = self.latest.max(Some(piece.end));
        let Some(recent) = &mut self.recent else {
            self.reached = if settled { self.reached } else { Reached::Unknown };
            return;
        };
        let (end, seq) = (piece.end, piece.seq);
        let among = piece.start >= recent.since;
        if among {
            // Nearly every piece is the last one so far.
            match recent.pieces.back() {
                Some(last) if last.start > piece.start => {
                    let place = recent.pieces.partition_point(|kept| kept.start <= piece.start);
                    recent.pieces.insert(place, piece);
                }
                _ => recent.pieces.push_back(piece),
            }
        } else {
            recent.base.add(&piece.content);
        }
        if !settled {
            self.reached = match self.reached {
                Reached::NotYet if in_order => Reached::At(end, seq),
                _ if among && !covers(&recent.base) => {
                    let mut coverage = recent.base.clone();
                    let reaching = recent.pieces.iter().find(|kept| {
                        coverage.add(&kept.content);
                        covers(&coverage)
                    });
                    reaching.map_or(Reached::NotYet, |kept| Reached::At(kept.end, kept.seq))
                }
                _ => Reached::Unknown,
            };
        }
        if recent.pieces.len() > KEPT
            && let Some(oldest) = recent.pieces.pop_front()
        {
            recent.base.add(&oldest.content);
            recent.since = oldest.end;
        }
    }

    /// Forgets the kept pieces when the trainee has long gone on to something else.
    pub(crate) fn rest(&mut self, now: Millis) {
        if self.latest.is_some_and(|latest| now - latest > KEPT_MS) {
            self.recent = None;
        }
    }
}
