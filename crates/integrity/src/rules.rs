//! The parameters of all checks, with the defaults that they are judged by. A policy pack may set them in `[integrity]`.

use serde::{Deserialize, Serialize};

use crate::flag::Kind;

/// Parameters with their defaults. Times in milliseconds, shares in thousandths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// `stalled`: the position has not moved for so long.
    pub stalled_ms: i64,
    /// `shared-ip`: an address that carries so many people within a day is a training room or a carrier's.
    pub room_people: usize,
    /// `device-shared`, `shared-ip`, `travel` and harvesting look at spans of this length.
    pub day_ms: i64,
    /// `device-shared`: people on one device within a day for `info`, `review`, `hold`.
    pub device_people: [usize; 3],
    /// A "device" of more than so many people within a day, on more than half as many addresses, is the name of a product
    /// when it is in the hands of a twentieth of all people; one of fewer when it is in those of a fifth, and all are at
    /// least a hundred.
    pub device_name_people: usize,
    /// `device-concurrent`: two people's players ran at once for longer than this.
    pub concurrent_ms: i64,
    /// `parallel-session`, `parallel-platform`: more than this lost on one day (VT-1's `overlap_tolerance`).
    pub parallel_ms: i64,
    /// `impossible-speed`: at least so many refused stretches of a course ...
    pub speed_stretches: usize,
    /// ... with at least so much content.
    pub speed_content_ms: i64,
    /// `back-filled`: over this share of a course's claimed time holds.
    pub back_filled_hold: i64,
    /// `late-burst`: more than this of one person's stretches received late ...
    pub burst_ms: i64,
    /// ... within so long.
    pub burst_within_ms: i64,
    /// `late-burst`: or late uploads over this share of a course's claimed time ...
    pub late_share: i64,
    /// ... and of at least this length, so that a short offline spell in a short course is none.
    pub late_least_ms: i64,
    /// `presence-missed`: so many checks missed or failed in a course.
    pub missed_checks: usize,
    /// `presence-missed`: or over this share of them.
    pub missed_share: i64,
    /// `presence-missed`: a single missed check is a share of nothing, unless the player ran on unattended for so long.
    pub missed_alone_ms: i64,
    /// `presence-missed`: a check that was made good by a passed one within this is no part of the share.
    pub made_good_ms: i64,
    /// `seek-to-end`: jumps over more than this share of a video ...
    pub seek_share: i64,
    /// ... to beyond this share of it ...
    pub seek_end: i64,
    /// ... in so many videos of a course.
    pub seek_videos: usize,
    /// `completion-mismatch`: all required quizzes passed with less than this share of the course.
    pub mismatch_share: i64,
    /// `completion-mismatch`: unless this share of it was played at a permitted speed.
    pub mismatch_seen: i64,
    /// `long-session`: so long after the opening.
    pub long_session_ms: i64,
    /// `no-presence`: sessions of more than this length are expected to ask.
    pub presence_session_ms: i64,
    /// `metronome`: so many successive stretches ...
    pub metronome_stretches: usize,
    /// ... whose lengths and gaps differ by less than this.
    pub metronome_ms: i64,
    /// `metronome`: or the same pattern of so many delays seen again.
    pub replay_events: usize,
    /// A pattern says something only with so many different delays.
    pub replay_distinct: usize,
    /// Somebody else's equal pattern at nearly the same time is a live lesson, not a replay.
    pub replay_apart_ms: i64,
    /// Two delays of one person that differ by less than `metronome_ms` are the same; those that lie this far from the usual
    /// one say something.
    pub replay_telling_ms: i64,
    /// So many ticks in a row show how a platform's player keeps time.
    pub player_ticks: usize,
    /// Where over this share of at least `platform_people` people of a platform tick alike, the platform's player does.
    pub platform_share: i64,
    /// See `platform_share`.
    pub platform_people: usize,
    /// `marathon`: attested within a day.
    pub marathon_day_ms: i64,
    /// `marathon`: or so long without a pause ...
    pub marathon_ms: i64,
    /// ... of this length.
    pub marathon_pause_ms: i64,
    /// `rewatch-loop`: attested over unique content is more than this ...
    pub rewatch_times: i64,
    /// ... on so many videos.
    pub rewatch_videos: usize,
    /// `quiz-too-fast`: mean time an item below this.
    pub quiz_item_ms: i64,
    /// `quiz-too-fast`: a paper of fewer items has no mean.
    pub quiz_items: usize,
    /// `quiz-too-fast`: or below this share of the items' mean ...
    pub quiz_mean_share: i64,
    /// ... over so many people.
    pub quiz_mean_people: usize,
    /// Longer answers count as this in the mean: who leaves the paper open says nothing about the item.
    pub quiz_longest_ms: i64,
    /// `quiz-copied`: so many identical wrong choices ...
    pub copied_choices: usize,
    /// ... submitted within this.
    pub copied_within_ms: i64,
    /// `quiz-copied`: with more papers of the quiz than this, likeness must also be unlikely by chance ...
    pub copied_crowd: usize,
    /// ... at most so many chance likenesses in a million are to be expected among the papers between the two.
    pub copied_chance_ppm: i64,
    /// `answer-harvest`: so many items ...
    pub harvest_items: usize,
    /// ... within this (90th percentile) ...
    pub harvest_within_ms: i64,
    /// ... and the first has fewer right than this share.
    pub harvest_right_share: i64,
    /// `travel`: faster than this, km/h.
    pub travel_kmh: i64,
    /// `travel`: two places nearer than this are one, km.
    pub travel_least_km: i64,
    /// `course-spike`: completions a day over so many times the median ...
    pub spike_times: u64,
    /// ... of so many days before ...
    pub spike_days: i64,
    /// ... and at least so many.
    pub spike_completions: u64,
    /// `roster-lockstep`: so many people in a row ...
    pub lockstep_people: usize,
    /// ... or so many on an address of `room_people` of whom they are less than half ...
    pub lockstep_room_people: usize,
    /// ... with gaps that differ by at most this share of the least of them ...
    pub lockstep_share: i64,
    /// ... of at least this length ...
    pub lockstep_least_ms: i64,
    /// ... and at most this.
    pub lockstep_most_ms: i64,
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

impl Default for Rules {
    fn default() -> Self {
        Rules {
            stalled_ms: 10 * MINUTE,
            room_people: 10,
            day_ms: 24 * HOUR,
            device_people: [2, 3, 5],
            device_name_people: 200,
            concurrent_ms: 5 * SECOND,
            parallel_ms: 5 * SECOND,
            speed_stretches: 3,
            speed_content_ms: 300 * SECOND,
            back_filled_hold: 200,
            burst_ms: 2 * HOUR,
            burst_within_ms: 10 * MINUTE,
            late_share: 200,
            late_least_ms: 10 * MINUTE,
            missed_checks: 3,
            missed_share: 200,
            missed_alone_ms: 10 * MINUTE,
            made_good_ms: 10 * MINUTE,
            seek_share: 500,
            seek_end: 950,
            seek_videos: 3,
            mismatch_share: 500,
            mismatch_seen: 800,
            long_session_ms: 16 * HOUR,
            presence_session_ms: HOUR,
            metronome_stretches: 60,
            metronome_ms: 20,
            replay_events: 20,
            replay_distinct: 6,
            replay_apart_ms: 10 * MINUTE,
            replay_telling_ms: 100,
            player_ticks: 10,
            platform_share: 800,
            platform_people: 20,
            marathon_day_ms: 12 * HOUR,
            marathon_ms: 4 * HOUR,
            marathon_pause_ms: 10 * MINUTE,
            rewatch_times: 5,
            rewatch_videos: 3,
            quiz_item_ms: 3 * SECOND,
            quiz_items: 3,
            quiz_mean_share: 100,
            quiz_mean_people: 30,
            quiz_longest_ms: 5 * MINUTE,
            copied_choices: 4,
            copied_within_ms: 30 * MINUTE,
            copied_crowd: 50,
            copied_chance_ppm: 3_000,
            harvest_items: 10,
            harvest_within_ms: 5 * MINUTE,
            harvest_right_share: 700,
            travel_kmh: 900,
            travel_least_km: 20,
            spike_times: 5,
            spike_days: 14,
            spike_completions: 20,
            lockstep_people: 5,
            lockstep_room_people: 8,
            lockstep_share: 250,
            lockstep_least_ms: 5 * SECOND,
            lockstep_most_ms: 2 * HOUR,
        }
    }
}

/// Which flag a member decides over, by how its name begins.
const DECIDES: &[(&str, Kind)] = &[
    ("stalled", Kind::Stalled),
    ("room", Kind::SharedIp),
    ("day", Kind::DeviceShared),
    ("device", Kind::DeviceShared),
    ("concurrent", Kind::DeviceConcurrent),
    ("parallel", Kind::ParallelSession),
    ("speed", Kind::ImpossibleSpeed),
    ("back_filled", Kind::BackFilled),
    ("burst", Kind::LateBurst),
    ("late", Kind::LateBurst),
    ("missed", Kind::PresenceMissed),
    ("made_good", Kind::PresenceMissed),
    ("seek", Kind::SeekToEnd),
    ("mismatch", Kind::CompletionMismatch),
    ("long_session", Kind::LongSession),
    ("presence_session", Kind::NoPresence),
    ("metronome", Kind::Metronome),
    ("replay", Kind::Metronome),
    ("player", Kind::Metronome),
    ("platform", Kind::Metronome),
    ("marathon", Kind::Marathon),
    ("rewatch", Kind::RewatchLoop),
    ("quiz", Kind::QuizTooFast),
    ("copied", Kind::QuizCopied),
    ("harvest", Kind::AnswerHarvest),
    ("travel", Kind::Travel),
    ("spike", Kind::CourseSpike),
    ("lockstep", Kind::RosterLockstep),
];

impl Rules {
    /// The flag that a member decides over, first of all.
    pub fn decides(member: &str) -> Option<Kind> {
        DECIDES.iter().find(|(beginning, _)| member.starts_with(beginning)).map(|(_, kind)| *kind)
    }

    /// What contradicts itself, as the member's name with a sentence in Chinese and in English.
    pub fn faults(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let [info, review, hold] = self.device_people;
        let shares = [
            ("back_filled_hold", self.back_filled_hold),
            ("late_share", self.late_share),
            ("missed_share", self.missed_share),
            ("seek_share", self.seek_share),
            ("seek_end", self.seek_end),
            ("mismatch_share", self.mismatch_share),
            ("mismatch_seen", self.mismatch_seen),
            ("platform_share", self.platform_share),
            ("quiz_mean_share", self.quiz_mean_share),
            ("harvest_right_share", self.harvest_right_share),
            ("lockstep_share", self.lockstep_share),
        ];
        let outside = |(_, share): &(&str, i64)| !(0..=1000).contains(share);
        let mut faults: Vec<_> = shares
            .into_iter()
            .filter(outside)
            .map(|(name, _)| {
                (
                    name,
                    "份额以千分之一计，须在 0 至 1000 之间",
                    "a share in thousandths lies within 0 and 1000",
                )
            })
            .collect();
        if info < 2 || review < info || hold < review {
            faults.push((
                "device_people",
                "提示、核查、暂缓的人数须自 2 起依次不减",
                "people for info, review and hold begin at 2 and do not fall",
            ));
        }
        let counts = [
            ("room_people", self.room_people),
            ("speed_stretches", self.speed_stretches),
            ("missed_checks", self.missed_checks),
            ("metronome_stretches", self.metronome_stretches),
            ("replay_events", self.replay_events),
            ("copied_choices", self.copied_choices),
            ("harvest_items", self.harvest_items),
            ("lockstep_people", self.lockstep_people),
        ];
        let none = counts.into_iter().filter(|(_, count)| *count < 2);
        faults.extend(
            none.map(|(name, _)| (name, "至少为 2，否则人人有标记", "at least 2, or everybody is flagged")),
        );
        faults
    }
}

/// Whether `part` is more than so many thousandths of `whole`, exactly.
pub(crate) fn over_share(part: i64, thousandths: i64, whole: i64) -> bool {
    i128::from(part) * 1000 > i128::from(thousandths) * i128::from(whole)
}
