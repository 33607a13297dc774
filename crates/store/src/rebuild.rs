//! A second read model beside the live one: made, compared, and put in its place.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};

use crate::connect::{READ_MODEL, Store, connect_session};
use crate::error::StoreError;
use crate::examined::LOOK;

/// The live read model.
const LIVE: &str = "projection_1";
/// The one that is being built.
const NEXT: &str = "projection_next";
/// The one that was live until the switch.
const WAS: &str = "projection_was";
/// One rebuild at a time.
const REBUILD_LOCK: i64 = 0x6b65_7368_6902;
/// How often the lock is asked for, a tenth of a second apart, before another rebuild is said to run.
const LOCK_TRIES: u32 = 20;
/// Tries to get all tables to ourselves for the moment of the switch.
const TRIES: u32 = 60;

/// A rebuild under way: while its session lives, no other one begins.
#[derive(Debug)]
pub struct Rebuild {
    session: PgConnection,
    /// The new read model: reads and writes like the live one.
    pub next: Store,
}

/// How far the live model was projected when it was held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// (partition, sequence, register number) of each checkpoint.
    pub checkpoints: Vec<(i16, i64, i64)>,
    /// Whether all standings hold up to there; while a backlog is projected they are written later.
    pub is_saved: bool,
}

/// A table in both models.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Compared {
    /// Which table.
    pub table: String,
    /// Rows of the live one.
    pub rows_before: i64,
    /// Rows of the new one.
    pub rows_after: i64,
    /// Rows that only one of them has.
    pub differing: i64,
    /// Some of those: `-` only in the live one, `+` only in the new one.
    pub some: Vec<String>,
}

impl Store {
    /// Begins a rebuild with empty tables; what an interrupted one left is dropped first.
    ///
    /// # Errors
    /// [`StoreError::Rebuilding`] while another one runs.
    pub async fn rebuild(&self, connections: u32) -> Result<Rebuild, StoreError> {
        let mut session = connect_session(self.url(), &[]).await?;
        let mut tries = 0;
        while !sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "ours!""#, REBUILD_LOCK)
            .fetch_one(&mut session)
            .await?
        {
            // The session of one that has just ended holds its lock until the server has noticed.
            tries += 1;
            if tries > LOCK_TRIES {
                return Err(StoreError::Rebuilding);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        drop_schema(&mut session, NEXT).await?;
        drop_schema(&mut session, WAS).await?;
        sqlx::query!("select keshi.make_read_model($1, $2)", LIVE, NEXT).fetch_one(&mut session).await?;
        let next = self.beside(NEXT, connections).await?;
        Ok(Rebuild { session, next })
    }
}

impl Rebuild {
    /// Holds the live checkpoints: nobody projects into the live model until [`Rebuild::let_go`] or
    /// [`Rebuild::switch`]; reading goes on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold(&mut self) -> Result<Held, StoreError> {
        self.session.execute("begin; lock table projection_1.checkpoint in exclusive mode").await?;
        let rows =
            sqlx::query!("select partition, seq, register_number, saved from checkpoint order by partition")
                .fetch_all(&mut self.session)
                .await?;
        let is_saved = rows.iter().all(|row| row.saved >= row.seq);
        let checkpoints = rows.into_iter().map(|row| (row.partition, row.seq, row.register_number)).collect();
        Ok(Held { checkpoints, is_saved })
    }

    /// Lets the live model go on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn let_go(&mut self) -> Result<(), StoreError> {
        self.session.execute("rollback").await?;
        Ok(())
    }

    /// Compares both models table by table; while the live one is held, or the rows tell of different moments.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn compare(&mut self) -> Result<Vec<Compared>, StoreError> {
        self.carry_marks().await?;
        let rows = sqlx::query!(
            r#"select name as "name!", rows_before as "rows_before!", rows_after as "rows_after!", differing as "differing!",
                      coalesce(examples, '{}') as "examples!"
               from keshi.compare_read_models($1, $2)"#,
            LIVE,
            NEXT
        )
        .fetch_all(&mut self.session)
        .await?;
        let compared = rows.into_iter().map(|row| Compared {
            table: row.name,
            rows_before: row.rows_before,
            rows_after: row.rows_after,
            differing: row.differing,
            some: row.examples,
        });
        Ok(compared.collect())
    }

    /// Whom a finding puts under review or holds is marked beside VT-1's flags, and follows from no event: the marks move on.
    async fn carry_marks(&mut self) -> Result<(), StoreError> {
        let of_the_rule: Vec<String> =
            keshi_record::Flag::ALL.iter().map(|flag| flag.as_str().to_owned()).collect();
        sqlx::query(
            "insert into projection_next.flag (trainee, flag, level)
             select trainee, flag, level from projection_1.flag where flag <> all($1)",
        )
        .bind(of_the_rule)
        .execute(&mut self.session)
        .await?;
        Ok(())
    }

    /// Puts the new model in the place of the held one, in one transaction; then drops the old one.
    ///
    /// # Errors
    /// When readers hold the old tables for too long, or the database fails: the live model stays as it is.
    pub async fn switch(mut self) -> Result<(), StoreError> {
        self.next.close().await;
        // Longer than the server waits before it calls a vacuum of its own back; nobody reads or writes under such a lock.
        self.session.execute("set local lock_timeout = '30s'").await?;
        sqlx::query!("select keshi.keep_vacuum_away($1)", LIVE).fetch_one(&mut self.session).await?;
        // What looks read stands in the trail: where it was changed, a rebuild mends it, and everybody is looked at again.
        sqlx::query!("select pg_advisory_xact_lock($1)", LOOK).fetch_one(&mut self.session).await?;
        sqlx::query!("update keshi.examined set law = '', is_settled = false")
            .execute(&mut self.session)
            .await?;
        // Shorter than the server waits before it looks for deadlocks: it is never a reader that gives way.
        self.session.execute("set local lock_timeout = '300ms'").await?;
        let mut tries = 0;
        loop {
            self.session.execute("savepoint switch").await?;
            let switched =
                sqlx::query!("select keshi.switch_read_model($1, $2, $3, $4)", LIVE, NEXT, WAS, READ_MODEL)
                    .fetch_one(&mut self.session)
                    .await;
            match switched.map_err(StoreError::from) {
                Ok(_) => break,
                Err(error) if tries < TRIES && is_lock_timeout(&error) => tries += 1,
                Err(error) => return Err(error),
            }
            self.session.execute("rollback to savepoint switch").await?;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        self.session.execute("commit").await?;
        // A statement that waited for an old table while the names changed may still read it: it finds it a while longer.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        drop_schema(&mut self.session, WAS).await?;
        self.session.close().await?;
        Ok(())
    }

    /// Gives the new model up.
    ///
    /// # Errors
    /// When the database fails; the next rebuild drops what is left.
    pub async fn give_up(mut self) -> Result<(), StoreError> {
        self.next.close().await;
        drop_schema(&mut self.session, NEXT).await?;
        self.session.close().await?;
        Ok(())
    }
}

fn is_lock_timeout(error: &StoreError) -> bool {
    matches!(error, StoreError::Sql(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55P03"))
}

async fn drop_schema(session: &mut PgConnection, schema: &'static str) -> Result<(), StoreError> {
    session.execute(sqlx::AssertSqlSafe(format!("drop schema if exists {schema} cascade"))).await?;
    Ok(())
}
