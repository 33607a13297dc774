//! One clock for everything that is drawn on a day: whole hours around what happened.

use keshi_events::Millis;
use maud::{Markup, html};

const WIDTH: i64 = 1000;
const HOUR: i64 = 3_600_000;

/// A day's clock as a horizontal axis.
pub(crate) struct Axis {
    /// Midnight, Beijing time.
    pub(crate) from: Millis,
    /// The next midnight.
    pub(crate) to: Millis,
    /// Where the axis begins in the drawing.
    pub(crate) left: i64,
    begin: i64,
    end: i64,
}

impl Axis {
    /// Around these moments of a Beijing day; none where there are none.
    pub(crate) fn around(day: i64, left: i64, moments: impl Iterator<Item = Millis>) -> Option<Axis> {
        let (from, to) = (Millis::of_beijing_day(day), Millis::of_beijing_day(day + 1));
        let (mut first, mut last) = (None, None);
        for at in moments {
            first = Some(first.map_or(at, |first: Millis| first.min(at)));
            last = Some(last.map_or(at, |last: Millis| last.max(at)));
        }
        let begin = (first?.0 - from.0).div_euclid(HOUR).clamp(0, 23);
        let end = (last?.0 - from.0 + HOUR - 1).div_euclid(HOUR).clamp(begin + 1, 24);
        Some(Axis { from, to, left, begin, end })
    }

    /// Where a moment is drawn; at an edge what lies outside.
    pub(crate) fn x(&self, at: Millis) -> i64 {
        let span = (self.end - self.begin) * HOUR;
        self.left + ((at.0 - self.from.0 - self.begin * HOUR).clamp(0, span) * WIDTH) / span
    }

    /// The least rectangle that shows a stretch.
    pub(crate) fn width(&self, start: Millis, end: Millis, least: i64) -> i64 {
        (self.x(end) - self.x(start)).max(least)
    }

    pub(crate) fn length(&self) -> i64 {
        WIDTH
    }

    /// The whole drawing's width.
    pub(crate) fn whole(&self) -> i64 {
        self.left + WIDTH + 24
    }

    /// Lines at whole hours, with their names on top; quarters between where few hours are on show.
    pub(crate) fn grid(&self, height: i64) -> Markup {
        let hours = self.end - self.begin;
        let minutes = match hours {
            0..=2 => 15,
            3..=8 => 60,
            9..=16 => 120,
            _ => 180,
        };
        html! {
            @for minute in (self.begin * 60..=self.end * 60).step_by(minutes) {
                @let at = self.x(Millis(self.from.0 + minute * 60_000));
                line.grid x1=(at) x2=(at) y1="18" y2=(height) {}
                text x=(at) y="12" text-anchor="middle" { (minute / 60) ":" (format!("{:02}", minute % 60)) }
            }
        }
    }
}
