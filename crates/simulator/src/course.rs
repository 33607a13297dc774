//! A course: so many class hours of a skill trade.

use rand::{Rng, RngExt};

/// Milliseconds of one class hour.
const CLASS_HOUR_MS: i64 = 40 * 60_000;
/// No video is shorter, unless the whole course is.
const LEAST_VIDEO_MS: i64 = 600_000;

/// A course with its videos and quizzes.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) videos: Vec<Video>,
    pub(crate) quizzes: Vec<String>,
}

/// A video with its registered length.
#[derive(Clone, Debug)]
pub(crate) struct Video {
    pub(crate) id: String,
    pub(crate) duration_ms: i64,
}

impl Course {
    /// Videos of 15 to 35 minutes that make exactly so many class hours, and a quiz after each third of them.
    pub(crate) fn plan(id: &'static str, title: &'static str, hours: i64, rng: &mut impl Rng) -> Course {
        let (mut videos, mut left) = (Vec::new(), hours * CLASS_HOUR_MS);
        while left > 0 {
            let wish = rng.random_range(900..2_100) * 1000 + rng.random_range(0..1000);
            let duration_ms = if left - wish < LEAST_VIDEO_MS { left } else { wish };
            videos.push(Video { id: format!("v{:02}", videos.len() + 1), duration_ms });
            left -= duration_ms;
        }
        let quizzes = (1..=3).map(|n| format!("q{n}")).collect();
        Course { id, title, videos, quizzes }
    }

    /// The quizzes that follow when so many videos are done.
    pub(crate) fn quizzes_after(&self, done: usize) -> impl Iterator<Item = usize> + use<> {
        let (videos, count) = (self.videos.len(), self.quizzes.len());
        (0..count).filter(move |quiz| done == (videos * (quiz + 1) / count).max(1))
    }

    /// The lengths of its videos, ms.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = i64> + '_ {
        self.videos.iter().map(|video| video.duration_ms)
    }
}
