//! The player's speed, exact: so much content in so much time.

/// Content ms in wall ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) content: i64,
    pub(crate) wall: i64,
}

/// What would be left of a video by less than this is played along with the stretch before it.
const LEAST_REST_MS: i64 = 1_000;

impl Pace {
    pub(crate) const SLOW: Pace = Pace { content: 3, wall: 4 };
    pub(crate) const PLAIN: Pace = Pace { content: 1, wall: 1 };
    pub(crate) const HASTY: Pace = Pace { content: 5, wall: 4 };
    pub(crate) const FAST: Pace = Pace { content: 3, wall: 2 };
    pub(crate) const DOUBLE: Pace = Pace { content: 2, wall: 1 };

    /// Whether it earns its time rather than its content.
    pub(crate) fn is_fast(self) -> bool {
        self.content > self.wall
    }

    /// Plays from a position for about so long, never beyond the end. Gives the position reached and the wall ms.
    pub(crate) fn play(self, from: i64, end: i64, wall: i64) -> (i64, i64) {
        let units = (wall / self.wall).max(1);
        let to = from + units * self.content;
        if to + LEAST_REST_MS <= end {
            return (to, units * self.wall);
        }
        (end, self.wall_for(end - from))
    }

    /// The time that so much content takes, rounded up: never faster than the pace.
    pub(crate) fn wall_for(self, content: i64) -> i64 {
        (content * self.wall + self.content - 1) / self.content
    }
}
