use keshi_policy::Outcome::{Met, NotMet, Undetermined};
use keshi_policy::{
    ClaimFacts, ClaimState, Entrustment, Held, OtherClaim, RuleId, Scheme, Severity, Verdict, Yuan, derive,
};
use keshi_registry::{Category, Course, Listing, Provider, ProviderKind, Share, Specialty};

use crate::given::{at, claim, jinan, judged, outcome, some};

fn provider(facts: &mut ClaimFacts) -> &mut Provider {
    facts.provider.as_mut().expect("a provider")
}

fn course(facts: &mut ClaimFacts) -> &mut Course {
    facts.course.as_mut().expect("a course")
}

fn specialty(facts: &mut ClaimFacts) -> &mut Specialty {
    facts.specialty.as_mut().expect("a specialty")
}

fn listing(authority: &str, from: &str, to: Option<&str>) -> Listing {
    let day = |text: &str| text.parse().expect("a day");
    Listing { authority: authority.to_owned(), from: day(from), to: to.map(day), filed_on: None }
}

fn hours(facts: &mut ClaimFacts, hours: i64) {
    course(facts).videos[0].duration_ms = hours * 2_400_000;
}

fn other(scheme: Scheme, state: ClaimState, amount: Option<&str>) -> Option<Vec<OtherClaim>> {
    let amount = amount.map(|text| Yuan::parse(text).expect("an amount"));
    Some(vec![OtherClaim {
        claim: format!("{scheme}/t1/C1"),
        scheme,
        course: Some("C1".into()),
        certificate: None,
        specialty: Some("electrician".into()),
        level: Some("junior".into()),
        state,
        amount,
    }])
}

#[test]
fn a_claim_in_order_is_drafted_with_its_clauses() {
    let derivation = derive(&jinan(), Scheme::OnlinePlatform, &claim());
    assert_eq!(derivation.verdict, Verdict::Draft);
    assert!(derivation.rules.iter().all(|result| result.outcome == Met), "{:#?}", derivation.rules);
    assert_eq!(derivation.warnings().count(), 0);
    assert_eq!((derivation.pack.as_str(), derivation.pack_sha256.len()), ("jinan-2020-6", 64));
    let clauses: Vec<_> = derivation.rules.iter().map(|r| (r.rule.as_str(), r.clause.as_str())).collect();
    assert!(clauses.contains(&("provider-listed", "五")) && clauses.contains(&("evidence-kinds", "六(二)")));
    let again: keshi_policy::Derivation =
        serde_json::from_value(serde_json::to_value(&derivation).expect("json")).expect("read back");
    assert_eq!(again, derivation);
}

#[test]
fn clause_5_provider_listed() {
    let rule = RuleId::ProviderListed;
    let listed = |listings: Vec<Listing>| outcome(rule, |facts| provider(facts).listings = Some(listings));
    assert_eq!(listed(vec![listing("jinan", "2020-04-02", Some("2020-04-20"))]), Met);
    assert_eq!(listed(vec![listing("济南市", "2020-01-01", None)]), Met);
    let halves = [listing("jinan", "2020-04-11", None), listing("jinan", "2020-03-01", Some("2020-04-10"))];
    assert_eq!(listed(halves.to_vec()), Met);
    let holed = [listing("jinan", "2020-04-12", None), listing("jinan", "2020-03-01", Some("2020-04-10"))];
    assert_eq!(listed(holed.to_vec()), NotMet);
    assert_eq!(listed(vec![listing("jinan", "2020-04-03", None)]), NotMet);
    assert_eq!(listed(vec![listing("jinan", "2020-03-01", Some("2020-04-19"))]), NotMet);
    assert_eq!(listed(vec![listing("lixia", "2020-03-01", None)]), NotMet, "the city assesses platforms");
    assert_eq!(listed(vec![listing("mars", "2020-03-01", None)]), Undetermined);
    assert_eq!(listed(Vec::new()), NotMet);
    assert_eq!(outcome(rule, |facts| provider(facts).listings = None), Undetermined);
    assert_eq!(outcome(rule, |facts| facts.provider = None), Undetermined);
}

#[test]
fn clause_5_course_listed() {
    let rule = RuleId::CourseListed;
    assert_eq!(
        outcome(rule, |facts| course(facts).listings = Some(Vec::new())),
        Met,
        "the platform's decides"
    );
    assert_eq!(outcome(rule, |facts| provider(facts).listings = Some(Vec::new())), NotMet);
    let of_institution = |filed: Option<&str>, authority: &str| {
        outcome(rule, |facts| {
            provider(facts).kind = Some(ProviderKind::Institution);
            let filed_on = filed.map(|day| day.parse().expect("a day"));
            course(facts).listings =
                Some(vec![Listing { filed_on, ..listing(authority, "2020-03-01", None) }]);
        })
    };
    assert_eq!(of_institution(Some("2020-03-02"), "lixia"), Met);
    assert_eq!(of_institution(None, "lixia"), Undetermined);
    assert_eq!(of_institution(None, "jinan"), Met, "the city files with nobody");
    let expired = outcome(rule, |facts| {
        provider(facts).kind = Some(ProviderKind::Institution);
        let filed = Listing {
            filed_on: "2020-03-02".parse().ok(),
            ..listing("lixia", "2020-03-01", Some("2020-03-31"))
        };
        course(facts).listings = Some(vec![filed, listing("lixia", "2020-04-01", None)]);
    });
    assert_eq!(expired, Undetermined, "a new listing waits for its filing");
    assert_eq!(of_institution(Some("2020-03-02"), "mars"), Undetermined);
    assert_eq!(outcome(rule, |facts| facts.course = None), Undetermined);
}

#[test]
fn clause_6_1_specialty_in_catalogue() {
    let rule = RuleId::SpecialtyInCatalogue;
    let with = |listings: Option<Vec<Listing>>, approved: Option<&str>| {
        outcome(rule, |facts| {
            specialty(facts).listings = listings;
            specialty(facts).expert_approved_on = approved.map(|day| day.parse().expect("a day"));
        })
    };
    assert_eq!(with(None, None), Met);
    assert_eq!(with(Some(Vec::new()), None), NotMet);
    assert_eq!(with(Some(Vec::new()), Some("2020-04-02")), Met);
    assert_eq!(with(Some(Vec::new()), Some("2020-04-03")), NotMet);
    assert_eq!(with(Some(vec![listing("jinan", "2020-03-01", None)]), None), Met);
    assert_eq!(outcome(rule, |facts| facts.specialty = None), Undetermined);
}

#[test]
fn clause_5_inside_window_to_the_millisecond() {
    let completed = |time: &str| {
        outcome(RuleId::InsideWindow, |facts| {
            facts.completion.completed_at = Some(at(time));
            facts.completion.last_counted_at = None;
        })
    };
    assert_eq!(completed("2020-06-30T23:59:59.999+08:00"), Met);
    assert_eq!(completed("2020-07-01T00:00:00.000+08:00"), NotMet);
    assert_eq!(completed("2020-06-30T16:00:00Z"), NotMet);
    let studied = |time: &str| {
        outcome(RuleId::InsideWindow, |facts| {
            facts.completion.studied = Held::Since(at(time));
            facts.completion.completed_at = Some(at(time));
            facts.completion.last_counted_at = None;
        })
    };
    assert_eq!(studied("2020-07-01T00:00:00.000+08:00"), Met, "a stretch that ends at midnight is of June");
    assert_eq!(studied("2020-07-01T00:00:00.001+08:00"), NotMet);
    let tested_at_midnight = |facts: &mut ClaimFacts| {
        let midnight = at("2020-07-01T00:00:00.000+08:00");
        facts.completion.assessed = Held::Since(midnight);
        (facts.completion.studied, facts.completion.completed_at) = (Held::Since(midnight), Some(midnight));
    };
    assert_eq!(outcome(RuleId::InsideWindow, tested_at_midnight), NotMet);
    let first = |time: &str| {
        outcome(RuleId::InsideWindow, |facts| facts.completion.first_counted_at = Some(at(time)))
    };
    assert_eq!(first("2020-01-24T00:00:00+08:00"), Met);
    assert_eq!(first("2020-01-23T23:59:59.999+08:00"), NotMet);
    let late_second =
        |facts: &mut ClaimFacts| facts.completion.last_counted_at = Some(at("2020-07-01T00:00:00+08:00"));
    assert_eq!(outcome(RuleId::InsideWindow, late_second), NotMet);
    assert_eq!(outcome(RuleId::InsideWindow, |facts| facts.completion.completed_at = None), Undetermined);
    assert_eq!(outcome(RuleId::InsideWindow, |facts| facts.completion.first_counted_at = None), Undetermined);
}

#[test]
fn clause_1_trainee_eligible() {
    let with = |category: Option<&str>, district: Option<&str>| {
        outcome(RuleId::TraineeEligible, |facts| {
            let trainee = facts.trainee.as_mut().expect("a trainee");
            trainee.category = category.map(str::to_owned);
            trainee.district = district.map(str::to_owned);
        })
    };
    assert_eq!(with(Some("rural-migrant"), Some("lixia")), Met);
    assert_eq!(with(Some("农村转移就业劳动者"), Some("南部山区")), Met);
    assert_eq!(with(Some("公务员"), Some("lixia")), NotMet);
    assert_eq!(with(None, Some("lixia")), Undetermined);
    assert_eq!(with(Some("农民工"), None), Undetermined);
    assert_eq!(with(Some("农民工"), Some("chaoyang")), Undetermined);
    assert_eq!(outcome(RuleId::TraineeEligible, |facts| facts.trainee = None), Undetermined);
}

#[test]
fn clause_5_audience() {
    let kind = |kind| outcome(RuleId::Audience, |facts| provider(facts).kind = kind);
    assert_eq!(kind(Some(ProviderKind::Platform)), Met);
    assert_eq!(kind(Some(ProviderKind::Enterprise)), Undetermined);
    assert_eq!(kind(None), Undetermined);
}

#[test]
fn clause_2_free_of_charge() {
    let free =
        |free| outcome(RuleId::FreeOfCharge, |facts| facts.enrolment.as_mut().expect("one").free = free);
    assert_eq!(free(Some(true)), Met);
    assert_eq!(free(Some(false)), NotMet);
    assert_eq!(free(None), Undetermined);
    assert_eq!(outcome(RuleId::FreeOfCharge, |facts| facts.enrolment = None), Undetermined);
}

#[test]
fn clause_6_2_evidence_kinds() {
    let rule = RuleId::EvidenceKinds;
    assert_eq!(outcome(rule, |_| {}), Met);
    assert_eq!(outcome(rule, |facts| facts.evidence.sign_ins = some(0)), NotMet);
    assert_eq!(outcome(rule, |facts| facts.evidence.stretches = some(0)), NotMet);
    assert_eq!(outcome(rule, |facts| facts.evidence.quizzes = some(0)), NotMet);
    assert_eq!(outcome(rule, |facts| facts.evidence.quizzes.count = None), Undetermined);
    let mut facts = claim();
    facts.evidence.questions = some(0);
    let result = judged(rule, &facts);
    assert_eq!((result.outcome, result.severity), (NotMet, Severity::Warning));
    let derivation = derive(&jinan(), Scheme::OnlinePlatform, &facts);
    assert_eq!(derivation.verdict, Verdict::Draft, "a warning goes with the claim");
    assert_eq!(derivation.warnings().count(), 1);
    assert_eq!(result.evidence[0].event, "p7/e17");
}

#[test]
fn clause_2_studied_and_assessed() {
    assert_eq!(outcome(RuleId::Studied, |_| {}), Met);
    assert_eq!(outcome(RuleId::Studied, |facts| facts.completion.studied = Held::NotYet), NotMet);
    assert_eq!(outcome(RuleId::Studied, |facts| facts.completion.studied = Held::Unknown), Undetermined);
    let rule = RuleId::Assessed;
    assert_eq!(outcome(rule, |_| {}), Met);
    assert_eq!(outcome(rule, |facts| facts.completion.assessed = Held::NotYet), NotMet);
    let without_quiz = |facts: &mut ClaimFacts| {
        facts.completion.assessed = Held::NotYet;
        course(facts).quizzes.clear();
    };
    assert_eq!(outcome(rule, without_quiz), Undetermined);
    let without_mark = |facts: &mut ClaimFacts| {
        facts.completion.assessed = Held::NotYet;
        course(facts).quizzes[0].pass = None;
    };
    assert_eq!(outcome(rule, without_mark), Undetermined);
}

#[test]
fn clause_6_1_minimum_online_hours() {
    let rule = RuleId::MinimumOnlineHours;
    for (category, least, severity) in [
        (Category::EntrepreneurshipAwareness, 24, Severity::Error),
        (Category::EntrepreneurshipCapability, 40, Severity::Error),
        (Category::EntrepreneurshipImprovement, 32, Severity::Error),
        (Category::Skill, 30, Severity::Warning),
        (Category::PreJob, 16, Severity::Warning),
    ] {
        let mut facts = claim();
        specialty(&mut facts).category = Some(category);
        hours(&mut facts, least);
        assert_eq!(judged(rule, &facts).outcome, Met, "{category:?}");
        // 20 minutes less, less a second: the last class hour is gone.
        course(&mut facts).videos[0].duration_ms -= 1_201_000;
        let result = judged(rule, &facts);
        assert_eq!((result.outcome, result.severity), (NotMet, severity), "{category:?}");
    }
    assert_eq!(outcome(rule, |facts| course(facts).videos.clear()), Undetermined);
    assert_eq!(outcome(rule, |facts| facts.completion.class_hours = Some(1)), Met, "asked of the course");
}

#[test]
fn practice_one_claim_per_study() {
    let rule = RuleId::OneClaimPerStudy;
    let beside = |claims| outcome(rule, |facts| facts.other_claims = claims);
    assert_eq!(beside(other(Scheme::OnJob, ClaimState::Submitted, Some("200"))), NotMet);
    assert_eq!(beside(other(Scheme::OnJob, ClaimState::Rejected, Some("200"))), Met);
    assert_eq!(beside(other(Scheme::PracticalInstitution, ClaimState::Paid, Some("600"))), Met);
    assert_eq!(beside(None), Undetermined);
    let unclear =
        |facts: &mut ClaimFacts| facts.entrustment = Entrustment::Unclear(vec!["e1".into(), "e2".into()]);
    assert_eq!(outcome(rule, unclear), Undetermined);
    assert_eq!(outcome(rule, |facts| provider(facts).kind = Some(ProviderKind::Institution)), NotMet);
    assert_eq!(outcome(rule, |facts| provider(facts).kind = None), Undetermined);
}

#[test]
fn clause_1_rate_ceiling() {
    let rule = RuleId::RateCeiling;
    let share = |text: &str| {
        outcome(rule, |facts| specialty(facts).practical_share = Some(Share::parse(text).expect("a share")))
    };
    assert_eq!((share("0.80"), share("0.81")), (Met, Met), "the online part is owed all the same");
    let beside = |amount| {
        outcome(rule, |facts| {
            facts.other_claims = other(Scheme::PracticalInstitution, ClaimState::Paid, amount);
        })
    };
    assert_eq!(beside(Some("800")), Met);
    assert_eq!(beside(Some("800.01")), NotMet);
    assert_eq!(beside(None), Undetermined);
}

#[test]
fn clause_1_special_operations_ceiling() {
    let rule = RuleId::SpecialOperationsCeiling;
    assert_eq!(outcome(rule, |_| {}), Met);
    let beside = |amount| {
        outcome(rule, |facts| {
            specialty(facts).category = Some(Category::SpecialOperations);
            facts.other_claims = other(Scheme::SpecialOperations, ClaimState::Paid, Some(amount));
        })
    };
    assert_eq!(beside("600"), Met);
    assert_eq!(beside("600.01"), NotMet);
}

#[test]
fn clause_6_2_a_hold_stops_steps_and_not_the_draft() {
    let mut facts = claim();
    facts.holds = Some(vec!["presence-missed".to_owned()]);
    assert_eq!(judged(RuleId::NotHeld, &facts).outcome, NotMet);
    let derivation = derive(&jinan(), Scheme::OnlinePlatform, &facts);
    assert_eq!((derivation.held, derivation.verdict), (true, Verdict::Draft));
    assert_eq!(outcome(RuleId::NotHeld, |facts| facts.holds = None), Undetermined);
}

#[test]
fn nothing_known_waits_and_one_no_refuses() {
    let nothing = derive(&jinan(), Scheme::OnlinePlatform, &ClaimFacts::default());
    let Verdict::Waits(waits) = nothing.verdict else { panic!("{:?}", nothing.verdict) };
    assert!(waits.len() > 10 && waits.iter().any(|wait| wait.rule.is_none()));
    let mut facts = claim();
    facts.enrolment.as_mut().expect("one").free = Some(false);
    facts.trainee = None;
    let refused = derive(&jinan(), Scheme::OnlinePlatform, &facts);
    assert_eq!(refused.verdict, Verdict::Refused(vec![RuleId::FreeOfCharge]));
}

#[test]
fn practice_once_per_person_trade_and_level() {
    let rule = RuleId::OncePerPersonTradeAndLevel;
    let beside = |scheme, course: &str, level: &str| {
        outcome(rule, |facts| {
            let mut claims = other(scheme, ClaimState::Paid, Some("200"));
            let claim = claims.as_mut().and_then(|claims| claims.first_mut()).expect("one");
            claim.course = Some(course.into());
            claim.level = Some(level.into());
            facts.other_claims = claims;
        })
    };
    assert_eq!(beside(Scheme::OnlinePlatform, "C2", "junior"), NotMet);
    assert_eq!(beside(Scheme::OnlineInstitution, "C2", "junior"), NotMet);
    assert_eq!(beside(Scheme::OnlinePlatform, "C2", "senior"), Met);
    let given_back = |amount: &str| {
        outcome(rule, |facts| {
            let mut claims = other(Scheme::OnlinePlatform, ClaimState::ClawedBack, Some(amount));
            claims.as_mut().expect("one")[0].course = Some("C2".into());
            facts.other_claims = claims;
        })
    };
    assert_eq!((given_back("0"), given_back("0.01")), (Met, NotMet), "clawed back whole, and in part");
    assert_eq!(
        beside(Scheme::PracticalInstitution, "C2", "junior"),
        Met,
        "the other part of the same subsidy"
    );
    assert_eq!(outcome(rule, |facts| facts.other_claims = None), Undetermined);
}
