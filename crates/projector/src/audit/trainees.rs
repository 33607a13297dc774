//! One trainee: the chain walked, its rows compared with the log, and what follows from them with the records.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::{
    Event, Origin, StoredMessage, decode, received_at, subject::Subject, subject::partition_of,
};
use keshi_integrity::write_extract;
use keshi_record::{Evidence, Names};
use keshi_store::{Derived, StoredEntry};
use keshi_trail::{Chain, Content, IdKey};

use super::difference::{Difference, Part};
use super::said::OfTrainee;
use super::{Audit, records};
use crate::error::ProjectorError;
use crate::positions::message_hash;

/// Rows that are looked up in the log one by one, when the log is not read as a whole.
const LOOKED_UP: usize = 200;

impl Audit {
    /// Compares one trainee; without `said`, rows are looked up in the log one by one (of long chains, some).
    pub(super) async fn compare_trainee(
        &mut self,
        trainee: &str,
        rows: Vec<StoredEntry>,
        said: Option<&OfTrainee>,
        derived: &Derived,
    ) -> Result<(), ProjectorError> {
        self.report.trainees += 1;
        self.report.entries += rows.len() as u64;
        self.walk(trainee, &rows, derived);
        self.compare_ids(trainee, &rows, derived);
        let messages = match said {
            Some(said) => self.compare_rows(trainee, rows, said).await?,
            None => self.look_up_rows(trainee, rows).await?,
        };
        let changed = match said {
            Some(said) => self.compare_repeats(trainee, said, derived).await?,
            None => derived.repeats.values().any(|(_, changed)| *changed),
        };
        self.compare_records(trainee, &messages, changed, derived)
    }

    /// Walks the chain from its beginning to the end that stands with the standing. Names the first bad entry.
    fn walk(&mut self, trainee: &str, rows: &[StoredEntry], derived: &Derived) {
        let mut chain = Chain::of_trainee(trainee);
        for row in rows {
            let seq = row.message.seq;
            let receipt = received_at(&row.message).unwrap_or(row.message.received_at);
            let said = chain.accept(&Content::of(&row.message, receipt));
            let place = |what: &str| {
                Difference::new(Part::Trail, what).of_trainee(trainee).at(seq).number(chain.count)
            };
            if row.received_at != receipt.0 {
                let bad = place("received_at is not the receipt of the message / 接收时间不符");
                self.report.add(bad);
            }
            if said.as_slice() != row.entry {
                let bad = place(
                    "the chain breaks here: this entry, or the one before it, was changed, taken out or put in / 链在此处断开：本条或前一条被更改、删除或插入",
                );
                self.report.add(bad);
                return;
            }
        }
        match &derived.standing {
            Some((partition, _, end)) => {
                if *end != chain {
                    let what = format!(
                        "the chain has {} entries that end in {}, and its end was noted as {} entries, {} / 链的末端不符",
                        chain.count, chain.head, end.count, end.head
                    );
                    self.report
                        .add(Difference::new(Part::Trail, what).of_trainee(trainee).number(chain.count));
                }
                let of = partition_of(trainee, self.ends.positions.len() as u16);
                if *partition != of as i16 {
                    let what = format!("noted in partition {partition}, belongs to {of} / 分区不符");
                    self.report.add(Difference::new(Part::Record, what).of_trainee(trainee));
                }
            }
            None if rows.is_empty() => {}
            None => {
                let bad = Difference::new(Part::Record, "the standing is gone / 学习记录被删除");
                self.report.add(bad.of_trainee(trainee));
            }
        }
    }

    /// Compares rows with all that the log says. Gives the log's messages, in order.
    async fn compare_rows(
        &mut self,
        trainee: &str,
        rows: Vec<StoredEntry>,
        said: &OfTrainee,
    ) -> Result<Vec<StoredMessage>, ProjectorError> {
        let mut rows: BTreeMap<u64, StoredEntry> =
            rows.into_iter().map(|row| (row.message.seq, row)).collect();
        let mut messages = Vec::with_capacity(said.events.len());
        for (number, event) in (1..).zip(&said.events) {
            let place = |what: String| {
                Difference::new(Part::Trail, what).of_trainee(trainee).at(event.seq).number(number)
            };
            let row = rows.remove(&event.seq);
            if let Some(row) = &row
                && message_hash(&row.message) == event.hash
            {
                messages.push(row.message.clone());
                continue;
            }
            let Some(message) = self.log.message(event.seq).await? else {
                self.report.add(place("the log does not hold it any more / 日志中已无此事件".to_owned()));
                continue;
            };
            let what = match &row {
                None => {
                    "the log has it and the trail does not: it was taken out / 轨迹中缺少此事件，已被删除"
                        .to_owned()
                }
                Some(row) => differing(&row.message, &message),
            };
            self.report.add(place(what));
            messages.push(message);
        }
        for seq in rows.into_keys() {
            let bad =
                "the trail has it and the log does not say so: it was put in / 日志中没有此事件，系插入";
            self.report.add(Difference::new(Part::Trail, bad).of_trainee(trainee).at(seq));
        }
        Ok(messages)
    }

    /// Looks rows up in the log: all of a short chain, of a long one a spread of them.
    async fn look_up_rows(
        &mut self,
        trainee: &str,
        rows: Vec<StoredEntry>,
    ) -> Result<Vec<StoredMessage>, ProjectorError> {
        let every = rows.len().div_ceil(LOOKED_UP).max(1);
        let offset = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.subsec_micros() as usize % every);
        let mut messages = Vec::with_capacity(rows.len());
        for (place, row) in rows.into_iter().enumerate() {
            let number = place as u64 + 1;
            if place % every == offset {
                let seq = row.message.seq;
                let what = match self.log.message(seq).await? {
                    None => Some("the log does not hold it / 日志中没有此事件".to_owned()),
                    Some(message) if message == row.message => None,
                    Some(message) => Some(differing(&row.message, &message)),
                };
                if let Some(what) = what {
                    let bad = Difference::new(Part::Trail, what);
                    self.report.add(bad.of_trainee(trainee).at(seq).number(number));
                }
            }
            messages.push(row.message);
        }
        Ok(messages)
    }

    /// Compares repeats. Gives whether one says something else than the first.
    async fn compare_repeats(
        &mut self,
        trainee: &str,
        said: &OfTrainee,
        derived: &Derived,
    ) -> Result<bool, ProjectorError> {
        let mut any = false;
        for (seq, first) in &said.repeats {
            let changed = self.says_something_else(*first, *seq).await?;
            any |= changed;
            let row = derived.repeats.get(&(*seq as i64));
            if row != Some(&(*first as i64, changed)) {
                let what =
                    format!("repeats {first} (changed: {changed}), noted as {row:?} / 重复事件的记载不符");
                self.report.add(Difference::new(Part::Record, what).of_trainee(trainee).at(*seq));
            }
        }
        for seq in derived.repeats.keys().filter(|seq| !said.repeats.contains_key(&(**seq as u64))) {
            let bad = "noted as a repeat, and the log does not say so / 日志中没有此重复事件";
            self.report.add(Difference::new(Part::Record, bad).of_trainee(trainee).at(*seq as u64));
        }
        Ok(any)
    }

    async fn says_something_else(&self, first: u64, again: u64) -> Result<bool, ProjectorError> {
        let (first, again) = (self.log.message(first).await?, self.log.message(again).await?);
        let (Some(first), Some(again)) = (first, again) else { return Ok(false) };
        let origin = Origin::Stream { partitions: self.ends.positions.len() as u16 };
        Ok(match (decode(&first, origin), decode(&again, origin)) {
            (Ok(first), Ok(again)) => !first.says_the_same(&again),
            _ => false,
        })
    }

    /// Compares what the rows say of ids and platforms with their events: each id once.
    fn compare_ids(&mut self, trainee: &str, rows: &[StoredEntry], derived: &Derived) {
        let origin = Origin::Stream { partitions: self.ends.positions.len() as u16 };
        let mut taken: BTreeMap<(String, String), u64> = BTreeMap::new();
        let (mut platforms, mut names) = (BTreeSet::new(), Names::default());
        for row in rows {
            if let Some((platform, _)) = Subject::parse(&row.message.subject).platform_and_family() {
                platforms.insert(platform.to_owned());
            }
            let Ok(event) = decode(&row.message, origin) else { continue };
            let bad = |what: &str| Difference::new(Part::Trail, what).of_trainee(trainee).at(event.seq);
            if row.id_key != IdKey::of(&event) {
                self.report.add(bad("its id is noted as another one / 事件编号的登记不符"));
            }
            if let Some(extract) = &row.extract
                && !is_extract_of(&event, extract, &mut names)
            {
                self.report
                    .add(bad("what was extracted for the checks is not what it says / 核查摘录与事件不符"));
            }
            let first = taken.entry((event.platform.to_owned(), event.id.to_string())).or_insert(event.seq);
            if *first != event.seq {
                let what = format!("event {first} has the same id / 事件编号重复");
                self.report.add(bad(&what));
            }
        }
        for platform in platforms.symmetric_difference(&derived.platforms) {
            let what = format!("whether {platform} told of the trainee is noted wrongly / 平台的登记不符");
            self.report.add(Difference::new(Part::Record, what).of_trainee(trainee));
        }
    }

    fn compare_records(
        &mut self,
        trainee: &str,
        messages: &[StoredMessage],
        changed: bool,
        derived: &Derived,
    ) -> Result<(), ProjectorError> {
        let partitions = self.ends.positions.len() as u16;
        let law = records::Law { constants: &self.constants, catalogue: &self.catalogue, partitions };
        for what in records::differences(trainee, messages, changed, derived, law)? {
            self.report.add(Difference::new(Part::Record, what).of_trainee(trainee));
        }
        Ok(())
    }
}

fn is_extract_of(event: &Event<'_>, extract: &[u8], names: &mut Names) -> bool {
    let mut wanted = Vec::with_capacity(extract.len());
    write_extract(event, &Evidence::of(event, names), &mut wanted).is_ok() && wanted == extract
}

/// Names what differs between a row and the log's message.
fn differing(row: &StoredMessage, message: &StoredMessage) -> String {
    let mut parts = Vec::new();
    if row.payload != message.payload {
        let at = row.payload.iter().zip(&message.payload).take_while(|(a, b)| a == b).count();
        parts.push(format!("payload (from byte {at})"));
    }
    if row.headers != message.headers {
        parts.push("headers".to_owned());
    }
    if row.received_at != message.received_at {
        parts.push("recorded_at".to_owned());
    }
    if row.subject != message.subject {
        parts.push(format!("subject ({:?}, the log says {:?})", row.subject, message.subject));
    }
    format!("differs from the log in {} / 与日志不符", parts.join(", "))
}
