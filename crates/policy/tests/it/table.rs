//! Each rule in each scheme, under both cities' packs: a claim in perfect order meets it; one fact spoilt and it does not, or
//! nobody can say. The clause is that of the first city's notice.

use std::collections::{BTreeMap, BTreeSet};

use keshi_policy::{
    ClaimFacts, ClaimState, CompletionFacts, Entrustment, EvidenceFacts, Held, OtherClaim, Outcome, Pack,
    RuleId, Scheme, Verdict, Yuan, derive,
};
use keshi_registry::{Category, CertificateKind, PayTo, ProviderKind, RegistryFile};

use crate::given::{JINAN, at, some};

const REGISTRY: &str = r#"{
 "providers": [
  {"provider": "p1", "kind": "platform", "listings": [{"authority": "jinan", "from": "2020-03-01"}]},
  {"provider": "i1", "kind": "institution", "listings": [{"authority": "lixia", "from": "2020-03-01"}]},
  {"provider": "e1", "kind": "enterprise", "registered_here": true, "listings": [{"authority": "lixia", "from": "2020-03-01"}]}],
 "specialties": [
  {"specialty": "skill", "category": "skill", "standard_yuan": {"junior": "1000"}, "practical_share": "0.60"},
  {"specialty": "induction", "category": "pre-job"},
  {"specialty": "special", "category": "special-operations", "competent_department": "应急管理局"}],
 "courses": [{"course": "C1", "specialty": "skill", "level": "junior", "own_developed": true, "main_business": true,
   "listings": [{"authority": "lixia", "from": "2020-03-01", "filed_on": "2020-03-02"}],
   "videos": [{"video": "v1", "duration_ms": 72000000}], "quizzes": [{"quiz": "q1", "pass": "0.60"}]}],
 "trainees": [{"trainee": "t1", "district": "lixia", "category": "农民工"}],
 "enrolments": [{"trainee": "t1", "course": "C1", "free": true}],
 "agreements": [{"agreement": "A1", "enterprise": "e1", "provider": "p1", "from": "2020-03-01", "pay_to": "provider"}],
 "contracts": [{"trainee": "t1", "enterprise": "e1", "signed_on": "2020-04-01", "relation": "labour", "from": "2020-04-01", "to": "2021-03-31"}],
 "insurance": [{"trainee": "t1", "enterprise": "e1", "from": "2020-04-01", "paid": true, "skill_subsidy": false}],
 "evaluations": [{"trainee": "t1", "course": "C1", "on": "2020-04-21", "passed": true}],
 "teaching_plans": [{"provider": "i1", "course": "C1", "practical_hours": 40}],
 "practicals": [{"trainee": "t1", "course": "C1", "provider": "i1", "from": "2020-05-10", "to": "2020-05-20", "passed": true, "applicant": "trainee"}],
 "certificates": [
  {"certificate": "Z1", "trainee": "t1", "kind": "skill-level", "course": "C1", "issued_on": "2020-05-20"},
  {"certificate": "Z2", "trainee": "t1", "kind": "special-operations", "specialty": "special", "provider": "i1",
   "issued_on": "2020-05-20", "trained_from": "2020-05-10", "trained_to": "2020-05-20"}],
 "benefits": [{"benefit": "B1", "trainee": "t1", "kind": "training-subsidy"}]}"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum City {
    Jinan,
    Elsewhere,
}

impl City {
    fn pack(self) -> Pack {
        let text = match self {
            City::Jinan => JINAN.replacen("[practical]", "[practical]\nfrom = \"2020-05-10\"", 1),
            City::Elsewhere => include_str!("../fixtures/elsewhere.toml").to_owned(),
        };
        Pack::parse(&text).expect("a pack")
    }

    fn text(self, text: &str) -> String {
        match self {
            City::Jinan => text.to_owned(),
            City::Elsewhere => [
                ("2020-", "2023-"),
                ("2021-", "2024-"),
                ("jinan", "elsewhere"),
                ("lixia", "north"),
                ("农民工", "牧民"),
            ]
            .iter()
            .fold(text.to_owned(), |text, (here, there)| text.replace(here, there)),
        }
    }
}

/// A claim of a scheme in perfect order.
fn perfect(city: City, scheme: Scheme) -> ClaimFacts {
    let file = RegistryFile::parse_strict(city.text(REGISTRY).as_bytes()).expect("a registry");
    let provider = |id: &str| file.providers.iter().find(|it| it.provider.as_str() == id).cloned();
    let (own, trade) = match scheme {
        Scheme::OnlinePlatform => ("p1", "skill"),
        Scheme::OnlineInstitution | Scheme::PracticalInstitution => ("i1", "skill"),
        Scheme::PreJob => ("e1", "induction"),
        Scheme::OnJob | Scheme::PracticalEnterprise => ("e1", "skill"),
        Scheme::SpecialOperations => ("i1", "special"),
    };
    let completed = at(&city.text("2020-04-20T10:00:00+08:00"));
    let mut course = file.courses.first().cloned().expect("a course");
    course.provider = Some(own.into());
    let rests = scheme.rests_on_certificate();
    let certificate = usize::from(scheme == Scheme::SpecialOperations);
    ClaimFacts {
        provider: provider(own),
        course: Some(course),
        specialty: file.specialties.iter().find(|it| it.specialty.as_str() == trade).cloned(),
        trainee: file.trainees.first().map(|row| row.trainee.clone()),
        enrolment: file.enrolments.first().cloned(),
        enterprise: provider("e1"),
        contracts: file.contracts.clone(),
        insurance: file.insurance.clone(),
        evaluation: file.evaluations.first().cloned(),
        plan: file.teaching_plans.first().cloned(),
        practical: file.practicals.first().cloned().filter(|_| scheme.is_practical()),
        certificate: file.certificates.get(certificate).cloned().filter(|_| rests),
        completion: CompletionFacts {
            studied: Held::Since(completed),
            assessed: Held::Since(completed),
            completed_at: Some(completed),
            first_counted_at: Some(at(&city.text("2020-04-02T09:00:00+08:00"))),
            ..CompletionFacts::default()
        },
        evidence: EvidenceFacts {
            sign_ins: some(1),
            stretches: some(1),
            quizzes: some(1),
            questions: some(1),
        },
        benefits: Some(Vec::new()),
        other_claims: Some(Vec::new()),
        holds: Some(Vec::new()),
        ..ClaimFacts::default()
    }
}

type Spoil = fn(&mut ClaimFacts);

/// Rule, a scheme that asks it, its clause there, what makes it not met, what leaves it open.
const TABLE: &[(RuleId, Scheme, &str, Option<Spoil>, Spoil)] = {
    use RuleId as R;
    use Scheme as S;
    &[
        (R::ProviderListed, S::OnlinePlatform, "五", Some(|f| listings(f).clear()), |f| {
            provider(f).listings = None
        }),
        (
            R::ProviderListed,
            S::PracticalInstitution,
            "五",
            Some(|f| listings(f)[0].to = before_practice(f)),
            |f| provider(f).kind = None,
        ),
        (
            R::CourseListed,
            S::OnlineInstitution,
            "五",
            Some(|f| course(f).listings = Some(Vec::new())),
            unfiled,
        ),
        (
            R::CourseListed,
            S::PracticalEnterprise,
            "五",
            Some(|f| course(f).listings = Some(Vec::new())),
            unfiled,
        ),
        (
            R::OwnDeveloped,
            S::OnlineInstitution,
            "三(一)",
            Some(|f| course(f).own_developed = Some(false)),
            |f| course(f).own_developed = None,
        ),
        (R::OwnDeveloped, S::OnJob, "四", Some(|f| course(f).own_developed = Some(false)), |f| {
            course(f).own_developed = None
        }),
        (
            R::SpecialtyInCatalogue,
            S::OnlinePlatform,
            "六(一)",
            Some(|f| specialty(f).listings = Some(Vec::new())),
            |f| f.specialty = None,
        ),
        (R::SpecialtyInCatalogue, S::PracticalInstitution, "六(一)", Some(approved_late), |f| {
            f.specialty = None
        }),
        (R::InsideWindow, S::OnJob, "五", Some(|f| f.completion.completed_at = late(f)), |f| {
            f.completion.completed_at = None
        }),
        (R::Audience, S::OnlineInstitution, "三(一)", Some(of_a_stranger), |f| f.enrolment = None),
        (
            R::Audience,
            S::PracticalInstitution,
            "三(二)",
            Some(|f| provider(f).kind = Some(ProviderKind::Platform)),
            |f| provider(f).kind = None,
        ),
        (R::Audience, S::OnJob, "四", Some(|f| f.contracts[0].to = f.contracts[0].from), |f| {
            f.contracts.clear()
        }),
        (
            R::TraineeEligible,
            S::OnlinePlatform,
            "一",
            Some(|f| trainee(f).category = Some("公务员".to_owned())),
            |f| trainee(f).category = None,
        ),
        (R::FreeOfCharge, S::OnlinePlatform, "二", Some(|f| enrolment(f).free = Some(false)), |f| {
            enrolment(f).free = None
        }),
        (R::FreeOfCharge, S::PreJob, "四(一)", Some(|f| enrolment(f).free = Some(false)), |f| {
            f.enrolment = None
        }),
        (R::EvidenceKinds, S::OnlinePlatform, "六(二)", Some(|f| f.evidence.sign_ins = some(0)), |f| {
            f.evidence.stretches.count = None
        }),
        (R::Studied, S::PreJob, "四(一)", Some(|f| f.completion.studied = Held::NotYet), |f| {
            f.completion.studied = Held::Unknown
        }),
        (R::Assessed, S::OnlinePlatform, "二", Some(|f| f.completion.assessed = Held::NotYet), |f| {
            f.completion.assessed = Held::Unknown
        }),
        (
            R::Assessed,
            S::PracticalEnterprise,
            "四(三)",
            Some(|f| f.completion.assessed = Held::NotYet),
            |f| f.completion.assessed = Held::Unknown,
        ),
        (R::EvaluationPassed, S::PreJob, "四(一)", Some(|f| evaluation(f).passed = Some(false)), |f| {
            f.evaluation = None
        }),
        (
            R::EvaluationPassed,
            S::PracticalEnterprise,
            "四(三)",
            Some(|f| practical(f).passed = Some(false)),
            |f| practical(f).passed = None,
        ),
        (
            R::MinimumOnlineHours,
            S::OnlinePlatform,
            "六(一)",
            Some(|f| course(f).videos[0].duration_ms = 2_400_000),
            |f| course(f).videos.clear(),
        ),
        (
            R::OnlineBeforePractical,
            S::PracticalInstitution,
            "三(二)",
            Some(|f| practical(f).from = f.contracts[0].from),
            |f| practical(f).from = None,
        ),
        (
            R::CertificateKind,
            S::PracticalInstitution,
            "三(二)",
            Some(|f| certificate(f).kind = Some(CertificateKind::Other)),
            |f| certificate(f).kind = None,
        ),
        (
            R::CertificateKind,
            S::SpecialOperations,
            "一",
            Some(|f| certificate(f).kind = Some(CertificateKind::SkillLevel)),
            |f| certificate(f).kind = None,
        ),
        (
            R::CertificateAfterTraining,
            S::PracticalEnterprise,
            "四(三)",
            Some(|f| certificate(f).issued_on = f.contracts[0].from),
            |f| certificate(f).issued_on = None,
        ),
        (R::RegisteredHere, S::OnJob, "四", Some(|f| enterprise(f).registered_here = Some(false)), |f| {
            enterprise(f).registered_here = None
        }),
        (R::MainBusiness, S::PreJob, "四", Some(|f| course(f).main_business = Some(false)), |f| {
            course(f).main_business = None
        }),
        (R::ContractTerm, S::PreJob, "四(一)", Some(|f| f.contracts[0].to = f.contracts[0].from), |f| {
            f.contracts[0].to = None
        }),
        (R::WithinAYear, S::PreJob, "四(一)", Some(signed_too_early), |f| {
            f.completion.first_counted_at = None
        }),
        (R::SocialInsurancePaid, S::PreJob, "四(一)", Some(|f| f.insurance[0].paid = Some(false)), |f| {
            f.insurance.clear()
        }),
        (R::EntrustmentAgreement, S::OnJob, "四(二)", Some(unqualified_agency), |f| {
            provider(f).kind = Some(ProviderKind::Platform)
        }),
        // Nobody registers that no department guided a training: it is known, or it is not.
        (R::CompetentDepartment, S::SpecialOperations, "一", None, |f| {
            specialty(f).competent_department = None
        }),
        (R::OneClaimPerStudy, S::OnlinePlatform, "practice", Some(|f| beside(f, Scheme::OnJob, "1")), |f| {
            f.other_claims = None
        }),
        (
            R::RateCeiling,
            S::OnlinePlatform,
            "一",
            Some(|f| beside(f, Scheme::PracticalInstitution, "900")),
            |f| f.other_claims = None,
        ),
        (R::RateCeiling, S::PracticalInstitution, "一", Some(share_above), |f| f.other_claims = None),
        (
            R::SpecialOperationsCeiling,
            S::SpecialOperations,
            "一",
            Some(|f| beside(f, Scheme::OnlinePlatform, "800")),
            |f| specialty(f).category = None,
        ),
        (R::NoDoubleBenefit, S::PracticalInstitution, "四(三)", Some(|f| f.referred = true), |f| {
            f.benefits = None
        }),
        (
            R::NoDoubleBenefit,
            S::PracticalEnterprise,
            "四(三)",
            Some(|f| f.benefits = Some(vec![benefit(None)])),
            |f| f.benefits = Some(vec![benefit(Some("Z9"))]),
        ),
        (
            R::OncePerPersonTradeAndLevel,
            S::OnlinePlatform,
            "practice",
            Some(|f| {
                beside(f, Scheme::OnlinePlatform, "200");
                other(f).course = None
            }),
            |f| f.other_claims = None,
        ),
        (
            R::NotHeld,
            S::OnlinePlatform,
            "六(二)",
            Some(|f| f.holds = Some(vec!["quiz-copied".to_owned()])),
            |f| f.holds = None,
        ),
    ]
};

/// What one city alone can show: the other's practice has no least hours, and its day of practice is set.
const OF_JINAN: &[(RuleId, Scheme, &str, Option<Spoil>, Spoil)] = &[
    (RuleId::MinimumPracticalHours, Scheme::PracticalInstitution, "六(一)", Some(few_hours), |f| {
        f.plan = None
    }),
    (
        RuleId::PracticalFrom,
        Scheme::PracticalEnterprise,
        "四(三)",
        Some(|f| practical(f).from = practical(f).from.and_then(|it| it.pred_opt())),
        |f| practical(f).from = None,
    ),
];

#[test]
fn each_scheme_has_a_claim_that_meets_every_rule() {
    for city in [City::Jinan, City::Elsewhere] {
        for scheme in Scheme::ALL {
            let derivation = derive(&city.pack(), scheme, &perfect(city, scheme));
            assert_eq!(derivation.verdict, Verdict::Draft, "{city:?} {scheme}: {:#?}", derivation.rules);
            for rule in &derivation.rules {
                assert_eq!(rule.outcome, Outcome::Met, "{city:?} {scheme} {}", rule.rule);
            }
        }
    }
}

#[test]
fn each_rule_has_a_case_against_and_one_that_nobody_can_decide() {
    let mut seen: BTreeMap<RuleId, BTreeSet<City>> = BTreeMap::new();
    let of = |city| TABLE.iter().chain(OF_JINAN.iter().filter(move |_| city == City::Jinan));
    for city in [City::Jinan, City::Elsewhere] {
        let pack = city.pack();
        for (rule, scheme, clause, against, open) in of(city) {
            let says = |spoil: &Spoil| {
                let mut facts = perfect(city, *scheme);
                spoil(&mut facts);
                let found =
                    derive(&pack, *scheme, &facts).rules.into_iter().find(|result| result.rule == *rule);
                found.unwrap_or_else(|| panic!("{scheme} does not ask {rule}"))
            };
            if let Some(against) = against {
                let result = says(against);
                assert_eq!(
                    result.outcome,
                    Outcome::NotMet,
                    "{city:?} {scheme} {rule}: {}",
                    result.sentence_en
                );
            }
            let result = says(open);
            assert_eq!(
                result.outcome,
                Outcome::Undetermined,
                "{city:?} {scheme} {rule}: {}",
                result.sentence_en
            );
            if city == City::Jinan {
                assert_eq!(result.clause, *clause, "{scheme} {rule}");
            }
            seen.entry(*rule).or_default().insert(city);
        }
    }
    for rule in RuleId::ALL {
        assert!(seen.contains_key(rule), "{rule} has no case");
    }
}

fn provider(facts: &mut ClaimFacts) -> &mut keshi_registry::Provider {
    facts.provider.as_mut().expect("a provider")
}

fn listings(facts: &mut ClaimFacts) -> &mut Vec<keshi_registry::Listing> {
    provider(facts).listings.as_mut().expect("listings")
}

fn course(facts: &mut ClaimFacts) -> &mut keshi_registry::Course {
    facts.course.as_mut().expect("a course")
}

fn specialty(facts: &mut ClaimFacts) -> &mut keshi_registry::Specialty {
    facts.specialty.as_mut().expect("a specialty")
}

fn trainee(facts: &mut ClaimFacts) -> &mut keshi_registry::Trainee {
    facts.trainee.as_mut().expect("a trainee")
}

fn enrolment(facts: &mut ClaimFacts) -> &mut keshi_registry::Enrolment {
    facts.enrolment.as_mut().expect("an enrolment")
}

fn evaluation(facts: &mut ClaimFacts) -> &mut keshi_registry::Evaluation {
    facts.evaluation.as_mut().expect("an evaluation")
}

fn practical(facts: &mut ClaimFacts) -> &mut keshi_registry::Practical {
    facts.practical.as_mut().expect("practice")
}

fn certificate(facts: &mut ClaimFacts) -> &mut keshi_registry::Certificate {
    facts.certificate.as_mut().expect("a certificate")
}

fn enterprise(facts: &mut ClaimFacts) -> &mut keshi_registry::Provider {
    facts.enterprise.as_mut().expect("an enterprise")
}

fn other(facts: &mut ClaimFacts) -> &mut OtherClaim {
    facts.other_claims.as_mut().and_then(|claims| claims.first_mut()).expect("a claim")
}

/// Another claim of the same course, trade and level.
fn beside(facts: &mut ClaimFacts, scheme: Scheme, amount: &str) {
    facts.other_claims = Some(vec![OtherClaim {
        claim: "other".to_owned(),
        scheme,
        course: Some("C1".into()),
        certificate: None,
        specialty: facts.specialty.as_ref().map(|it| it.specialty.clone()),
        level: Some("junior".into()),
        state: ClaimState::Paid,
        amount: Yuan::parse(amount).ok(),
    }]);
}

fn benefit(certificate: Option<&str>) -> keshi_registry::Benefit {
    let file = RegistryFile::parse_strict(REGISTRY.as_bytes()).expect("a registry");
    keshi_registry::Benefit { certificate: certificate.map(str::to_owned), ..file.benefits[0].clone() }
}

fn before_practice(facts: &ClaimFacts) -> Option<chrono::NaiveDate> {
    facts.practical.as_ref().and_then(|it| it.from).and_then(|day| day.pred_opt())
}

fn unfiled(facts: &mut ClaimFacts) {
    course(facts).listings.as_mut().expect("listings")[0].filed_on = None;
}

/// By experts, after the online study and on the second day of practice.
fn approved_late(facts: &mut ClaimFacts) {
    let second = facts.practical.as_ref().and_then(|it| it.from).and_then(|day| day.succ_opt());
    (specialty(facts).listings, specialty(facts).expert_approved_on) = (None, second);
}

/// A year after the completion.
fn late(facts: &ClaimFacts) -> Option<keshi_events::Millis> {
    facts.completion.completed_at.map(|at| keshi_events::Millis(at.0 + 366 * 86_400_000))
}

fn signed_too_early(facts: &mut ClaimFacts) {
    let contract = &mut facts.contracts[0];
    contract.signed_on -= chrono::Duration::days(366);
}

fn unqualified_agency(facts: &mut ClaimFacts) {
    let file = RegistryFile::parse_strict(REGISTRY.as_bytes()).expect("a registry");
    let mut agreement = file.agreements[0].clone();
    agreement.pay_to = Some(PayTo::Enterprise);
    facts.entrustment = Entrustment::By(Box::new(agreement));
    let provider = provider(facts);
    (provider.kind, provider.training_qualified) = (Some(ProviderKind::HumanResourcesAgency), Some(false));
}

/// An enterprise's course, for somebody who left it before.
fn of_a_stranger(facts: &mut ClaimFacts) {
    provider(facts).kind = Some(ProviderKind::Enterprise);
    facts.contracts[0].to = facts.contracts[0].from;
}

fn share_above(facts: &mut ClaimFacts) {
    specialty(facts).practical_share = keshi_registry::Share::parse("0.81").ok();
}

fn few_hours(facts: &mut ClaimFacts) {
    specialty(facts).category = Some(Category::EntrepreneurshipAwareness);
    facts.plan.as_mut().expect("a plan").practical_hours = Some(11);
}
