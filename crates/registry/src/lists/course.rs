use chrono::NaiveDate;
use keshi_events::{CourseId, QuizId, VideoId};
use serde::{Deserialize, Serialize};

use crate::ids::{Level, ProviderId, SpecialtyId};
use crate::lists::Listing;
use crate::money::Share;

/// A course: one specialty's whole online programme (clause 六(一)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// The id that events name.
    pub course: CourseId,
    /// Who offers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// What it teaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specialty: Option<SpecialtyId>,
    /// For which level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its videos; without one it can never be studied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub videos: Vec<Video>,
    /// The quizzes that must be passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quizzes: Vec<Quiz>,
    /// How many questions must be asked; left out is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub questions: Option<u32>,
    /// Its listings in the published catalogue; left out is unknown, empty is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listings: Option<Vec<Listing>>,
    /// Whether the provider developed it itself (clauses 三(一), 四).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_developed: Option<bool>,
    /// Whether it relates to the main business of the enterprise that offers it (clause 四).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main_business: Option<bool>,
    /// The first day of completions that this version of the course judges. A version without it corrects the first
    /// one; one with it leaves earlier completions with the version before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
}

/// A video of a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The id that events name.
    pub video: VideoId,
    /// Its length, ms.
    pub duration_ms: i64,
}

/// A quiz that a course requires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiz {
    /// The id that events name.
    pub quiz: QuizId,
    /// The pass mark: the least score / max_score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<Share>,
}

impl Course {
    /// A course of which nothing is known.
    pub fn new(course: CourseId) -> Course {
        Course {
            course,
            provider: None,
            specialty: None,
            level: None,
            title: None,
            videos: Vec::new(),
            quizzes: Vec::new(),
            questions: None,
            listings: None,
            own_developed: None,
            main_business: None,
            valid_from: None,
        }
    }

    /// Which of all registered versions of a course, in their order, judges completions of a day.
    pub fn version_on<'a>(versions: impl Iterator<Item = &'a Course>, day: NaiveDate) -> Option<usize> {
        let mut first = None;
        let in_force = versions.enumerate().filter(|(at, version)| {
            first.get_or_insert(*at);
            version.valid_from.is_none_or(|from| from <= day)
        });
        // A later entry of the same first day corrects the one before it. Without any in force, the first that came.
        let latest = in_force.max_by_key(|(_, version)| version.valid_from).map(|(at, _)| at);
        latest.or(first)
    }

    /// The registered length of all videos, ms; `None` without a video.
    pub fn duration_ms(&self) -> Option<i64> {
        let sum = self.videos.iter().fold(0_i64, |sum, video| sum.saturating_add(video.duration_ms));
        (!self.videos.is_empty()).then_some(sum)
    }

    /// Whether a listing of its own is in force on a day; `None` when its listings are unknown.
    pub fn listed_on(&self, day: NaiveDate) -> Option<bool> {
        self.listings.as_ref().map(|listings| listings.iter().any(|listing| listing.covers(day)))
    }
}
