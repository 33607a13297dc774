//! Enterprises: clauses 四(一), 四(二) and 四(三).

use keshi_policy::Outcome::{Met, NotMet, Undetermined};
use keshi_policy::{
    ClaimFacts, Entrustment, Held, Outcome, Pack, Payee, RuleId, Scheme, Verdict, derive,
    scheme_of_certificate, scheme_of_study,
};
use keshi_registry::{Applicant, Category, Contract, PayTo, ProviderKind, RegistryFile, Relation};

use crate::given::{JINAN, at, claim_in, jinan, some};

const REGISTRY: &str = r#"{"providers": [{"provider": "e1", "kind": "enterprise", "registered_here": true, "main_business": "电力设备",
    "listings": [{"authority": "lixia", "from": "2020-03-01"}]}],
 "specialties": [{"specialty": "induction", "category": "pre-job"}],
 "courses": [{"course": "C1", "provider": "e1", "specialty": "induction", "own_developed": true, "main_business": true,
   "listings": [{"authority": "lixia", "from": "2020-03-01", "filed_on": "2020-03-02"}], "videos": [{"video": "v1", "duration_ms": 38400000}]}],
 "trainees": [{"trainee": "t1", "district": "lixia", "category": "企业职工"}],
 "enrolments": [{"trainee": "t1", "course": "C1", "on": "2020-04-01", "free": true}],
 "agreements": [{"agreement": "A1", "enterprise": "e1", "provider": "e1", "from": "2020-03-01", "pay_to": "provider"}],
 "contracts": [{"trainee": "t1", "enterprise": "e1", "signed_on": "2020-04-01", "relation": "labour", "from": "2020-04-20", "to": "2021-04-19"}],
 "insurance": [{"trainee": "t1", "enterprise": "e1", "from": "2020-04-01", "paid": true, "skill_subsidy": false}],
 "evaluations": [{"trainee": "t1", "course": "C1", "on": "2020-06-30", "method": "performance-review", "passed": true}],
 "teaching_plans": [{"provider": "e1", "course": "C1", "practical_hours": 40}],
 "practicals": [{"trainee": "t1", "course": "C1", "provider": "e1", "from": "2020-08-01", "to": "2020-08-04", "passed": true, "applicant": "trainee"}],
 "certificates": [{"certificate": "Z1", "trainee": "t1", "kind": "training-completion", "course": "C1", "provider": "e1", "issued_on": "2020-08-10"}]}"#;

fn file() -> RegistryFile {
    RegistryFile::parse_strict(REGISTRY.as_bytes()).expect("a registry")
}

fn pre_job() -> ClaimFacts {
    let file = file();
    let mut facts = ClaimFacts {
        enterprise: file.providers.first().cloned(),
        contracts: file.contracts.clone(),
        insurance: file.insurance.clone(),
        evaluation: file.evaluations.first().cloned(),
        ..claim_in(REGISTRY)
    };
    facts.evidence.quizzes = some(0);
    facts.completion.assessed = Held::Unknown;
    facts
}

fn on_job() -> ClaimFacts {
    let mut facts = pre_job();
    facts.contracts[0].from = Some(day("2020-04-01"));
    facts.evaluation = None;
    facts.evidence.quizzes = some(1);
    facts.completion.assessed = Held::Since(at("2020-04-20T10:00:00+08:00"));
    let specialty = facts.specialty.as_mut().expect("one");
    specialty.category = Some(Category::Skill);
    specialty.practical_share = Some(keshi_registry::Share::parse("0.5").expect("a share"));
    facts.course.as_mut().expect("one").level = Some("intermediate".into());
    facts
}

fn practical() -> ClaimFacts {
    let file = file();
    ClaimFacts {
        plan: file.teaching_plans.first().cloned(),
        practical: file.practicals.first().cloned(),
        certificate: file.certificates.first().cloned(),
        ..on_job()
    }
}

/// The same training, entrusted to a platform.
fn entrusted(mut facts: ClaimFacts, pay_to: Option<PayTo>) -> ClaimFacts {
    let mut agreement = file().agreements[0].clone();
    (agreement.provider, agreement.pay_to) = ("p7".into(), pay_to);
    facts.entrustment = Entrustment::By(Box::new(agreement));
    let provider = facts.provider.as_mut().expect("one");
    (provider.provider, provider.kind) = ("p7".into(), Some(ProviderKind::Platform));
    provider.listings.as_mut().expect("some")[0].authority = "jinan".to_owned();
    facts
}

fn after() -> Pack {
    Pack::parse(&JINAN.replacen("[practical]", "[practical]\nfrom = \"2020-07-20\"", 1)).expect("a pack")
}

fn says(scheme: Scheme, rule: RuleId, mut facts: ClaimFacts, spoil: impl FnOnce(&mut ClaimFacts)) -> Outcome {
    spoil(&mut facts);
    let derivation = derive(&jinan(), scheme, &facts);
    derivation.rules.iter().find(|result| result.rule == rule).expect("the scheme asks it").outcome
}

fn before_job(rule: RuleId, spoil: impl FnOnce(&mut ClaimFacts)) -> Outcome {
    says(Scheme::PreJob, rule, pre_job(), spoil)
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().expect("a day")
}

#[test]
fn clause_4_1_pre_job_is_500_and_needs_no_quiz() {
    assert_eq!(scheme_of_study(&pre_job()), Scheme::PreJob);
    let derivation = derive(&jinan(), Scheme::PreJob, &pre_job());
    assert_eq!(derivation.verdict, Verdict::Draft, "{:#?}", derivation.rules);
    assert_eq!(derivation.amount.map(|yuan| yuan.to_string()).as_deref(), Some("500.00"));
    assert_eq!(derivation.payee, Some(Payee::Provider("e1".into())));
    let to_come = before_job(RuleId::EvidenceKinds, |facts| facts.evaluation = None);
    assert_eq!(to_come, Undetermined, "the evaluation is the test, and may still come");
}

#[test]
fn clause_4_1_contract_term_of_a_year() {
    let rule = RuleId::ContractTerm;
    let term = |from: Option<&str>, to: Option<&str>| {
        before_job(rule, |facts| {
            let contract = &mut facts.contracts[0];
            (contract.from, contract.to) = (from.map(day), to.map(day));
        })
    };
    assert_eq!(term(Some("2020-04-20"), Some("2021-04-19")), Met);
    assert_eq!(term(Some("2020-04-20"), Some("2021-04-18")), NotMet);
    assert_eq!(term(Some("2020-02-29"), Some("2021-02-27")), Met);
    assert_eq!(term(Some("2020-02-29"), Some("2021-02-26")), NotMet);
    assert_eq!(term(Some("2020-04-20"), None), Undetermined);
    assert_eq!(term(None, Some("2021-04-19")), Undetermined);
    assert_eq!(
        before_job(rule, |facts| (facts.contracts[0].to, facts.contracts[0].open_ended) = (None, Some(true))),
        Met
    );
    assert_eq!(before_job(rule, |facts| facts.contracts.clear()), Undetermined);
}

#[test]
fn clause_4_1_within_a_year_of_signing() {
    let rule = RuleId::WithinAYear;
    let signed = |on: &str| before_job(rule, |facts| facts.contracts[0].signed_on = day(on));
    // The study runs from 2020-04-02 to 2020-04-20.
    assert_eq!(signed("2019-04-20"), Met, "the same date of the next year still counts");
    assert_eq!(signed("2019-04-19"), NotMet);
    assert_eq!(signed("2020-04-02"), Met);
    assert_eq!(signed("2020-04-03"), NotMet, "trained before signing");
    let renewed = |first_until: &str| {
        before_job(rule, |facts| {
            let mut first = facts.contracts[0].clone();
            (first.signed_on, first.from) = (day("2018-03-01"), Some(day("2018-03-01")));
            first.to = Some(day(first_until));
            facts.contracts.push(first);
        })
    };
    assert_eq!(renewed("2020-04-19"), NotMet, "a renewed contract makes no new hire");
    assert_eq!(renewed("2019-12-31"), Met, "hired again after a gap");
    let leap = |last: &str| {
        before_job(rule, |facts| {
            facts.contracts[0].signed_on = day("2020-02-29");
            facts.completion.last_counted_at = Some(at(last));
            facts.completion.studied = Held::Since(at(last));
        })
    };
    assert_eq!(leap("2021-02-28T23:59:59.999+08:00"), Met);
    assert_eq!(leap("2021-03-01T00:00:00+08:00"), NotMet);
    assert_eq!(before_job(rule, |facts| facts.completion.first_counted_at = None), Undetermined);
}

#[test]
fn clause_4_1_social_insurance_paid() {
    let rule = RuleId::SocialInsurancePaid;
    assert_eq!(before_job(rule, |_| {}), Met);
    assert_eq!(before_job(rule, |facts| facts.insurance[0].paid = Some(false)), NotMet);
    assert_eq!(before_job(rule, |facts| facts.insurance[0].paid = None), Undetermined);
    assert_eq!(before_job(rule, |facts| facts.insurance.clear()), Undetermined);
    assert_eq!(
        before_job(rule, |facts| facts.insurance[0].from = day("2020-04-21")),
        Undetermined,
        "of later days"
    );
}

#[test]
fn clause_4_1_evaluation_passed_inside_the_window() {
    let rule = RuleId::EvaluationPassed;
    assert_eq!(before_job(rule, |_| {}), Met);
    assert_eq!(
        before_job(rule, |facts| facts.evaluation.as_mut().expect("one").passed = Some(false)),
        NotMet
    );
    assert_eq!(before_job(rule, |facts| facts.evaluation = None), Undetermined);
    let on = |date: &'static str| {
        move |facts: &mut ClaimFacts| facts.evaluation.as_mut().expect("one").on = Some(day(date))
    };
    assert_eq!(before_job(rule, on("2020-04-20")), Met);
    assert_eq!(before_job(rule, on("2020-04-19")), NotMet, "before the course was completed");
    assert_eq!(before_job(RuleId::InsideWindow, on("2020-06-30")), Met);
    assert_eq!(before_job(RuleId::InsideWindow, on("2020-07-01")), NotMet);
}

#[test]
fn clause_4_registered_here_and_main_business() {
    let enterprise = |registered| {
        before_job(RuleId::RegisteredHere, |facts| {
            facts.enterprise.as_mut().expect("one").registered_here = registered
        })
    };
    assert_eq!(
        (enterprise(Some(true)), enterprise(Some(false)), enterprise(None)),
        (Met, NotMet, Undetermined)
    );
    assert_eq!(before_job(RuleId::RegisteredHere, |facts| facts.enterprise = None), Undetermined);
    let course = |related| {
        before_job(RuleId::MainBusiness, |facts| facts.course.as_mut().expect("one").main_business = related)
    };
    assert_eq!((course(Some(true)), course(Some(false)), course(None)), (Met, NotMet, Undetermined));
    let of_others = |facts: &mut ClaimFacts| {
        *facts = entrusted(facts.clone(), Some(PayTo::Provider));
        facts.course.as_mut().expect("one").main_business = None;
    };
    assert_eq!(before_job(RuleId::MainBusiness, of_others), Met, "asked of an own course");
}

#[test]
fn clause_4_entrustment_and_who_is_paid() {
    let rule = RuleId::EntrustmentAgreement;
    assert_eq!(before_job(rule, |_| {}), Met, "the enterprise itself");
    for (pay_to, payee) in [(PayTo::Provider, "p7"), (PayTo::Enterprise, "e1")] {
        let derivation = derive(&jinan(), Scheme::PreJob, &entrusted(pre_job(), Some(pay_to)));
        assert_eq!(derivation.verdict, Verdict::Draft, "{:#?}", derivation.rules);
        assert_eq!(derivation.payee, Some(Payee::Provider(payee.into())));
        assert_eq!(derivation.applicant, Some("e1".into()));
    }
    assert_eq!(says(Scheme::PreJob, rule, entrusted(pre_job(), None), |_| {}), Undetermined);
    let without = |facts: &mut ClaimFacts| facts.entrustment = Entrustment::None;
    assert_eq!(
        says(Scheme::PreJob, rule, entrusted(pre_job(), Some(PayTo::Provider)), without),
        Undetermined
    );
    let agency = |qualified| {
        says(Scheme::PreJob, rule, entrusted(pre_job(), Some(PayTo::Provider)), |facts| {
            let provider = facts.provider.as_mut().expect("one");
            (provider.kind, provider.training_qualified) =
                (Some(ProviderKind::HumanResourcesAgency), qualified);
        })
    };
    assert_eq!((agency(Some(true)), agency(Some(false)), agency(None)), (Met, NotMet, Undetermined));
}

#[test]
fn clause_4_2_on_job_for_ones_own_people() {
    assert_eq!(scheme_of_study(&on_job()), Scheme::OnJob);
    let derivation = derive(&jinan(), Scheme::OnJob, &on_job());
    assert_eq!(derivation.verdict, Verdict::Draft, "{:#?}", derivation.rules);
    assert_eq!(derivation.amount.map(|yuan| yuan.to_string()).as_deref(), Some("300.00"));
    let works = |relation: Option<Relation>| {
        says(Scheme::OnJob, RuleId::Audience, on_job(), |facts| facts.contracts[0].relation = relation)
    };
    assert_eq!(
        (works(Some(Relation::Labour)), works(Some(Relation::Platform)), works(None)),
        (Met, Met, Undetermined)
    );
    let later = |facts: &mut ClaimFacts| facts.contracts[0].from = Some(day("2020-04-03"));
    assert_eq!(says(Scheme::OnJob, RuleId::Audience, on_job(), later), NotMet);
    assert_eq!(
        says(Scheme::OnJob, RuleId::Audience, on_job(), |facts| facts.contracts.clear()),
        Undetermined
    );
    let through_platform = |facts: &mut ClaimFacts| facts.contracts[0].relation = Some(Relation::Platform);
    assert_eq!(before_job(RuleId::Audience, through_platform), NotMet, "pre-job asks for a labour contract");
    let one = |facts: Vec<Contract>| facts.len();
    assert_eq!(one(on_job().contracts), 1);
}

#[test]
fn clause_4_2_an_entrusted_study_is_the_enterprises_to_claim() {
    let facts = entrusted(on_job(), Some(PayTo::Provider));
    assert_eq!(scheme_of_study(&facts), Scheme::OnJob);
    let derivation = derive(&jinan(), Scheme::OnlinePlatform, &facts);
    let one = derivation.rules.iter().find(|it| it.rule == RuleId::OneClaimPerStudy).map(|it| it.outcome);
    assert_eq!(one, Some(NotMet));
}

#[test]
fn clause_4_3_two_routes_of_the_practical_part() {
    let derive_with = |skill_subsidy, applicant| {
        let mut facts = practical();
        facts.insurance[0].skill_subsidy = skill_subsidy;
        facts.practical.as_mut().expect("one").applicant = applicant;
        assert_eq!(scheme_of_certificate(&facts), Scheme::PracticalEnterprise);
        derive(&after(), Scheme::PracticalEnterprise, &facts)
    };
    let claim = derive_with(Some(false), Some(Applicant::Trainee));
    assert_eq!(claim.verdict, Verdict::Draft, "{:#?}", claim.rules);
    assert_eq!(claim.amount.map(|yuan| yuan.to_string()).as_deref(), Some("750.00"));
    assert_eq!((claim.payee, claim.applicant), (Some(Payee::Trainee), Some("e1".into())));
    assert_eq!(
        derive_with(Some(false), Some(Applicant::Enterprise)).payee,
        Some(Payee::Provider("e1".into()))
    );
    assert!(matches!(derive_with(Some(false), None).verdict, Verdict::Waits(_)));
    let referral = derive_with(Some(true), None);
    assert_eq!((referral.verdict, referral.amount), (Verdict::Referred, None), "no amount here");
    assert!(matches!(derive_with(None, Some(Applicant::Trainee)).verdict, Verdict::Waits(_)));
    let failed = |facts: &mut ClaimFacts| facts.practical.as_mut().expect("one").passed = Some(false);
    assert_eq!(says(Scheme::PracticalEnterprise, RuleId::EvaluationPassed, practical(), failed), NotMet);
    let clause = |rule| claim.rules.iter().find(|it| it.rule == rule).map(|it| it.clause.as_str());
    assert_eq!(clause(RuleId::EvaluationPassed), Some("四(三)"));
}
