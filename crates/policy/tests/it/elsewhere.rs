//! Another city: other rates, standards, groups, days, time zone and clauses, the same code.

use keshi_policy::{ClaimFacts, Held, Outcome, Pack, RuleId, Scheme, Verdict, derive};

use crate::given::{at, claim_in, jinan};

const REGISTRY: &str = r#"{"providers": [{"provider": "p7", "kind": "platform", "listings": [{"authority": "某市", "from": "2023-01-01"}]}],
 "specialties": [{"specialty": "felt", "category": "skill"}],
 "courses": [{"course": "C1", "provider": "p7", "specialty": "felt", "videos": [{"video": "v1", "duration_ms": 4800000}],
   "quizzes": [{"quiz": "q1", "pass": "0.5"}]}],
 "trainees": [{"trainee": "t1", "district": "north", "category": "牧民"}],
 "enrolments": [{"trainee": "t1", "course": "C1", "on": "2023-04-01", "free": true}]}"#;

fn elsewhere() -> Pack {
    Pack::parse(include_str!("../fixtures/elsewhere.toml")).expect("the made-up pack")
}

fn claim() -> ClaimFacts {
    let mut facts = claim_in(REGISTRY);
    let completion = &mut facts.completion;
    completion.first_counted_at = Some(at("2023-09-01T09:00:00+06:00"));
    completion.completed_at = Some(at("2023-09-15T23:59:59.999+06:00"));
    completion.last_counted_at = None;
    completion.studied = Held::Since(at("2023-09-15T08:00:00+06:00"));
    completion.assessed = Held::Since(at("2023-09-15T23:59:59.999+06:00"));
    facts
}

#[test]
fn the_same_code_pays_by_other_numbers() {
    assert_eq!(elsewhere().check(), []);
    let derivation = derive(&elsewhere(), Scheme::OnlinePlatform, &claim());
    assert_eq!(derivation.verdict, Verdict::Draft, "{:#?}", derivation.rules);
    // 777.77 x 0.35 = 272.2195
    assert_eq!(derivation.amount.map(|yuan| yuan.to_string()).as_deref(), Some("272.22"));
    assert!(
        derivation.rules.iter().all(|result| result.clause.starts_with('§') || result.clause == "practice")
    );
}

#[test]
fn its_own_midnight_closes_its_window() {
    let mut facts = claim();
    facts.completion.completed_at = Some(at("2023-09-16T00:00:00+06:00"));
    let derivation = derive(&elsewhere(), Scheme::OnlinePlatform, &facts);
    assert_eq!(derivation.verdict, Verdict::Refused(vec![RuleId::InsideWindow]));
}

#[test]
fn one_citys_claim_is_nothing_in_the_other() {
    let derivation = derive(&jinan(), Scheme::OnlinePlatform, &claim());
    let says = |rule| derivation.rules.iter().find(|result| result.rule == rule).map(|result| result.outcome);
    assert_eq!(says(RuleId::TraineeEligible), Some(Outcome::NotMet));
    assert_eq!(says(RuleId::InsideWindow), Some(Outcome::NotMet));
    let mut poorer = elsewhere();
    poorer.schemes.remove(&Scheme::PreJob);
    let other = derive(&poorer, Scheme::PreJob, &claim());
    assert!(matches!(other.verdict, Verdict::Waits(_)), "the pack pays no such scheme");
}

#[test]
fn the_pack_in_force_at_completion_is_chosen() {
    let packs = [elsewhere(), jinan()];
    let chosen = |day: &str| Pack::choose(&packs, day.parse().expect("a day")).map(|pack| pack.id.clone());
    assert_eq!(chosen("2020-06-30").as_deref(), Some("jinan-2020-6"));
    assert_eq!(chosen("2020-07-01").as_deref(), Some("jinan-2020-6"), "which says that it was too late");
    assert_eq!(chosen("2019-01-01").as_deref(), Some("jinan-2020-6"));
    assert_eq!(chosen("2023-01-01").as_deref(), Some("elsewhere-2023-1"));
}

#[test]
fn other_amounts_for_every_scheme() {
    let amount = |scheme| derive(&elsewhere(), scheme, &claim()).amount.map(|yuan| yuan.to_string());
    assert_eq!(amount(Scheme::PreJob).as_deref(), Some("333.33"));
    assert_eq!(amount(Scheme::SpecialOperations).as_deref(), Some("640.00"));
    // 777.77 x 0.65 = 505.5505
    assert_eq!(amount(Scheme::PracticalInstitution).as_deref(), Some("505.55"));
    assert_eq!(amount(Scheme::OnJob).as_deref(), Some("272.22"));
}

#[test]
fn its_own_working_days_count_its_publicity() {
    let period = elsewhere()
        .calendar
        .publicity("2023-07-10".parse().expect("a day"), elsewhere().publicity.working_days);
    // Tuesday to Thursday off, Saturday worked: Friday, Saturday, Monday.
    assert_eq!(period.map(|period| period.last_day.to_string()).as_deref(), Some("2023-07-17"));
}

#[test]
fn its_attendance_checks_have_their_own_limits() {
    let usual = keshi_integrity::Rules::default();
    assert_eq!(jinan().integrity, usual, "the first city's section says the defaults");
    let own = elsewhere().integrity;
    assert_eq!(own, keshi_integrity::Rules { device_people: [2, 4, 8], ..usual });
    let shown = |pack: Pack| pack.explain().into_iter().find(|row| row.rule == "integrity device_people");
    let row = shown(elsewhere()).expect("a row");
    assert_eq!((row.value.as_str(), row.english.as_str()), ("[2, 4, 8]", "Attendance check: device-shared"));
    let unclear =
        |row: &keshi_policy::Explained| row.rule.starts_with("integrity") && row.english.ends_with(": ");
    assert!(!elsewhere().explain().iter().any(unclear), "every member belongs to a flag");

    let text = include_str!("../fixtures/elsewhere.toml");
    assert!(Pack::parse(&text.replace("device_people", "device_persons")).is_err(), "an unknown member");
    let wrong = Pack::parse(&text.replace("[2, 4, 8]", "[2, 8, 4]")).expect("it can be read");
    assert_eq!(wrong.check().iter().map(|c| c.code).collect::<Vec<_>>(), ["P124"]);
}
