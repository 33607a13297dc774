//! Lenient reading, for recomputation: what verified time needs must be readable, all else is passed over.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::fault::{Code, Origin, Place, RowError};
use crate::file::{MAX_VIDEO_MS, RegistryFile};
use crate::headers::List;
use crate::lists::{Approval, Course, Provider, Quiz, Video};
use crate::money::Share;
use crate::read::json;
use crate::read::kinds;
use crate::read::row::{Fault, Form, Row};

/// The longest duration that is read here, ms: far beyond any position, and sums of it stay in range.
const LONGEST_MS: i64 = 999_999_999_999;

pub(crate) fn read(bytes: &[u8]) -> Result<RegistryFile, Vec<RowError>> {
    let lists = json::object("", bytes)?;
    let mut file = RegistryFile::default();
    let mut faults = Vec::new();
    let mut courses = BTreeSet::new();
    each(&lists, List::Courses, &mut faults, |row| {
        let course = course(row)?;
        if courses.insert(course.course.clone()) {
            file.courses.push(course);
        } else {
            row.fault("course", twice());
        }
        Some(())
    });
    each(&lists, List::Approvals, &mut faults, |row| {
        file.approvals.push(approval(row)?);
        Some(())
    });
    // Only a provider with a limit of its own matters; the others may be anything.
    each(&lists, List::Providers, &mut faults, |row| {
        let max_stretch_ms = row.get("max_stretch_ms", kinds::integer(0, MAX_VIDEO_MS))?;
        let provider = row.need("provider", kinds::token)?.into();
        file.providers.push(Provider { max_stretch_ms: Some(max_stretch_ms), ..Provider::new(provider) });
        Some(())
    });
    if faults.is_empty() { Ok(file) } else { Err(faults) }
}

fn each(
    lists: &Map<String, Value>,
    list: List,
    faults: &mut Vec<RowError>,
    mut read: impl FnMut(&mut Row<'_>) -> Option<()>,
) {
    let of_list = |place, chinese: &str, english: &str| RowError {
        list: Some(list),
        origin: Origin { file: String::new(), sheet: None, place },
        ..RowError::of_file("", Code::R103, chinese, english)
    };
    // Nothing of a provider is needed, so a list of them that is none harms nobody.
    let needed = list != List::Providers;
    let rows = match lists.get(list.as_str()) {
        None | Some(Value::Null) => return,
        Some(Value::Array(rows)) => rows,
        Some(_) => {
            faults.extend(needed.then(|| of_list(Place::File, "须为列表", "must be a list")));
            return;
        }
    };
    for (index, element) in rows.iter().enumerate() {
        let origin = Origin { file: String::new(), sheet: None, place: Place::Index(index) };
        let Some(members) = element.as_object() else {
            faults.extend(needed.then(|| of_list(origin.place, "须为对象", "must be an object")));
            continue;
        };
        let mut row = Row { members, form: Form::Json, origin: &origin, list, prefix: String::new(), faults };
        read(&mut row);
    }
}

fn course(row: &mut Row<'_>) -> Option<Course> {
    let course = row.need("course", kinds::any_text)?;
    let mut seen = BTreeSet::new();
    let videos = row.rows("videos", |row| {
        let video = row.need("video", kinds::any_text);
        let duration_ms = row.need("duration_ms", kinds::integer(0, LONGEST_MS));
        let video = video?;
        if !seen.insert(video.clone()) {
            row.fault("video", twice());
        }
        Some(Video { video: video.into(), duration_ms: duration_ms? })
    });
    let quizzes = row.members.get("quizzes").and_then(Value::as_array).into_iter().flatten();
    let quizzes = quizzes.filter_map(quiz).collect();
    let questions = row.members.get("questions").and_then(Value::as_u64).and_then(|q| u32::try_from(q).ok());
    Some(Course { videos: videos.unwrap_or_default(), quizzes, questions, ..Course::new(course.into()) })
}

fn quiz(value: &Value) -> Option<Quiz> {
    let pass = value.get("pass").and_then(Value::as_str).and_then(|text| Share::parse(text).ok());
    Some(Quiz { quiz: value.get("quiz")?.as_str()?.into(), pass })
}

fn approval(row: &mut Row<'_>) -> Option<Approval> {
    let platform = row.need("platform", kinds::any_text)?.into();
    if row.members.get("session").is_some_and(Value::is_string) {
        let trainee = row.need("trainee", kinds::any_text)?.into();
        let session = row.need("session", kinds::any_text)?.into();
        return Some(Approval::Session { platform, trainee, session });
    }
    let (from, to) = (row.need("from", kinds::moment), row.need("to", kinds::moment));
    Some(Approval::Outage { platform, from: from?, to: to? })
}

fn twice() -> Fault {
    Fault::new(Code::R109, "重复", "stands twice")
}
