//! What a platform needs in order to publish: the ids of its courses, videos, quizzes and trainees. No names.

use std::collections::BTreeMap;

use keshi_events::{CourseId, QuizId, TraineeId};
use serde::Serialize;

use crate::ids::ProviderId;
use crate::lists::Video;
use crate::registry::Registry;

/// One platform's part of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlatformExport {
    /// The token that the platform publishes under.
    pub platform: ProviderId,
    /// Its courses.
    pub courses: Vec<ExportedCourse>,
    /// Who is enrolled in one of them.
    pub trainees: Vec<ExportedTrainee>,
}

/// A course as a platform needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedCourse {
    /// The course's id.
    pub course: CourseId,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its videos with their registered length.
    pub videos: Vec<Video>,
    /// Its quizzes.
    pub quizzes: Vec<QuizId>,
    /// How many questions a trainee must ask.
    pub questions: u32,
}

/// An enrolled trainee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedTrainee {
    /// The opaque id.
    pub trainee: TraineeId,
    /// In which of the platform's courses.
    pub courses: Vec<CourseId>,
}

/// A platform's part of the registry; `None` when there is no such provider.
pub fn export_for_platform(registry: &Registry, platform: &ProviderId) -> Option<PlatformExport> {
    registry.providers.get(platform)?;
    let own = |course: &CourseId| {
        registry.courses.get(course).is_some_and(|course| course.provider.as_ref() == Some(platform))
    };
    let courses = registry.courses.values().filter(|course| own(&course.course));
    let courses = courses.map(|course| ExportedCourse {
        course: course.course.clone(),
        title: course.title.clone(),
        videos: course.videos.clone(),
        quizzes: course.quizzes.iter().map(|quiz| quiz.quiz.clone()).collect(),
        questions: course.questions.unwrap_or(0),
    });
    let mut enrolled: BTreeMap<&TraineeId, Vec<CourseId>> = BTreeMap::new();
    for (trainee, course) in registry.enrolments.keys().filter(|(_, course)| own(course)) {
        enrolled.entry(trainee).or_default().push(course.clone());
    }
    let trainees = enrolled.into_iter();
    let trainees =
        trainees.map(|(trainee, courses)| ExportedTrainee { trainee: trainee.clone(), courses }).collect();
    Some(PlatformExport { platform: platform.clone(), courses: courses.collect(), trainees })
}
