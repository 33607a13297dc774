//! The bare program: the least that takes events from the log into a table once. Consume, decode, one transaction a batch
//! with the event ids unique and the checkpoint beside them. What Keshi does beyond that is measured against it.

use std::time::Instant;

use anyhow::{Context, Result};
use futures_util::{FutureExt, StreamExt};
use keshi_log::Log;
use serde::Deserialize;
use sqlx::postgres::PgPoolOptions;

const BATCH: usize = 1_000;

#[derive(Deserialize)]
struct Envelope {
    id: String,
    source: String,
    r#type: String,
    subject: String,
    time: String,
}

/// Events per second over the whole stream, into a database of its own.
pub(crate) async fn run(log: &Log, url: &str) -> Result<f64> {
    let pool = PgPoolOptions::new().max_connections(2).connect(url).await?;
    sqlx::raw_sql(
        "create table event (id text primary key, source text not null, type text not null, subject text not null,
                             time text not null, seq bigint not null, payload bytea not null);
         create table checkpoint (seq bigint not null); insert into checkpoint values (0)",
    )
    .execute(&pool)
    .await?;
    let last = log.identity().await?.last_seq;
    let mut messages = Box::pin(log.read(1, None).await?);
    let begun = Instant::now();
    let mut at = 0;
    while at < last {
        let mut batch = vec![messages.next().await.context("the stream ended")??];
        while batch.len() < BATCH {
            match tokio::task::unconstrained(messages.next()).now_or_never() {
                Some(Some(message)) => batch.push(message?),
                _ => break,
            }
        }
        let mut rows: Vec<Envelope> = Vec::with_capacity(batch.len());
        for message in &batch {
            rows.push(serde_json::from_slice(&message.payload)?);
        }
        at = batch.last().map_or(at, |message| message.seq);
        let seqs: Vec<i64> = batch.iter().map(|message| message.seq as i64).collect();
        let payloads: Vec<&[u8]> = batch.iter().map(|message| message.payload.as_ref()).collect();
        let column = |of: fn(&Envelope) -> &str| rows.iter().map(of).collect::<Vec<&str>>();
        let mut tx = pool.begin().await?;
        sqlx::query(
            "insert into event (id, source, type, subject, time, seq, payload)
             select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[])
             on conflict (id) do nothing",
        )
        .bind(column(|row| &row.id))
        .bind(column(|row| &row.source))
        .bind(column(|row| &row.r#type))
        .bind(column(|row| &row.subject))
        .bind(column(|row| &row.time))
        .bind(seqs)
        .bind(payloads)
        .execute(&mut *tx)
        .await?;
        sqlx::query("update checkpoint set seq = $1").bind(at as i64).execute(&mut *tx).await?;
        tx.commit().await?;
    }
    let rate = last as f64 / begun.elapsed().as_secs_f64();
    pool.close().await;
    Ok(rate)
}
