//! The registry file of a class: complete, so that completions become claims.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde::ser::Serializer;

use crate::life::trainee_id;
use crate::people::Person;
use crate::platform::Platform;

/// Where everybody is enrolled. People are made up while they are written, so that a city needs no memory.
pub(crate) struct Registry<'a, F> {
    pub(crate) platforms: &'a [Arc<Platform>],
    /// The first day of the enrolments, `2020-04-06`.
    pub(crate) on: String,
    /// How many people.
    pub(crate) people: u32,
    /// Person and course of a number.
    pub(crate) of: F,
}

#[derive(Serialize)]
struct File<'a, T: Serialize, E: Serialize> {
    providers: Vec<Provider<'a>>,
    specialties: [Specialty; 1],
    courses: Vec<Course<'a>>,
    trainees: T,
    enrolments: E,
}

#[derive(Serialize)]
struct Provider<'a> {
    provider: &'a str,
    kind: &'static str,
    name: &'a str,
    listings: [Listing; 1],
}

#[derive(Serialize)]
struct Listing {
    authority: &'static str,
    from: &'static str,
    to: &'static str,
}

#[derive(Serialize)]
struct Specialty {
    specialty: &'static str,
    name: &'static str,
    category: &'static str,
    standard_yuan: BTreeMap<&'static str, &'static str>,
    practical_share: &'static str,
}

#[derive(Serialize)]
struct Course<'a> {
    course: &'a str,
    provider: &'a str,
    specialty: &'static str,
    level: &'static str,
    title: &'a str,
    videos: Vec<Video<'a>>,
    quizzes: Vec<Quiz<'a>>,
    questions: u32,
    listings: [Listing; 1],
}

#[derive(Serialize)]
struct Video<'a> {
    video: &'a str,
    duration_ms: i64,
}

#[derive(Serialize)]
struct Quiz<'a> {
    quiz: &'a str,
    pass: &'static str,
}

#[derive(Serialize)]
struct Trainee {
    trainee: String,
    name: String,
    id_number: String,
    phone: String,
    district: &'static str,
    category: &'static str,
}

#[derive(Serialize)]
struct Enrolment<'a> {
    trainee: String,
    course: &'a str,
    on: &'a str,
    free: bool,
}

/// One row after the other.
struct Rows<F>(u32, F);

impl<T: Serialize, F: Fn(u32) -> T> Serialize for Rows<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.0).map(&self.1))
    }
}

const LISTING: [Listing; 1] = [Listing { authority: "jinan", from: "2020-03-01", to: "2020-06-30" }];

impl<'a, F: Fn(u32) -> (Person, &'a str)> Serialize for Registry<'a, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let trainee = |who| {
            let Person { name, id_number, phone, district, category } = (self.of)(who).0;
            Trainee { trainee: trainee_id(who), name, id_number, phone, district, category }
        };
        let enrolment =
            |who| Enrolment { trainee: trainee_id(who), course: (self.of)(who).1, on: &self.on, free: true };
        let file = File {
            providers: self.platforms.iter().map(|platform| provider(platform)).collect(),
            specialties: [Specialty {
                specialty: "electrician",
                name: "电工",
                category: "skill",
                standard_yuan: [("junior", "1000"), ("intermediate", "1500"), ("senior", "2000")].into(),
                practical_share: "0.60",
            }],
            courses: self.platforms.iter().map(|platform| course(platform)).collect(),
            trainees: Rows(self.people, trainee),
            enrolments: Rows(self.people, enrolment),
        };
        file.serialize(serializer)
    }
}

fn provider(platform: &Platform) -> Provider<'_> {
    Provider { provider: platform.id, kind: "platform", name: platform.name, listings: LISTING }
}

fn course(platform: &Platform) -> Course<'_> {
    let course = &platform.course;
    Course {
        course: course.id,
        provider: platform.id,
        specialty: "electrician",
        level: "junior",
        title: course.title,
        videos: course.videos.iter().map(|v| Video { video: &v.id, duration_ms: v.duration_ms }).collect(),
        quizzes: course.quizzes.iter().map(|quiz| Quiz { quiz, pass: "0.60" }).collect(),
        questions: 1,
        listings: LISTING,
    }
}
