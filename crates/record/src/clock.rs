//! VT-1, step 6: each moment of a trainee's one clock belongs to one piece.

use std::collections::BTreeSet;

use keshi_events::Millis;

use crate::account::Span;
use crate::evidence::SessionKey;
use crate::reason::Reason;

/// Who may have a moment: the smallest wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Claim<'a> {
    /// When the session claimed the clock.
    pub(crate) at: Millis,
    /// Platform, then session.
    pub(crate) session: &'a SessionKey,
    /// Start of the stretch after step 3.
    pub(crate) start: Millis,
    /// The event's id.
    pub(crate) id: &'a str,
}

/// Wall time that steps 4 and 5 left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    pub(crate) claim: Claim<'a>,
    /// Which stretch it is of.
    pub(crate) stretch: usize,
}

/// A part of a piece with its fate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    pub(crate) stretch: usize,
    pub(crate) span: Span,
}

/// Sweeps over all moments at which a piece begins or ends.
pub(crate) fn share_clock(pieces: &[Piece<'_>]) -> Vec<Share> {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    let claim_of = |index: &usize| pieces.get(*index).map(|piece| (piece.claim, piece.start));
    order.sort_unstable_by_key(claim_of);
    let ranked: Vec<&Piece<'_>> = order.iter().filter_map(|index| pieces.get(*index)).collect();

    // (moment, whether it begins, rank): ends come before beginnings of the same moment.
    let mut turns: Vec<(Millis, bool, usize)> = Vec::with_capacity(ranked.len() * 2);
    for (rank, piece) in ranked.iter().enumerate() {
        if piece.start < piece.end {
            turns.push((piece.start, true, rank));
            turns.push((piece.end, false, rank));
        }
    }
    turns.sort_unstable();

    let mut shares: Vec<Share> = Vec::with_capacity(ranked.len());
    let mut open_share: Vec<Option<usize>> = vec![None; ranked.len()];
    let mut active: BTreeSet<usize> = BTreeSet::new();
    let mut since = Millis(i64::MIN);
    for (moment, begins, rank) in turns {
        if since < moment {
            let winner = active.first().and_then(|first| ranked.get(*first));
            for rank in &active {
                let Some((piece, winner)) = ranked.get(*rank).zip(winner) else { continue };
                let excluded = fate(piece, winner);
                let open = open_share.get(*rank).copied().flatten().and_then(|at| shares.get_mut(at));
                match open {
                    Some(share) if share.span.excluded == excluded && share.span.end == since => {
                        share.span.end = moment
                    }
                    _ => {
                        if let Some(slot) = open_share.get_mut(*rank) {
                            *slot = Some(shares.len());
                        }
                        shares.push(Share {
                            stretch: piece.stretch,
                            span: Span { start: since, end: moment, excluded },
                        });
                    }
                }
            }
        }
        since = moment;
        if begins {
            active.insert(rank);
        } else {
            active.remove(&rank);
        }
    }
    shares
}

fn fate(piece: &Piece<'_>, winner: &Piece<'_>) -> Option<Reason> {
    if piece.claim == winner.claim { None } else { Some(lost_to(piece.claim.session, winner.claim.session)) }
}

/// The reason of a piece that loses to another one.
pub(crate) fn lost_to(loser: &SessionKey, winner: &SessionKey) -> Reason {
    if loser.platform != winner.platform {
        Reason::ParallelPlatform
    } else if loser.session != winner.session {
        Reason::ParallelSession
    } else {
        Reason::Overlap
    }
}
