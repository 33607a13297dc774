use keshi_policy::{Scheme, Verdict, Yuan, derive};
use keshi_registry::{Category, Level};

use crate::given::{claim, jinan};

#[test]
fn clause_1_a_fifth_of_the_standard() {
    for (standard, owed) in [
        ("1000", "200.00"),
        ("1500", "300.00"),
        ("2000", "400.00"),
        ("800", "160.00"),
        ("0.12", "0.02"),
        ("0.13", "0.03"),
        ("333.325", "66.67"),
    ] {
        let mut facts = claim();
        let yuan = Yuan::parse(standard).expect("an amount");
        facts.specialty.as_mut().expect("one").standard_yuan.insert(Level::from("junior"), yuan);
        let derivation = derive(&jinan(), Scheme::OnlinePlatform, &facts);
        assert_eq!(derivation.amount.map(|yuan| yuan.to_string()).as_deref(), Some(owed), "{standard}");
        let last = derivation.amount_steps.last().expect("steps");
        assert_eq!(last.value, format!("{standard} × 0.20 = {owed}"));
    }
}

#[test]
fn practice_standards_of_the_pack_stand_in_for_the_registry() {
    for (category, level, owed) in [
        (Category::Skill, Some("junior"), Some("200.00")),
        (Category::Skill, Some("intermediate"), Some("300.00")),
        (Category::Skill, Some("senior-technician"), Some("400.00")),
        (Category::Skill, Some("single-skill"), Some("160.00")),
        (Category::Skill, None, None),
        (Category::Skill, Some("apprentice"), None),
        (Category::EntrepreneurshipAwareness, None, Some("200.00")),
        (Category::EntrepreneurshipCapability, Some("junior"), Some("300.00")),
        (Category::SpecialOperations, None, Some("160.00")),
    ] {
        let mut facts = claim();
        let specialty = facts.specialty.as_mut().expect("one");
        specialty.standard_yuan.clear();
        specialty.category = Some(category);
        facts.course.as_mut().expect("one").level = level.map(Level::from);
        let derivation = derive(&jinan(), Scheme::OnlinePlatform, &facts);
        assert_eq!(derivation.amount.map(|yuan| yuan.to_string()).as_deref(), owed, "{category:?} {level:?}");
        if owed.is_none() {
            assert!(matches!(derivation.verdict, Verdict::Waits(_)));
        }
    }
}
