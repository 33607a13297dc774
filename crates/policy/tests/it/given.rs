//! A claim in perfect order, to be spoilt by one fact at a time.

use keshi_events::Millis;
use keshi_policy::{
    ClaimFacts, CompletionFacts, EventRef, Evidence, EvidenceFacts, Held, Outcome, Pack, RuleId, RuleResult,
    Scheme, derive,
};
use keshi_registry::{Registry, RegistryFile};

pub(crate) const JINAN: &str = include_str!("../../../../deploy/policies/jinan-2020-6.toml");

pub(crate) fn jinan() -> Pack {
    Pack::parse(JINAN).expect("the first pack")
}

pub(crate) fn at(text: &str) -> Millis {
    Millis::parse_rfc3339(text).expect("a time")
}

/// 30 class hours in one video: 29 whole ones and a remainder of 20 minutes.
pub(crate) const REGISTRY: &str = r#"{"providers": [{"provider": "p7", "kind": "platform", "listings": [{"authority": "jinan", "from": "2020-03-01", "to": "2020-06-30"}]}],
 "specialties": [{"specialty": "electrician", "category": "skill", "standard_yuan": {"junior": "1000"}, "practical_share": "0.60"}],
 "courses": [{"course": "C1", "provider": "p7", "specialty": "electrician", "level": "junior",
   "videos": [{"video": "v1", "duration_ms": 70800000}], "quizzes": [{"quiz": "q1", "pass": "0.60"}], "questions": 1}],
 "trainees": [{"trainee": "t1", "district": "lixia", "category": "农民工"}],
 "enrolments": [{"trainee": "t1", "course": "C1", "on": "2020-04-01", "free": true}]}"#;

pub(crate) fn claim() -> ClaimFacts {
    claim_in(REGISTRY)
}

pub(crate) fn claim_in(registry: &str) -> ClaimFacts {
    let file = RegistryFile::parse_strict(registry.as_bytes()).expect("a registry");
    let registry = Registry::from_entries(&file.entries().collect::<Vec<_>>()).expect("folds");
    let completed = at("2020-04-20T10:00:00+08:00");
    ClaimFacts {
        provider: registry.providers.values().next().cloned(),
        course: registry.courses.values().next().cloned(),
        specialty: registry.specialties.values().next().cloned(),
        trainee: registry.trainees.values().next().cloned(),
        enrolment: registry.enrolments.values().next().cloned(),
        completion: CompletionFacts {
            studied: Held::Since(completed),
            assessed: Held::Since(completed),
            completed_at: Some(completed),
            first_counted_at: Some(at("2020-04-02T09:00:00+08:00")),
            last_counted_at: Some(completed),
            verified_seconds: Some(70_000),
            class_hours: Some(29),
        },
        evidence: EvidenceFacts {
            sign_ins: some(3),
            stretches: some(800),
            quizzes: some(1),
            questions: some(1),
        },
        benefits: Some(Vec::new()),
        other_claims: Some(Vec::new()),
        holds: Some(Vec::new()),
        ..ClaimFacts::default()
    }
}

pub(crate) fn some(count: u64) -> Evidence {
    let events = vec![EventRef { seq: 17, event: "p7/e17".to_owned() }];
    Evidence { count: Some(count), events }
}

/// What a rule says of a claim under the first pack.
pub(crate) fn judged(rule: RuleId, facts: &ClaimFacts) -> RuleResult {
    let derivation = derive(&jinan(), Scheme::OnlinePlatform, facts);
    derivation.rules.into_iter().find(|result| result.rule == rule).expect("the scheme asks this rule")
}

pub(crate) fn outcome(rule: RuleId, spoil: impl FnOnce(&mut ClaimFacts)) -> Outcome {
    let mut facts = claim();
    spoil(&mut facts);
    judged(rule, &facts).outcome
}
