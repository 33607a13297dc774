//! `clock-skew`, `clock-ahead`, `late-upload`: what VT-1 noticed, with its events.

use keshi_record::{Flag as Noticed, Judged};

use crate::flag::{Flag, Kind, Level, spoken};
use crate::trail::{Trail, passes};

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    let noticed = &trail.account.summary.flags;
    if noticed.contains(&Noticed::ClockSkew) {
        flags.extend(skew(trail));
    }
    if noticed.contains(&Noticed::ClockAhead) {
        flags.extend(ahead(trail));
    }
    if noticed.contains(&Noticed::LateUpload) {
        flags.extend(late(trail));
    }
}

fn skew(trail: &Trail<'_>) -> Option<Flag> {
    let skewed = |offset: i64| offset.abs() > trail.constants.clock_skew_ms;
    let openings: Vec<_> = trail.sittings.iter().filter_map(|sitting| sitting.opening()).collect();
    let openings: Vec<_> = openings.into_iter().filter(|opening| skewed(opening.offset_ms)).collect();
    let (from, to) = (openings.iter().map(|o| o.time).min()?, openings.iter().map(|o| o.time).max()?);
    let worst = openings.iter().map(|opening| opening.offset_ms.abs()).max()?;
    let (chinese, english) = spoken(worst);
    Some(Flag {
        chinese: format!("{} 次签到时设备时钟偏差超过 2 分钟，最多 {chinese}；已校正", openings.len()),
        english: format!(
            "at {} sign-ins the device's clock was off, by up to {english}; corrected",
            openings.len()
        ),
        evidence: openings.iter().filter_map(|o| Some(trail.exhibit(trail.event(o.seq)?))).collect(),
        ..trail.flag(Kind::ClockSkew, Level::Info, (from, to))
    })
}

fn ahead(trail: &Trail<'_>) -> Option<Flag> {
    // A stretch that was moved back ends exactly when it was received, and not where its device put it.
    let moved = |judged: &&Judged| {
        let offset = trail.account.sessions.get(&judged.session).map_or(0, |session| session.offset_ms());
        judged.stretch.ended_at + offset != judged.end
    };
    let moved: Vec<&Judged> = trail.account.stretches.iter().filter(moved).collect();
    let said = (
        format!("{} 个片段的结束晚于收到，已前移", moved.len()),
        format!("{} stretches ended after they were received and were moved back", moved.len()),
    );
    trail.flag_of_stretches(Kind::ClockAhead, Level::Info, &moved, said)
}

fn late(trail: &Trail<'_>) -> Option<Flag> {
    let late = |judged: &&Judged| {
        judged.received_at - judged.end > trail.constants.late_free_ms
            && trail.account.sessions.get(&judged.session).is_some_and(|session| passes(judged, session))
    };
    let late: Vec<&Judged> = trail.account.stretches.iter().filter(late).collect();
    let (chinese, english) = spoken(late.iter().map(|judged| judged.end - judged.start).sum());
    let said = (
        format!("{} 个片段迟于 10 分钟收到，共 {chinese}；会话为在线签到", late.len()),
        format!("{} stretches, {english} together, came late; their sessions were opened online", late.len()),
    );
    trail.flag_of_stretches(Kind::LateUpload, Level::Info, &late, said)
}
