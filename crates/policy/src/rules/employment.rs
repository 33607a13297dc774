//! Enterprises and their workers (clause 四).

use chrono::{Datelike, NaiveDate};
use keshi_registry::{Contract, ProviderKind, Relation};

use crate::days::Days;
use crate::facts::Entrustment;
use crate::rule::{Case, Finding, Rule, RuleId};
use crate::scheme::Scheme;

/// The enterprise is registered in the city.
pub(crate) const REGISTERED_HERE: Rule = Rule { id: RuleId::RegisteredHere, judge: registered_here };

/// A course of the enterprise's own relates to its main business. Of an entrusted course this is not asked.
pub(crate) const MAIN_BUSINESS: Rule = Rule { id: RuleId::MainBusiness, judge: main_business };

/// The labour contract runs for a year: the day after its last one is the same date a year after its first, or later.
pub(crate) const CONTRACT_TERM: Rule = Rule { id: RuleId::ContractTerm, judge: contract_term };

/// All counted training lies within one year of signing: through the same date of the next year.
pub(crate) const WITHIN_A_YEAR: Rule = Rule { id: RuleId::WithinAYear, judge: within_a_year };

/// The enterprise paid social insurance for the worker, between the contract's first day and the end of the study.
pub(crate) const SOCIAL_INSURANCE_PAID: Rule =
    Rule { id: RuleId::SocialInsurancePaid, judge: social_insurance_paid };

/// Training by another than the enterprise rests on an agreement, which says who is paid.
pub(crate) const ENTRUSTMENT_AGREEMENT: Rule =
    Rule { id: RuleId::EntrustmentAgreement, judge: entrustment_agreement };

fn registered_here(case: Case<'_>) -> Finding {
    let enterprise = case.facts.enterprise.as_ref();
    let finding = match enterprise.map(|enterprise| enterprise.registered_here) {
        None => Finding::undetermined("待确认学员所在企业", "the trainee's enterprise is not known"),
        Some(None) => Finding::undetermined(
            "待登记企业是否在本市注册",
            "whether the enterprise is registered in the city is not known",
        ),
        Some(Some(true)) => Finding::met("企业在本市注册", "the enterprise is registered in the city"),
        Some(Some(false)) => {
            Finding::not_met("企业不在本市注册", "the enterprise is not registered in the city")
        }
    };
    finding.saw("enterprise", enterprise.map(|it| &it.provider))
}

fn main_business(case: Case<'_>) -> Finding {
    let related = case.facts.course.as_ref().and_then(|course| course.main_business);
    let finding = match (is_own(case), related) {
        (None, _) => Finding::undetermined("待登记培训主体类型", "the provider's kind is not registered"),
        (Some(false), _) => Finding::met(
            "委托培训课程，不作要求",
            "the course is an entrusted provider's: this is asked of the enterprise's own",
        ),
        (_, None) => Finding::undetermined(
            "待登记课程是否与主营业务相关",
            "whether the course relates to the main business is not registered",
        ),
        (_, Some(true)) => {
            Finding::met("课程与主营业务相关", "the course relates to the enterprise's main business")
        }
        (_, Some(false)) => Finding::not_met(
            "课程与主营业务无关",
            "the course does not relate to the enterprise's main business",
        ),
    };
    let business = case.facts.enterprise.as_ref().and_then(|it| it.main_business.as_ref());
    finding.saw("main_business", business).saw("related", related)
}

/// Whether the enterprise itself trains.
pub(super) fn is_own(case: Case<'_>) -> Option<bool> {
    let kind = case.facts.provider.as_ref()?.kind?;
    Some(kind == ProviderKind::Enterprise)
}

/// The same date of the next year, or where there is none, the month's last.
fn a_year_after(day: NaiveDate) -> NaiveDate {
    let next = day.year() + 1;
    day.with_year(next).or_else(|| NaiveDate::from_ymd_opt(next, 2, 28)).unwrap_or(day)
}

/// The labour contract that the study belongs to: the last signed by its end, or else the first.
fn contract<'a>(case: Case<'a>) -> Option<&'a Contract> {
    let labour = || case.facts.contracts.iter().filter(|it| it.relation == Some(Relation::Labour));
    let last = case.date(case.facts.completion.studied.moment().or(case.facts.completion.completed_at));
    let signed = labour().filter(|it| last.is_none_or(|last| it.signed_on <= last));
    signed.max_by_key(|it| it.signed_on).or_else(|| labour().min_by_key(|it| it.signed_on))
}

/// The contract with which an unbroken employment began: who renews a contract is no new hire (新招录).
fn hired_by<'a>(case: Case<'a>, mut contract: &'a Contract) -> &'a Contract {
    let labour = || case.facts.contracts.iter().filter(|it| it.relation == Some(Relation::Labour));
    let begins = |it: &Contract| it.from.unwrap_or(it.signed_on);
    while let Some(before) = labour().find(|it| {
        it.signed_on < contract.signed_on
            && it.to.is_none_or(|to| to.succ_opt().is_none_or(|next| next >= begins(contract)))
    }) {
        contract = before;
    }
    contract
}

fn contract_term(case: Case<'_>) -> Finding {
    let Some(contract) = contract(case) else { return no_contract() };
    let finding = match (contract.open_ended, contract.from, contract.to) {
        (Some(true), ..) => Finding::met("无固定期限劳动合同", "the contract is open-ended"),
        (_, Some(from), Some(to)) => {
            let ends = to.succ_opt().unwrap_or(to);
            if ends >= a_year_after(from) {
                Finding::met(
                    format!("{from} 至 {to}，满一年"),
                    format!("from {from} to {to}: a year or more"),
                )
            } else {
                Finding::not_met(
                    format!("{from} 至 {to}，不满一年"),
                    format!("from {from} to {to}: less than a year"),
                )
            }
        }
        _ => Finding::undetermined(
            "待登记劳动合同的起止日期",
            "the contract's first and last days are not registered",
        ),
    };
    finding
        .saw("signed_on", Some(contract.signed_on))
        .saw("from", contract.from)
        .saw("to", contract.to)
        .saw("open_ended", contract.open_ended)
}

fn no_contract() -> Finding {
    Finding::undetermined("待登记劳动合同", "no labour contract with the enterprise is registered")
}

fn within_a_year(case: Case<'_>) -> Finding {
    let Some(contract) = contract(case) else { return no_contract() };
    let contract = hired_by(case, contract);
    let (from, until) = (contract.signed_on, a_year_after(contract.signed_on));
    let completion = &case.facts.completion;
    let first = case.date(completion.first_counted_at);
    let last = case.date(completion.last_studied());
    let finding = match (first, last) {
        (Some(first), Some(last)) if from <= first && last <= until => Finding::met(
            format!("培训在 {from} 至 {until} 之间"),
            format!("the training lies from {from} to {until}"),
        ),
        (Some(_), Some(_)) => Finding::not_met(
            format!("培训不全在 {from} 至 {until} 之间"),
            format!("the training does not all lie from {from} to {until}"),
        ),
        _ => {
            Finding::undetermined("待确认培训起止时间", "the training's first and last moments are not known")
        }
    };
    finding.saw("signed_on", Some(from)).saw("first", first).saw("last", last)
}

fn social_insurance_paid(case: Case<'_>) -> Finding {
    let begins = contract(case).map(|contract| contract.from.unwrap_or(contract.signed_on));
    let last = case.date(case.facts.completion.studied.moment().or(case.facts.completion.completed_at));
    let fits = |from: NaiveDate, to: Option<NaiveDate>| {
        last.is_none_or(|last| from <= last) && begins.zip(to).is_none_or(|(begins, to)| begins <= to)
    };
    let mut rows = case.facts.insurance.iter().filter(|row| fits(row.from, row.to)).peekable();
    let shown: Vec<String> = case
        .facts
        .insurance
        .iter()
        .map(|row| format!("{}..{}", row.from, row.to.map_or_else(String::new, |to| to.to_string())))
        .collect();
    let finding = if rows.peek().is_none() {
        Finding::undetermined("待登记社会保险缴纳情况", "no social insurance for these days is registered")
    } else {
        let paid: Vec<Option<bool>> = rows.map(|row| row.paid).collect();
        if paid.contains(&Some(true)) {
            Finding::met("已缴纳社会保险", "social insurance was paid")
        } else if paid.contains(&None) {
            Finding::undetermined("待登记是否已缴纳", "whether it was paid is not registered")
        } else {
            Finding::not_met("未缴纳社会保险", "social insurance was not paid")
        }
    };
    finding.saw("insurance", Some(shown.join("; ")))
}

fn entrustment_agreement(case: Case<'_>) -> Finding {
    let provider = case.facts.provider.as_ref();
    let finding = match (is_own(case), &case.facts.entrustment) {
        (None, _) => Finding::undetermined("待登记培训主体类型", "the provider's kind is not registered"),
        (Some(true), _) => Finding::met("企业自主培训", "the enterprise itself trains"),
        (_, Entrustment::None) => {
            Finding::undetermined("待登记委托培训协议", "no entrustment agreement covers the training")
        }
        (_, Entrustment::Unclear(_)) => Finding::undetermined(
            "多家企业的协议均可适用，请在报名中登记企业",
            "several enterprises' agreements fit: the enrolment has to name the enterprise",
        ),
        (_, Entrustment::By(agreement)) if agreement.pay_to.is_none() => {
            Finding::undetermined("协议待登记收款方", "the agreement does not say who is paid")
        }
        (_, Entrustment::By(agreement)) => {
            let agency = provider
                .filter(|it| it.kind == Some(ProviderKind::HumanResourcesAgency))
                .map(|it| it.training_qualified);
            match agency {
                Some(None) => Finding::undetermined(
                    "待登记人力资源服务机构的培训资质",
                    "whether the agency is qualified to train is not registered",
                ),
                Some(Some(false)) => {
                    Finding::not_met("人力资源服务机构无培训资质", "the agency is not qualified to train")
                }
                _ => Finding::met(
                    format!("依据协议 {}", agreement.agreement),
                    format!("by agreement {}", agreement.agreement),
                ),
            }
        }
    };
    let agreement = match &case.facts.entrustment {
        Entrustment::By(agreement) => Some(&agreement.agreement),
        Entrustment::None | Entrustment::Unclear(_) => None,
    };
    finding.saw("provider", provider.map(|it| &it.provider)).saw("agreement", agreement)
}

/// Whether the trainee works for the enterprise on the first and on the last day of the training that is claimed for: by a
/// labour relation, or, but for pre-job training, by earning through its platform.
pub(super) fn is_worker(case: Case<'_>) -> Finding {
    if case.facts.contracts.is_empty() {
        return Finding::undetermined(
            "待登记劳动合同或平台服务关系",
            "neither a labour contract nor work through the enterprise's platform is registered",
        );
    }
    let Days { first, last } = Days::of_training(case);
    let days: Vec<NaiveDate> = first.into_iter().chain(last).collect();
    let answers: Vec<Option<bool>> = days.iter().map(|day| works_on(case, *day)).collect();
    let finding = if days.is_empty() {
        Finding::undetermined("待确认培训起止时间", "the training's first and last days are not known")
    } else if answers.contains(&Some(false)) {
        Finding::not_met("培训期间不是本企业职工", "the trainee did not work for the enterprise throughout")
    } else if answers.contains(&None) {
        Finding::undetermined("待登记用工关系", "how the trainee works for the enterprise is not registered")
    } else {
        Finding::met("为本企业职工", "the trainee works for the enterprise")
    };
    finding.saw("first_day", first).saw("last_day", last)
}

/// Whether a contract with the enterprise is in force on a day; `None`: the relation is not registered.
fn works_on(case: Case<'_>, day: NaiveDate) -> Option<bool> {
    // Training before the job may begin as soon as the contract is signed.
    let covers = |it: &&Contract| match case.scheme {
        Scheme::PreJob => it.covers_since_signing(day),
        _ => it.covers(day),
    };
    let serves = |contract: &Contract| match contract.relation {
        Some(Relation::Labour) => Some(true),
        Some(Relation::Platform) => Some(case.scheme != Scheme::PreJob),
        None => None,
    };
    let answers: Vec<Option<bool>> = case.facts.contracts.iter().filter(covers).map(serves).collect();
    if answers.contains(&Some(true)) {
        Some(true)
    } else if answers.contains(&None) {
        None
    } else {
        Some(false)
    }
}
