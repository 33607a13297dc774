//! What was studied and assessed, and when.

use crate::facts::Held;
use crate::rule::{Case, Finding, Rule, RuleId};
use crate::scheme::Scheme;

/// Every counted second, the passed assessment and the completion lie inside the pack's days, both ends included.
pub(crate) const INSIDE_WINDOW: Rule = Rule { id: RuleId::InsideWindow, judge: inside_window };

/// Every registered video was covered.
pub(crate) const STUDIED: Rule = Rule { id: RuleId::Studied, judge: studied };

/// The required quizzes were passed, the required questions asked.
pub(crate) const ASSESSED: Rule = Rule { id: RuleId::Assessed, judge: assessed };

fn inside_window(case: Case<'_>) -> Finding {
    let completion = &case.facts.completion;
    let (from, until) = (case.pack.valid_from, case.pack.online_window.until);
    let moments = [
        completion.first_counted_at,
        completion.last_studied(),
        completion.assessed.moment(),
        completion.last_moment(),
    ];
    // The evaluation takes the place of the passed test in pre-job training.
    let evaluation = case.facts.evaluation.as_ref().filter(|_| case.scheme == Scheme::PreJob);
    let evaluated = evaluation.and_then(|evaluation| evaluation.on);
    let days = || moments.iter().flatten().map(|at| case.pack.date_of(*at)).chain(evaluated);
    let late = days().filter(|day| *day > until).max();
    let early = days().filter(|day| *day < from).min();
    let finding = match (late, early, completion.completed_at, completion.first_counted_at) {
        (Some(day), ..) => Finding::not_met(
            format!("{day} 晚于政策截止日 {until}"),
            format!("{day} is after the last day, {until}"),
        ),
        (_, Some(day), ..) => Finding::not_met(
            format!("{day} 早于政策起始日 {from}"),
            format!("{day} is before the first day, {from}"),
        ),
        (.., None, _) => Finding::undetermined("待完成课程", "the course is not completed"),
        (.., None) => Finding::undetermined("待确认首次学习时间", "the first counted moment is not known"),
        _ => Finding::met(
            format!("学习、考核与完成均在 {from} 至 {until} 之间"),
            format!("study, assessment and completion lie from {from} to {until}"),
        ),
    };
    finding
        .saw("first_counted_at", completion.first_counted_at)
        .saw("last_counted_at", completion.last_studied())
        .saw("completed_at", completion.completed_at)
        .saw("evaluated_on", evaluated)
}

fn studied(case: Case<'_>) -> Finding {
    let completion = &case.facts.completion;
    let finding = match completion.studied {
        Held::Since(at) => {
            Finding::met(format!("{at} 完成线上课程"), format!("the course was covered at {at}"))
        }
        Held::NotYet => Finding::not_met("线上课程尚未完成", "the course is not covered yet"),
        Held::Unknown => {
            Finding::undetermined("待核定学习情况", "nobody can say whether the course was covered")
        }
    };
    let required_ms = case.facts.course.as_ref().and_then(|course| course.duration_ms());
    finding
        .saw("verified_seconds", completion.verified_seconds)
        .saw("class_hours", completion.class_hours)
        .saw("course_seconds", required_ms.map(|ms| ms / 1000))
        .rests_on(&case.facts.evidence.stretches.events)
}

fn assessed(case: Case<'_>) -> Finding {
    let quizzes = case.facts.course.as_ref().map(|course| course.quizzes.as_slice());
    let unmarked = quizzes.into_iter().flatten().find(|quiz| quiz.pass.is_none());
    let finding = match (case.facts.completion.assessed, quizzes, unmarked) {
        (Held::Since(at), ..) => {
            Finding::met(format!("{at} 考核合格"), format!("the assessment was passed at {at}"))
        }
        (_, None, _) => Finding::undetermined("待登记课程", "the course is not registered"),
        (_, Some([]), _) => Finding::undetermined(
            "课程未登记考核，待登记",
            "the course has no required assessment registered",
        ),
        (_, _, Some(quiz)) => Finding::undetermined(
            format!("测验 {} 待登记及格线", quiz.quiz),
            format!("quiz {} has no pass mark registered", quiz.quiz),
        ),
        (Held::NotYet, ..) => Finding::not_met("考核尚未合格", "the assessment is not passed yet"),
        (Held::Unknown, ..) => {
            Finding::undetermined("待核定考核情况", "nobody can say whether the assessment was passed")
        }
    };
    let marks = quizzes.map(|quizzes| {
        let mark =
            |quiz: &keshi_registry::Quiz| quiz.pass.map_or_else(|| "-".to_owned(), |pass| pass.to_string());
        quizzes.iter().map(|quiz| format!("{} {}", quiz.quiz, mark(quiz))).collect::<Vec<_>>().join("; ")
    });
    let questions = case.facts.course.as_ref().map(|course| course.questions.unwrap_or(0));
    finding
        .saw("quizzes", marks)
        .saw("questions required", questions)
        .rests_on(&case.facts.evidence.quizzes.events)
        .rests_on(&case.facts.evidence.questions.events)
}
