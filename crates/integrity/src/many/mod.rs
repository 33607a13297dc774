//! Checks between trainees: traces side by side, one file a subject.

mod address;
mod copied;
mod device;
mod harvest;
mod items;
mod links;
mod lockstep;
mod names;
mod platform;
mod replay;
mod spike;
mod window;

use std::collections::{BTreeMap, HashMap};

use keshi_events::{CourseId, Millis, PlatformId, TraineeId};

use crate::flag::{Exhibit, Flag};
use crate::rules::Rules;
use crate::traces::{EventName, Recording, Sheet, Steady, Tally, Traces, Use};

use names::Names;

/// The traces of many trainees. It grows with sessions and papers, never with stretches.
#[derive(Default)]
pub struct Crowd {
    people: Names<TraineeId>,
    uses: Vec<(u32, Use)>,
    sheets: Vec<(u32, Sheet)>,
    completions: BTreeMap<CourseId, Vec<(Millis, u32, EventName)>>,
    finished: BTreeMap<CourseId, Vec<(Millis, u32, EventName)>>,
    platforms: BTreeMap<PlatformId, Side>,
    steady: Vec<Steady>,
    /// (hash, beginning, who)
    patterns: Vec<(u64, Millis, u32)>,
    recordings: Vec<(u32, Recording)>,
}

/// All people of a platform.
#[derive(Default)]
struct Side {
    tally: Tally,
    /// How many people sent enough to tell whether they tick.
    could_tick: usize,
    /// How many of them tick, if only for a while.
    ticks: usize,
    /// How many people sent enough to tell whether they repeat others.
    could_repeat: usize,
}

impl Crowd {
    /// Takes one trainee in. Each trainee is taken once.
    pub fn take(&mut self, trainee: &TraineeId, traces: Traces) {
        let who = self.people.number(trainee);
        self.uses.extend(traces.uses.into_iter().map(|used| (who, used)));
        self.sheets.extend(traces.sheets.into_iter().map(|sheet| (who, sheet)));
        for (course, at, event) in traces.completions {
            self.completions.entry(course).or_default().push((at, who, event));
        }
        for (course, at, event) in traces.finished {
            self.finished.entry(course).or_default().push((at, who, event));
        }
        for (platform, tally) in traces.platforms {
            let side = self.platforms.entry(platform).or_default();
            side.could_tick += usize::from(tally.could_tick);
            side.ticks += usize::from(tally.ticks);
            side.could_repeat += usize::from(tally.could_repeat);
            side.tally.long_sessions += tally.long_sessions;
            side.tally.checked += tally.checked;
            side.tally.span = match (side.tally.span, tally.span) {
                (Some((from, to)), Some((begin, end))) => Some((from.min(begin), to.max(end))),
                (one, other) => one.or(other),
            };
        }
        self.steady.extend(traces.steady);
        self.patterns.extend(traces.patterns.into_iter().map(|(hash, at)| (hash, at, who)));
        self.recordings.extend(traces.recordings.into_iter().map(|recording| (who, recording)));
    }

    /// What looks wrong between the trainees that were taken: the same in whatever order they were.
    pub fn flags(&self, rules: &Rules) -> Vec<Flag> {
        let devices = self.by(|used| &used.device);
        let addresses = self.by(|used| &used.ip);
        let rooms = address::rooms(&addresses, rules);
        let mut flags = Vec::new();
        device::find(self, &devices, rules, &mut flags);
        address::find(self, &addresses, &rooms, &mut flags);
        lockstep::find(self, [&devices, &addresses], &rooms, rules, &mut flags);
        copied::find(self, [&devices, &addresses], &rooms, rules, &mut flags);
        harvest::find(self, [&devices, &addresses], &rooms, rules, &mut flags);
        items::find(self, rules, &mut flags);
        spike::find(self, rules, &mut flags);
        platform::find(self, rules, &mut flags);
        replay::find(self, rules, &mut flags);
        flags.into_iter().map(Flag::tidy).collect()
    }

    /// Sessions by device or address, for every name that several people used; in order of opening.
    fn by<'a>(&'a self, name: impl Fn(&'a Use) -> &'a str) -> BTreeMap<&'a str, Vec<(u32, &'a Use)>> {
        let mut first: HashMap<&str, (u32, bool)> = HashMap::new();
        for (who, used) in &self.uses {
            let known = first.entry(name(used)).or_insert((*who, false));
            known.1 |= known.0 != *who;
        }
        let mut shared: BTreeMap<&str, Vec<(u32, &Use)>> = BTreeMap::new();
        for (who, used) in &self.uses {
            let name = name(used);
            if names_something(name) && first.get(name).is_some_and(|(_, several)| *several) {
                shared.entry(name).or_default().push((*who, used));
            }
        }
        for uses in shared.values_mut() {
            uses.sort_by_key(|(who, used)| (used.opened, self.people.get(*who), used.seq));
        }
        shared
    }

    fn trainee(&self, who: u32) -> TraineeId {
        self.people.get(who).clone()
    }

    fn opening(&self, who: u32, used: &Use) -> Exhibit {
        Exhibit {
            seq: used.seq,
            platform: used.platform.clone(),
            trainee: self.trainee(who),
            id: used.id.clone(),
        }
    }

    fn exhibit(&self, who: u32, event: &EventName) -> Exhibit {
        Exhibit {
            seq: event.seq,
            platform: event.platform.clone(),
            trainee: self.trainee(who),
            id: event.id.clone(),
        }
    }

    fn paper(&self, who: u32, sheet: &Sheet) -> Exhibit {
        Exhibit {
            seq: sheet.seq,
            platform: sheet.platform.clone(),
            trainee: self.trainee(who),
            id: sheet.id.clone(),
        }
    }
}

/// A platform that does not know the device or address writes something like this, or what kind of device it is.
fn names_something(name: &str) -> bool {
    const NOTHING: [&str; 30] = [
        "",
        "unknown",
        "null",
        "none",
        "nil",
        "undefined",
        "n/a",
        "na",
        "-",
        "--",
        "0",
        "0.0.0.0",
        "127.0.0.1",
        "::1",
        "::",
        "localhost",
        "device",
        "default",
        "web",
        "browser",
        "h5",
        "app",
        "pc",
        "computer",
        "desktop",
        "mobile",
        "phone",
        "android",
        "ios",
        "未知",
    ];
    !NOTHING.contains(&name.trim().to_lowercase().as_str())
}
