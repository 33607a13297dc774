//! `quiz-copied`: two papers of about the same time with the same mistakes.
//!
//! The wording is met by chance too: of a thousand papers handed in within half an hour, half a million pairs can be alike. So
//! where many papers are handed in, the likeness must also be more than chance explains, going by how often each of the
//! choices is made by people of other times.

use std::collections::{BTreeMap, HashMap};

use keshi_events::{CourseId, QuizId};

use super::Crowd;
use crate::flag::{Flag, Kind, Level, window};
use crate::rules::Rules;
use crate::traces::{Answer, Sheet};

/// Papers of one quiz in order of submission.
type Papers<'a> = Vec<(u32, &'a Sheet)>;

/// How two papers are alike.
#[derive(Default)]
struct Likeness<'a> {
    same_wrong: Vec<&'a Answer>,
    same_right: Vec<&'a Answer>,
    different: usize,
}

pub(super) fn find(crowd: &Crowd, rules: &Rules, flags: &mut Vec<Flag>) {
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
                if choices.by_chance(&papers, at, &alike, wrong(sheet).max(wrong(before)), rules) {
                    continue;
                }
                flags.push(flag(crowd, (*other, before), (*who, sheet), alike.same_wrong.len()));
            }
        }
    }
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

/// How often each choice of each item was made.
struct Choices<'a>(HashMap<(&'a str, &'a str), usize>);

impl<'a> Choices<'a> {
    fn of(papers: &[(u32, &'a Sheet)]) -> Choices<'a> {
        let mut counts = HashMap::new();
        for answer in papers.iter().flat_map(|(_, sheet)| &sheet.answers) {
            *counts.entry((answer.item.as_ref(), answer.choice.as_ref())).or_default() += 1;
        }
        Choices(counts)
    }

    /// Whether so many people were at it at the time that such a likeness is to be expected.
    fn by_chance(
        &self,
        papers: &Papers<'_>,
        at: usize,
        alike: &Likeness<'_>,
        wrong: usize,
        rules: &Rules,
    ) -> bool {
        let Some((_, sheet)) = papers.get(at) else { return false };
        let first = papers.partition_point(|(_, p)| sheet.submitted - p.submitted > rules.copied_within_ms);
        let after = papers.partition_point(|(_, p)| p.submitted - sheet.submitted <= rules.copied_within_ms);
        let crowd = after - first;
        if papers.len() <= rules.copied_crowd {
            return false;
        }
        // Papers of the same half hour may be copies of each other: a choice's share is taken from the others, as long
        // as there are enough of them; else from all but the pair itself.
        let near = papers.get(first..after).unwrap_or_default();
        let others = papers.len() - crowd;
        let share = |answer: &Answer| -> f64 {
            let key = (answer.item.as_ref(), answer.choice.as_ref());
            let all = self.0.get(&key).copied().unwrap_or_default();
            if others < rules.copied_crowd {
                return (all.saturating_sub(2) as f64 + 1.0) / papers.len() as f64;
            }
            let chosen = |sheet: &&Sheet| {
                let found = sheet.answers.binary_search_by(|other| other.item.cmp(&answer.item));
                found.ok().and_then(|at| sheet.answers.get(at)).is_some_and(|a| a.choice == answer.choice)
            };
            let here = near.iter().filter(|(_, sheet)| chosen(sheet)).count();
            (all.saturating_sub(here) as f64 + 1.0) / (others as f64 + 2.0)
        };
        let same_wrong = alike.same_wrong.len();
        let mistakes: f64 =
            choose(wrong, same_wrong) * alike.same_wrong.iter().map(|answer| share(answer)).product::<f64>();
        let rest = alike.same_right.len() + alike.different;
        let right: f64 = choose(rest, alike.different)
            * alike.same_right.iter().map(|answer| share(answer)).product::<f64>();
        let expected = crowd as f64 * mistakes * right.min(1.0);
        expected * 1e6 > rules.copied_chance_ppm as f64
    }
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
