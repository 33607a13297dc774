//! The third step: what only everybody together shows, and the findings that changed.

use keshi_events::{Millis, PlatformId, TraineeId};
use keshi_integrity::{Flag, Level, Link, Regular, Repeats, Rules, Side, Tally, join};
use keshi_store::{CaseBook, FactRow, FindingRow, LinkRow, SideRow, Store, Whose};

use super::{Looked, suspicion};
use crate::error::ProjectorError;

/// So many findings in the first transaction, which weighs everybody too ...
const FIRST: i64 = 16;
/// ... and in each after it twice as many as before, up to this: whoever decides about a case waits for one of them at most.
const MOST: i64 = 4_096;

/// Says whether it came to the end: it does not where another look marks keys in between.
pub(super) async fn settle(
    store: &Store,
    rules: &Rules,
    looked: &mut Looked,
) -> Result<bool, ProjectorError> {
    let (mut page, mut weighs) = (FIRST, true);
    loop {
        let Some(mut book) = store.case_book().await? else { return Ok(false) };
        let everybody = weigh_platforms(&mut book, rules).await?;
        if weighs {
            weigh_repeats(&mut book, everybody, rules).await?;
        }
        let changed = book.to_settle(page).await?;
        looked.new += write(&mut book, &changed).await?;
        let mut facts = Vec::new();
        for row in book.weigh_travel().await? {
            facts.extend(suspicion::facts(&held(row)?));
        }
        let is_last = (changed.len() as i64) < page;
        if is_last && weighs {
            looked.found = book.close(&facts).await?.unsigned_abs();
            return Ok(true);
        }
        book.keep(&facts).await?;
        // What another look brought in between is weighed with the last page.
        (page, weighs) = ((page * 2).min(MOST), is_last);
    }
}

/// Whose players are regular by themselves, which condition suspicions of people rest on. Gives how many people sent enough to
/// repeat others.
async fn weigh_platforms(book: &mut CaseBook, rules: &Rules) -> Result<u64, ProjectorError> {
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
    Ok(sides.iter().map(|(_, side)| side.could_repeat).sum())
}

async fn weigh_repeats(book: &mut CaseBook, everybody: u64, rules: &Rules) -> Result<(), ProjectorError> {
    let mut repeats = Repeats::default();
    book.links(|row| {
        repeats.take(link(row)?);
        Ok::<(), ProjectorError>(())
    })
    .await?;
    let flags = repeats.flags(everybody, rules).into_iter().map(|flag| (flag, None));
    Ok(book.suspect(Whose::LINKS, &suspicion::rows(flags)?).await?)
}

/// Makes the findings of these flags anew. Gives how many are new.
async fn write(book: &mut CaseBook, changed: &[String]) -> Result<u64, ProjectorError> {
    if changed.is_empty() {
        return Ok(0);
    }
    let bodies = book.standing(changed).await?;
    let mut flags: Vec<Flag> = Vec::new();
    for body in bodies {
        flags.extend(postcard::from_bytes::<Vec<Flag>>(&body)?);
    }
    let flags = join(flags);
    let rows: Result<Vec<FindingRow>, ProjectorError> = flags.iter().map(suspicion::finding).collect();
    let facts: Vec<FactRow> = flags.iter().flat_map(suspicion::facts).collect();
    Ok(book.write(changed, &rows?, &facts).await?)
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
