//! What the settlement worker reads and writes: page by page, one worker at a time.

mod again;
mod draft;
mod follow;
mod open;
mod studies;

use sqlx::{Postgres, Transaction};

pub use again::{Adjusted, Again, ClaimToJudge};
pub use draft::{DraftClaim, Note, TraineeClaim};
pub use open::{OpenCertificate, OpenStudy};
pub use studies::{Referral, StudyRow};

use crate::connect::Store;
use crate::error::StoreError;

/// One advisory lock for all who draft: rules over several claims of one trainee need all of them. Steps that end a claim
/// share it, so that none comes between what a page reads and what it writes.
pub(crate) const SETTLING_LOCK: i64 = 0x6b65_7368_6902;

/// The one worker that drafts now: a transaction under the lock.
#[derive(Debug)]
pub struct Settling {
    tx: Transaction<'static, Postgres>,
}

impl Store {
    /// Waits until no other worker drafts, and begins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settling(&self) -> Result<Settling, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("select pg_advisory_xact_lock($1)", SETTLING_LOCK).execute(&mut *tx).await?;
        Ok(Settling { tx })
    }
}

impl Settling {
    /// Keeps it all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await?;
        Ok(())
    }
}

fn columns<R, T>(rows: &[R], of: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}
