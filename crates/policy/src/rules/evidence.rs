//! The learning process can be looked up and followed (可查询、可追溯).

use crate::facts::Evidence;
use crate::rule::{Case, Finding, Rule, RuleId, Severity};
use crate::scheme::Scheme;

/// There are sign-ins, study records and tests; questions are missed with a warning.
pub(crate) const EVIDENCE_KINDS: Rule = Rule { id: RuleId::EvidenceKinds, judge: evidence_kinds };

fn evidence_kinds(case: Case<'_>) -> Finding {
    let evidence = &case.facts.evidence;
    // Pre-job training is closed by an evaluation: that is its test.
    let is_evaluated = case.scheme == Scheme::PreJob && case.facts.evaluation.is_some();
    let evaluation = Evidence { count: Some(1), events: Vec::new() };
    let to_come = Evidence::default();
    let tests = match (case.scheme, evidence.quizzes.count) {
        _ if is_evaluated => &evaluation,
        (Scheme::PreJob, Some(0)) => &to_come,
        _ => &evidence.quizzes,
    };
    let needed = [
        ("签到注册", "sign-in", &evidence.sign_ins),
        ("学习记录", "study record", &evidence.stretches),
        ("测试", "test", tests),
    ];
    let of = |count: Option<u64>| needed.iter().find(|(_, _, evidence)| evidence.count == count);
    let finding = if let Some((chinese, english, _)) = of(Some(0)) {
        Finding::not_met(format!("没有{chinese}"), format!("there is no {english}"))
    } else if let Some((chinese, english, _)) = of(None) {
        Finding::undetermined(format!("待统计{chinese}"), format!("nobody has counted: {english}"))
    } else {
        match evidence.questions.count {
            Some(0) => Finding::not_met("没有答疑记录", "there is no question").severity(Severity::Warning),
            None => Finding::undetermined("待统计答疑", "nobody has counted: questions")
                .severity(Severity::Warning),
            Some(_) => Finding::met(
                "签到、学习记录、答疑、测试齐全",
                "sign-in, study record, question and test are there",
            ),
        }
    };
    let some = |evidence: &Evidence| evidence.events.first().cloned();
    let kinds = [&evidence.sign_ins, &evidence.stretches, &evidence.quizzes, &evidence.questions];
    let samples: Vec<_> = kinds.into_iter().filter_map(some).collect();
    finding
        .saw("sign_ins", evidence.sign_ins.count)
        .saw("stretches", evidence.stretches.count)
        .saw("quizzes", evidence.quizzes.count)
        .saw("questions", evidence.questions.count)
        .rests_on(&samples)
}
