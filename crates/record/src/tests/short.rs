//! Evidence in short is the same evidence, and nothing else is read as such.

use keshi_events::{EventId, Millis};
use proptest::prelude::*;

use super::equivalence::history;
use crate::{Evidence, Names, NotEvidence};

fn id() -> impl Strategy<Value = EventId> {
    let uuid = any::<[u8; 16]>().prop_map(uuid::Uuid::from_bytes);
    prop_oneof![
        3 => uuid.clone().prop_map(|uuid| uuid.to_string()),
        1 => uuid.clone().prop_map(|uuid| uuid.to_string().to_uppercase()),
        1 => uuid.clone().prop_map(|uuid| uuid.simple().to_string()),
        1 => uuid.prop_map(|uuid| uuid.urn().to_string()),
        2 => "\\PC{1,64}",
    ]
    .prop_map(EventId::from)
}

proptest! {
    #[test]
    fn short_evidence_is_read_as_it_was_written(
        (events, ids) in (history(24), prop::collection::vec(id(), 24)),
        tail in prop::collection::vec(any::<u8>(), 0..5),
    ) {
        let mut names = Names::default();
        for (mut event, id) in events.into_iter().zip(ids) {
            event.id = id;
            let mut bytes = b"before".to_vec();
            prop_assert_eq!(event.write_short(&mut bytes), Ok(()));
            let short = bytes.split_off(6);
            prop_assert_eq!(bytes, b"before");
            let mut followed = short.clone();
            followed.extend(&tail);
            let stood = (event.seq, event.received_at);
            let read = Evidence::read_short(stood, &followed, &mut names);
            prop_assert_eq!(read, Ok((event.clone(), tail.as_slice())));
            for cut in 0..short.len() {
                prop_assert!(Evidence::read_short(stood, &short[..cut], &mut names).is_err(), "cut at {}", cut);
            }
        }
    }

    #[test]
    fn whatever_is_read_is_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = Evidence::read_short((1, Millis(i64::MIN)), &bytes, &mut Names::default());
    }
}

#[test]
fn a_word_that_no_event_has_is_refused() {
    let check = Evidence {
        seq: 1,
        received_at: Millis(7),
        platform: "p".into(),
        id: "e".into(),
        time: Millis(7),
        fact: crate::Fact::Presence {
            session: "s".into(),
            prompted_at: Millis(7),
            passed_at: None,
            outcome: "missed",
        },
    };
    let mut bytes = Vec::new();
    check.write_short(&mut bytes).expect("it is written");
    let at = bytes.windows(6).position(|six| six == b"missed").expect("the word");
    bytes[at] = b'k';
    let read = Evidence::read_short((1, Millis(7)), &bytes, &mut Names::default());
    assert_eq!(read, Err(NotEvidence::UnknownWord("kissed".to_owned())));
}
