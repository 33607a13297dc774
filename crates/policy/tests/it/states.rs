use keshi_policy::ClaimState::*;
use keshi_policy::{Circumstances, ClaimState, Refusal, Role, Step, TRANSITIONS, next, take};

/// The design's table, written out a second time.
const TABLE: &str = "
    - draft worker drafted
    drafted submit provider submitted
    returned submit provider submitted
    submitted return district returned
    submitted reject district rejected
    submitted accept district reviewed
    reviewed publicise district publicised
    publicised object district objected
    objected dismiss district publicised
    objected uphold district rejected
    publicised approve city approved
    publicised reject city rejected
    approved pay finance paid
    approved fail finance payment-failed
    payment-failed retry finance approved
    paid claw-back city clawed-back
    drafted withdraw provider withdrawn
    submitted withdraw provider withdrawn
    returned withdraw provider withdrawn
    reviewed withdraw provider withdrawn";

#[test]
fn every_state_step_and_role_does_what_the_table_says() {
    let rows: Vec<Vec<&str>> = TABLE
        .lines()
        .map(|line| line.split_whitespace().collect())
        .filter(|row: &Vec<_>| !row.is_empty())
        .collect();
    assert_eq!(rows.len(), TRANSITIONS.len());
    let states = std::iter::once(None).chain(ClaimState::ALL.iter().copied().map(Some));
    for from in states {
        for step in Step::ALL.iter().copied() {
            for role in Role::ALL.iter().copied() {
                let name = from.map_or("-", ClaimState::as_str);
                let row = rows.iter().find(|row| row[0] == name && row[1] == step.as_str());
                let expected = match row {
                    None => Err(Refusal::NoSuchStep),
                    Some(row) if row[2] != role.as_str() => Err(Refusal::NotYours),
                    Some(row) => Ok(ClaimState::parse(row[3]).expect("a state")),
                };
                assert_eq!(next(from, step, role), expected, "{name} {step} {role}");
            }
        }
    }
}

#[test]
fn a_hold_stops_forward_steps_only() {
    let held = Circumstances { held: true, publicity_over: true, same_person: false };
    for (from, step, role, to) in TRANSITIONS.iter().copied() {
        let forward =
            matches!(step, Step::Submit | Step::Accept | Step::Publicise | Step::Approve | Step::Pay);
        let expected = if forward { Err(Refusal::Held) } else { Ok(to) };
        assert_eq!(take(from, step, role, held), expected, "{step}");
    }
}

#[test]
fn the_city_waits_for_the_publicity_period() {
    let now = Circumstances::default();
    let over = Circumstances { publicity_over: true, ..now };
    for (step, to) in [(Step::Approve, Approved), (Step::Reject, Rejected)] {
        assert_eq!(take(Some(Publicised), step, Role::City, now), Err(Refusal::PublicityNotOver));
        assert_eq!(take(Some(Publicised), step, Role::City, over), Ok(to));
    }
    assert_eq!(take(Some(Publicised), Step::Object, Role::District, now), Ok(Objected));
    assert_eq!(take(Some(Submitted), Step::Reject, Role::District, now), Ok(Rejected));
}

#[test]
fn nobody_takes_two_successive_steps() {
    let same = Circumstances { same_person: true, publicity_over: true, held: false };
    for (from, step, role, _) in TRANSITIONS.iter().copied() {
        assert_eq!(take(from, step, role, same), Err(Refusal::SamePerson), "{step}");
    }
}
