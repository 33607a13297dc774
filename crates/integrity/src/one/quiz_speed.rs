//! `quiz-too-fast`, by itself: answers faster than anybody reads. The comparison with others is in `many::items`.

use crate::flag::{Flag, Kind, Level};
use crate::trail::Trail;

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    for (_, sheet) in &trail.sheets {
        let Some((time, items)) = sheet.pace() else { continue };
        if sheet.answers.len() < trail.rules.quiz_items || time >= trail.rules.quiz_item_ms * items {
            continue;
        }
        let tenths = time / items / 100;
        let (whole, tenth) = (tenths / 10, tenths % 10);
        flags.push(Flag {
            course: Some(sheet.course.clone()),
            chinese: format!("测验 {}：{items} 题平均每题 {whole}.{tenth} 秒", sheet.quiz),
            english: format!("quiz {}: {items} items at {whole}.{tenth} s each", sheet.quiz),
            evidence: vec![trail.paper(sheet)],
            ..trail.flag(Kind::QuizTooFast, Level::Review, (sheet.started, sheet.submitted))
        });
    }
}
