//! How much comes in and how fast it is written: counts over time, for whoever watches.

use keshi_account::Scope;

use crate::connect::Store;
use crate::error::StoreError;

/// The bounds by which batches are counted, ms; what takes longer than the last is counted beyond them.
pub const BATCH_BOUNDS_MS: [u64; 10] = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

/// How long the transactions of batches took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchTime {
    /// Batches within each bound but beyond the one before; the last: beyond all.
    pub batches: [u64; BATCH_BOUNDS_MS.len() + 1],
    /// All together, µs.
    pub micros: u64,
}

impl BatchTime {
    /// No batch.
    pub const NONE: BatchTime = BatchTime { batches: [0; BATCH_BOUNDS_MS.len() + 1], micros: 0 };

    /// These batches too.
    pub fn add(&mut self, more: &BatchTime) {
        for (batches, more) in self.batches.iter_mut().zip(more.batches) {
            *batches += more;
        }
        self.micros += more.micros;
    }
}

/// How many messages the log held of a platform at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Which; the empty text stands for all.
    pub platform: String,
    /// When, ms.
    pub at_ms: i64,
    /// How many since the log began.
    pub messages: i64,
}

impl Store {
    /// Adds what a projector measured.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_batch_time(&self, more: &BatchTime) -> Result<(), StoreError> {
        let batches = more.batches.map(|batches| batches as i64);
        sqlx::query!(
            "update keshi.batch_time set micros = micros + $2,
                 batches = array(select b.n + m.n from unnest(batches) with ordinality b(n, place)
                                 join unnest($1::bigint[]) with ordinality m(n, place) using (place) order by place)",
            &batches[..],
            more.micros as i64
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// How long batches took, over all projectors, since the database was made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn batch_time(&self) -> Result<BatchTime, StoreError> {
        let row = sqlx::query!("select batches, micros from keshi.batch_time").fetch_one(self.pool()).await?;
        let mut time = BatchTime { micros: row.micros.unsigned_abs(), ..BatchTime::default() };
        for (to, from) in time.batches.iter_mut().zip(row.batches) {
            *to = from.unsigned_abs();
        }
        Ok(time)
    }

    /// Keeps how many messages the log holds of each platform now, one line a minute, and lets go of those before `oldest_minute`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_pulse(
        &self,
        at_ms: i64,
        messages: &[(String, i64)],
        oldest_minute: i64,
    ) -> Result<(), StoreError> {
        let platforms: Vec<String> = messages.iter().map(|(platform, _)| platform.clone()).collect();
        let counts: Vec<i64> = messages.iter().map(|(_, count)| *count).collect();
        sqlx::query!(
            "with old as (delete from keshi.pulse where minute < $4)
             insert into keshi.pulse (minute, platform, at_ms, messages)
             select $1, p.platform, $2, p.messages from unnest($3::text[], $5::bigint[]) as p(platform, messages)
             on conflict do nothing",
            at_ms.div_euclid(60_000),
            at_ms,
            &platforms,
            oldest_minute,
            &counts
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// What was kept of the last day, in order: every minute from `since_minute` on, before it one in each quarter of an hour. To a provider its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pulses(&self, scope: &Scope, since_minute: i64) -> Result<Vec<Pulse>, StoreError> {
        Ok(sqlx::query_as!(
            Pulse,
            "select platform, at_ms, messages from keshi.pulse
             where (minute >= $1 or minute % 15 = 0) and ($2::text is null or platform in ('', $2))
             order by minute, platform",
            since_minute,
            scope.provider()
        )
        .fetch_all(self.pool())
        .await?)
    }
}
