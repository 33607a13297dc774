//! The money on a real PostgreSQL: whatever is asked of claims, by whomever, however often and at the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

use keshi_account::{Actor, Role};
use keshi_events::Millis;
use keshi_policy::{ClaimState, Pack, Step, TRANSITIONS, Yuan};
use keshi_settlement::{Order, Reader, Roster, Settlement, StepError, hold, release, repaid, step};
use keshi_store::{ClaimRow, NewRoster, Store, Wanted};
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::crash::query;
use crate::harness::{Keshi, Process, root};

const DAY_MS: i64 = 86_400_000;
const DISTRICTS: [&str; 2] = ["lixia", "tianqiao"];

/// Special-operations certificates: claims that rest on the registry alone.
fn certificates(people: usize) -> Value {
    let who = |at: usize| format!("t{at}");
    json!({
        "providers": [{"provider": "i1", "kind": "institution", "name": "甲培训机构", "account": "6222000000000001"},
                      {"provider": "i2", "kind": "institution", "name": "乙培训机构"}],
        "specialties": [{"specialty": "welding", "name": "焊接与热切割作业", "category": "special-operations",
                         "competent_department": "应急管理局"}],
        "trainees": (0..people).map(|at| json!({"trainee": who(at), "district": DISTRICTS[at % 2], "category": "农民工"})).collect::<Vec<_>>(),
        "certificates": (0..people).map(|at| json!({"certificate": format!("Z{at}"), "trainee": who(at), "kind": "special-operations",
            "specialty": "welding", "provider": if at % 3 == 0 { "i2" } else { "i1" }, "issued_on": "2020-05-20",
            "trained_from": "2020-05-01", "trained_to": "2020-05-19"})).collect::<Vec<_>>(),
    })
}

fn packs() -> Vec<Pack> {
    let text = std::fs::read_to_string(root().join("deploy/policies/jinan-2020-6.toml")).expect("the pack");
    vec![Pack::parse(&text).expect("a pack")]
}

async fn opened(keshi: &Keshi, registry: &Value) -> (Store, Settlement) {
    let file = keshi.file("certificates.json");
    std::fs::write(&file, registry.to_string()).expect("a file");
    keshi.ok(&["registry", "import", file.to_str().expect("UTF-8")]);
    let url = keshi.endpoints()["database_url"].as_str().expect("a URL").to_owned();
    let store = Store::connect(&url, 12).await.expect("the database");
    (store.clone(), Settlement { store, packs: packs() })
}

async fn all(store: &Store) -> Vec<ClaimRow> {
    store.claims(&Wanted::default(), 10_000).await.expect("claims")
}

fn at(day: i64) -> Millis {
    Millis::parse_rfc3339("2020-06-01T09:00:00+08:00")
        .map(|begin| Millis(begin.0 + day * DAY_MS))
        .expect("a time")
}

fn actor(name: &str, role: Role, scope: Option<&str>) -> Actor {
    Actor::new(name, role, scope).expect("an actor")
}

/// Two of each, so that four eyes can be kept, and some who may do nothing.
fn officials() -> Vec<Actor> {
    let mut officials = Vec::new();
    for pair in ["-a", "-b"] {
        let name = |what: &str| format!("{what}{pair}");
        officials.push(actor(&name("i1"), Role::Provider, Some("i1")));
        officials.push(actor(&name("i2"), Role::Provider, Some("i2")));
        officials.push(actor(&name("lixia"), Role::District, Some("lixia")));
        officials.push(actor(&name("tianqiao"), Role::District, Some("tianqiao")));
        officials.push(actor(&name("city"), Role::City, None));
        officials.push(actor(&name("finance"), Role::Finance, None));
    }
    officials.push(actor("auditor", Role::Auditor, None));
    officials
}

#[tokio::test(flavor = "multi_thread")]
async fn several_workers_draft_each_claim_once() {
    let keshi = Keshi::servers();
    let (store, worker) = opened(&keshi, &certificates(60)).await;
    let other = Settlement { store: store.clone(), packs: packs() };
    let third = Settlement { store: store.clone(), packs: packs() };
    let (a, b, c) = tokio::join!(worker.settle(), other.settle(), third.settle());
    let drafted: u64 = [a, b, c].into_iter().map(|settled| settled.expect("a turn").drafted).sum();
    assert_eq!(drafted, 60);
    let claims = all(&store).await;
    let keys: BTreeSet<_> = claims.iter().map(|it| (&it.scheme, &it.trainee, &it.certificate)).collect();
    assert_eq!((claims.len(), keys.len()), (60, 60));
    assert!(claims.iter().all(|it| it.amount_yuan == Decimal::from(800) && it.state == "drafted"));
    let again = worker.settle().await.expect("a turn");
    assert_eq!((again.drafted, again.unclaimed), (0, 0), "run again, it finds nothing to do");

    // What waits is looked at again when, and only when, something that it rests on is registered.
    let (_, worker) = opened(&keshi, &json!({
        "trainees": [{"trainee": "w1", "district": "lixia"}],
        "certificates": [{"certificate": "W1", "trainee": "w1", "kind": "special-operations", "specialty": "welding",
                          "provider": "i1", "issued_on": "2020-05-20", "trained_from": "2020-05-01", "trained_to": "2020-05-19"}]})).await;
    let waits = worker.settle().await.expect("a turn");
    assert_eq!((waits.drafted, waits.unclaimed), (0, 1));
    let nothing = worker.settle().await.expect("a turn");
    assert_eq!((nothing.drafted, nothing.unclaimed), (0, 0));
    let (store, worker) =
        opened(&keshi, &json!({"trainees": [{"trainee": "w1", "district": "lixia", "category": "农民工"}]}))
            .await;
    assert_eq!(worker.settle().await.expect("a turn").drafted, 1);
    assert!(store.unclaimed(None, 10).await.expect("notes").is_empty());
}

/// How the names of those begin who may take a step of this role.
fn holder(role: keshi_policy::Role, row: &ClaimRow) -> &str {
    match role {
        keshi_policy::Role::Worker => "keshi",
        keshi_policy::Role::Provider => &row.provider,
        keshi_policy::Role::District => &row.district,
        keshi_policy::Role::City => "city",
        keshi_policy::Role::Finance => "finance",
    }
}

/// One official after another asks for anything at all.
async fn muddle(store: Store, seed: u64, orders: usize) -> BTreeMap<&'static str, usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (officials, packs) = (officials(), packs());
    let claims: Vec<Uuid> = all(&store).await.iter().map(|row| row.claim).collect();
    let mut counted = BTreeMap::new();
    let mut last: Option<(Uuid, usize, Step, i64)> = None;
    for turn in 0..orders {
        let claim = *claims.choose(&mut rng).expect("a claim");
        let who = rng.random_range(0..officials.len());
        let mut day = turn as i64 / 20;
        let mut step_asked = *Step::ALL.choose(&mut rng).expect("a step");
        // Mostly what the state allows, or else nothing would come far; every tenth time what was asked just before.
        let (claim, mut who) = match last {
            Some((claim, who, asked, then)) if rng.random_ratio(1, 10) => {
                (step_asked, day) = (asked, then);
                (claim, who)
            }
            _ => (claim, who),
        };
        if rng.random_ratio(3, 4) {
            let row = store.claim(claim).await.expect("a claim").expect("there");
            let state = ClaimState::parse(&row.state).expect("a state");
            // What ends a claim or begins its publicity anew is asked for seldom, or else none comes as far as the money.
            let ends = rng.random_ratio(1, 12);
            let fitting = TRANSITIONS
                .iter()
                .filter(|it| it.0 == Some(state) && (ends || (it.3.is_live() && it.1 != Step::Object)))
                .choose(&mut rng);
            if let Some((_, step, role, _)) = fitting {
                step_asked = *step;
                let holder = holder(*role, &row);
                let able = (0..officials.len()).filter(|at| officials[*at].name().starts_with(holder));
                if rng.random_ratio(3, 4) {
                    who = able.choose(&mut rng).expect("somebody");
                }
            }
        }
        last = Some((claim, who, step_asked, day));
        let actor = &officials[who];
        let said = match rng.random_range(0..20) {
            0 => hold(&store, claim, actor, "待核查").await.map(|()| "held"),
            1 | 2 => release(&store, claim, actor, "已核查").await.map(|()| "released"),
            3 => {
                let amount = Yuan(Decimal::from(rng.random_range(1..900)));
                let reference = format!("回单{}", rng.random_range(0..3));
                repaid(&store, claim, actor, amount, &reference).await.map(|_| "repaid")
            }
            _ => {
                let amount = rng.random_bool(0.5).then(|| Yuan(Decimal::new(rng.random_range(1..90_000), 2)));
                let order = Order { actor, step: step_asked, why: "核定", amount, now: at(day) };
                step(&store, &packs, claim, order).await.map(|_| step_asked.as_str())
            }
        };
        match said {
            Ok(done) => *counted.entry(done).or_default() += 1,
            Err(StepError::Refused { allowed, .. }) => assert!(!allowed.is_empty()),
            Err(StepError::Store(error)) => panic!("{error}"),
            Err(_) => {}
        }
    }
    counted
}

/// What must hold whatever was asked.
async fn check_books(keshi: &Keshi, store: &Store) {
    check_steps(store).await;
    check_sums(keshi);
}

async fn check_steps(store: &Store) {
    for row in all(store).await {
        let steps = store.claim_history(row.claim).await.expect("a history");
        let mut state = None;
        for (at, line) in steps.iter().enumerate() {
            assert!(line.chained, "{} {}", row.claim, line.number);
            let step = Step::parse(&line.step).expect("a step");
            let found =
                TRANSITIONS.iter().find(|it| it.0 == state && it.1 == step).expect("a step of the table");
            assert_eq!(found.3.as_str(), line.to_state);
            state = Some(found.3);
            // No step without its right: names say who belongs to what.
            let right = holder(found.2, &row);
            assert!(line.who.starts_with(right), "{} took {}", line.who, line.step);
            assert!(at == 0 || steps[at - 1].who != line.who, "four eyes: {} twice", line.who);
        }
        assert_eq!(
            state.map(ClaimState::as_str),
            Some(row.state.as_str()),
            "the state is a fold of the steps"
        );
    }
}

fn check_sums(keshi: &Keshi) {
    let zero = "select count(*) from (select district from keshi.posting group by district having sum(amount_yuan) <> 0) s";
    assert_eq!(query(keshi, zero), "0", "accounts sum to zero");
    let approved =
        "select coalesce(sum(amount_yuan), 0) from keshi.claim where state in ('approved', 'payment-failed')";
    let owed = "select coalesce(-sum(amount_yuan), 0) from keshi.posting where account = 'obligation'";
    let same = format!("select ({approved}) = ({owed})");
    assert_eq!(query(keshi, &same), "t", "what is approved and not paid is owed");
    let above =
        "select count(*) from (select p.claim from keshi.posting p join keshi.claim k on k.claim = p.claim
        where p.booking = 'pay/' || p.claim::text and p.account = 'paid' group by p.claim, k.amount_yuan
        having -sum(p.amount_yuan) > k.amount_yuan) s";
    assert_eq!(query(keshi, above), "0", "paid <= approved");
    let debts = "select count(*) from (select claim from keshi.posting where account = 'receivable' group by claim having sum(amount_yuan) < 0) s";
    assert_eq!(query(keshi, debts), "0", "nobody repays more than was claimed back");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_sequence_of_orders_keeps_the_books() {
    const OFTEN: [&str; 8] =
        ["submit", "accept", "publicise", "approve", "pay", "claw-back", "held", "released"];
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    // Officials act at the same time, so no two runs are alike: more of them until every step came about.
    for round in 0..8 {
        let keshi = Keshi::servers();
        let (store, worker) = opened(&keshi, &certificates(24)).await;
        worker.settle().await.expect("a turn");
        let muddles = (0..4).map(|seed| tokio::spawn(muddle(store.clone(), 4 * round + seed, 700)));
        // Two workers settle all the while.
        let done = CancellationToken::new();
        let workers = (0..2).map(|_| {
            let (worker, done) = (Settlement { store: store.clone(), packs: packs() }, done.clone());
            tokio::spawn(async move {
                while !done.is_cancelled() {
                    worker.settle().await.expect("a turn");
                }
            })
        });
        let workers: Vec<_> = workers.collect();
        for muddle in futures_util::future::join_all(muddles).await {
            for (what, times) in muddle.expect("a muddle") {
                *counted.entry(what).or_default() += times;
            }
        }
        done.cancel();
        for worker in workers {
            worker.await.expect("a worker");
        }
        assert_eq!(query(&keshi, "select count(*) from keshi.adjustment"), "0", "nothing had changed");
        check_books(&keshi, &store).await;
        if OFTEN.iter().all(|often| counted.contains_key(often)) {
            return;
        }
    }
    panic!("some step never came about: {counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_paid_clawed_back_and_set_off() {
    let keshi = Keshi::servers();
    // t1 and t5 are of one district and one provider.
    let (store, worker) = opened(&keshi, &certificates(6)).await;
    worker.settle().await.expect("a turn");
    let claims = all(&store).await;
    let of = |trainee: &str| claims.iter().find(|it| it.trainee == trainee).expect("a claim").claim;
    let (first, second) = (of("t1"), of("t5"));
    let people = officials();
    let by = |name: &str| people.iter().find(|it| it.name() == name).expect("an official");
    let packs = packs();
    // Published on 2020-06-01, a Monday: the fifth working day is the 8th.
    let ask = |claim, name: &'static str, step_asked, day| {
        let order = Order { actor: by(name), step: step_asked, why: "核定", amount: None, now: at(day) };
        step(&store, &packs, claim, order)
    };
    for claim in [first, second] {
        ask(claim, "i1-a", Step::Submit, 0).await.expect("submit");
        let refused = ask(claim, "city-a", Step::Approve, 0).await.expect_err("not from here").to_string();
        assert!(
            refused.contains("S101") && refused.contains("submitted") && refused.contains("accept"),
            "{refused}"
        );
        let other = ask(claim, "lixia-a", Step::Accept, 0).await.expect_err("another district").to_string();
        assert!(other.contains("S106") && other.contains("tianqiao"), "{other}");
        ask(claim, "tianqiao-a", Step::Accept, 0).await.expect("accept");
        let same = ask(claim, "tianqiao-a", Step::Publicise, 0).await.expect_err("four eyes").to_string();
        assert!(same.contains("S105"), "{same}");
        ask(claim, "tianqiao-b", Step::Publicise, 0).await.expect("publicise");
        let early = ask(claim, "city-a", Step::Approve, 7).await.expect_err("too early").to_string();
        assert!(early.contains("S104") && early.contains("2020-06-09"), "{early}");
        hold(&store, claim, by("city-a"), "群众举报").await.expect("a hold");
        let held = ask(claim, "city-a", Step::Approve, 8).await.expect_err("held").to_string();
        assert!(held.contains("S103"), "{held}");
        let other =
            release(&store, claim, by("tianqiao-a"), "查无实据").await.expect_err("the city's").to_string();
        assert!(other.contains("S116"), "{other}");
        release(&store, claim, by("city-b"), "查无实据").await.expect("a release");
        ask(claim, "city-a", Step::Approve, 8).await.expect("approve");
    }
    let balance = async |account: &str| {
        let balances = store.balances(Some("tianqiao")).await.expect("books");
        balances.iter().find(|it| it.account == account).map_or(Decimal::ZERO, |it| it.amount_yuan)
    };
    assert_eq!((balance("budget").await, balance("obligation").await), (1600.into(), (-1600).into()));
    ask(first, "finance-a", Step::Pay, 9).await.expect("pay");
    assert!(ask(first, "finance-b", Step::Pay, 9).await.is_err(), "paid once");
    assert_eq!((balance("paid").await, balance("obligation").await), ((-800).into(), (-800).into()));
    let part = Order {
        actor: by("city-a"),
        step: Step::ClawBack,
        why: "虚假培训",
        amount: Some(Yuan(300.into())),
        now: at(10),
    };
    step(&store, &packs, first, part).await.expect("a claw-back");
    assert_eq!(balance("receivable").await, 300.into());
    assert!(repaid(&store, first, by("finance-a"), Yuan(100.into()), "回单1").await.expect("repaid"));
    assert!(
        !repaid(&store, first, by("finance-a"), Yuan(100.into()), "回单1").await.expect("the same"),
        "moves nothing"
    );
    assert!(
        repaid(&store, first, by("finance-a"), Yuan(201.into()), "回单2").await.is_err(),
        "more than is owed"
    );
    assert_eq!((balance("receivable").await, balance("recovered").await), (200.into(), 100.into()));
    ask(second, "finance-a", Step::Pay, 11).await.expect("pay the other");
    assert_eq!(
        (balance("receivable").await, balance("paid").await, balance("recovered").await),
        (0.into(), (-1600).into(), 300.into()),
        "200 were set off: paid and recovered at once"
    );
    check_books(&keshi, &store).await;
}

/// A claim through several hands, each step by the named official on a day.
async fn walk(store: &Store, claim: Uuid, steps: &[(&str, Step, i64)]) {
    let people = officials();
    for (name, step_asked, day) in steps {
        let actor = people.iter().find(|it| it.name() == *name).expect("an official");
        let order = Order { actor, step: *step_asked, why: "核定", amount: None, now: at(*day) };
        step(store, &packs(), claim, order).await.expect("a step");
    }
}

async fn ask(
    store: &Store,
    claim: Uuid,
    name: &str,
    step_asked: Step,
    day: i64,
) -> Result<ClaimState, StepError> {
    let people = officials();
    let actor = people.iter().find(|it| it.name() == name).expect("an official");
    step(store, &packs(), claim, Order { actor, step: step_asked, why: "核定", amount: None, now: at(day) })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_holds_the_money_until_it_is_dismissed() {
    let keshi = Keshi::servers();
    let (store, worker) = opened(&keshi, &certificates(2)).await;
    query(
        &keshi,
        "insert into keshi.finding (flag, kind, level, people, from_ms, to_ms, chinese, english, evidence)
         values ('f1', 'quiz-copied', 'hold', '{t1,t9}', 0, 1, '答案相同', 'the same answers', '[]')",
    );
    worker.settle().await.expect("a turn");
    query(&keshi, "delete from projection_1.flag");
    let claims = all(&store).await;
    let of = |trainee: &str| claims.iter().find(|it| it.trainee == trainee).expect("a claim");
    assert!(of("t1").derivation.contains("flag/quiz-copied/f1"), "{}", of("t1").derivation);
    assert!(!of("t0").derivation.contains("flag/"));
    let claim = of("t1").claim;
    let held = ask(&store, claim, "i1-a", Step::Submit, 0).await.expect_err("held").to_string();
    assert!(held.contains("S103") && held.contains("flag/quiz-copied/f1"), "{held}");
    ask(&store, of("t0").claim, "i2-a", Step::Submit, 0).await.expect("another's claim goes on");

    let tell = async |from: &str, decision: &str| {
        assert!(store.decide("f1", &[from], decision, "city-a", "查看原始答卷").await.expect("a decision"));
    };
    tell("open", "dismissed").await;
    let way =
        [("i1-a", Step::Submit, 0), ("tianqiao-a", Step::Accept, 0), ("tianqiao-b", Step::Publicise, 0)];
    walk(&store, claim, &way).await;
    tell("dismissed", "reopened").await;
    let held = ask(&store, claim, "city-a", Step::Approve, 8).await.expect_err("held again").to_string();
    assert!(held.contains("flag/quiz-copied/f1"), "{held}");
    let people = officials();
    let city = people.iter().find(|it| it.name() == "city-b").expect("an official");
    release(&store, claim, city, "本人到场核验").await.expect("a release");
    walk(&store, claim, &[("city-a", Step::Approve, 8), ("finance-a", Step::Pay, 9)]).await;
    tell("open", "confirmed").await;
    assert_eq!(
        ask(&store, claim, "city-a", Step::ClawBack, 10).await.expect("a claw-back"),
        ClaimState::ClawedBack
    );
    check_books(&keshi, &store).await;
}

/// Nobody has looked at the records: the step itself has them looked over, before it asks what holds the claim.
#[tokio::test(flavor = "multi_thread")]
async fn money_goes_forward_only_on_records_that_were_looked_at() {
    let keshi = Keshi::up();
    let file = |name: &str| keshi.file("class").join(name).display().to_string();
    keshi.ok(&["simulate", "--trainees", "24", "--seed", "4", "--dishonest", "0.7", "--out", &file("")]);
    keshi.ok(&["registry", "import", &file("registry.json")]);
    keshi.ok(&["log", "import", &file("log.jsonl")]);
    keshi.settle();
    let url = keshi.endpoints()["database_url"].as_str().expect("a URL").to_owned();
    let store = Store::connect(&url, 4).await.expect("the database");
    let found = || query(&keshi, "select count(*) > 0 from keshi.finding");
    let claims = all(&store).await;
    let claim = claims.first().expect("a claim");
    let order = |actor, step| Order { actor, step, why: "核定", amount: None, now: at(0) };
    let provider = actor("provider-a", Role::Provider, Some(&claim.provider));
    let district = actor("district-a", Role::District, Some(&claim.district));
    step(&store, &packs(), claim.claim, order(&provider, Step::Submit)).await.expect("submitted");
    let strangers = actor("district-b", Role::District, Some("nowhere"));
    step(&store, &packs(), claim.claim, order(&strangers, Step::Accept)).await.expect_err("not theirs");
    assert_eq!(found(), "f", "nothing was asked that needs a look");
    assert_eq!(store.unexamined(&[claim.claim]).await.expect("a look"), [claim.trainee.as_str()]);
    step(&store, &packs(), claim.claim, order(&district, Step::Accept)).await.expect("accepted");
    assert_eq!(found(), "t", "the step had all of them looked over");
    assert!(store.unexamined(&[claim.claim]).await.expect("a look").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_registered_after_the_draft_stops_the_money() {
    let keshi = Keshi::servers();
    let (store, worker) = opened(&keshi, &certificates(6)).await;
    worker.settle().await.expect("a turn");
    let claims = all(&store).await;
    let of = |trainee: &str| claims.iter().find(|it| it.trainee == trainee).expect("a claim").claim;
    let way =
        [("i1-a", Step::Submit, 0), ("tianqiao-a", Step::Accept, 0), ("tianqiao-b", Step::Publicise, 0)];
    walk(&store, of("t1"), &way).await;
    walk(&store, of("t5"), &way).await;
    let benefit = json!({"benefits": [{"benefit": "B1", "trainee": "t1", "kind": "unemployment-insurance", "certificate": "Z1"}]});
    opened(&keshi, &benefit).await;
    let early = ask(&store, of("t1"), "city-a", Step::Approve, 7).await.expect_err("too early").to_string();
    assert!(early.contains("S104"), "{early}");
    let changed = ask(&store, of("t1"), "city-a", Step::Approve, 8).await.expect_err("both").to_string();
    assert!(
        changed.contains("S113") && changed.contains("no-double-benefit") && changed.contains("B1"),
        "{changed}"
    );
    let held = ask(&store, of("t1"), "city-a", Step::Approve, 8).await.expect_err("held").to_string();
    assert!(held.contains("S103") && held.contains("adjustment/refused"), "{held}");
    assert_eq!(store.adjustments(10).await.expect("adjustments").len(), 1);
    walk(&store, of("t5"), &[("city-a", Step::Approve, 8)]).await;

    // Another category of the payer's: what an official has released goes on, anything new does not.
    let people = officials();
    let city = people.iter().find(|it| it.name() == "city-b").expect("an official");
    release(&store, of("t1"), city, "该补贴已退回").await.expect("a release");
    walk(&store, of("t1"), &[("city-a", Step::Approve, 8)]).await;
    let moved = json!({"trainees": [{"trainee": "t5", "district": "lixia", "category": "农民工"}]});
    opened(&keshi, &moved).await;
    let changed =
        ask(&store, of("t5"), "finance-a", Step::Pay, 9).await.expect_err("another payer").to_string();
    assert!(changed.contains("S113") && changed.contains("lixia"), "{changed}");
    check_books(&keshi, &store).await;

    // Published on 2021-02-08: nobody has told the pack about the holidays of 2021.
    let way =
        [("i2-a", Step::Submit, 250), ("lixia-a", Step::Accept, 251), ("lixia-b", Step::Publicise, 252)];
    walk(&store, of("t0"), &way).await;
    let unknown =
        ask(&store, of("t0"), "city-a", Step::Approve, 300).await.expect_err("no calendar").to_string();
    assert!(unknown.contains("S115") && unknown.contains("2021"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_redrawn_and_paid_claims_adjusted() {
    let keshi = Keshi::servers();
    let (store, worker) = opened(&keshi, &certificates(8)).await;
    worker.settle().await.expect("a turn");
    let claims = all(&store).await;
    let of = |trainee: &str| claims.iter().find(|it| it.trainee == trainee).expect("a claim").claim;
    let way = [
        ("i1-a", Step::Submit, 0),
        ("tianqiao-a", Step::Accept, 0),
        ("tianqiao-b", Step::Publicise, 0),
        ("city-a", Step::Approve, 8),
        ("finance-a", Step::Pay, 9),
    ];
    walk(&store, of("t1"), &way).await;
    walk(&store, of("t5"), &way[..1]).await;
    let received = |trainee: &str, certificate: &str| json!({"benefits": [{"benefit": "B1", "trainee": trainee, "kind": "unemployment-insurance", "certificate": certificate}]});
    let adjusted = async || {
        let settled = worker.settle().await.expect("a turn");
        (settled.redrawn, settled.adjusted)
    };

    // Of a paid claim: for the city to claw back.
    opened(&keshi, &received("t1", "Z1")).await;
    assert_eq!(adjusted().await, (0, 1));
    assert_eq!(adjusted().await, (0, 0), "once");
    let found = store.adjustments(10).await.expect("adjustments").remove(0);
    assert_eq!((found.state.as_str(), found.now_is.as_str()), ("paid", "refused: no-double-benefit"));
    keshi.ok(&["registry", "retract", "benefit", "t1/B1", "--why", "登记有误"]);
    assert_eq!(adjusted().await, (0, 0));
    opened(&keshi, &received("t1", "Z1")).await;
    assert_eq!(adjusted().await, (0, 1), "it went and came again");
    ask(&store, of("t1"), "city-b", Step::ClawBack, 10).await.expect("a claw-back");

    // Of a draft: its own hold, which goes as it came.
    opened(&keshi, &received("t0", "Z0")).await;
    assert_eq!(adjusted().await, (0, 1));
    let held = ask(&store, of("t0"), "i2-a", Step::Submit, 0).await.expect_err("held").to_string();
    assert!(held.contains("S103") && held.contains("no-double-benefit"), "{held}");
    keshi.ok(&["registry", "retract", "benefit", "t0/B1", "--why", "登记有误"]);
    assert_eq!(adjusted().await, (0, 0));
    ask(&store, of("t0"), "i2-a", Step::Submit, 0).await.expect("released by who held it");

    // Another payer: a draft is drawn anew, what was handed in waits for an official and is mended once returned.
    let moved = |trainee: &str| json!({"trainees": [{"trainee": trainee, "district": "shizhong", "category": "农民工"}]});
    opened(&keshi, &moved("t2")).await;
    assert_eq!(adjusted().await, (1, 0));
    opened(&keshi, &moved("t5")).await;
    assert_eq!(adjusted().await, (0, 1));
    walk(&store, of("t5"), &[("tianqiao-a", Step::Return, 1)]).await;
    assert_eq!(adjusted().await, (1, 0));
    for trainee in ["t2", "t5"] {
        let row = store.claim(of(trainee)).await.expect("a claim").expect("there");
        assert_eq!((row.district.as_str(), row.amount_yuan), ("shizhong", 800.into()), "{trainee}");
        let history = keshi.json(&["claims", "history", &of(trainee).to_string()]);
        assert_eq!((&history["is_fold"], &history["redrafts"][0]["chained"]), (&json!(true), &json!(true)));
    }
    walk(&store, of("t5"), &[("i1-a", Step::Submit, 2)]).await;

    // A read model that is behind where it was takes nothing back.
    query(&keshi, "insert into keshi.settled_mark values (0, 7, 'a stream', 0)");
    opened(&keshi, &moved("t3")).await;
    assert_eq!(adjusted().await, (0, 0));
    query(&keshi, "delete from keshi.settled_mark");
    assert_eq!(adjusted().await, (1, 0));
    check_sums(&keshi);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_one_persons_and_a_referral_is_kept() {
    let keshi = Keshi::servers();
    let (store, worker) = opened(&keshi, &certificates(2)).await;
    let file = keshi.file("again.json");
    let import = |body: Value| {
        std::fs::write(&file, body.to_string()).expect("a file");
        let output = keshi.run(&["registry", "import", file.to_str().expect("UTF-8")]);
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let another = import(
        json!({"certificates": [{"certificate": "Z0", "trainee": "t1", "kind": "special-operations"}]}),
    );
    assert!(another.contains("R115") && another.contains("t0"), "{another}");
    let two = json!([{"certificate": "Y", "trainee": "t0"}, {"certificate": "Y", "trainee": "t1"}]);
    assert!(import(json!({"certificates": two})).contains("R115"));

    // Qualified for the insurance: referred, whenever practice is paid. The certificate goes, the referral stays.
    let practice = json!({
        "providers": [{"provider": "e1", "kind": "enterprise", "registered_here": true}],
        "specialties": [{"specialty": "fitter", "category": "skill"}],
        "courses": [{"course": "C1", "provider": "e1", "specialty": "fitter", "level": "junior", "videos": [{"video": "v1", "duration_ms": 60000}]}],
        "contracts": [{"trainee": "t0", "enterprise": "e1", "signed_on": "2019-01-01", "relation": "labour", "open_ended": true}],
        "insurance": [{"trainee": "t0", "enterprise": "e1", "from": "2019-01-01", "paid": true, "skill_subsidy": true}],
        "practicals": [{"trainee": "t0", "course": "C1", "provider": "e1", "from": "2020-08-01", "to": "2020-08-04", "passed": true}],
        "certificates": [{"certificate": "F1", "trainee": "t0", "kind": "skill-level", "course": "C1", "provider": "e1", "issued_on": "2020-08-05"}]});
    assert_eq!(import(practice), "");
    worker.settle().await.expect("a turn");
    let notes = store.unclaimed(Some("referred"), 10).await.expect("notes");
    assert_eq!((notes.len(), notes[0].subject.as_str()), (1, "certificate/F1"));
    keshi.ok(&["registry", "retract", "certificate", "t0/F1", "--why", "登记有误"]);
    let second = json!({"certificates": [{"certificate": "F2", "trainee": "t0", "kind": "skill-level", "course": "C1", "provider": "i1", "issued_on": "2020-08-06"}]});
    assert_eq!(import(second), "");
    worker.settle().await.expect("a turn");
    let notes = store.unclaimed(Some("refused"), 10).await.expect("notes");
    assert!(
        notes.iter().any(|it| it.subject == "certificate/F2" && it.derivation.contains("was referred")),
        "{notes:?}"
    );
}

/// Workers are killed at any point, as often as it takes: `keshi settlement` in processes of its own.
#[tokio::test(flavor = "multi_thread")]
async fn killed_workers_draft_each_claim_once() {
    const PEOPLE: usize = 3_000;
    let keshi = Keshi::servers();
    let (_, worker) = opened(&keshi, &certificates(PEOPLE)).await;
    let mut rng = ChaCha8Rng::seed_from_u64(20_200_409);
    let count = |what: &str| query(&keshi, what).parse::<usize>().expect("a number");
    let drafted = "select count(*) from keshi.claim";
    let mut rounds = 0;
    while count(drafted) < PEOPLE && rounds < 8 {
        rounds += 1;
        let mut workers: Vec<Process> =
            (0..2).map(|_| Process::spawn(keshi.program().arg("settlement"))).collect();
        for at in [1, 0] {
            tokio::time::sleep(Duration::from_millis(rng.random_range(100..900))).await;
            workers.remove(at).kill();
            let (claims, steps) = (count(drafted), count("select count(*) from keshi.claim_step"));
            assert!(
                claims % 1_000 == 0 && claims <= steps,
                "whole pages alone: {claims} claims, {steps} steps"
            );
        }
    }
    worker.settle().await.expect("what is left");
    assert_eq!(count(drafted), PEOPLE, "after {rounds} rounds");
    let again = worker.settle().await.expect("a turn");
    assert_eq!((again.drafted, again.unclaimed, again.redrawn, again.adjusted), (0, 0, 0, 0));
    for once in [
        "select count(distinct (scheme, trainee, subject)) from keshi.claim",
        "select count(*) from keshi.claim_step where number = 1 and step = 'draft'",
        "select count(*) from keshi.claim_step",
        "select count(*) from keshi.outbox where subject like '%.claim-changed'",
    ] {
        assert_eq!(count(once), PEOPLE, "{once}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_is_passed_over() {
    let keshi = Keshi::servers();
    let (store, worker) = opened(&keshi, &certificates(4)).await;
    let spoil = r#"update keshi.registry set body = jsonb_set(body, '{district}', '7') where kind = 'trainee' and key = 't1'"#;
    query(&keshi, spoil);
    let settled = worker.settle().await.expect("the worker goes on");
    assert_eq!((settled.drafted, settled.unclaimed), (3, 1));
    let notes = store.unclaimed(None, 10).await.expect("notes");
    assert!(notes.iter().all(|it| it.trainee == "t1" && it.derivation.contains("T401")), "{notes:?}");
    query(&keshi, &spoil.replace("'7'", "'\"tianqiao\"'"));
    assert_eq!(worker.settle().await.expect("a turn").drafted, 1, "as soon as it is mended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_opens_in_another_reader() {
    let keshi = Keshi::servers();
    let (store, worker) = opened(&keshi, &certificates(24)).await;
    worker.settle().await.expect("a turn");
    let people = officials();
    for row in all(&store).await {
        for (step_asked, whose) in [(Step::Submit, &row.provider), (Step::Accept, &row.district)] {
            let actor = people.iter().find(|it| it.name() == format!("{whose}-a")).expect("an official");
            let order = Order { actor, step: step_asked, why: "核定", amount: None, now: at(0) };
            step(&store, &packs(), row.claim, order).await.expect("a step");
        }
    }
    let day = |text: &str| text.parse().expect("a day");
    let new = || NewRoster {
        roster: Uuid::now_v7(),
        scheme: "special-operations".to_owned(),
        provider: "i1".to_owned(),
        district: "lixia".to_owned(),
        from_day: day("2020-05-01"),
        to_day: day("2020-05-31"),
        who: "lixia-a".to_owned(),
    };
    let made = new();
    assert_eq!(store.make_roster(&made).await.expect("a batch"), 8);
    assert_eq!(store.make_roster(&new()).await.expect("a batch"), 0, "a claim stands in one batch");
    let batch = store.rosters(Some(made.roster)).await.expect("batches").remove(0);
    let mut lines = store.roster_lines(made.roster, 0, None).await.expect("lines");
    for line in &mut lines {
        (line.name, line.id_number) = (Some("张三".to_owned()), Some("11010519491231002X".to_owned()));
    }
    let official = Roster::of(&batch, &lines, Reader::Official).expect("a roster");
    let public = Roster::of(&batch, &lines, Reader::Public).expect("a list");
    let (whole, masked) = (keshi.file("花名册.xlsx"), keshi.file("公示名单.xlsx"));
    std::fs::write(&whole, official.xlsx().expect("XLSX")).expect("a file");
    std::fs::write(&masked, public.xlsx().expect("XLSX")).expect("a file");
    let csv = String::from_utf8(public.csv().expect("CSV")).expect("UTF-8");
    assert!(
        csv.starts_with("\u{feff}序号,姓名,身份证号")
            && csv.contains("110105********002X")
            && !csv.contains("6222")
    );

    let python = std::env::var_os("KESHI_PYTHON").map_or(root().join(".tools/venv/bin/python"), Into::into);
    let script = r#"
import json, sys, openpyxl
out = []
for path in sys.argv[1:]:
    sheet = openpyxl.load_workbook(path)["花名册"]
    out.append({"headers": [c.value for c in sheet[2]], "first": [c.value for c in sheet[3]], "types": [c.data_type for c in sheet[3]],
        "last": [c.value for c in sheet[sheet.max_row]], "rows": sheet.max_row, "width": sheet.column_dimensions["C"].width, "format": sheet["M3"].number_format})
print(json.dumps(out))"#;
    let output = Command::new(python).args(["-c", script]).args([&whole, &masked]).output().expect("Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let headers: Vec<&str> =
        read[0]["headers"].as_array().expect("a row").iter().filter_map(Value::as_str).collect();
    assert_eq!(headers, keshi_settlement::COLUMNS.map(|(name, _)| name));
    assert_eq!(read[0]["rows"], 11, "title, headers, eight lines, totals");
    assert_eq!(
        (&read[0]["first"][2], &read[1]["first"][2]),
        (&json!("11010519491231002X"), &json!("110105********002X"))
    );
    assert_eq!((&read[0]["types"][2], &read[0]["types"][12]), (&json!("s"), &json!("n")));
    assert_eq!((&read[0]["first"][12], &read[0]["last"][12]), (&json!(800), &json!(6400)));
    assert_eq!(read[0]["last"][13], "大写：陆仟肆佰元整");
    assert_eq!(read[0]["format"], "#,##0.00");
    assert!(read[0]["width"].as_f64().is_some_and(|width| width > 18.0));
    assert_eq!((&read[0]["first"][14], &read[1]["first"][14]), (&json!("6222000000000001"), &Value::Null));
}
