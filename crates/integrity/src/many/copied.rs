//! `quiz-copied`: two papers of about the same time with the same mistakes.
//!
//! The wording is met by chance too: of a thousand papers handed in within half an hour, half a million pairs can be alike. So
//! where many papers are handed in, the likeness must also be more than chance explains, going by how often each of the
//! mistakes is made by people of other times; unless the two share a device or address.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keshi_events::{CourseId, QuizId};

use super::Crowd;
use crate::flag::{Flag, Kind, Level, window};
use crate::rules::Rules;
use crate::traces::{Answer, Sheet, Use};

type Named<'a> = BTreeMap<&'a str, Vec<(u32, &'a Use)>>;
/// Papers of one quiz in order of submission.
type Papers<'a> = Vec<(u32, &'a Sheet)>;

/// How two papers are alike.
#[derive(Default)]
struct Likeness<'a> {
    same_wrong: Vec<&'a Answer>,
    same_right: Vec<&'a Answer>,
    different: usize,
}

/// Papers that are alike.
#[derive(Default)]
pub(super) struct Found {
    /// More than chance explains.
    pub(super) flags: Vec<Flag>,
    /// Explained by chance, unless the two share a device or address.
    pub(super) doubtful: Vec<([u32; 2], Flag)>,
}

/// Who shares a device, or an address that is no room, with whom.
pub(super) struct Places<'a>(HashMap<u32, BTreeSet<(bool, &'a str)>>);

impl<'a> Places<'a> {
    pub(super) fn of([devices, addresses]: [&Named<'a>; 2], rooms: &BTreeSet<&str>) -> Places<'a> {
        let mut places: HashMap<u32, BTreeSet<(bool, &str)>> = HashMap::new();
        let on_addresses = addresses.iter().filter(|(ip, _)| !rooms.contains(*ip));
        let named = devices.iter().map(|device| (false, device)).chain(on_addresses.map(|ip| (true, ip)));
        for (is_address, (place, uses)) in named {
            for (who, _) in uses {
                places.entry(*who).or_default().insert((is_address, place));
            }
        }
        Places(places)
    }

    pub(super) fn share_one(&self, [a, b]: [u32; 2]) -> bool {
        let places = self.0.get(&a).zip(self.0.get(&b));
        places.is_some_and(|(a, b)| a.intersection(b).next().is_some())
    }
}

pub(super) fn find(crowd: &Crowd, rules: &Rules) -> Found {
    let mut found = Found::default();
    let mut quizzes: BTreeMap<(&CourseId, &QuizId), Papers<'_>> = BTreeMap::new();
    for (who, sheet) in &crowd.sheets {
        quizzes.entry((&sheet.course, &sheet.quiz)).or_default().push((*who, sheet));
    }
    for (_, mut papers) in quizzes {
        papers.sort_by_key(|(who, sheet)| (sheet.submitted, crowd.people.get(*who), sheet.seq));
        let choices = Choices::of(&papers);
        for (at, (who, sheet)) in papers.iter().enumerate() {
            if wrong(sheet) < rules.copied_choices {
                continue;
            }
            for (other, before) in papers.get(..at).unwrap_or_default().iter().rev() {
                if sheet.submitted - before.submitted > rules.copied_within_ms {
                    break;
                }
                if other == who || wrong(before) < rules.copied_choices {
                    continue;
                }
                let Some(alike) = alike(sheet, before).filter(|l| l.same_wrong.len() >= rules.copied_choices)
                else {
                    continue;
                };
                let flag = flag(crowd, (*other, before), (*who, sheet), alike.same_wrong.len());
                if choices.by_chance(&papers, (sheet, before), &alike, rules) {
                    found.doubtful.push(([*other, *who], flag));
                } else {
                    found.flags.push(flag);
                }
            }
        }
    }
    found
}

fn wrong(sheet: &Sheet) -> usize {
    sheet.answers.iter().filter(|answer| answer.correct == Some(false)).count()
}

/// How two papers are alike; none when both got an item wrong in different ways.
fn alike<'a>(one: &'a Sheet, other: &'a Sheet) -> Option<Likeness<'a>> {
    let mut alike = Likeness::default();
    // Answers stand in order of their items.
    let mut theirs = other.answers.iter().peekable();
    for mine in &one.answers {
        while theirs.next_if(|answer| answer.item < mine.item).is_some() {}
        let Some(answer) = theirs.next_if(|answer| answer.item == mine.item) else { continue };
        match (mine.correct, answer.correct) {
            (Some(false), Some(false)) if mine.choice == answer.choice => alike.same_wrong.push(mine),
            (Some(false), Some(false)) => return None,
            (Some(true), Some(true)) => alike.same_right.push(mine),
            _ => alike.different += 1,
        }
    }
    Some(alike)
}

/// How often each choice of each item was made, and how often an item was got wrong at all.
#[derive(Default)]
struct Choices<'a> {
    made: HashMap<(&'a str, &'a str), usize>,
    wrong: HashMap<&'a str, usize>,
}

impl<'a> Choices<'a> {
    fn of(papers: &[(u32, &'a Sheet)]) -> Choices<'a> {
        let mut choices = Choices::default();
        for answer in papers.iter().flat_map(|(_, sheet)| &sheet.answers) {
            *choices.made.entry((answer.item.as_ref(), answer.choice.as_ref())).or_default() += 1;
            *choices.wrong.entry(answer.item.as_ref()).or_default() +=
                usize::from(answer.correct == Some(false));
        }
        choices
    }

    /// Whether so many people were at it at the time that such a likeness is to be expected: how likely it is that two
    /// papers with so many mistakes make so many of them at the same items, and then the very same ones.
    fn by_chance(
        &self,
        papers: &Papers<'_>,
        (sheet, before): (&Sheet, &Sheet),
        alike: &Likeness<'_>,
        rules: &Rules,
    ) -> bool {
        if papers.len() <= rules.copied_crowd {
            return false;
        }
        let within = |ms: i64| {
            let first = papers.partition_point(|(_, p)| sheet.submitted - p.submitted > ms);
            let after = papers.partition_point(|(_, p)| p.submitted - sheet.submitted <= ms);
            papers.get(first..after).unwrap_or_default()
        };
        // Who copies sits at one table: it is to be asked how likely a likeness is among papers as near in time as these.
        let nearer = within(sheet.submitted - before.submitted).len();
        // Papers of the same half hour may be copies of each other: a choice's share is taken from the others, as long
        // as there are enough of them; else from all that have not just these mistakes.
        let mut left_out: Vec<&Sheet> = within(rules.copied_within_ms).iter().map(|(_, p)| *p).collect();
        if papers.len() - left_out.len() < rules.copied_crowd {
            left_out = papers.iter().map(|(_, p)| *p).collect();
            left_out.retain(|p| alike.same_wrong.iter().all(|wrong| chosen(p, wrong)));
        }
        let share = |answer: &Answer| -> f64 {
            let key = (answer.item.as_ref(), answer.choice.as_ref());
            let all = self.made.get(&key).copied().unwrap_or_default();
            let all_wrong = self.wrong.get(answer.item.as_ref()).copied().unwrap_or_default();
            let made = all.saturating_sub(left_out.iter().filter(|p| chosen(p, answer)).count());
            let wrong = all_wrong.saturating_sub(left_out.iter().filter(|p| is_wrong(p, answer)).count());
            (made as f64 + 1.0) / (wrong as f64 + 3.0)
        };
        let items = alike.same_wrong.len() + alike.same_right.len() + alike.different;
        let overlap = overlap(items, wrong(sheet), wrong(before), alike.same_wrong.len());
        let same = alike.same_wrong.iter().map(|answer| share(answer).min(1.0)).product::<f64>();
        2.0 * nearer as f64 * overlap * same * 1e6 > rules.copied_chance_ppm as f64
    }
}

/// How likely two papers with so many mistakes in so many items make at least so many at the same ones (hypergeometric).
fn overlap(items: usize, one: usize, other: usize, at_least: usize) -> f64 {
    let (one, other) = (one.min(items), other.min(items));
    let ways: f64 = (at_least..=one.min(other))
        .filter(|joint| items + joint >= one + other)
        .map(|joint| choose(one, joint) * choose(items - one, other - joint))
        .sum();
    (ways / choose(items, other)).min(1.0)
}

fn is_wrong(sheet: &Sheet, answer: &Answer) -> bool {
    let found = sheet.answers.binary_search_by(|other| other.item.cmp(&answer.item));
    found.ok().and_then(|at| sheet.answers.get(at)).is_some_and(|other| other.correct == Some(false))
}

fn chosen(sheet: &Sheet, answer: &Answer) -> bool {
    let found = sheet.answers.binary_search_by(|other| other.item.cmp(&answer.item));
    found.ok().and_then(|at| sheet.answers.get(at)).is_some_and(|other| other.choice == answer.choice)
}

/// In how many ways `of` things can be chosen from `all`.
fn choose(all: usize, of: usize) -> f64 {
    let of = of.min(all.saturating_sub(of));
    (0..of).map(|k| (all - k) as f64 / (k + 1) as f64).product()
}

fn flag(crowd: &Crowd, first: (u32, &Sheet), second: (u32, &Sheet), same: usize) -> Flag {
    let minutes = (second.1.submitted - first.1.submitted) / 60_000;
    let when = window(first.1.submitted, second.1.submitted);
    Flag {
        kind: Kind::QuizCopied,
        level: Level::Hold,
        people: vec![crowd.trainee(first.0), crowd.trainee(second.0)],
        platform: None,
        course: Some(first.1.course.clone()),
        from: first.1.submitted,
        to: second.1.submitted,
        chinese: format!(
            "测验 {}：两人 {same} 道错题选择完全相同，相隔 {minutes} 分钟交卷（{when}）",
            first.1.quiz
        ),
        english: format!(
            "quiz {}: {same} identical wrong choices of two people, handed in {minutes} min apart ({when})",
            first.1.quiz
        ),
        evidence: vec![crowd.paper(first.0, first.1), crowd.paper(second.0, second.1)],
    }
}
