//! The records as machines get them: what `keshi recompute --json` and `keshi record --all --json` print.

use std::collections::BTreeMap;

use keshi_events::{Code, CourseId, TraineeId, VideoId};
use serde::{Deserialize, Serialize};

use crate::catalogue::Catalogue;
use crate::constants::Constants;
use crate::coverage::Coverage;
use crate::exact::ExactMs;
use crate::hours::class_hours;
use crate::summary::Summary;

/// The version of the rule that a record names.
pub const RULE: &str = "VT-1";

/// All records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// `VT-1`
    pub rule: String,
    /// Trainees with at least one accepted event, by id.
    pub trainees: Vec<TraineeRecord>,
    /// Rejected messages in order of seq.
    pub rejected: Vec<Rejected>,
    /// Accepted events that repeat an id.
    pub duplicates: u64,
}

/// A rejected message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Stream sequence.
    pub seq: u64,
    /// The stable code.
    pub code: Code,
}

/// One trainee's study record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraineeRecord {
    /// Who.
    pub trainee: TraineeId,
    /// Claimed wall time, ms.
    pub claimed_ms: i64,
    /// Attested wall time, ms.
    pub attested_ms: i64,
    /// Excluded wall time by reason, ms; none with 0.
    pub excluded_ms: BTreeMap<String, i64>,
    /// Flags of VT-1 by name.
    pub flags: Vec<String>,
    /// Courses by id.
    pub courses: Vec<CourseRecord>,
}

/// A trainee's record of one course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseRecord {
    /// Which.
    pub course: CourseId,
    /// Floor of the exact sum over its videos.
    pub verified_seconds: i64,
    /// Seconds of content covered at all.
    pub unique_seconds: i64,
    /// Class hours (课时) of the verified seconds.
    pub class_hours: i64,
    /// Videos by id.
    pub videos: Vec<VideoRecord>,
}

/// A trainee's record of one video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoRecord {
    /// Which.
    pub video: VideoId,
    /// Floor of its exact verified milliseconds.
    pub verified_ms: i64,
    /// Floor of its exact covered milliseconds.
    pub unique_ms: i64,
}

impl TraineeRecord {
    /// The record of a verdict under a catalogue.
    pub fn of(
        trainee: &TraineeId,
        summary: &Summary,
        constants: &Constants,
        catalogue: &Catalogue,
    ) -> TraineeRecord {
        let excluded = summary.wall.excluded_ms.iter().filter(|(_, ms)| **ms != 0);
        let mut flags: Vec<String> = summary.all_flags(constants).iter().map(ToString::to_string).collect();
        flags.sort_unstable();
        TraineeRecord {
            trainee: trainee.clone(),
            claimed_ms: summary.wall.claimed_ms,
            attested_ms: summary.wall.attested_ms,
            excluded_ms: excluded.map(|(reason, ms)| (reason.to_string(), *ms)).collect(),
            flags,
            courses: summary
                .courses
                .iter()
                .map(|(course, videos)| CourseRecord::of(course, videos, catalogue))
                .collect(),
        }
    }
}

impl CourseRecord {
    /// The record of a course: sums are exact until the last step.
    pub fn of(
        course: &CourseId,
        videos: &BTreeMap<VideoId, Coverage>,
        catalogue: &Catalogue,
    ) -> CourseRecord {
        let (mut verified, mut unique) = (ExactMs::default(), ExactMs::default());
        let mut records = Vec::with_capacity(videos.len());
        for (video, coverage) in videos {
            let extent = catalogue.extent(course.as_str(), video.as_str());
            let (v, u) = (coverage.verified(extent), coverage.unique(extent));
            records.push(VideoRecord { video: video.clone(), verified_ms: v.floor(), unique_ms: u.floor() });
            verified.add(v);
            unique.add(u);
        }
        let seconds = |exact: &ExactMs| exact.floor().div_euclid(1000);
        let verified_seconds = seconds(&verified);
        CourseRecord {
            course: course.clone(),
            verified_seconds,
            unique_seconds: seconds(&unique),
            class_hours: class_hours(verified_seconds),
            videos: records,
        }
    }
}
