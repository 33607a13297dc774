//! The formulas against hashes worked out by hand elsewhere: they may never change, or old chains could not be walked.

use bytes::Bytes;
use keshi_events::{Headers, Millis, StoredMessage};

use proptest::prelude::*;

use crate::{
    Chain, Checkpoint, Content, Decision, Hash, Key, Root, Signed, Standing, Statement, Tree, Verdict,
    is_under,
};

const HEADERS: [(&str, &str); 4] = [
    ("ce-specversion", "1.0"),
    ("Nats-Msg-Id", "not covered"),
    ("CE-id", "x"),
    ("Content-Type", "application/json"),
];

/// The headers with one of them in another form.
fn headers_with(at: usize, name: &str, value: &str) -> Headers {
    HEADERS
        .into_iter()
        .enumerate()
        .map(|(place, was)| if place == at { (name, value) } else { was })
        .collect()
}

fn message() -> StoredMessage {
    StoredMessage {
        seq: 17,
        received_at: Millis(1_587_344_400_123),
        subject: "log.v1.3.p7.quiz".to_owned(),
        headers: HEADERS.into_iter().collect(),
        payload: Bytes::from_static(b"{\"a\":1}"),
    }
}

#[test]
fn entries_are_what_the_formulas_say() {
    let content = Content::of(&message(), message().received_at);
    let mut trainee = Chain::of_trainee("t1");
    assert_eq!(
        trainee.accept(&content).to_string(),
        "648e0a484f02c8f0d2d62b84d7692e2df3fd95d9c9d5eef3abf887e31918a09a"
    );
    let verdict = Verdict { code: "E106", sentence: "mend it", pointer: Some("/data") };
    assert_eq!(
        Chain::of_rejections(3).reject(&content, &verdict).to_string(),
        "68ae3ad930e0c8051bfa06b529921ff8cc8708cdbe2813fb3532031b561120cd"
    );
    let decision = Decision {
        number: 1,
        recorded_at_us: 1_587_344_400_123_456,
        kind: "course",
        key: "C1",
        body: Some("{\"a\": 1}"),
        who: "admin",
        why: "import",
    };
    assert_eq!(
        Chain::of_register().record(&decision).to_string(),
        "6f2a7ce0eec2fe2e4748884824e6caf598658b032c4cb02931d6d60c3a6f719d"
    );
    assert_eq!(
        Chain::of_register().record(&Decision { body: None, ..decision }).to_string(),
        "9b0befde3ccaca944a67c29d05a2fd34e71920d9b87ff1ec41f9b424633252fd"
    );
}

#[test]
fn whatever_is_covered_changes_the_entry() {
    let start = Chain::of_trainee("t1").head;
    let entry = |message: &StoredMessage| Content::of(message, message.received_at).accept(start);
    let original = entry(&message());
    let changes: [fn(&mut StoredMessage); 7] = [
        |m| m.seq += 1,
        |m| m.received_at.0 -= 1,
        |m| m.subject = m.subject.replace("p7", "p8"),
        |m| m.headers = headers_with(0, "ce-specversion", "1.00"),
        |m| m.headers = headers_with(2, "ce-iD", "x"),
        |m| m.headers = headers_with(3, "Content-Type", "text/plain"),
        |m| m.payload = Bytes::from_static(b"{\"a\":2}"),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut changed = message();
        change(&mut changed);
        assert_ne!(entry(&changed), original, "change {number}");
    }
    let mut reordered = message();
    reordered.headers = HEADERS.into_iter().rev().collect();
    assert_eq!(entry(&reordered), original, "the order of headers says nothing");
}

fn chains() -> impl Strategy<Value = Vec<(String, Chain)>> {
    let chain = (any::<u64>(), any::<[u8; 32]>()).prop_map(|(count, head)| Chain { count, head: Hash(head) });
    proptest::collection::vec(("[a-z0-9]{1,12}", chain), 0..70)
}

proptest! {
    #[test]
    fn the_streamed_root_is_the_tree_s_and_proofs_hold(chains in chains(), other in any::<[u8; 32]>()) {
        let (mut tree, mut root) = (Tree::default(), Root::default());
        for (trainee, chain) in &chains {
            tree.push(trainee, chain);
            root.push(trainee, chain);
        }
        prop_assert_eq!(tree.root(), root.root());
        prop_assert_eq!(tree.trainees(), root.trainees());
        let leaves = tree.trainees();
        for (place, (trainee, chain)) in (0..).zip(&chains) {
            let proof = tree.prove(place).expect("a leaf");
            prop_assert!(is_under(root.root(), leaves, place, trainee, chain, &proof));
            let changed = Chain { head: Hash(other), ..*chain };
            prop_assert!(changed == *chain || !is_under(root.root(), leaves, place, trainee, &changed, &proof));
            let shorter = Chain { count: chain.count.wrapping_sub(1), ..*chain };
            prop_assert!(!is_under(root.root(), leaves, place, trainee, &shorter, &proof));
            prop_assert!(!is_under(Hash(other), leaves, place, trainee, chain, &proof));
        }
        prop_assert_eq!(tree.prove(leaves), None);
    }

    #[test]
    fn a_changed_byte_breaks_the_signature(secret in any::<[u8; 32]>(), at in any::<prop::sample::Index>(), bit in 0u8..7) {
        let standing = Standing {
            positions: vec![7, 9],
            register: Chain::of_register(),
            rejections: vec![Chain::of_rejections(0), Chain::of_rejections(1)],
            trainees: 1,
            root: Hash::of(b"root"),
        };
        let statement = Statement::new(None, Millis(1_587_344_400_123), "stream".to_owned(), standing);
        let checkpoint = Checkpoint::sign(statement, &Key::of(secret));
        prop_assert_eq!(&Checkpoint::open(checkpoint.signed.clone()), &Ok(checkpoint.clone()));
        let mut texts = [checkpoint.signed.statement, checkpoint.signed.key, checkpoint.signed.signature];
        for which in 0..3 {
            let original = texts[which].clone();
            let mut bytes = original.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            texts[which] = String::from_utf8(bytes).expect("ASCII");
            let [statement, key, signature] = texts.clone();
            let changed = Signed { statement, key, signature };
            prop_assert!(Checkpoint::open(changed).is_err());
            texts[which] = original;
        }
    }
}
