//! `quiz-too-fast` by comparison: far faster than people in general answer the same items.

use std::collections::{BTreeMap, HashMap};

use keshi_events::{CourseId, QuizId};

use super::Crowd;
use crate::flag::{Flag, Kind, Level};
use crate::rules::Rules;
use crate::traces::Sheet;

type Item<'a> = (&'a CourseId, &'a QuizId, &'a str);

pub(super) fn find(crowd: &Crowd, rules: &Rules, flags: &mut Vec<Flag>) {
    let means = means(crowd, rules);
    for (who, sheet) in &crowd.sheets {
        let (mut own, mut usual, mut items) = (0, 0, 0);
        for answer in &sheet.answers {
            let mean = means.get(&(&sheet.course, &sheet.quiz, answer.item.as_ref()));
            if let (Some(took), Some((sum, people))) = (answer.took, mean)
                && *people >= rules.quiz_mean_people
            {
                own += took;
                usual += sum / *people as i64;
                items += 1;
            }
        }
        if items < rules.quiz_items || own * 1000 >= rules.quiz_mean_share * usual {
            continue;
        }
        let count = items as i64;
        let tenths = |ms: i64| format!("{}.{}", ms / count / 1000, ms / count / 100 % 10);
        let (own, usual) = (tenths(own), tenths(usual));
        flags.push(Flag {
            kind: Kind::QuizTooFast,
            level: Level::Review,
            people: vec![crowd.trainee(*who)],
            platform: None,
            course: Some(sheet.course.clone()),
            from: sheet.started,
            to: sheet.submitted,
            chinese: format!("测验 {}：平均每题 {own} 秒，众人平均 {usual} 秒", sheet.quiz),
            english: format!("quiz {}: {own} s an item, where people in general take {usual} s", sheet.quiz),
            evidence: vec![crowd.paper(*who, sheet)],
        });
    }
}

/// Of each item: the sum of people's first answering times, long ones cut, and how many people.
fn means<'a>(crowd: &'a Crowd, rules: &Rules) -> HashMap<Item<'a>, (i64, usize)> {
    let mut first: BTreeMap<(u32, &CourseId, &QuizId), &Sheet> = BTreeMap::new();
    for (who, sheet) in &crowd.sheets {
        let known = first.entry((*who, &sheet.course, &sheet.quiz)).or_insert(sheet);
        if (sheet.submitted, sheet.seq) < (known.submitted, known.seq) {
            *known = sheet;
        }
    }
    let mut means: HashMap<Item<'_>, (i64, usize)> = HashMap::new();
    for sheet in first.into_values() {
        for answer in &sheet.answers {
            let Some(took) = answer.took else { continue };
            let mean = means.entry((&sheet.course, &sheet.quiz, answer.item.as_ref())).or_default();
            *mean = (mean.0 + took.min(rules.quiz_longest_ms), mean.1 + 1);
        }
    }
    means
}
