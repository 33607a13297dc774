//! `event-changed`: an id came again with other content.

use keshi_record::Evidence;

use crate::flag::{Exhibit, Flag, Kind, Level};
use crate::trail::Trail;

/// An accepted event that came again under the same id with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// Stream sequence of the repeat.
    pub seq: u64,
    /// Stream sequence of the event that stands.
    pub first: u64,
}

/// About the time at which the events that stand were received: what came again is no part of the trail.
pub(crate) fn find(trail: &Trail<'_>, changed: &[Changed], flags: &mut Vec<Flag>) {
    let known = changed.iter().filter_map(|changed| Some((changed.seq, trail.event(changed.first)?)));
    let known: Vec<(u64, &Evidence)> = known.collect();
    let times = || known.iter().map(|(_, event)| event.received_at);
    let Some((from, to)) = times().min().zip(times().max()) else { return };
    flags.push(Flag {
        chinese: format!("{} 条事件以相同编号、不同内容再次上报；以最先记录的为准", known.len()),
        english: format!(
            "{} events came again under the same id with other content; the first recorded stands",
            known.len()
        ),
        evidence: known
            .iter()
            .map(|(seq, event)| Exhibit {
                seq: *seq,
                platform: event.platform.clone(),
                trainee: trail.trainee.clone(),
                id: event.id.clone(),
            })
            .collect(),
        ..trail.flag(Kind::EventChanged, Level::Info, (from, to))
    });
}
