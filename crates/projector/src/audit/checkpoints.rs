//! Signed checkpoints against what stands today.

use keshi_store::StoreError;
use keshi_trail::{Chain, Checkpoint, Hash, Root, Signed, Statement};
use serde::{Deserialize, Serialize};

use super::Audit;
use super::difference::{Difference, Part};
use crate::error::ProjectorError;

/// Own checkpoints that are read at once.
const AT_ONCE: i64 = 500;
/// Own checkpoints whose root is worked out anew in a full verification, spread over all.
const ROOTS: usize = 12;

/// A checkpoint as somebody else keeps it: a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The signed checkpoint.
    pub checkpoint: Signed,
    /// Its leaves, when they were kept too: then a chain that was re-made can be named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaves: Vec<Leaf>,
}

/// A trainee's chain under a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// Who.
    pub trainee: String,
    /// Entries.
    pub count: u64,
    /// The last one.
    pub head: Hash,
}

impl Audit {
    /// Checks the own checkpoints: each signature, each link to the one before; and the roots of the last one, or of a spread
    /// over all. `key` is the public key that must have signed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_own(&mut self, key: Option<&str>, spread: bool) -> Result<(), ProjectorError> {
        let mut previous: Option<Checkpoint> = None;
        let mut good: Vec<Statement> = Vec::new();
        let mut after = 0;
        loop {
            let some = self.snapshot.signed_after(after, AT_ONCE).await?;
            let Some((last, _)) = some.last() else { break };
            after = *last;
            for (number, signed) in some {
                self.report.checkpoints += 1;
                let number = number as u64;
                let mut bad = |what: String| {
                    self.report.add(Difference::new(Part::Checkpoint, what).number(number));
                };
                if key.is_some_and(|key| !key.eq_ignore_ascii_case(&signed.key)) {
                    bad(format!("it is signed with another key ({}) / 签名公钥不符", signed.key));
                }
                match Checkpoint::open(signed) {
                    Err(error) => bad(error.to_string()),
                    Ok(checkpoint) => {
                        if let Some(what) = breaks(number, previous.as_ref(), &checkpoint) {
                            bad(what);
                        }
                        good.push(checkpoint.statement.clone());
                        previous = Some(checkpoint);
                    }
                }
            }
        }
        self.report.uncovered = self.uncovered(good.last()).await?;
        let every = if spread { good.len().div_ceil(ROOTS).max(1) } else { good.len().max(1) };
        for statement in good.iter().rev().step_by(every) {
            self.check_statement(statement, "an own checkpoint").await?;
        }
        Ok(())
    }

    /// Checks a checkpoint that somebody else kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_kept(&mut self, kept: &Kept, key: Option<&str>) -> Result<(), ProjectorError> {
        self.report.checkpoints += 1;
        let checkpoint = match Checkpoint::open(kept.checkpoint.clone()) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                self.report.add(Difference::new(Part::Checkpoint, format!("the kept one: {error}")));
                return Ok(());
            }
        };
        let number = checkpoint.statement.number;
        let place = |what: String| Difference::new(Part::Checkpoint, what).number(number);
        if key.is_some_and(|key| !key.eq_ignore_ascii_case(&checkpoint.signed.key)) {
            let what =
                format!("the kept one is signed with another key ({}) / 签名公钥不符", checkpoint.signed.key);
            self.report.add(place(what));
        }
        match self.snapshot.signed(Some(number as i64)).await? {
            Some(own) if own.statement == checkpoint.signed.statement => {}
            Some(_) => self.report.add(place(
                "the own checkpoint of this number says something else than the kept one: the trail was re-made / 与外部保存的检查点不符，轨迹曾被重造".to_owned(),
            )),
            None => self.report.add(place("the own checkpoint of this number is gone / 本地检查点缺失".to_owned())),
        }
        self.check_statement(&checkpoint.statement, "the kept checkpoint").await?;
        self.check_leaves(&checkpoint.statement, &kept.leaves).await
    }

    /// Each chain of a kept checkpoint must go through the entry that was its head then.
    async fn check_leaves(&mut self, statement: &Statement, leaves: &[Leaf]) -> Result<(), ProjectorError> {
        if leaves.is_empty() {
            return Ok(());
        }
        let mut root = Root::default();
        for leaf in leaves {
            root.push(&leaf.trainee, &Chain { count: leaf.count, head: leaf.head });
        }
        if root.root() != statement.root {
            let what = "its kept leaves are not those that were signed / 所附叶子与根不符";
            self.report.add(Difference::new(Part::Checkpoint, what).number(statement.number));
            return Ok(());
        }
        for leaf in leaves {
            let today = self.snapshot.entry_at(&leaf.trainee, leaf.count as i64).await?;
            if today != Some(leaf.head) {
                let what = format!(
                    "at checkpoint {} this entry was {}, and today's chain has {} there: the chain was re-made / 该链曾被重造",
                    statement.number,
                    leaf.head,
                    today.map_or_else(|| "none".to_owned(), |entry| entry.to_string())
                );
                self.report
                    .add(Difference::new(Part::Trail, what).of_trainee(&leaf.trainee).number(leaf.count));
            }
        }
        Ok(())
    }

    /// What a checkpoint states, against what stands today.
    async fn check_statement(&mut self, statement: &Statement, which: &str) -> Result<(), ProjectorError> {
        let number = statement.number;
        let place =
            |what: String| Difference::new(Part::Checkpoint, format!("{which}: {what}")).number(number);
        if statement.stream != self.ends.stream {
            // Another era of chains: its stream is no longer there to be compared.
            return Ok(());
        }
        let behind = statement.positions.len() != self.ends.positions.len()
            || statement.positions.iter().zip(&self.ends.positions).any(|(then, now)| then > now);
        if behind {
            self.report.add(place(
                "it states more than is projected today: the database was set back / 数据库曾被回退"
                    .to_owned(),
            ));
            return Ok(());
        }
        let register = statement.register;
        if register.count > 0
            && self.snapshot.decision_at(register.count as i64).await? != Some(register.head)
        {
            self.report.add(place(format!(
                "entry {} of the register is not the one that was signed: the register was re-made / 登记簿曾被重造",
                register.count
            )));
        }
        for (partition, chain) in (0..).zip(&statement.rejections) {
            if chain.count > 0
                && self.snapshot.rejection_at(partition, chain.count as i64).await? != Some(chain.head)
            {
                let what = format!(
                    "entry {} of the rejections is not the one that was signed / 被拒事件链曾被重造",
                    chain.count
                );
                self.report.add(place(what).in_partition(partition as u16));
            }
        }
        self.report.roots += 1;
        let (trainees, root) = self.root_at(&statement.positions).await?;
        if (trainees, root) != (statement.trainees, statement.root) {
            self.report.add(place(format!(
                "the {} trainees' chains at its positions have the root {root} today, and {} trainees' with {} were signed: a chain was re-made; the differences of the trail, a checkpoint kept with its leaves or an evidence bundle say which / 轨迹曾被重造",
                trainees, statement.trainees, statement.root
            )));
        }
        Ok(())
    }

    async fn root_at(&mut self, positions: &[i64]) -> Result<(u64, Hash), StoreError> {
        let mut root = Root::default();
        self.snapshot
            .each_leaf(positions, |trainee, then, _| {
                if let Some(chain) = then {
                    root.push(trainee, &chain);
                }
            })
            .await?;
        Ok((root.trainees(), root.root()))
    }

    /// Entries of trainees that came after the last checkpoint.
    async fn uncovered(&mut self, last: Option<&Statement>) -> Result<u64, StoreError> {
        let stream = &self.ends.stream;
        let positions = last
            .filter(|last| last.stream == *stream)
            .map_or_else(|| vec![0; self.ends.positions.len()], |last| last.positions.clone());
        let mut uncovered = 0;
        self.snapshot
            .each_leaf(&positions, |_, then, now| {
                uncovered += now.count.saturating_sub(then.map_or(0, |then| then.count));
            })
            .await?;
        Ok(uncovered)
    }
}

/// Why a checkpoint does not follow the one before it.
fn breaks(number: u64, previous: Option<&Checkpoint>, checkpoint: &Checkpoint) -> Option<String> {
    let statement = &checkpoint.statement;
    if statement.number != number || statement.number != previous.map_or(1, |p| p.statement.number + 1) {
        return Some(
            "its number does not follow the one before: one was taken out / 序号不连续，有检查点被删除"
                .to_owned(),
        );
    }
    if statement.previous != previous.map(Checkpoint::hash) {
        return Some("it does not name the one before it / 与前一检查点不相连".to_owned());
    }
    let same_era = previous.filter(|previous| previous.statement.stream == statement.stream)?;
    let back = same_era.statement.positions.iter().zip(&statement.positions).any(|(then, now)| then > now);
    back.then(|| "its positions lie before those of the one before it / 位置倒退".to_owned())
}
