//! A trainee's traces by what they are compared under: whoever shares no device, address, quiz, course or rhythm with somebody
//! need not be laid beside them.

use std::collections::BTreeMap;

use keshi_events::{CourseId, Millis, PlatformId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::many::{names_something, roundings};
use crate::rules::Rules;
use crate::traces::{EventName, Recording, Regular, Sheet, Traces, Use};

/// What people are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// A network address.
    Address,
    /// A device.
    Device,
    /// A quiz of a course.
    Quiz,
    /// A course.
    Course,
    /// The same delays, to the millisecond.
    Delays,
    /// Sessions that begin alike, but for some milliseconds.
    Beginnings,
}

impl Scope {
    /// All of them: addresses first, since what is a room decides elsewhere.
    pub const ALL: [Scope; 6] =
        [Scope::Address, Scope::Device, Scope::Quiz, Scope::Course, Scope::Delays, Scope::Beginnings];

    /// A stable number, from 1.
    pub fn number(self) -> i16 {
        match self {
            Scope::Address => 1,
            Scope::Device => 2,
            Scope::Quiz => 3,
            Scope::Course => 4,
            Scope::Delays => 5,
            Scope::Beginnings => 6,
        }
    }
}

/// One device, one address, one quiz ...: 64 bits of the SHA-256 of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// What it is.
    pub scope: Scope,
    /// Which one.
    pub name: u64,
}

/// What one trainee left under one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Sessions on the device or address; on an address without the times at which a player ran.
    Uses(Vec<Use>),
    /// Papers of the quiz.
    Papers(Vec<Sheet>),
    /// The course: completed, and finished by the platform's own account.
    Done {
        /// See [`Traces::completions`].
        completed: Vec<(CourseId, Millis, EventName)>,
        /// See [`Traces::finished`].
        finished: Vec<(CourseId, Millis, EventName)>,
    },
    /// When delays of this hash began.
    Delays(u64, Vec<Millis>),
    /// Sessions that begin so.
    Beginnings(Vec<Recording>),
}

/// What else must be so for a flag to stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Condition {
    /// Most people of the platform are not as regular.
    NotOwn(Regular, PlatformId),
    /// Its two people share a device, or an address that is no room.
    Share,
}

fn key(scope: Scope, names: &[&str]) -> Key {
    let mut hash = Sha256::new();
    for name in names {
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    Key { scope, name: u64::from_be_bytes([a, b, c, d, e, f, g, h]) }
}

impl Traces {
    /// By what they are compared under. Platforms and what is too regular by itself are compared as sums alone.
    pub fn parts(&self, rules: &Rules) -> BTreeMap<Key, Part> {
        let mut parts = BTreeMap::new();
        for used in &self.uses {
            if names_something(&used.device) {
                used_on(&mut parts, key(Scope::Device, &[&used.device]), used.clone());
            }
            if names_something(&used.ip) {
                let used = Use { plays: Vec::new(), ..used.clone() };
                used_on(&mut parts, key(Scope::Address, &[&used.ip]), used);
            }
        }
        for sheet in &self.sheets {
            let key = key(Scope::Quiz, &[sheet.course.as_str(), sheet.quiz.as_str()]);
            if let Part::Papers(sheets) = parts.entry(key).or_insert(Part::Papers(Vec::new())) {
                sheets.push(sheet.clone());
            }
        }
        let completed = self.completions.iter().map(|done| (true, done));
        for (is_completed, done) in completed.chain(self.finished.iter().map(|done| (false, done))) {
            let none = Part::Done { completed: Vec::new(), finished: Vec::new() };
            let part = parts.entry(key(Scope::Course, &[done.0.as_str()])).or_insert(none);
            if let Part::Done { completed, finished } = part {
                (if is_completed { completed } else { finished }).push(done.clone());
            }
        }
        for (hash, at) in &self.patterns {
            let key = Key { scope: Scope::Delays, name: *hash };
            if let Part::Delays(_, moments) = parts.entry(key).or_insert(Part::Delays(*hash, Vec::new())) {
                moments.push(*at);
            }
        }
        for recording in &self.recordings {
            for name in roundings(recording, rules) {
                let key = Key { scope: Scope::Beginnings, name };
                let part = parts.entry(key).or_insert(Part::Beginnings(Vec::new()));
                if let Part::Beginnings(recordings) = part {
                    recordings.push(recording.clone());
                }
            }
        }
        parts
    }
}

fn used_on(parts: &mut BTreeMap<Key, Part>, key: Key, used: Use) {
    if let Part::Uses(uses) = parts.entry(key).or_insert(Part::Uses(Vec::new())) {
        uses.push(used);
    }
}
