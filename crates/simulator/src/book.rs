//! What a life really studied, written down while it happens.
//!
//! Content that was attended at a plain or slow pace is worth its length, once. Content that was rushed through is worth
//! the time spent on it: a second of life makes at most a second of study. Rushing through it again adds that time
//! again, up to the content's length.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

/// Attended and reported content of one person in one course.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// By number of the video.
    pages: Vec<Page>,
}

/// One video.
#[derive(Debug, Default)]
struct Page {
    /// Positions `[from, to)` that were attended at a pace that is paid whole: sorted, apart from each other.
    attended: Vec<(i64, i64)>,
    /// Runs through content in less time than it lasts.
    rushed: Vec<Run>,
}

/// Positions `[from, to)` in `wall` ms.
#[derive(Clone, Copy, Debug)]
struct Run {
    from: i64,
    to: i64,
    wall: i64,
}

impl Book {
    /// Content was attended at a pace that is paid whole.
    pub(crate) fn attended(&mut self, video: usize, from: i64, to: i64) {
        let Some(page) = self.page(video) else { return };
        let (mut from, mut to) = (from, to);
        page.attended.retain(|(start, end)| {
            let apart = *end < from || to < *start;
            if !apart {
                (from, to) = (from.min(*start), to.max(*end));
            }
            apart
        });
        let place = page.attended.partition_point(|(start, _)| *start < from);
        page.attended.insert(place, (from, to));
    }

    /// Content was rushed through in so many ms.
    pub(crate) fn rushed(&mut self, video: usize, from: i64, to: i64, wall: i64) {
        let Some(page) = self.page(video) else { return };
        let run = Run { from, to, wall };
        match page.rushed.last_mut() {
            // Runs of one pace that follow each other are one run: it keeps the books of large classes small.
            Some(last) if last.to == from && last.wall * run.length() == wall * last.length() => {
                (last.to, last.wall) = (to, last.wall + wall);
            }
            _ => page.rushed.push(run),
        }
    }

    fn page(&mut self, video: usize) -> Option<&mut Page> {
        if self.pages.len() <= video {
            self.pages.resize_with(video + 1, Page::default);
        }
        self.pages.get_mut(video)
    }

    /// What it comes to, whole seconds over all videos, given the videos' lengths in ms.
    pub(crate) fn seconds(&self, lengths: impl Iterator<Item = i64>) -> i64 {
        let worth: BigRational =
            self.pages.iter().zip(lengths).map(|(page, length)| page.worth(length)).sum();
        (worth / BigInt::from(1000)).floor().to_integer().to_i64().unwrap_or(i64::MAX)
    }
}

impl Page {
    /// Content ms. What stands beyond the video's end is worth nothing.
    fn worth(&self, length: i64) -> BigRational {
        let mut cuts: Vec<i64> = self.attended.iter().flat_map(|(from, to)| [*from, *to]).collect();
        cuts.extend(self.rushed.iter().flat_map(|run| [run.from, run.to]));
        cuts.push(length);
        cuts.sort_unstable();
        cuts.dedup();
        let mut worth = BigRational::zero();
        for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
            if *to <= length {
                worth += self.share(*from, *to) * BigInt::from(to - from);
            }
        }
        worth
    }

    /// Which share of every ms between two cuts is paid, at most 1.
    fn share(&self, from: i64, to: i64) -> BigRational {
        if self.attended.iter().any(|(start, end)| *start <= from && to <= *end) {
            return BigRational::one();
        }
        let runs = self.rushed.iter().filter(|run| run.from <= from && to <= run.to);
        let sum: BigRational = runs.map(|run| BigRational::new(run.wall.into(), run.length().into())).sum();
        sum.min(BigRational::one())
    }
}

impl Run {
    fn length(&self) -> i64 {
        self.to - self.from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(write: impl Fn(&mut Book)) -> i64 {
        let mut book = Book::default();
        write(&mut book);
        book.seconds([60_000, 90_000].into_iter())
    }

    #[test]
    fn watching_again_adds_nothing() {
        assert_eq!(seconds(|_| {}), 0);
        let again = |book: &mut Book| {
            [(0, 20_000), (40_000, 60_000), (10_000, 50_000)].map(|(f, t)| book.attended(0, f, t))
        };
        assert_eq!(seconds(|book| _ = again(book)), 60);
    }

    #[test]
    fn rushing_earns_its_time_and_twice_at_double_the_whole() {
        assert_eq!(seconds(|book| book.rushed(1, 0, 60_000, 30_000)), 30);
        let twice = |book: &mut Book| [0, 0, 0].map(|from| book.rushed(1, from, 60_000, 30_000));
        assert_eq!(seconds(|book| _ = twice(book)), 60);
        let both = |book: &mut Book| (book.rushed(1, 0, 60_000, 40_000), book.attended(1, 30_000, 60_000));
        assert_eq!(seconds(|book| _ = both(book)), 50);
    }

    #[test]
    fn runs_of_one_pace_are_one_run() {
        let mut book = Book::default();
        for from in (0..60_000).step_by(15_000) {
            book.rushed(0, from, from + 15_000, 10_000);
        }
        assert_eq!((book.pages[0].rushed.len(), book.seconds([60_000].into_iter())), (1, 40));
    }

    #[test]
    fn nothing_counts_beyond_the_end() {
        assert_eq!(seconds(|book| book.attended(0, 50_000, 60_300)), 10);
        assert_eq!(seconds(|book| book.rushed(0, 50_000, 70_000, 10_000)), 5);
    }
}
