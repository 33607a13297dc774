//! Evidence bundles: one trainee's events, chain and proof under the last signed checkpoint, read in one snapshot.

use keshi_events::received_at;
use keshi_trail::{BadBundle, Bundle, Chain, Checkpoint, Event, Hash, NotSigned, Tree};

use crate::connect::Store;
use crate::error::StoreError;
use crate::snapshot::Snapshot;

/// No bundle can be made.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Nothing was signed yet.
    #[error(
        "S240 there is no checkpoint yet: `keshi up` signs one every few minutes, `keshi checkpoint sign` at once / 尚无检查点，请稍后再试"
    )]
    NoCheckpoint,
    /// The last checkpoint is older than all that is known of the trainee.
    #[error(
        "S241 checkpoint {number} covers no trainee {trainee}: wait for the next, or `keshi checkpoint sign` / 检查点 {number} 之下没有学员 {trainee}，请待下一个检查点"
    )]
    NotCovered {
        /// The checkpoint's number.
        number: u64,
        /// Who was asked for.
        trainee: String,
    },
    /// The trail does not prove itself any more.
    #[error(
        "S242 the trail does not hold, no evidence was made ({0}): `keshi verify --trainee` names what is wrong / 轨迹已不完好，未出具证据，请运行 keshi verify --trainee"
    )]
    DoesNotHold(#[from] BadBundle),
    /// The last checkpoint does not prove itself any more.
    #[error("S243 the last checkpoint is damaged ({0}): `keshi verify --all` / 最后的检查点已损坏")]
    BadCheckpoint(#[from] NotSigned),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Everything of a trainee up to the last checkpoint, checked as a receiver would check it; what came after is under none
    /// yet. Reads the end of every trainee's chain once, for the proof.
    ///
    /// # Errors
    /// [`EvidenceError`]
    pub async fn evidence(&self, trainee: &str) -> Result<Bundle, EvidenceError> {
        let mut snapshot = self.snapshot().await?;
        let signed = snapshot.signed(None).await?.ok_or(EvidenceError::NoCheckpoint)?;
        let checkpoint = Checkpoint::open(signed)?;
        let Some((place, chain, proof)) = snapshot.prove(trainee, &checkpoint).await? else {
            let number = checkpoint.statement.number;
            return Err(EvidenceError::NotCovered { number, trainee: trainee.to_owned() });
        };
        let mut events = Vec::new();
        for row in snapshot.trail(&[trainee.to_owned()]).await? {
            if events.len() as u64 == chain.count {
                break;
            }
            let entry = Hash::from_slice(&row.entry).ok_or_else(|| StoreError::Damaged {
                what: "trail",
                why: format!("the entry of {} has not 32 bytes", row.message.seq),
            })?;
            let receipt = received_at(&row.message).unwrap_or(row.message.received_at);
            events.push(Event::of(&row.message, receipt, entry));
        }
        let bundle = Bundle::new(trainee.to_owned(), events, chain, place, proof, checkpoint.signed);
        bundle.verify(None)?;
        Ok(bundle)
    }
}

impl Snapshot {
    /// The trainee's place in the tree of a checkpoint, the end of the chain there, and the way up to the root.
    async fn prove(
        &mut self,
        trainee: &str,
        checkpoint: &Checkpoint,
    ) -> Result<Option<(u64, Chain, Vec<Hash>)>, StoreError> {
        let (mut tree, mut own) = (Tree::default(), None);
        self.each_leaf(&checkpoint.statement.positions, |found, then, _| {
            if let Some(chain) = then {
                let place = tree.push(found, &chain);
                if found == trainee {
                    own = Some((place, chain));
                }
            }
        })
        .await?;
        Ok(own.and_then(|(place, chain)| Some((place, chain, tree.prove(place)?))))
    }
}
