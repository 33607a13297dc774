//! The course that everybody studies: thirty class hours of a skill trade.

use rand::{Rng, RngExt};
use serde_json::{Value, json};

/// Milliseconds of one class hour.
const CLASS_HOUR_MS: i64 = 40 * 60_000;

/// A video with its registered length.
#[derive(Clone, Debug)]
pub(crate) struct Video {
    pub(crate) id: String,
    pub(crate) duration_ms: i64,
}

/// The course.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub(crate) id: &'static str,
    pub(crate) platform: &'static str,
    pub(crate) videos: Vec<Video>,
    pub(crate) quizzes: Vec<String>,
}

impl Course {
    /// Videos of 15 to 35 minutes that make exactly so many class hours.
    pub(crate) fn plan(hours: i64, rng: &mut impl Rng) -> Course {
        let (mut videos, mut left) = (Vec::new(), hours * CLASS_HOUR_MS);
        while left > 0 {
            let wish = rng.random_range(900..2_100) * 1000 + rng.random_range(0..1000);
            let duration_ms = if left - wish < 600_000 { left } else { wish };
            videos.push(Video { id: format!("v{:02}", videos.len() + 1), duration_ms });
            left -= duration_ms;
        }
        let quizzes = (1..=3).map(|n| format!("q{n}")).collect();
        Course { id: "electrician-junior", platform: "p1", videos, quizzes }
    }

    /// Its row of the registry.
    pub(crate) fn registered(&self) -> Value {
        let videos: Vec<Value> =
            self.videos.iter().map(|v| json!({"video": v.id, "duration_ms": v.duration_ms})).collect();
        let quizzes: Vec<Value> = self.quizzes.iter().map(|q| json!({"quiz": q, "pass": "0.60"})).collect();
        json!({"course": self.id, "provider": self.platform, "specialty": "electrician", "level": "junior",
               "title": "电工（初级）", "videos": videos, "quizzes": quizzes, "questions": 1})
    }
}
