//! VT-1, step 7: how densely a video's content is covered.

use num_rational::{BigRational, Ratio};
use num_traits::One;
use serde::{Deserialize, Serialize};

use crate::catalogue::Extent;
use crate::constants::{Constants, exceeds};
use crate::exact::ExactMs;

/// A position in a video: exact milliseconds.
pub type Position = Ratio<i64>;

/// Content that a piece of surviving wall time covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// First position.
    pub from: Position,
    /// The position after the last.
    pub to: Position,
    /// How much each millisecond of it earns, of (0, 1].
    pub density: Density,
}

/// What a millisecond of content has earned: full, or a share below one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Density {
    /// One: nothing more can be earned.
    Full,
    /// Less than one.
    Part(Box<BigRational>),
}

impl Density {
    fn plus(&self, other: &Density) -> Density {
        match (self, other) {
            (Density::Part(a), Density::Part(b)) => Density::of(a.as_ref() + b.as_ref()),
            _ => Density::Full,
        }
    }

    fn of(share: BigRational) -> Density {
        if share >= BigRational::one() { Density::Full } else { Density::Part(Box::new(share)) }
    }
}

/// A stretch's way from wall time to content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slope {
    /// Wall start of the whole stretch, ms.
    pub(crate) start: i64,
    /// Wall length of the whole stretch, ms; more than 0.
    pub(crate) wall: i64,
    /// Position at its start, ms.
    pub(crate) from: i64,
    /// Content that it covers, ms.
    pub(crate) content: i64,
}

impl Slope {
    /// The content of the wall time `[start, end)` within the stretch.
    pub(crate) fn content(&self, start: i64, end: i64, constants: &Constants) -> Content {
        Content { from: self.position(start), to: self.position(end), density: self.density(constants) }
    }

    /// Linear between the ends. Positions and walls stay below 86,400,000, so a reduced fraction fits 64 bits.
    fn position(&self, at: i64) -> Position {
        // Most stretches count whole.
        if at == self.start {
            return Position::from_integer(self.from);
        }
        if at - self.start == self.wall {
            return Position::from_integer(self.from + self.content);
        }
        let (wall, run) = (i128::from(self.wall), i128::from(at - self.start));
        let exact = Ratio::new(i128::from(self.from) * wall + run * i128::from(self.content), wall);
        let fits = |n: i128| i64::try_from(n).unwrap_or(i64::MAX);
        Ratio::new_raw(fits(*exact.numer()), fits(*exact.denom()))
    }

    fn density(&self, constants: &Constants) -> Density {
        let full = constants.pay_rate * (Ratio::one() + constants.rate_tolerance);
        if !exceeds(self.content, full, self.wall) {
            return Density::Full;
        }
        let pay =
            BigRational::new((*constants.pay_rate.numer()).into(), (*constants.pay_rate.denom()).into());
        Density::of(pay * BigRational::new(self.wall.into(), self.content.into()))
    }
}

/// The covered content of one video: disjoint segments in order, each with what it has earned. The same pieces give the
/// same segments in any order of adding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    segments: Vec<Segment>,
}

/// Covered content of one density.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// First position.
    pub from: Position,
    /// The position after the last.
    pub to: Position,
    /// What it has earned.
    pub density: Density,
}

impl Coverage {
    /// The segments in order of position.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Adds a piece: its density is added wherever it lies, up to full.
    pub fn add(&mut self, piece: &Content) {
        if piece.from >= piece.to {
            return;
        }
        // Most play on where they were.
        match self.segments.last_mut() {
            Some(last) if last.to == piece.from && last.density == piece.density => {
                last.to = piece.to;
                return;
            }
            Some(last) if piece.from <= last.to => {}
            _ => {
                let Content { from, to, density } = piece.clone();
                return self.segments.push(Segment { from, to, density });
            }
        }
        // From the first segment that ends at or after the piece's start to the last that starts at or before its end.
        let first = self.segments.partition_point(|segment| segment.to < piece.from);
        let last = first
            + self
                .segments
                .get(first..)
                .unwrap_or_default()
                .partition_point(|segment| segment.from <= piece.to);
        let mut fresh = Fresh::default();
        let mut at = piece.from;
        for old in self.segments.get(first..last).unwrap_or_default() {
            if at < old.from {
                fresh.push(at, old.from.min(piece.to), &piece.density);
            }
            fresh.push(old.from, old.to.min(piece.from), &old.density);
            let (inner_from, inner_to) = (old.from.max(piece.from), old.to.min(piece.to));
            if inner_from < inner_to {
                fresh.push(inner_from, inner_to, &old.density.plus(&piece.density));
            }
            fresh.push(old.from.max(piece.to), old.to, &old.density);
            at = at.max(old.to);
        }
        fresh.push(at, piece.to, &piece.density);
        self.segments.splice(first..last, fresh.segments);
    }

    /// Earned milliseconds below a duration where each of them is earned in full and whole: what nearly all videos come to.
    pub(crate) fn whole_ms(&self, duration_ms: i64) -> Option<i64> {
        let end = Position::from_integer(duration_ms);
        let mut whole = 0_i64;
        for segment in self.segments.iter().take_while(|segment| segment.from < end) {
            let to = segment.to.min(end);
            if segment.density != Density::Full || !segment.from.is_integer() || !to.is_integer() {
                return None;
            }
            whole = whole.checked_add(to.to_integer().checked_sub(segment.from.to_integer())?)?;
        }
        Some(whole)
    }

    /// Exact earned milliseconds: the integral of min(1, sum of densities) over the positions that count.
    pub fn verified(&self, extent: Extent) -> ExactMs {
        self.sum(extent, |segment| match &segment.density {
            Density::Full => None,
            Density::Part(share) => Some(share.as_ref()),
        })
    }

    /// Exact milliseconds of content covered at all.
    pub fn unique(&self, extent: Extent) -> ExactMs {
        self.sum(extent, |_| None)
    }

    fn sum<'a>(&'a self, extent: Extent, share: impl Fn(&'a Segment) -> Option<&'a BigRational>) -> ExactMs {
        let mut sum = ExactMs::default();
        let end = match extent {
            Extent::Unknown => return sum,
            Extent::Registered(duration) => Some(Position::from_integer(duration)),
            Extent::Endless => None,
        };
        for segment in &self.segments {
            let to = end.map_or(segment.to, |end| segment.to.min(end));
            if to <= segment.from {
                continue;
            }
            match share(segment) {
                None if to.is_integer() && segment.from.is_integer() => {
                    sum.add_whole(to.to_integer() - segment.from.to_integer());
                }
                None => sum.add_fraction(length(segment.from, to)),
                Some(share) => sum.add_fraction(length(segment.from, to) * share),
            }
        }
        sum
    }
}

fn length(from: Position, to: Position) -> BigRational {
    let big = |p: Position| BigRational::new_raw((*p.numer()).into(), (*p.denom()).into());
    big(to) - big(from)
}

/// Segments under construction: empty ones are dropped, like neighbours merged.
#[derive(Default)]
struct Fresh {
    segments: Vec<Segment>,
}

impl Fresh {
    fn push(&mut self, from: Position, to: Position, density: &Density) {
        if from >= to {
            return;
        }
        match self.segments.last_mut() {
            Some(last) if last.to == from && last.density == *density => last.to = to,
            _ => self.segments.push(Segment { from, to, density: density.clone() }),
        }
    }
}
