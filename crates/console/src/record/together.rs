//! Several people on one clock: who was where, when, and on which device.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::Millis;
use keshi_record::{Fact, SessionKey};
use maud::{Markup, html};

use crate::lang::Lang;
use crate::record::axis::Axis;
use crate::record::chart::{LANE, Mark, lane, lanes, marks, moments, opening, short};
use crate::record::{Fate, Run, Study, moment, runs, time_of_day};

const LEFT: i64 = 250;
/// Above a person's first lane.
const HEAD: i64 = 20;

/// Somebody of a case.
pub(crate) struct Together<'a> {
    pub(crate) study: &'a Study,
    /// The masked name, where there is one.
    pub(crate) name: Option<&'a str>,
    /// The events that show it, by sequence.
    pub(crate) evidence: BTreeSet<u64>,
}

/// Letters and numbers for what is told apart: the same device has the same letter, the same address the same number.
#[derive(Default)]
struct Tokens {
    devices: Vec<String>,
    addresses: Vec<String>,
}

impl Tokens {
    fn device(&self, device: &str) -> String {
        let place = self.devices.iter().position(|known| known == device).unwrap_or(0);
        let letter = |place: usize| char::from(b'A' + (place % 26) as u8);
        if place < 26 {
            letter(place).to_string()
        } else {
            format!("{}{}", letter(place / 26 - 1), letter(place))
        }
    }

    fn address(&self, address: &str) -> usize {
        self.addresses.iter().position(|known| known == address).unwrap_or(0) + 1
    }

    fn meet(&mut self, device: &str, address: &str) {
        for (known, new) in [(&mut self.devices, device), (&mut self.addresses, address)] {
            if !known.iter().any(|one| one == new) {
                known.push(new.to_owned());
            }
        }
    }
}

/// A person's part of a day.
struct Part<'a> {
    one: &'a Together<'a>,
    runs: Vec<Run<'a>>,
    marks: BTreeMap<SessionKey, Vec<Mark>>,
}

/// The chart of a Beijing day, and the same as a table. Nothing where nobody did anything then.
pub(crate) fn together(
    people: &[Together<'_>],
    day: i64,
    link: &dyn Fn(&Study, u64, Millis) -> String,
    lang: Lang,
) -> Markup {
    let parts: Vec<Part<'_>> = people
        .iter()
        .map(|one| Part {
            runs: runs(&one.study.account.stretches, day),
            marks: marks(one.study, day, lang),
            one,
        })
        .collect();
    let Some(axis) = Axis::around(day, LEFT, parts.iter().flat_map(|part| moments(&part.runs, &part.marks)))
    else {
        return html! {};
    };
    let mut tokens = Tokens::default();
    let mut rows: Vec<(&Part<'_>, Vec<&SessionKey>, i64)> = Vec::new();
    let mut y = 22;
    for part in &parts {
        let keys = lanes(part.one.study, &part.runs, &part.marks);
        for key in &keys {
            if let Some((device, address)) = place(part.one.study, key) {
                tokens.meet(device, address);
            }
        }
        let height = HEAD + LANE * keys.len().max(1) as i64 + 4;
        rows.push((part, keys, y));
        y += height;
    }
    let fates: BTreeSet<Fate> = parts.iter().flat_map(|part| &part.runs).map(|run| run.fate).collect();
    html! {
        div.scroll data-says="says" {
            svg.day viewBox={ "0 0 " (axis.whole()) " " (y + 4) } role="group" aria-label=(lang.of("多人共用一个时间轴", "Several people on one clock")) {
                (axis.grid(y))
                @for (part, keys, top) in &rows {
                    @let study = part.one.study;
                    line.person x1="0" x2=(axis.whole()) y1=(top) y2=(top) {}
                    text.person x="4" y=(top + 15) { (study.trainee) " " (part.one.name.unwrap_or_default()) }
                    @if keys.is_empty() { text x=(axis.left + 6) y=(top + 34) fill="#51606f" { (lang.of("当日没有活动", "nothing on this day")) } }
                    @for (index, key) in keys.iter().enumerate() {
                        @let y = top + HEAD + LANE * index as i64;
                        g.mark {
                            text x="4" y=(y + 12) { (short(study.platform_name(key.platform.as_str()), 18)) }
                            text x="4" y=(y + 26) fill="#51606f" { (where_from(study, key, &tokens, lang)) }
                            title { (whole_place(study, key, lang)) }
                        }
                        (lane(study, &axis, y, key, &part.runs, &part.marks, &|seq, at| link(study, seq, at), lang))
                        @for at in shown(part.one, key).into_iter().filter(|at| axis.from <= *at && *at < axis.to) {
                            g.mark { path.shown d={ "M" (axis.x(at) - 5) "," (y - 4) " h10 l-5,8 z" } {} title { (lang.of("证据事件", "An event that shows it")) " " (time_of_day(at)) } }
                        }
                    }
                }
            }
        }
        (crate::record::legend(lang, fates.into_iter()))
        p.soft { (lang.of("▼ 证据事件　▶ 签到　■ 签退　✓ ✗ 在场验证　◆ 测验　? 提问", "▼ an event that shows it  ▶ sign-in  ■ sign-out  ✓ ✗ presence check  ◆ quiz  ? question")) }
        (table(&rows, &tokens, lang))
    }
}

/// Device and address of a session's sign-in.
fn place<'a>(study: &'a Study, key: &SessionKey) -> Option<(&'a str, &'a str)> {
    study.events.iter().find_map(|event| match &event.fact {
        Fact::Opened { device, ip, .. } if event.session().as_ref() == Some(key) => Some((&**device, &**ip)),
        _ => None,
    })
}

fn where_from(study: &Study, key: &SessionKey, tokens: &Tokens, lang: Lang) -> String {
    match place(study, key) {
        None => lang.of("没有签到", "no sign-in").to_owned(),
        Some((device, address)) => format!(
            "{} {} · {} {}",
            lang.of("设备", "device"),
            tokens.device(device),
            lang.of("地址", "address"),
            tokens.address(address)
        ),
    }
}

fn whole_place(study: &Study, key: &SessionKey, lang: Lang) -> String {
    let (device, address) = place(study, key).unwrap_or(("—", "—"));
    format!("{} · {} {device} · IP {address}", key.session.as_str(), lang.of("设备", "device"))
}

/// When the events that show it happened, of a session.
fn shown(one: &Together<'_>, key: &SessionKey) -> Vec<Millis> {
    let stretches = one.study.account.stretches.iter();
    let watched = stretches
        .filter(|judged| judged.session == *key && one.evidence.contains(&judged.seq))
        .map(|judged| judged.start);
    let events = one.study.events.iter();
    let others = events
        .filter(|event| {
            !matches!(event.fact, Fact::Watched(_))
                && one.evidence.contains(&event.seq)
                && event.session().as_ref() == Some(key)
        })
        .map(|event| event.time);
    watched.chain(others).collect()
}

/// The same in words: who signed in where and when, with what device letters and address numbers stand for.
fn table(rows: &[(&Part<'_>, Vec<&SessionKey>, i64)], tokens: &Tokens, lang: Lang) -> Markup {
    html! {
        div.scroll { table {
            caption { (lang.of("谁、何时、在哪里：同一字母是同一设备，同一数字是同一地址。", "Who, when, where: one letter is one device, one number is one address.")) }
            thead { tr { th { (lang.of("学员", "Trainee")) } th { (lang.of("平台", "Platform")) } th { (lang.of("签到", "Sign-in")) } th { (lang.of("签退", "Sign-out")) } th { (lang.of("设备", "Device")) } th { (lang.of("地址", "Address")) } } }
            tbody { @for (part, keys, _) in rows { @for key in keys {
                @let study = part.one.study;
                @let session = study.account.sessions.get(*key);
                tr {
                    td.name { span.mono { (study.trainee) } " " (part.one.name.unwrap_or_default()) }
                    td { (study.platform_name(key.platform.as_str())) }
                    td.when { (opening(study, key).map_or_else(|| "—".to_owned(), moment)) }
                    td.when { (session.and_then(|session| session.close).map_or_else(|| "—".to_owned(), moment)) }
                    @match place(study, key) {
                        Some((device, address)) => { td { strong { (tokens.device(device)) } " " span.mono.soft { (device) } } td { strong { (tokens.address(address)) } " " span.mono.soft { (address) } } },
                        None => { td { "—" } td { "—" } },
                    }
                }
            } } }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_device_has_the_same_letter() {
        let mut tokens = Tokens::default();
        for (device, address) in [("x", "1.1.1.1"), ("y", "1.1.1.1"), ("x", "2.2.2.2")] {
            tokens.meet(device, address);
        }
        assert_eq!((tokens.device("x"), tokens.device("y")), ("A".to_owned(), "B".to_owned()));
        assert_eq!((tokens.address("1.1.1.1"), tokens.address("2.2.2.2")), (1, 2));
        for more in 0..40 {
            tokens.meet(&format!("d{more}"), "3");
        }
        assert_eq!(tokens.device("d24"), "AA");
    }
}
