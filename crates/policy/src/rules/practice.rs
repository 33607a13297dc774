//! After the online part: evaluations, practical training, certificates.

use keshi_registry::CertificateKind;

use crate::days::Days;
use crate::rule::{Case, Finding, Rule, RuleId};
use crate::scheme::Scheme;

/// Pre-job: the overall evaluation after the course was passed. Practical part of an enterprise: its assessment was.
pub(crate) const EVALUATION_PASSED: Rule = Rule { id: RuleId::EvaluationPassed, judge: evaluation_passed };

/// The online course was completed by the first day of the practical part.
pub(crate) const ONLINE_BEFORE_PRACTICAL: Rule =
    Rule { id: RuleId::OnlineBeforePractical, judge: online_before_practical };

/// The practical part began on the pack's day or later; while that is not set, nobody can say.
pub(crate) const PRACTICAL_FROM: Rule = Rule { id: RuleId::PracticalFrom, judge: practical_from };

/// The certificate is of a kind that the notice names.
pub(crate) const CERTIFICATE_KIND: Rule = Rule { id: RuleId::CertificateKind, judge: certificate_kind };

/// The certificate was issued on the last day of the training or later.
pub(crate) const CERTIFICATE_AFTER_TRAINING: Rule =
    Rule { id: RuleId::CertificateAfterTraining, judge: certificate_after_training };

/// The department in charge is named.
pub(crate) const COMPETENT_DEPARTMENT: Rule =
    Rule { id: RuleId::CompetentDepartment, judge: competent_department };

fn evaluation_passed(case: Case<'_>) -> Finding {
    if case.scheme == Scheme::PracticalEnterprise { practical_passed(case) } else { evaluated(case) }
}

fn practical_passed(case: Case<'_>) -> Finding {
    let passed = case.facts.practical.as_ref().and_then(|practical| practical.passed);
    let finding = match passed {
        None => Finding::undetermined("待登记实操考核结果", "the practical assessment is not registered"),
        Some(true) => Finding::met("实操考核合格", "the practical assessment was passed"),
        Some(false) => Finding::not_met("实操考核不合格", "the practical assessment was not passed"),
    };
    finding.saw("passed", passed)
}

fn evaluated(case: Case<'_>) -> Finding {
    let evaluation = case.facts.evaluation.as_ref();
    let (on, passed) = (evaluation.and_then(|it| it.on), evaluation.and_then(|it| it.passed));
    let completion = &case.facts.completion;
    let studied = case.date(completion.studied.moment().and(completion.last_studied()));
    let finding = match (passed, on, studied) {
        (Some(false), ..) => Finding::not_met("综合评价不合格", "the evaluation was not passed"),
        (None, ..) => Finding::undetermined("待登记综合评价", "no evaluation is registered"),
        (_, None, _) => {
            Finding::undetermined("待登记评价日期", "the day of the evaluation is not registered")
        }
        (_, _, None) => Finding::undetermined("待完成线上课程", "the online course is not completed"),
        (_, Some(on), Some(studied)) if on < studied => Finding::not_met(
            format!("评价（{on}）早于完成线上课程（{studied}）"),
            format!("evaluated on {on}, before the course was completed on {studied}"),
        ),
        (Some(true), Some(on), _) => {
            Finding::met(format!("{on} 综合评价合格"), format!("the evaluation was passed on {on}"))
        }
    };
    finding.saw("on", on).saw("passed", passed).saw("studied_on", studied)
}

fn online_before_practical(case: Case<'_>) -> Finding {
    let completed = case.date(case.facts.completion.last_moment());
    let began = Days::of_certificate(case).first;
    let finding = match (completed, began) {
        (None, _) => Finding::undetermined("待完成线上课程", "the online course is not completed"),
        (_, None) => {
            Finding::undetermined("待登记实操培训", "the practical part's first day is not registered")
        }
        (Some(completed), Some(began)) if completed <= began => Finding::met(
            format!("{completed} 完成线上，{began} 开始实操"),
            format!("completed on {completed}, practical from {began}"),
        ),
        (Some(completed), Some(began)) => Finding::not_met(
            format!("实操（{began}）早于完成线上（{completed}）"),
            format!("practical from {began}, before completion on {completed}"),
        ),
    };
    finding.saw("completed_on", completed).saw("practical_from", began)
}

fn practical_from(case: Case<'_>) -> Finding {
    let (began, payable) = (Days::of_certificate(case).first, case.pack.practical.from);
    let finding = match (payable, began) {
        (None, _) => Finding::undetermined("实操补贴起始日待定", "from when practice is paid is not set yet"),
        (_, None) => {
            Finding::undetermined("待登记实操培训", "the practical part's first day is not registered")
        }
        (Some(payable), Some(began)) if payable <= began => {
            Finding::met(format!("{began} 不早于 {payable}"), format!("{began} is not before {payable}"))
        }
        (Some(payable), Some(began)) => {
            Finding::not_met(format!("{began} 早于 {payable}"), format!("{began} is before {payable}"))
        }
    };
    finding.saw("practical_from", began).saw("payable_from", payable)
}

fn certificate_kind(case: Case<'_>) -> Finding {
    let certificate = case.facts.certificate.as_ref();
    let kind = certificate.and_then(|certificate| certificate.kind);
    let finding = match kind {
        None => Finding::undetermined("待登记证书种类", "the certificate's kind is not registered"),
        Some(CertificateKind::SpecialOperations) => {
            Finding::met("特种作业操作证书", "a special-operations certificate")
        }
        Some(CertificateKind::Other) => {
            Finding::not_met("证书种类不在规定范围", "the certificate is of no kind that counts")
        }
        Some(_) if case.scheme == Scheme::SpecialOperations => {
            Finding::not_met("须为特种作业操作证书", "a special-operations certificate is asked for")
        }
        Some(kind) => Finding::met(kind.chinese(), format!("a certificate of kind {}", kind.as_str())),
    };
    finding
        .saw("certificate", certificate.map(|it| &it.certificate))
        .saw("kind", kind.map(CertificateKind::as_str))
}

fn certificate_after_training(case: Case<'_>) -> Finding {
    let issued = case.facts.certificate.as_ref().and_then(|certificate| certificate.issued_on);
    let ended = Days::of_certificate(case).last;
    let finding = match (issued, ended) {
        (None, _) => Finding::undetermined("待登记发证日期", "the day of issue is not registered"),
        (_, None) => Finding::undetermined("待登记培训结束日期", "the training's last day is not registered"),
        (Some(issued), Some(ended)) if ended <= issued => Finding::met(
            format!("{ended} 培训结束，{issued} 发证"),
            format!("training ended on {ended}, issued on {issued}"),
        ),
        (Some(issued), Some(ended)) => Finding::not_met(
            format!("发证（{issued}）早于培训结束（{ended}）"),
            format!("issued on {issued}, before the training ended on {ended}"),
        ),
    };
    finding.saw("issued_on", issued).saw("trained_to", ended)
}

fn competent_department(case: Case<'_>) -> Finding {
    let of_certificate = case.facts.certificate.as_ref().and_then(|it| it.competent_department.as_ref());
    let of_trade = case.facts.specialty.as_ref().and_then(|it| it.competent_department.as_ref());
    let department = of_certificate.or(of_trade);
    let finding = match department {
        None => Finding::undetermined("待登记业务主管部门", "the department in charge is not registered"),
        Some(name) => {
            Finding::met(format!("在{name}指导下开展"), format!("guided by the department in charge: {name}"))
        }
    };
    finding.saw("competent_department", department)
}
