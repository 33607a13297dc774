//! `quiz-copied`: two papers of about the same time with the same mistakes.
//!
//! The wording is met by chance too: of a thousand papers handed in within half an hour, half a million pairs can be alike. So
//! where many papers are handed in, the likeness must also be more than chance explains, going by how often each of the
//! mistakes is made by people of other times; unless the two share a device or address.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

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
        let mut likenesses = Likenesses::of(&papers, rules);
        for (at, (who, sheet)) in papers.iter().enumerate() {
            if wrong(sheet) < rules.copied_choices {
                continue;
            }
            for before in likenesses.before(&papers, at, rules) {
                let Some((other, before)) = papers.get(before).filter(|(other, _)| other != who) else {
                    continue;
                };
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

/// Which papers have enough wrong choices in common, found by the choices: of thousands that are handed in within half an hour,
/// few have, and two that have none need not be laid side by side.
struct Likenesses<'a> {
    /// Where each wrong choice of an item stands among the papers.
    wrong: HashMap<(&'a str, &'a str), Vec<usize>>,
    /// How many choices each paper has in common with the one in hand.
    common: Vec<usize>,
}

impl<'a> Likenesses<'a> {
    fn of(papers: &Papers<'a>, rules: &Rules) -> Likenesses<'a> {
        let mut places: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (at, (_, sheet)) in papers.iter().enumerate() {
            if wrong(sheet) >= rules.copied_choices {
                for answer in sheet.answers.iter().filter(|answer| answer.correct == Some(false)) {
                    places.entry((answer.item.as_ref(), answer.choice.as_ref())).or_default().push(at);
                }
            }
        }
        Likenesses { wrong: places, common: vec![0; papers.len()] }
    }

    /// Those that were handed in before a paper, and not too long before it.
    fn before(&mut self, papers: &Papers<'a>, at: usize, rules: &Rules) -> Vec<usize> {
        let Some((_, sheet)) = papers.get(at) else { return Vec::new() };
        let first = papers.partition_point(|(_, p)| sheet.submitted - p.submitted > rules.copied_within_ms);
        let mut alike = Vec::new();
        let wrong = sheet.answers.iter().filter(|answer| answer.correct == Some(false));
        let shared =
            wrong.filter_map(|answer| self.wrong.get(&(answer.item.as_ref(), answer.choice.as_ref())));
        for place in shared.flat_map(|places| within(places, first..at)) {
            if let Some(common) = self.common.get_mut(*place) {
                *common += 1;
                if *common == rules.copied_choices {
                    alike.push(*place);
                }
            }
        }
        if let Some(counted) = self.common.get_mut(first..at) {
            counted.fill(0);
        }
        alike
    }
}

/// The part of a sorted list that lies in a range.
fn within(places: &[usize], range: Range<usize>) -> &[usize] {
    let from = places.partition_point(|place| *place < range.start);
    let to = places.partition_point(|place| *place < range.end);
    places.get(from..to).unwrap_or_default()
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

/// On which papers each choice of each item was made, and on which an item was got wrong at all.
#[derive(Default)]
struct Choices<'a> {
    made: HashMap<(&'a str, &'a str), Vec<usize>>,
    wrong: HashMap<&'a str, Vec<usize>>,
}

/// Papers that a choice's share is not taken from.
enum LeftOut {
    Between(Range<usize>),
    These(Vec<usize>),
}

impl<'a> Choices<'a> {
    fn of(papers: &[(u32, &'a Sheet)]) -> Choices<'a> {
        let mut choices = Choices::default();
        for (at, (_, sheet)) in papers.iter().enumerate() {
            for answer in &sheet.answers {
                choices.made.entry((answer.item.as_ref(), answer.choice.as_ref())).or_default().push(at);
                if answer.correct == Some(false) {
                    choices.wrong.entry(answer.item.as_ref()).or_default().push(at);
                }
            }
        }
        choices
    }

    fn made<'b>(&'b self, answer: &'b Answer) -> &'b [usize] {
        self.made.get(&(answer.item.as_ref(), answer.choice.as_ref())).map_or(&[], Vec::as_slice)
    }

    fn wrong<'b>(&'b self, answer: &'b Answer) -> &'b [usize] {
        self.wrong.get(answer.item.as_ref()).map_or(&[], Vec::as_slice)
    }

    /// Papers with all of these choices.
    fn with_all(&self, answers: &[&Answer]) -> Vec<usize> {
        let mut lists: Vec<&[usize]> = answers.iter().map(|answer| self.made(answer)).collect();
        lists.sort_by_key(|list| list.len());
        let Some((shortest, others)) = lists.split_first() else { return Vec::new() };
        let everywhere = |place: &&usize| others.iter().all(|list| list.binary_search(place).is_ok());
        shortest.iter().filter(everywhere).copied().collect()
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
        let around = |ms: i64| {
            let first = papers.partition_point(|(_, p)| sheet.submitted - p.submitted > ms);
            let after = papers.partition_point(|(_, p)| p.submitted - sheet.submitted <= ms);
            first..after
        };
        // Who copies sits at one table: it is to be asked how likely a likeness is among papers as near in time as these.
        let nearer = around(sheet.submitted - before.submitted).len();
        // Papers of the same half hour may be copies of each other: a choice's share is taken from the others, as long
        // as there are enough of them; else from all that have not just these mistakes.
        let half_hour = around(rules.copied_within_ms);
        let left_out = if papers.len() - half_hour.len() < rules.copied_crowd {
            LeftOut::These(self.with_all(&alike.same_wrong))
        } else {
            LeftOut::Between(half_hour)
        };
        let others = |places: &[usize]| -> usize {
            places.len()
                - match &left_out {
                    LeftOut::Between(range) => within(places, range.clone()).len(),
                    LeftOut::These(some) => some.iter().filter(|at| places.binary_search(at).is_ok()).count(),
                }
        };
        let share = |answer: &Answer| -> f64 {
            (others(self.made(answer)) as f64 + 1.0) / (others(self.wrong(answer)) as f64 + 3.0)
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
