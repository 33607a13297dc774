//! Institutions and certificates: clauses 三(一), 三(二) and 一.

use keshi_policy::Outcome::{Met, NotMet, Undetermined};
use keshi_policy::{
    ClaimFacts, ClaimState, OtherClaim, Outcome, Pack, Payee, RuleId, Scheme, Verdict, Yuan, derive,
    scheme_of_certificate, scheme_of_study,
};
use keshi_registry::{BenefitKind, Category, CertificateKind, Share};

use crate::given::{JINAN, at, claim_in, jinan};

const REGISTRY: &str = r#"{"providers": [{"provider": "i1", "kind": "institution", "listings": [{"authority": "lixia", "from": "2020-03-01"}]}],
 "specialties": [{"specialty": "barista", "category": "skill", "standard_yuan": {"junior": "1000"}, "practical_share": "0.80"}],
 "courses": [{"course": "C1", "provider": "i1", "specialty": "barista", "level": "junior", "own_developed": true,
   "listings": [{"authority": "lixia", "from": "2020-03-01", "filed_on": "2020-03-02"}],
   "videos": [{"video": "v1", "duration_ms": 70800000}], "quizzes": [{"quiz": "q1", "pass": "0.60"}]}],
 "trainees": [{"trainee": "t1", "district": "lixia", "category": "农民工"}],
 "enrolments": [{"trainee": "t1", "course": "C1", "on": "2020-04-01", "free": true}],
 "teaching_plans": [{"provider": "i1", "course": "C1", "practical_hours": 40}],
 "practicals": [{"trainee": "t1", "course": "C1", "provider": "i1", "from": "2020-08-01", "to": "2020-08-04", "passed": true}],
 "certificates": [{"certificate": "Z1", "trainee": "t1", "kind": "skill-level", "course": "C1", "provider": "i1", "issued_on": "2020-08-04"}],
 "benefits": [{"benefit": "B1", "trainee": "t1", "kind": "unemployment-insurance", "specialty": "barista", "level": "junior"}]}"#;

fn online() -> ClaimFacts {
    claim_in(REGISTRY)
}

/// The first pack after the city named the day from which practice is paid.
fn after() -> Pack {
    Pack::parse(&JINAN.replacen("[practical]", "[practical]\nfrom = \"2020-07-20\"", 1)).expect("a pack")
}

fn practical() -> ClaimFacts {
    let file = keshi_registry::RegistryFile::parse_strict(REGISTRY.as_bytes()).expect("a registry");
    ClaimFacts {
        plan: file.teaching_plans.first().cloned(),
        practical: file.practicals.first().cloned(),
        certificate: file.certificates.first().cloned(),
        ..online()
    }
}

fn benefit() -> keshi_registry::Benefit {
    keshi_registry::RegistryFile::parse_strict(REGISTRY.as_bytes()).expect("a registry").benefits[0].clone()
}

fn says(
    pack: &Pack,
    scheme: Scheme,
    rule: RuleId,
    mut facts: ClaimFacts,
    spoil: impl FnOnce(&mut ClaimFacts),
) -> Outcome {
    spoil(&mut facts);
    let derivation = derive(pack, scheme, &facts);
    derivation.rules.iter().find(|result| result.rule == rule).expect("the scheme asks it").outcome
}

fn of_practice(rule: RuleId, spoil: impl FnOnce(&mut ClaimFacts)) -> Outcome {
    says(&after(), Scheme::PracticalInstitution, rule, practical(), spoil)
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().expect("a day")
}

#[test]
fn clause_3_1_an_institutions_own_course_is_paid_a_fifth() {
    let facts = online();
    assert_eq!(scheme_of_study(&facts), Scheme::OnlineInstitution);
    let derivation = derive(&jinan(), Scheme::OnlineInstitution, &facts);
    assert_eq!(derivation.verdict, Verdict::Draft, "{:#?}", derivation.rules);
    assert_eq!(derivation.amount.map(|yuan| yuan.to_string()).as_deref(), Some("200.00"));
    assert_eq!(
        (derivation.payer.as_deref(), &derivation.payee),
        (Some("lixia"), &Some(Payee::Provider("i1".into())))
    );
    let clause = |rule| derivation.rules.iter().find(|it| it.rule == rule).map(|it| it.clause.as_str());
    assert_eq!((clause(RuleId::Studied), clause(RuleId::OwnDeveloped)), (Some("三(一)"), Some("三(一)")));

    let of =
        |rule, spoil: fn(&mut ClaimFacts)| says(&jinan(), Scheme::OnlineInstitution, rule, online(), spoil);
    assert_eq!(
        of(RuleId::OwnDeveloped, |f| f.course.as_mut().expect("one").own_developed = Some(false)),
        NotMet
    );
    assert_eq!(
        of(RuleId::OwnDeveloped, |f| f.course.as_mut().expect("one").own_developed = None),
        Undetermined
    );
    assert_eq!(of(RuleId::Audience, |_| {}), Met);
    assert_eq!(of(RuleId::Audience, |f| f.enrolment = None), Undetermined);
    assert_eq!(
        of(RuleId::CourseListed, |f| f.course.as_mut().expect("one").listings = Some(Vec::new())),
        NotMet
    );
}

#[test]
fn clause_3_2_the_practical_part_at_its_share() {
    let facts = practical();
    assert_eq!(scheme_of_certificate(&facts), Scheme::PracticalInstitution);
    let derivation = derive(&after(), Scheme::PracticalInstitution, &facts);
    assert_eq!(derivation.verdict, Verdict::Draft, "{:#?}", derivation.rules);
    assert_eq!(derivation.amount.map(|yuan| yuan.to_string()).as_deref(), Some("800.00"));
    for (share, verdict) in [("0.80", true), ("0.81", false)] {
        let mut facts = practical();
        facts.specialty.as_mut().expect("one").practical_share = Some(Share::parse(share).expect("a share"));
        let is_draft = derive(&after(), Scheme::PracticalInstitution, &facts).verdict == Verdict::Draft;
        assert_eq!(is_draft, verdict, "{share}");
    }
    let mut facts = practical();
    facts.specialty.as_mut().expect("one").practical_share = None;
    assert!(matches!(derive(&after(), Scheme::PracticalInstitution, &facts).verdict, Verdict::Waits(_)));
}

#[test]
fn clause_3_2_practice_after_the_epidemic_and_after_the_online_part() {
    let rule = RuleId::PracticalFrom;
    let began = |from: &'static str| {
        move |facts: &mut ClaimFacts| {
            facts.practical.as_mut().expect("one").from = Some(day(from));
        }
    };
    assert_eq!(of_practice(rule, began("2020-07-20")), Met);
    assert_eq!(of_practice(rule, began("2020-07-19")), NotMet);
    assert_eq!(
        says(&jinan(), Scheme::PracticalInstitution, rule, practical(), |_| {}),
        Undetermined,
        "not set yet"
    );
    let rule = RuleId::OnlineBeforePractical;
    assert_eq!(of_practice(rule, began("2020-04-20")), Met);
    assert_eq!(of_practice(rule, began("2020-04-19")), NotMet);
    assert_eq!(of_practice(rule, |facts| facts.practical = None), Undetermined);
    assert_eq!(of_practice(rule, |facts| facts.completion.completed_at = None), Undetermined);
}

#[test]
fn clause_3_2_an_institution_is_paid_once() {
    use keshi_registry::ProviderKind::{HumanResourcesAgency, Institution, Platform};
    let kind =
        |kind| of_practice(RuleId::Audience, |facts| facts.provider.as_mut().expect("one").kind = kind);
    assert_eq!(
        (kind(Some(Institution)), kind(Some(Platform)), kind(Some(HumanResourcesAgency))),
        (Met, NotMet, NotMet)
    );
    assert_eq!(kind(None), Undetermined);
    let second = |level: Option<&str>| {
        of_practice(RuleId::OncePerPersonTradeAndLevel, |facts| {
            let mut paid = online_of_the_trade("400");
            (paid.scheme, paid.course) = (Scheme::PracticalInstitution, Some("C1".into()));
            (paid.certificate, paid.level) = (Some("Z2".to_owned()), level.map(Into::into));
            facts.other_claims = Some(vec![paid]);
        })
    };
    assert_eq!(second(Some("junior")), NotMet, "a second certificate of the same course");
    assert_eq!(second(None), NotMet, "a level that is not known may be the same");
    assert_eq!(second(Some("senior")), Met);
    let other_level = of_practice(RuleId::RateCeiling, |facts| {
        let mut online = online_of_the_trade("400");
        (online.course, online.level) = (Some("C1".into()), Some("senior".into()));
        facts.other_claims = Some(vec![online]);
    });
    assert_eq!(other_level, NotMet, "both parts of one study, whatever their levels");
}

#[test]
fn clause_3_2_certificates() {
    let kind = |kind| {
        of_practice(RuleId::CertificateKind, |facts| facts.certificate.as_mut().expect("one").kind = kind)
    };
    for good in [
        CertificateKind::VocationalQualification,
        CertificateKind::SkillLevel,
        CertificateKind::SingleSkill,
        CertificateKind::SpecialOperations,
        CertificateKind::TrainingCompletion,
    ] {
        assert_eq!(kind(Some(good)), Met, "{good:?}");
    }
    assert_eq!(kind(Some(CertificateKind::Other)), NotMet);
    assert_eq!(kind(None), Undetermined);
    let issued = |on: Option<&str>| {
        of_practice(RuleId::CertificateAfterTraining, |facts| {
            facts.certificate.as_mut().expect("one").issued_on = on.map(day);
        })
    };
    assert_eq!(
        (issued(Some("2020-08-04")), issued(Some("2020-08-03")), issued(None)),
        (Met, NotMet, Undetermined)
    );
}

#[test]
fn clause_6_1_minimum_practical_hours_of_the_plan() {
    let rule = RuleId::MinimumPracticalHours;
    for (category, least) in [
        (Category::EntrepreneurshipAwareness, 12),
        (Category::EntrepreneurshipCapability, 16),
        (Category::EntrepreneurshipImprovement, 24),
    ] {
        let plan = |hours| {
            of_practice(rule, |facts| {
                facts.specialty.as_mut().expect("one").category = Some(category);
                facts.plan.as_mut().expect("one").practical_hours = Some(hours);
            })
        };
        assert_eq!((plan(least), plan(least - 1)), (Met, NotMet), "{category:?}");
    }
    assert_eq!(of_practice(rule, |facts| facts.plan = None), Undetermined);
}

#[test]
fn clause_4_3_no_double_benefit() {
    let rule = RuleId::NoDoubleBenefit;
    assert_eq!(of_practice(rule, |_| {}), Met);
    assert_eq!(of_practice(rule, |facts| facts.benefits = Some(vec![benefit()])), NotMet, "三(二) too");
    assert_eq!(of_practice(rule, |facts| facts.referred = true), NotMet);
    assert_eq!(of_practice(rule, |facts| facts.benefits = None), Undetermined);
    let other_trade = |facts: &mut ClaimFacts| {
        let mut benefit = benefit();
        benefit.specialty = Some("welder".into());
        facts.benefits = Some(vec![benefit]);
    };
    assert_eq!(of_practice(rule, other_trade), Met);
    let same_certificate = |facts: &mut ClaimFacts| {
        let mut benefit = benefit();
        (benefit.kind, benefit.specialty, benefit.certificate) =
            (BenefitKind::TrainingSubsidy, None, Some("Z1".into()));
        facts.benefits = Some(vec![benefit]);
    };
    assert_eq!(of_practice(rule, same_certificate), NotMet);
}

fn special() -> ClaimFacts {
    let registry = REGISTRY
        .replace(r#""category": "skill", "standard_yuan": {"junior": "1000"}"#, r#""category": "special-operations", "competent_department": "应急管理局""#)
        .replace(r#""kind": "skill-level", "course": "C1","#, r#""kind": "special-operations", "specialty": "barista", "trained_from": "2020-05-01", "trained_to": "2020-05-20","#);
    let file = keshi_registry::RegistryFile::parse_strict(registry.as_bytes()).expect("a registry");
    let facts = claim_in(&registry);
    ClaimFacts { certificate: file.certificates.first().cloned(), course: None, enrolment: None, ..facts }
}

fn online_of_the_trade(amount: &str) -> OtherClaim {
    OtherClaim {
        claim: "1".to_owned(),
        scheme: Scheme::OnlinePlatform,
        course: Some("C9".into()),
        certificate: None,
        specialty: Some("barista".into()),
        level: None,
        state: ClaimState::Paid,
        amount: Some(Yuan::parse(amount).expect("an amount")),
    }
}

#[test]
fn clause_1_special_operations_at_800_and_never_above() {
    let facts = special();
    assert_eq!(scheme_of_certificate(&facts), Scheme::SpecialOperations);
    let derivation = derive(&jinan(), Scheme::SpecialOperations, &facts);
    assert_eq!(derivation.verdict, Verdict::Draft, "{:#?}", derivation.rules);
    assert_eq!(derivation.amount.map(|yuan| yuan.to_string()).as_deref(), Some("800.00"));
    let beside = |amount| {
        let mut facts = special();
        facts.other_claims = Some(vec![online_of_the_trade(amount)]);
        derive(&jinan(), Scheme::SpecialOperations, &facts)
    };
    assert_eq!(beside("160").amount.map(|yuan| yuan.to_string()).as_deref(), Some("640.00"));
    assert_eq!(beside("160").verdict, Verdict::Draft);
    assert_eq!(beside("800").verdict, Verdict::Refused(vec![RuleId::SpecialOperationsCeiling]));
    let of =
        |rule, spoil: fn(&mut ClaimFacts)| says(&jinan(), Scheme::SpecialOperations, rule, special(), spoil);
    assert_eq!(of(RuleId::CompetentDepartment, |_| {}), Met);
    let unnamed: fn(&mut ClaimFacts) =
        |facts| facts.specialty.as_mut().expect("one").competent_department = None;
    assert_eq!(of(RuleId::CompetentDepartment, unnamed), Undetermined);
    let other: fn(&mut ClaimFacts) =
        |facts| facts.certificate.as_mut().expect("one").kind = Some(CertificateKind::SkillLevel);
    assert_eq!(of(RuleId::CertificateKind, other), NotMet);
    let plain: fn(&mut ClaimFacts) =
        |facts| facts.specialty.as_mut().expect("one").category = Some(Category::Skill);
    assert_eq!(of(RuleId::SpecialOperationsCeiling, plain), NotMet, "no special-operations trade");
    let late: fn(&mut ClaimFacts) =
        |facts| facts.completion.completed_at = Some(at("2020-12-01T00:00:00+08:00"));
    let mut facts = special();
    late(&mut facts);
    assert_eq!(
        derive(&jinan(), Scheme::SpecialOperations, &facts).verdict,
        Verdict::Draft,
        "no window binds it"
    );
}
