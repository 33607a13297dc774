//! Whatever claims one person collects, in whatever order: the sums stay below their ceilings.

use keshi_policy::{
    ClaimFacts, ClaimState, OtherClaim, Pack, Scheme, Verdict, Yuan, derive, scheme_of_certificate,
};
use keshi_registry::{Category, CertificateKind, Share};
use rust_decimal::Decimal;

use crate::given::{JINAN, claim};

/// Numbers without a pattern that matters here (SplitMix64), so that a failure can be run again by its seed.
struct Dice(u64);

impl Dice {
    fn of(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

fn after() -> Pack {
    Pack::parse(&JINAN.replacen("[practical]", "[practical]\nfrom = \"2020-04-20\"", 1)).expect("a pack")
}

/// A study or certificate of a trade (skill or special operations), of one of two courses and two levels.
fn subject(dice: &mut Dice) -> (Scheme, ClaimFacts) {
    let mut facts = claim();
    let special = dice.of(2) == 0;
    let course = if dice.of(2) == 0 { "C1" } else { "C2" };
    let level = ["junior", "senior"][dice.of(2) as usize];
    let specialty = facts.specialty.as_mut().expect("one");
    specialty.practical_share = Share::parse(["0.40", "0.60", "0.80"][dice.of(3) as usize]).ok();
    if special {
        (specialty.specialty, specialty.category) = ("welding".into(), Some(Category::SpecialOperations));
        specialty.standard_yuan =
            [("junior".into(), Yuan(800.into())), ("senior".into(), Yuan(800.into()))].into();
        specialty.competent_department = Some("应急管理局".to_owned());
    } else {
        specialty.standard_yuan.insert("senior".into(), Yuan(2000.into()));
    }
    let own = facts.course.as_mut().expect("one");
    (own.course, own.level) = (course.into(), Some(level.into()));
    if dice.of(2) == 0 {
        return (Scheme::OnlinePlatform, facts);
    }
    let text = format!(
        r#"{{"providers": [{{"provider": "i1", "kind": "institution", "listings": [{{"authority": "lixia", "from": "2020-01-01"}}]}}],
        "certificates": [{{"certificate": "Z{}", "trainee": "t1", "provider": "i1", "issued_on": "2020-05-20",
          "trained_from": "2020-05-01", "trained_to": "2020-05-10"}}], "teaching_plans": [{{"provider": "i1", "course": "C1", "practical_hours": 40}}]}}"#,
        dice.of(4)
    );
    let file = keshi_registry::RegistryFile::parse_strict(text.as_bytes()).expect("a registry");
    let mut certificate = file.certificates[0].clone();
    let kinds = [CertificateKind::SpecialOperations, CertificateKind::SkillLevel];
    certificate.kind = Some(kinds[dice.of(2) as usize]);
    certificate.level = (dice.of(2) == 0).then(|| level.into());
    facts.course_provider = facts.provider.take();
    facts.provider = file.providers.first().cloned();
    facts.plan = file.teaching_plans.first().cloned();
    facts.certificate = Some(certificate);
    (scheme_of_certificate(&facts), facts)
}

#[test]
fn no_order_of_claims_goes_above_a_ceiling() {
    let pack = after();
    let (mut drafted, mut refused) = (0, 0);
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let mut claims: Vec<OtherClaim> = Vec::new();
        for turn in 0..12 {
            if let (0, Some(claim)) = (dice.of(4), claims.last_mut()) {
                let (state, left) = [
                    (ClaimState::Rejected, None),
                    (ClaimState::Withdrawn, None),
                    (ClaimState::ClawedBack, Some(Yuan::ZERO)),
                    (ClaimState::ClawedBack, claim.amount.map(|it| Yuan(it.0 / Decimal::TWO))),
                ][dice.of(4) as usize];
                claim.state = state;
                claim.amount = left.or(claim.amount);
                continue;
            }
            let (scheme, mut facts) = subject(&mut dice);
            facts.other_claims = Some(claims.clone());
            let derivation = derive(&pack, scheme, &facts);
            let identity =
                |claim: &OtherClaim| (claim.scheme, claim.course.clone(), claim.certificate.clone());
            let claim = OtherClaim {
                claim: turn.to_string(),
                scheme,
                course: facts.course.as_ref().map(|it| it.course.clone()),
                certificate: facts.certificate.as_ref().map(|it| it.certificate.clone()),
                specialty: facts.specialty.as_ref().map(|it| it.specialty.clone()),
                level: facts
                    .certificate
                    .as_ref()
                    .and_then(|it| it.level.clone())
                    .or(facts.course.as_ref().and_then(|it| it.level.clone())),
                state: ClaimState::Drafted,
                amount: derivation.amount,
            };
            // The database keeps identities apart; here nothing is drafted twice either.
            let is_known = claims.iter().any(|other| {
                identity(other) == identity(&claim)
                    || (claim.certificate.is_some() && other.certificate == claim.certificate)
            });
            if is_known {
                continue;
            }
            if derivation.verdict == Verdict::Draft {
                drafted += 1;
                claims.push(claim);
            } else {
                refused += 1;
            }
            let live = || claims.iter().filter(|it| it.is_live());
            let sum = |of: &dyn Fn(&OtherClaim) -> bool| -> Decimal {
                live().filter(|it| of(it)).filter_map(|it| it.amount).map(|yuan| yuan.0).sum()
            };
            let special = sum(&|it| it.specialty.as_ref().is_some_and(|it| it.as_str() == "welding"));
            assert!(special <= 800.into(), "seed {seed}: {special} for special operations: {claims:#?}");
            for (level, standard) in [("junior", 1000), ("senior", 2000)] {
                let total = sum(&|it| {
                    it.specialty.as_ref().is_some_and(|it| it.as_str() == "electrician")
                        && it.level.as_ref().is_some_and(|it| it.as_str() == level)
                });
                assert!(total <= standard.into(), "seed {seed}: {total} for {level}: {claims:#?}");
            }
        }
    }
    assert!(drafted > 500 && refused > 500, "{drafted} drafted, {refused} refused");
}
