//! `answer-harvest`: a second account finds out the answers, and the first gives them minutes later.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keshi_events::Millis;

use super::Crowd;
use crate::flag::{Flag, Kind, Level, window};
use crate::rules::{Rules, over_share};
use crate::traces::{Sheet, Use};

type Named<'a> = BTreeMap<&'a str, Vec<(u32, &'a Use)>>;
/// More people on one device are a farm, whose papers are not worth comparing by twos.
pub const MOST_PEOPLE: usize = 50;
/// Course, quiz and item.
type Item<'a> = (&'a str, &'a str, &'a str);
/// When items were got wrong, and on which paper.
type Wrong<'a> = HashMap<Item<'a>, Vec<(Millis, &'a Sheet)>>;

pub(super) fn find(
    crowd: &Crowd,
    [devices, addresses]: [&Named<'_>; 2],
    rooms: &BTreeSet<&str>,
    rules: &Rules,
    flags: &mut Vec<Flag>,
) {
    let mut papers: HashMap<u32, Vec<&Sheet>> = HashMap::new();
    for (who, sheet) in &crowd.sheets {
        papers.entry(*who).or_default().push(sheet);
    }
    let on_addresses = addresses.iter().filter(|(ip, _)| !rooms.contains(*ip)).map(|(_, uses)| uses);
    let mut pairs: BTreeSet<(u32, u32)> = BTreeSet::new();
    for uses in devices.values().chain(on_addresses) {
        let people: BTreeSet<u32> =
            uses.iter().map(|(who, _)| *who).filter(|who| papers.contains_key(who)).collect();
        if people.len() > MOST_PEOPLE {
            continue;
        }
        for finder in &people {
            pairs.extend(people.iter().filter(|user| *user != finder).map(|user| (*finder, *user)));
        }
    }
    for (finder, user) in pairs {
        if let (Some(finds), Some(gives)) = (papers.get(&finder), papers.get(&user)) {
            flags.extend(harvest(crowd, (finder, finds), (user, gives), rules));
        }
    }
}

/// The first's wrong attempts and how soon the second gave the right answer.
fn harvest(
    crowd: &Crowd,
    (finder, finds): (u32, &[&Sheet]),
    (user, gives): (u32, &[&Sheet]),
    rules: &Rules,
) -> Option<Flag> {
    // Every item that the first got wrong, with the moments.
    let mut wrong: Wrong<'_> = HashMap::new();
    for sheet in finds {
        for answer in sheet.answers.iter().filter(|answer| answer.correct == Some(false)) {
            let item = (sheet.course.as_str(), sheet.quiz.as_str(), answer.item.as_ref());
            wrong.entry(item).or_default().push((answer.at.unwrap_or(sheet.submitted), sheet));
        }
    }
    let mut soon: BTreeMap<Item<'_>, (i64, &Sheet, &Sheet)> = BTreeMap::new();
    for sheet in gives {
        for answer in sheet.answers.iter().filter(|answer| answer.correct == Some(true)) {
            let item = (sheet.course.as_str(), sheet.quiz.as_str(), answer.item.as_ref());
            let at = answer.at.unwrap_or(sheet.submitted);
            let before = wrong.get(&item).into_iter().flatten().filter(|(found, _)| *found < at);
            let Some((found, source)) = before.max_by_key(|(found, sheet)| (*found, sheet.seq)) else {
                continue;
            };
            let delay = at - *found;
            let known = soon.entry(item).or_insert((delay, source, sheet));
            if delay < known.0 {
                *known = (delay, source, sheet);
            }
        }
    }
    // What was found out a day before is no harvest; without it the percentile would be one of two habits.
    soon.retain(|_, (delay, ..)| *delay <= rules.day_ms);
    let mut delays: Vec<i64> = soon.values().map(|(delay, ..)| *delay).collect();
    delays.sort_unstable();
    let rank = (delays.len() * 9).div_ceil(10).checked_sub(1)?;
    let late = *delays.get(rank)?;
    if delays.len() < rules.harvest_items || late > rules.harvest_within_ms {
        return None;
    }
    let sources: BTreeMap<u64, &Sheet> = soon.values().map(|(_, source, _)| (source.seq, *source)).collect();
    let uses: BTreeMap<u64, &Sheet> = soon.values().map(|(.., sheet)| (sheet.seq, *sheet)).collect();
    let answers = || sources.values().flat_map(|sheet| &sheet.answers);
    let right = answers().filter(|answer| answer.correct == Some(true)).count() as i64;
    let all = answers().count() as i64;
    // Fewer right than the share: the wrong ones are more than its complement.
    if !over_share(all - right, 1000 - rules.harvest_right_share, all) {
        return None;
    }
    let (from, to) = (
        sources.values().map(|sheet| sheet.started).min()?,
        uses.values().map(|sheet| sheet.submitted).max()?,
    );
    let (count, seconds, percent) = (delays.len(), late / 1000, right * 100 / all.max(1));
    let when = window(from, to);
    let evidence = sources.values().map(|sheet| crowd.paper(finder, sheet));
    Some(Flag {
        kind: Kind::AnswerHarvest,
        level: Level::Hold,
        people: vec![crowd.trainee(finder), crowd.trainee(user)],
        platform: None,
        course: sources.values().next().map(|sheet| sheet.course.clone()),
        from,
        to,
        chinese: format!(
            "{count} 道题先由一账号答错，另一账号随后答对，90% 在 {seconds} 秒内；前者正确率 {percent}%（{when}）"
        ),
        english: format!(
            "{count} items that one account got wrong were right on another soon after, 90% within {seconds} s; the first had {percent}% right ({when})"
        ),
        evidence: evidence.chain(uses.values().map(|sheet| crowd.paper(user, sheet))).collect(),
    })
}
