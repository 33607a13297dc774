//! `metronome`: stretches as regular as no hand makes them, or a pattern of delays that was there before (replay).
//!
//! Both may be the doing of a platform's player; so the flags go to the crowd, which drops them where most people of a
//! platform would get one.

use keshi_events::{Millis, PlatformId};

use super::{replay, tick};
use crate::flag::Flag;
use crate::traces::{Recording, Regular, Steady};
use crate::trail::Trail;

/// What is too regular in one person's sessions, and what to compare with other people's.
pub(crate) struct Found {
    pub(crate) steady: Vec<Steady>,
    pub(crate) patterns: Vec<(u64, Millis)>,
    pub(crate) recordings: Vec<Recording>,
}

pub(crate) fn find(trail: &Trail<'_>) -> Found {
    let mut found: Vec<(Regular, &PlatformId, Flag)> = Vec::new();
    for sitting in &trail.sittings {
        found.extend(tick::ticking(trail, sitting).map(|flag| (Regular::Tick, &sitting.key.platform, flag)));
    }
    let (again, patterns) = replay::again(trail);
    found.extend(again.into_iter().map(|(platform, flag)| (Regular::Replay, platform, flag)));
    found.extend(replay::nearly_again(trail).map(|(platform, flag)| (Regular::Replay, platform, flag)));
    let mut steady: Vec<Steady> = Vec::new();
    for (what, platform, flag) in found {
        let same = |s: &&mut Steady| s.what == what && s.platform == *platform && s.flag.id() == flag.id();
        match steady.iter_mut().find(same) {
            Some(known) => known.flag.evidence.extend(flag.evidence),
            None => steady.push(Steady { what, platform: platform.clone(), flag }),
        }
    }
    for known in &mut steady {
        known.flag = known.flag.clone().tidy();
    }
    Found { steady, patterns, recordings: replay::recordings(trail) }
}
