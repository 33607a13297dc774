//! Ownership of partitions: PostgreSQL advisory locks, held by one session of a projector.
//!
//! The server ends a session that says nothing for five seconds, so a stopped process loses its partitions by itself.

use sqlx::{Connection, PgConnection};

use crate::connect::{Store, connect_session};
use crate::error::StoreError;

/// First key of the shared lock that every projector holds, so that they can be counted.
const MEMBERS: i32 = 0x6b73_0001;
/// First key of a partition's lock; the second is its number.
const PARTITIONS: i32 = 0x6b73_0002;
/// After so long without a word the server ends the session, and with it the ownership.
const IDLE_TIMEOUT: &str = "5s";

/// The session that owns partitions. Dropped, it owns none.
#[derive(Debug)]
pub struct Ownership {
    connection: PgConnection,
}

/// Who is there, and what is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Projectors, this one among them.
    pub members: usize,
    /// Partitions that anybody owns, this one too.
    pub taken: Vec<i16>,
}

impl Store {
    /// Begins a session that may own partitions, and counts as one projector from now on.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn ownership(&self) -> Result<Ownership, StoreError> {
        let mut connection = connect_session(self.url(), &[("idle_session_timeout", IDLE_TIMEOUT)]).await?;
        sqlx::query!("select pg_advisory_lock_shared($1, 0)", MEMBERS).execute(&mut connection).await?;
        Ok(Ownership { connection })
    }
}

impl Ownership {
    /// Looks around; also the sign of life that keeps the session.
    ///
    /// # Errors
    /// When the session is gone, and with it all that it owned.
    pub async fn survey(&mut self) -> Result<Survey, StoreError> {
        let row = sqlx::query!(
            r#"select count(*) filter (where classid::bigint = $1) as "members!",
                      coalesce(array_agg(objid::bigint::smallint) filter (where classid::bigint = $2), '{}') as "taken!"
               from pg_locks
               where locktype = 'advisory' and objsubid = 2 and granted
                 and database = (select oid from pg_database where datname = current_database())"#,
            i64::from(MEMBERS),
            i64::from(PARTITIONS)
        )
        .fetch_one(&mut self.connection)
        .await?;
        Ok(Survey { members: usize::try_from(row.members).unwrap_or(1), taken: row.taken })
    }

    /// Takes a partition that nobody owns. Says whether it is ours now.
    ///
    /// # Errors
    /// When the session is gone.
    pub async fn take(&mut self, partition: i16) -> Result<bool, StoreError> {
        let taken = sqlx::query_scalar!(
            r#"select pg_try_advisory_lock($1, $2) as "taken!""#,
            PARTITIONS,
            i32::from(partition)
        )
        .fetch_one(&mut self.connection)
        .await?;
        Ok(taken)
    }

    /// Gives a partition back.
    ///
    /// # Errors
    /// When the session is gone.
    pub async fn release(&mut self, partition: i16) -> Result<(), StoreError> {
        sqlx::query!("select pg_advisory_unlock($1, $2)", PARTITIONS, i32::from(partition))
            .fetch_one(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Gives everything back, and ends the session.
    ///
    /// # Errors
    /// When the session is gone already.
    pub async fn end(self) -> Result<(), StoreError> {
        self.connection.close().await?;
        Ok(())
    }
}
