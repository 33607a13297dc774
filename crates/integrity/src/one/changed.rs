//! `event-changed`: an id came again with other content.

use std::collections::HashMap;

use keshi_events::Event;

use crate::flag::{Exhibit, Flag, Kind, Level};
use crate::trail::Trail;

pub(crate) fn find(trail: &Trail<'_>, events: &[Event<'_>], flags: &mut Vec<Flag>) {
    let mut first: HashMap<(&str, &str), &Event<'_>> = HashMap::with_capacity(events.len());
    let mut changed: Vec<&Event<'_>> = Vec::new();
    for event in events {
        let winner = first.entry((event.platform, event.id.as_ref())).or_insert(event);
        if !winner.says_the_same(event) {
            changed.push(event);
        }
    }
    let times = || changed.iter().map(|event| event.received_at);
    let Some((from, to)) = times().min().zip(times().max()) else { return };
    flags.push(Flag {
        chinese: format!("{} 条事件以相同编号、不同内容再次上报；以最先记录的为准", changed.len()),
        english: format!(
            "{} events came again under the same id with other content; the first recorded stands",
            changed.len()
        ),
        evidence: changed
            .iter()
            .map(|event| Exhibit {
                seq: event.seq,
                platform: event.platform.into(),
                trainee: trail.trainee.clone(),
                id: event.id.as_ref().into(),
            })
            .collect(),
        ..trail.flag(Kind::EventChanged, Level::Info, (from, to))
    });
}
