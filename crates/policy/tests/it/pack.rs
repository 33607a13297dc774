use keshi_policy::{Pack, PackError, RuleId};
use keshi_registry::RegistryFile;

use crate::given::{JINAN, jinan};

#[test]
fn the_first_pack_is_sound_and_names_a_clause_for_every_rule() {
    let pack = jinan();
    assert_eq!(pack.check(), []);
    assert!(RuleId::ALL.iter().all(|rule| pack.rules.contains_key(rule)));
    let rows = pack.explain();
    assert!(
        rows.iter().all(|row| !row.clause.is_empty() && !row.chinese.is_empty() && !row.english.is_empty())
    );
    let rate = rows.iter().find(|row| row.rule == "online_rate").expect("a row");
    assert_eq!((rate.clause.as_str(), rate.value.as_str()), ("一", "0.20"));
}

#[test]
fn contradictions_are_named() {
    for (from, to, code) in [
        (r#"online_rate = "0.20""#, r#"online_rate = "0.21""#, "P104"),
        (r#"until = "2020-06-30""#, r#"until = "2020-07-01""#, "P103"),
        (r#"valid_to = "2020-06-30""#, r#"valid_to = "2019-06-30""#, "P102"),
        (r#"special_operations = "800""#, r#"special_operations = "799""#, "P105"),
        (r#"level = "intermediate""#, r#"level = "junior""#, "P106"),
        ("online = 24", "online = -1", "P107"),
        (r#"id = "veteran""#, r#"id = "disabled""#, "P109"),
        (r#"level = "city""#, r#"level = "district""#, "P111"),
        (r#"to = "2020-06-27""#, r#"to = "2020-06-24""#, "P112"),
        (r#""2020-05-09""#, r#""2020-05-02""#, "P113"),
        (r#""2020-05-09""#, r#""2020-05-06""#, "P114"),
        (r#"covers_to = "2020-12-31""#, r#"covers_to = "2020-06-29""#, "P115"),
        ("audience = \"五\"\n", "", "P116"),
        (
            "[publicity]",
            "[[practical_shares]]\ncategory = \"skill\"\nshare = \"0.81\"\nclause = \"x\"\n\n[publicity]",
            "P119",
        ),
        (r#"valid_from = "2020-01-24""#, r#"valid_from = "2019-12-31""#, "P123"),
    ] {
        let spoilt = JINAN.replacen(from, to, 1);
        assert_ne!(spoilt, JINAN, "{from}");
        let found = Pack::parse(&spoilt).expect("readable").check();
        assert!(found.iter().any(|contradiction| contradiction.code == code), "{code}: {found:?}");
    }
}

#[test]
fn what_is_no_pack_is_refused_with_its_line() {
    for (from, to) in [
        (r#"online_rate = "0.20""#, "online_rate = 0.20"),
        (r#"online_rate = "0.20""#, r#"online_rate = "1.20""#),
        (r#"online_rate = "0.20""#, ""),
        (r#"time_zone = "+08:00""#, r#"time_zone = "Beijing""#),
        ("provider-listed =", "provider-blessed ="),
        ("[publicity]", "[publicitee]"),
    ] {
        let spoilt = JINAN.replacen(from, to, 1);
        let Err(PackError::Unreadable(why)) = Pack::parse(&spoilt) else { panic!("{to} was taken") };
        assert!(why.contains("line") || why.contains("missing"), "{why}");
    }
}

#[test]
fn the_hash_is_of_the_text() {
    let other = Pack::parse(&format!("{JINAN}\n")).expect("readable");
    assert_ne!(other.sha256(), jinan().sha256());
    assert_eq!(jinan().sha256(), jinan().sha256());
}

#[test]
fn practice_publicity_runs_over_working_days() {
    let period = |day: &str| {
        let published = day.parse().expect("a day");
        let period = jinan().calendar.publicity(published, jinan().publicity.working_days).expect("a period");
        (period.last_day.to_string(), period.approval_from.to_string(), period.calendar_known)
    };
    assert_eq!(period("2020-04-30"), ("2020-05-11".into(), "2020-05-12".into(), true));
    // Dragon Boat: Thursday to Saturday off, Sunday 06-28 worked.
    assert_eq!(period("2020-06-24"), ("2020-07-02".into(), "2020-07-03".into(), true));
    assert_eq!(period("2020-06-12"), ("2020-06-19".into(), "2020-06-20".into(), true));
    assert!(!period("2021-02-01").2, "beyond the calendar only weekends are known");
}

#[test]
fn clause_1_a_practical_share_above_the_ceiling_is_refused() {
    let registry = |share: &str| {
        let text = format!(r#"{{"specialties": [{{"specialty": "s", "practical_share": "{share}"}}]}}"#);
        RegistryFile::parse_strict(text.as_bytes()).expect("a registry").specialties
    };
    assert_eq!(jinan().check_specialties(&registry("0.80")), []);
    assert_eq!(jinan().check_specialties(&registry("0.801")).len(), 1);
}

#[test]
fn packs_of_one_city_leave_no_gap_and_no_overlap() {
    let next = |from: &str| {
        let text = JINAN.replace("jinan-2020-6", "jinan-2020-7");
        let text = text.replacen(r#"valid_from = "2020-01-24""#, &format!(r#"valid_from = "{from}""#), 1);
        Pack::parse(&text.replacen(r#"valid_to = "2020-06-30""#, r#"valid_to = "2020-12-31""#, 1))
            .expect("a pack")
    };
    let codes = |from: &str| {
        let found = Pack::check_together(&[next(from), jinan()]);
        found.into_iter().map(|contradiction| contradiction.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("2020-07-01"), Vec::<&str>::new());
    assert_eq!(codes("2020-06-30"), ["P121"]);
    assert_eq!(codes("2020-07-02"), ["P122"]);
    let elsewhere = Pack::parse(include_str!("../fixtures/elsewhere.toml")).expect("a pack");
    assert_eq!(Pack::check_together(&[elsewhere, jinan()]), [], "another city's pack is another matter");
}

#[test]
fn unknown_specialties_are_named() {
    let row =
        "[[practical_shares]]\nspecialty = \"welder\"\nshare = \"0.50\"\nclause = \"一\"\n\n[publicity]";
    let pack = Pack::parse(&JINAN.replacen("[publicity]", row, 1)).expect("a pack");
    assert_eq!(pack.check_known(&["welder".into()]), []);
    assert_eq!(pack.check_known(&["baker".into()])[0].code, "P120");
}
