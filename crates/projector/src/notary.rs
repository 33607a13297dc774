//! The notary: signs a checkpoint every few minutes, once whatever many projectors run.

use std::time::Duration;

use keshi_events::{FactKind, PublishedFact, fact};
use keshi_store::Store;
use keshi_trail::{Checkpoint, Key, Root, Standing, Statement};
use tokio_util::sync::CancellationToken;

use crate::error::ProjectorError;

/// Signs checkpoints until it is told to stop.
pub struct Notary {
    /// What it signs.
    pub store: Store,
    /// With what.
    pub key: Key,
    /// How often.
    pub every: Duration,
}

/// What came of a try to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing {
    /// A checkpoint was signed.
    Done(Box<Checkpoint>),
    /// Nothing has changed since this one.
    Unchanged(Box<Checkpoint>),
    /// Somebody else is signing.
    Busy,
    /// Nothing was ever projected.
    Nothing,
}

impl Notary {
    /// Runs until `stop`. Errors are logged; the next turn tries again.
    pub async fn run(&self, stop: &CancellationToken) {
        tracing::info!(key = self.key.public(), every_s = self.every.as_secs(), "checkpoints will be signed");
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.every) => {}
            }
            match Box::pin(self.sign()).await {
                Ok(Signing::Done(checkpoint)) => tracing::info!(
                    number = checkpoint.statement.number,
                    trainees = checkpoint.statement.trainees,
                    "signed a checkpoint"
                ),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "no checkpoint was signed"),
            }
        }
    }

    /// Signs what stands now. First it looks whether the checkpoint before still holds: nothing is signed over a trail that
    /// was re-made since.
    ///
    /// # Errors
    /// [`ProjectorError::Remade`]; or when the database fails.
    pub async fn sign(&self) -> Result<Signing, ProjectorError> {
        let mut snapshot = self.store.snapshot().await?;
        if !snapshot.try_sign().await? {
            return Ok(Signing::Busy);
        }
        let Some(ends) = snapshot.ends().await? else { return Ok(Signing::Nothing) };
        let before = match snapshot.signed(None).await? {
            None => None,
            Some(signed) => {
                let number = signed.statement.clone();
                let opened = Checkpoint::open(signed);
                Some(opened.map_err(|error| ProjectorError::Remade { what: format!("{error}: {number}") })?)
            }
        };
        let same_era = before.as_ref().filter(|before| before.statement.stream == ends.stream);
        if let Some(same) = same_era
            && same.statement.positions == ends.positions
            && same.statement.register == ends.register
            && same.statement.rejections == ends.rejections
        {
            return Ok(Signing::Unchanged(Box::new(same.clone())));
        }
        let positions = same_era
            .map_or_else(|| vec![0; ends.positions.len()], |before| before.statement.positions.clone());
        let (mut then_root, mut now_root) = (Root::default(), Root::default());
        snapshot
            .each_leaf(&positions, |trainee, then, now| {
                if let Some(then) = then {
                    then_root.push(trainee, &then);
                }
                now_root.push(trainee, &now);
            })
            .await?;
        if let Some(before) = same_era
            && then_root.root() != before.statement.root
        {
            let what = format!(
                "the chains under checkpoint {} are not those that were signed",
                before.statement.number
            );
            return Err(ProjectorError::Remade { what });
        }
        let standing = Standing {
            positions: ends.positions,
            register: ends.register,
            rejections: ends.rejections,
            trainees: now_root.trainees(),
            root: now_root.root(),
        };
        let statement = Statement::new(before.as_ref(), ends.at, ends.stream, standing);
        let checkpoint = Checkpoint::sign(statement, &self.key);
        let number = checkpoint.statement.number;
        snapshot.store_signed(number as i64, &checkpoint.signed, published(&checkpoint).into()).await?;
        Ok(Signing::Done(Box::new(checkpoint)))
    }
}

/// The fact that publishes a checkpoint, for others to keep.
fn published(checkpoint: &Checkpoint) -> PublishedFact {
    let at = keshi_events::Millis(checkpoint.statement.at_ms);
    let identity = [checkpoint.statement.number.to_string(), checkpoint.hash().to_string()];
    fact(FactKind::Checkpoint, "keshi", &[&identity[0], &identity[1]], at, &checkpoint.signed)
}
