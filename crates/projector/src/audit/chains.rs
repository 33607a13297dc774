//! The chains that are nobody's: rejections by partition, and the register.

use std::collections::BTreeMap;

use keshi_store::{StoredDecision, StoredRejection};
use keshi_trail::{Chain, Content, Decision, Verdict};

use super::Audit;
use super::difference::{Difference, Part};
use super::said::Refused;
use crate::error::ProjectorError;

/// Entries of the register that are read at once.
const DECISIONS_AT_ONCE: i64 = 2_000;

impl Audit {
    /// Walks a partition's chain of rejections, and compares its rows with what the log says.
    pub(super) async fn compare_rejections(
        &mut self,
        partition: u16,
        said: &[Refused],
    ) -> Result<(), ProjectorError> {
        let rows = self.snapshot.rejected_of(partition as i16).await?;
        self.report.rejections += rows.len() as u64;
        self.walk_rejections(partition, &rows);
        let mut rows: BTreeMap<u64, StoredRejection> =
            rows.into_iter().map(|row| (row.message.seq, row)).collect();
        for (number, refused) in (1..).zip(said) {
            let place = |what: String| {
                Difference::new(Part::Rejected, what).in_partition(partition).at(refused.seq).number(number)
            };
            match rows.remove(&refused.seq) {
                None => self.report.add(place(
                    "the log has it and the rejections do not: it was taken out / 被拒事件被删除".to_owned(),
                )),
                Some(row) => {
                    if let Some(what) = differing(&row, refused) {
                        self.report.add(place(what));
                    }
                }
            }
        }
        for seq in rows.into_keys() {
            let bad = "the log does not say so: it was put in / 日志中没有此被拒事件，系插入";
            self.report.add(Difference::new(Part::Rejected, bad).in_partition(partition).at(seq));
        }
        Ok(())
    }

    fn walk_rejections(&mut self, partition: u16, rows: &[StoredRejection]) {
        let mut chain = Chain::of_rejections(partition);
        for row in rows {
            let verdict =
                Verdict { code: &row.code, sentence: &row.sentence, pointer: row.pointer.as_deref() };
            let said = chain.reject(&Content::of(&row.message, row.message.received_at), &verdict);
            if said.as_slice() != row.entry {
                let bad = Difference::new(
                    Part::Rejected,
                    "the chain breaks here: this entry, or the one before it, was changed, taken out or put in / 链在此处断开：本条或前一条被更改、删除或插入",
                );
                self.report.add(bad.in_partition(partition).at(row.message.seq).number(chain.count));
                return;
            }
        }
        let end = self.ends.rejections.get(usize::from(partition));
        if end != Some(&chain) {
            let what = format!(
                "the chain has {} entries that end in {}, and its end was noted as {end:?} / 链的末端不符",
                chain.count, chain.head
            );
            self.report
                .add(Difference::new(Part::Rejected, what).in_partition(partition).number(chain.count));
        }
    }

    /// Walks the register's chain, and compares what it folds to.
    pub(super) async fn walk_register(&mut self) -> Result<(), ProjectorError> {
        let mut chain = Chain::of_register();
        let mut after = 0;
        loop {
            let rows = self.snapshot.decisions(after, DECISIONS_AT_ONCE).await?;
            let Some(last) = rows.last() else { break };
            after = last.number;
            self.report.decisions += rows.len() as u64;
            for row in &rows {
                if !links(&mut chain, row) {
                    let bad = Difference::new(
                        Part::Register,
                        "the chain breaks here: this entry, or the one before it, was changed, taken out or put in / 链在此处断开：本条或前一条被更改、删除或插入",
                    );
                    self.report.add(bad.number(row.number as u64));
                    return Ok(());
                }
            }
        }
        for (kind, key) in self.snapshot.unfolded().await? {
            let what = format!("{kind} {key} is not what its last entry says / 登记表与登记簿不符");
            self.report.add(Difference::new(Part::Register, what));
        }
        Ok(())
    }
}

/// Whether a row is the next entry of the chain.
fn links(chain: &mut Chain, row: &StoredDecision) -> bool {
    let decision = Decision {
        number: row.number,
        recorded_at_us: row.recorded_at_us,
        kind: &row.kind,
        key: &row.key,
        body: row.body.as_deref(),
        who: &row.who,
        why: &row.why,
    };
    let entry = chain.record(&decision);
    entry.as_slice() == row.entry && row.number as u64 == chain.count
}

/// Names what differs between a rejection and the log. The sentence is the first verdict's and stands: the chain covers it.
fn differing(row: &StoredRejection, refused: &Refused) -> Option<String> {
    let mut parts = Vec::new();
    if refused_hash_of(row) != refused.hash {
        parts.push("message".to_owned());
    }
    if row.code != refused.code {
        parts.push(format!("code ({}, the log gives {})", row.code, refused.code));
    }
    if row.pointer != refused.pointer {
        parts.push("pointer".to_owned());
    }
    if row.platform != refused.platform {
        parts.push("platform".to_owned());
    }
    if row.event_id != refused.event_id {
        parts.push("event id".to_owned());
    }
    (!parts.is_empty()).then(|| format!("differs from the log in {} / 与日志不符", parts.join(", ")))
}

/// The row keeps the receipt that counts in place of the stream's own timestamp.
fn refused_hash_of(row: &StoredRejection) -> Vec<u8> {
    crate::positions::message_hash(&row.message)
}
