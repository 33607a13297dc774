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

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keshi_events::{CourseId, Millis, PlatformId, TraineeId};

use crate::flag::{Exhibit, Flag};
use crate::parts::{Part, Scope};
use crate::rules::Rules;
use crate::traces::{EventName, Recording, Sheet, Steady, Traces, Use};

pub use harvest::MOST_PEOPLE;
pub use platform::Side;
pub(crate) use replay::roundings;
pub use replay::{Link, Repeats};

use copied::Places;
use names::Names;

/// What judging one key gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What looks wrong.
    pub flags: Vec<Flag>,
    /// What does, where the two people share a device, or an address that is no room.
    pub doubtful: Vec<Flag>,
    /// The address is a room or gateway.
    pub is_room: bool,
    /// Where the number of all trainees decides: from how many to how many the judgement stays.
    pub turning: Option<(u64, u64)>,
    /// Who repeats whom.
    pub links: Vec<Link>,
}

/// The traces of many trainees, or their parts under one key. It grows with sessions and papers, never with stretches.
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

impl Crowd {
    /// Takes one trainee in. Each trainee is taken once.
    pub fn take(&mut self, trainee: &TraineeId, traces: Traces) {
        let who = self.people.number(trainee);
        for (platform, tally) in &traces.platforms {
            self.platforms.entry(platform.clone()).or_default().add(tally, traces.repeats_on(platform));
        }
        self.uses.extend(traces.uses.into_iter().map(|used| (who, used)));
        self.sheets.extend(traces.sheets.into_iter().map(|sheet| (who, sheet)));
        for (course, at, event) in traces.completions {
            self.completions.entry(course).or_default().push((at, who, event));
        }
        for (course, at, event) in traces.finished {
            self.finished.entry(course).or_default().push((at, who, event));
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
        device::find(self, &devices, self.people.len() as u64, rules, &mut flags);
        address::find(self, &addresses, &rooms, &mut flags);
        lockstep::find(self, [&devices, &addresses], &rooms, rules, &mut flags);
        harvest::find(self, [&devices, &addresses], &rooms, rules, &mut flags);
        let copied = copied::find(self, rules);
        let places = Places::of([&devices, &addresses], &rooms);
        flags.extend(copied.flags);
        flags.extend(
            copied.doubtful.into_iter().filter(|(pair, _)| places.share_one(*pair)).map(|(_, flag)| flag),
        );
        items::find(self, rules, &mut flags);
        spike::find(self, rules, &mut flags);
        platform::find(self, rules, &mut flags);
        let everybody = self.platforms.values().map(|side| side.could_repeat).sum();
        let mut repeats = Repeats::default();
        replay::links(self, rules).into_iter().for_each(|link| repeats.take(link));
        flags.extend(repeats.flags(everybody, rules));
        flags.into_iter().map(Flag::tidy).collect()
    }

    /// Takes what one trainee left under one key.
    pub fn join(&mut self, trainee: &TraineeId, part: Part) {
        let who = self.people.number(trainee);
        match part {
            Part::Uses(uses) => self.uses.extend(uses.into_iter().map(|used| (who, used))),
            Part::Papers(sheets) => self.sheets.extend(sheets.into_iter().map(|sheet| (who, sheet))),
            Part::Done { completed, finished } => {
                for (into, done) in [(&mut self.completions, completed), (&mut self.finished, finished)] {
                    for (course, at, event) in done {
                        into.entry(course).or_default().push((at, who, event));
                    }
                }
            }
            Part::Delays(hash, moments) => {
                self.patterns.extend(moments.into_iter().map(|at| (hash, at, who)));
            }
            Part::Beginnings(recordings) => {
                self.recordings.extend(recordings.into_iter().map(|recording| (who, recording)));
            }
        }
    }

    /// What looks wrong under one key, whose parts were joined, all of them; for a device or address the papers of its people
    /// too, unless they are more than [`MOST_PEOPLE`]. `everybody` are all trainees.
    pub fn judge(&self, scope: Scope, everybody: u64, rules: &Rules) -> Judgement {
        let mut judged = Judgement::default();
        let (none, flags) = (BTreeMap::new(), &mut judged.flags);
        match scope {
            Scope::Device => {
                let (devices, rooms) = (self.by(|used| &used.device), BTreeSet::new());
                judged.turning = device::find(self, &devices, everybody, rules, flags);
                lockstep::find(self, [&devices, &none], &rooms, rules, flags);
                harvest::find(self, [&devices, &none], &rooms, rules, flags);
            }
            Scope::Address => {
                let addresses = self.by(|used| &used.ip);
                let rooms = address::rooms(&addresses, rules);
                judged.is_room = !rooms.is_empty();
                address::find(self, &addresses, &rooms, flags);
                lockstep::find(self, [&none, &addresses], &rooms, rules, flags);
                harvest::find(self, [&none, &addresses], &rooms, rules, flags);
            }
            Scope::Quiz => {
                let copied = copied::find(self, rules);
                flags.extend(copied.flags);
                judged.doubtful = copied.doubtful.into_iter().map(|(_, flag)| flag.tidy()).collect();
                items::find(self, rules, flags);
            }
            Scope::Course => spike::find(self, rules, flags),
            Scope::Delays | Scope::Beginnings => judged.links = replay::links(self, rules),
        }
        judged.flags = judged.flags.into_iter().map(Flag::tidy).collect();
        judged
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
pub(crate) fn names_something(name: &str) -> bool {
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
