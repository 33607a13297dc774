//! The third step: what only everybody together shows, and the findings that changed.

use keshi_events::{Millis, PlatformId, TraineeId};
use keshi_integrity::{Flag, Level, Link, Regular, Rules, Side, Tally, join, repeated};
use keshi_store::{CaseBook, FactRow, FindingRow, LinkRow, SideRow, Whose};

use super::{Looked, cpu_time, suspicion};
use crate::error::ProjectorError;

/// So many findings at a time.
const PAGE: i64 = 1_000;

pub(super) async fn settle(
    mut book: CaseBook,
    rules: &Rules,
    looked: &mut Looked,
) -> Result<(), ProjectorError> {
    let sides: Vec<(PlatformId, Side)> = book.sides().await?.into_iter().map(side).collect();
    let players: Vec<(String, bool, bool)> = sides
        .iter()
        .map(|(platform, side)| {
            (platform.to_string(), side.is_own(Regular::Tick, rules), side.is_own(Regular::Replay, rules))
        })
        .collect();
    book.set_players(&players).await?;
    let silent =
        sides.iter().filter_map(|(platform, side)| side.never_asks(platform)).map(|flag| (flag, None));
    book.suspect(Whose::PLATFORMS, &suspicion::rows(silent)?).await?;
    let links: Result<Vec<Link>, _> = book.links().await?.into_iter().map(link).collect();
    let everybody = sides.iter().map(|(_, side)| side.could_repeat).sum();
    let repeats = repeated(links?, everybody, rules).into_iter().map(|flag| (flag, None));
    book.suspect(Whose::LINKS, &suspicion::rows(repeats)?).await?;
    loop {
        let changed = book.to_settle(PAGE).await?;
        if changed.is_empty() {
            break;
        }
        let bodies = book.standing(&changed).await?;
        let begun = cpu_time();
        let mut flags: Vec<Flag> = Vec::new();
        for body in bodies {
            flags.extend(postcard::from_bytes::<Vec<Flag>>(&body)?);
        }
        let flags = join(flags);
        let rows: Result<Vec<FindingRow>, ProjectorError> = flags.iter().map(suspicion::finding).collect();
        let facts: Vec<FactRow> = flags.iter().flat_map(suspicion::facts).collect();
        looked.cpu += cpu_time().saturating_sub(begun);
        looked.new += book.write(&changed, &rows?, &facts).await?;
    }
    let mut facts = Vec::new();
    for row in book.weigh_travel().await? {
        facts.extend(suspicion::facts(&held(row)?));
    }
    looked.found = book.close(&facts).await?.unsigned_abs();
    Ok(())
}

fn side(row: SideRow) -> (PlatformId, Side) {
    let [sessions, checked] = row.sessions.map(i64::unsigned_abs);
    let [could_tick, ticks, could_repeat, repeats] = row.regular.map(i64::unsigned_abs);
    let [from, to] = row.span.map(|at| at.map(Millis));
    let tally = Tally { long_sessions: sessions, checked, span: from.zip(to), ..Tally::default() };
    (PlatformId::from(row.platform), Side { tally, could_tick, ticks, could_repeat, repeats })
}

fn link(row: LinkRow) -> Result<Link, ProjectorError> {
    Ok(Link {
        people: row.people.map(TraineeId::from),
        at: row.at.map(Millis),
        evidence: postcard::from_bytes(&row.evidence)?,
    })
}

/// A finding of `travel` that holds, as a flag again: its platform is told.
fn held(row: FindingRow) -> Result<Flag, ProjectorError> {
    let evidence =
        serde_json::from_str(&row.evidence).map_err(|error| ProjectorError::Finding(error.to_string()))?;
    Ok(Flag {
        kind: keshi_integrity::Kind::Travel,
        level: Level::Hold,
        people: row.people.into_iter().map(TraineeId::from).collect(),
        platform: None,
        course: None,
        from: Millis(row.from_ms),
        to: Millis(row.to_ms),
        chinese: row.chinese,
        english: row.english,
        evidence,
    })
}
