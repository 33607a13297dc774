//! `no-presence`, and which regularity is a platform's own.

use keshi_events::PlatformId;
use serde::{Deserialize, Serialize};

use super::Crowd;
use crate::flag::{Flag, Kind, Level};
use crate::rules::Rules;
use crate::traces::{Regular, Tally};

/// All people of a platform together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Their long sessions.
    pub tally: Tally,
    /// How many people sent enough to tell whether they tick.
    pub could_tick: u64,
    /// How many of them tick, if only for a while.
    pub ticks: u64,
    /// How many people sent enough to tell whether they repeat others.
    pub could_repeat: u64,
    /// How many seem to repeat themselves.
    pub repeats: u64,
}

impl Side {
    /// Takes one person in.
    pub(super) fn add(&mut self, tally: &Tally, repeats: bool) {
        self.could_tick += u64::from(tally.could_tick);
        self.ticks += u64::from(tally.ticks);
        self.could_repeat += u64::from(tally.could_repeat);
        self.repeats += u64::from(repeats);
        self.tally.long_sessions += tally.long_sessions;
        self.tally.checked += tally.checked;
        self.tally.span = match (self.tally.span, tally.span) {
            (Some((from, to)), Some((begin, end))) => Some((from.min(begin), to.max(end))),
            (one, other) => one.or(other),
        };
    }

    /// `no-presence`.
    pub fn never_asks(&self, platform: &PlatformId) -> Option<Flag> {
        let (from, to) = self.tally.span.filter(|_| self.tally.checked == 0)?;
        let sessions = self.tally.long_sessions;
        Some(Flag {
            kind: Kind::NoPresence,
            level: Level::Info,
            people: Vec::new(),
            platform: Some(platform.clone()),
            course: None,
            from,
            to,
            chinese: format!("平台的 {sessions} 个超过 1 小时的会话均无在场验证"),
            english: format!(
                "none of the platform's {sessions} sessions over an hour carries a presence check"
            ),
            evidence: Vec::new(),
        })
    }

    /// Whether what is too regular is so for most people, if only for some minutes: then the player is, and nobody is flagged.
    pub fn is_own(&self, what: Regular, rules: &Rules) -> bool {
        match what {
            Regular::Tick => most(self.ticks, self.could_tick, rules),
            Regular::Replay => most(self.repeats, self.could_repeat, rules),
        }
    }
}

impl FromIterator<(Tally, bool)> for Side {
    /// Of what each person shows, and whether the person seems to repeat earlier sessions.
    fn from_iter<I: IntoIterator<Item = (Tally, bool)>>(people: I) -> Side {
        let mut side = Side::default();
        people.into_iter().for_each(|(tally, repeats)| side.add(&tally, repeats));
        side
    }
}

pub(super) fn find(crowd: &Crowd, rules: &Rules, flags: &mut Vec<Flag>) {
    flags.extend(crowd.platforms.iter().filter_map(|(platform, side)| side.never_asks(platform)));
    let is_own = |platform: &PlatformId, what: Regular| {
        crowd.platforms.get(platform).is_some_and(|side| side.is_own(what, rules))
    };
    let steady = crowd.steady.iter().filter(|steady| !is_own(&steady.platform, steady.what));
    flags.extend(steady.map(|steady| steady.flag.clone()));
}

/// Whether so many of so many are most, and enough to say it.
pub(super) fn most(some: u64, all: u64, rules: &Rules) -> bool {
    all >= rules.platform_people as u64 && (some * 1000) as i64 > rules.platform_share * all as i64
}
