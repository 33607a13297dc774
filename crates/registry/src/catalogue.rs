//! The part of the registry that verified time, study and assessment depend on.

use keshi_record::Catalogue;
use num_rational::Ratio;

use crate::file::RegistryFile;
use crate::lists::{Approval, Course, Provider};
use crate::registry::Registry;

impl RegistryFile {
    /// For a recomputation with this file.
    pub fn catalogue(&self) -> Catalogue {
        catalogue(self.courses.iter(), self.providers.iter(), self.approvals.iter())
    }
}

impl Registry {
    /// For the registry as it is now.
    pub fn catalogue(&self) -> Catalogue {
        catalogue(self.courses.values(), self.providers.values(), self.approvals.values())
    }
}

impl Course {
    /// What the course asks. A quiz whose pass mark is not registered cannot be passed until it is.
    pub fn demands(&self) -> keshi_record::Course {
        let pass = |share: Option<crate::money::Share>| match share.map(crate::money::Share::fraction) {
            Some((part, whole)) => Ratio::new(i128::from(part), i128::from(whole)),
            None => Ratio::from_integer(2),
        };
        keshi_record::Course {
            videos: self.videos.iter().map(|video| (video.video.clone(), video.duration_ms)).collect(),
            quizzes: self.quizzes.iter().map(|quiz| (quiz.quiz.clone(), pass(quiz.pass))).collect(),
            questions: self.questions.unwrap_or(0),
        }
    }
}

impl From<&Approval> for keshi_record::Approval {
    fn from(approval: &Approval) -> Self {
        match approval.clone() {
            Approval::Session { platform, trainee, session } => {
                keshi_record::Approval::Session { platform, trainee, session }
            }
            Approval::Outage { platform, from, to } => keshi_record::Approval::Outage { platform, from, to },
        }
    }
}

fn catalogue<'a>(
    courses: impl Iterator<Item = &'a Course>,
    providers: impl Iterator<Item = &'a Provider>,
    approvals: impl Iterator<Item = &'a Approval>,
) -> Catalogue {
    let limit = |provider: &Provider| Some((provider.provider.platform(), provider.max_stretch_ms?));
    Catalogue {
        courses: Some(courses.map(|course| (course.course.clone(), course.demands())).collect()),
        approvals: approvals.map(Into::into).collect(),
        max_stretch_ms: providers.filter_map(limit).collect(),
    }
}
