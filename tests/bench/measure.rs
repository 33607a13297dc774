//! The measurements, one after another on the same servers, so that each can be held against the others.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use keshi_events::{Millis, Origin, TraineeId, decode};
use keshi_log::{Log, Outgoing};
use keshi_record::{Catalogue, Constants, Evidence, Names, TraineeRecord, judge};
use sqlx::postgres::PgPool;

use crate::bare;
use crate::load::{Backlog, Live, PARTITIONS, registry, trainee};
use crate::servers::{Process, Servers};

/// Events a second of what is measured live.
const LIVE_RATE: u64 = 5_000;
/// How long a live measurement lasts, s.
const LIVE_SECONDS: u64 = 8;
/// Trainees of the measurement of memory.
const ACTIVE: u64 = 200_000;
/// Records that are read.
const RECORDS: u64 = 300;

/// One run.
pub(crate) struct Bench {
    servers: Servers,
    log: Log,
    events: u64,
    scale: u64,
    goals: Vec<String>,
}

/// A backlog projected.
struct Projected {
    rate: f64,
    cpu: f64,
    growth: f64,
}

impl Bench {
    /// Starts the servers and publishes the backlog.
    pub(crate) async fn begin(events: u64, scale: u64, goals: Vec<String>) -> Result<Bench> {
        let servers = Servers::start()?;
        let file = servers.file("registry.json");
        std::fs::write(&file, registry().to_string())?;
        servers.ok(None, &["registry", "import", &file.display().to_string()])?;
        let log = servers.log().await?;
        // The server reads the new platform's user: its connections wait for that.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let begun = Instant::now();
        log.publish_all(Backlog::of(events), |_| {}).await?;
        eprintln!(
            "{events} 条事件 events, {} 人同时学习 study at a time, published at {:.0}/s",
            Backlog::of(events).seats(),
            events as f64 / begun.elapsed().as_secs_f64()
        );
        Ok(Bench { servers, log, events, scale, goals })
    }

    fn asks(&self, names: &[&str]) -> bool {
        self.goals.is_empty() || self.goals.iter().any(|goal| names.contains(&goal.as_str()))
    }

    /// Measures, and shows each goal as it is known.
    pub(crate) async fn run(&mut self, show: &impl Fn(&str, f64)) -> Result<()> {
        let mut bare = None;
        if self.asks(&["projection"]) {
            let url = self.servers.make_database("bare").await?;
            let rate = bare::run(&self.log, &url).await?;
            eprintln!("bare program: {rate:.0} events/s");
            bare = Some(rate);
        }
        let one = self.project(None, 1).await?;
        eprintln!("keshi: {:.0} events/s", one.rate);
        if let Some(bare) = bare {
            show("projection", one.rate / bare);
        }
        for (goal, value) in [("cpu", one.cpu), ("growth", one.growth)] {
            if self.asks(&[goal]) {
                show(goal, value);
            }
        }
        if self.asks(&["record"]) {
            show("record", self.record().await?);
        }
        if self.asks(&["scale-out"]) {
            self.servers.make_database("pair").await?;
            self.servers.ok(Some("pair"), &["migrate"])?;
            self.servers.ok(Some("pair"), &["registry", "import", "registry.json"])?;
            let two = self.project(Some("pair"), 2).await?;
            eprintln!("two projectors: {:.0} events/s", two.rate);
            show("scale-out", two.cpu / one.cpu);
        }
        if self.asks(&["rebuild"]) {
            show("rebuild", self.rebuild()? / one.rate);
        }
        if self.asks(&["freshness", "restart"]) {
            let (freshness, restart) = self.live().await?;
            show("freshness", freshness);
            show("restart", restart);
        }
        if self.asks(&["memory"]) {
            show("memory", self.memory().await?);
        }
        Ok(())
    }

    /// Projects the whole backlog with so many projectors.
    async fn project(&self, database: Option<&str>, projectors: usize) -> Result<Projected> {
        let pool = self.servers.pool(database).await?;
        let mut running = Vec::new();
        for _ in 0..projectors {
            running.push(self.servers.spawn(database, &["projector"])?);
        }
        let mut samples: Vec<(f64, f64)> = Vec::new();
        let begun = Instant::now();
        let mut first = None;
        loop {
            // In the trail; what follows from it is written later while there is a backlog, and the end waits for it.
            let at: i64 =
                sqlx::query_scalar("select coalesce(min(seq), 0) from checkpoint").fetch_one(&pool).await?;
            if at > 0 {
                first.get_or_insert_with(Instant::now);
                samples.push((begun.elapsed().as_secs_f64(), at as f64));
            }
            if at >= self.events as i64 && projected(&pool).await? >= self.events as i64 {
                samples.push((begun.elapsed().as_secs_f64(), at as f64));
                break;
            }
            if begun.elapsed() > Duration::from_secs(7_200) {
                bail!("not projected: {at} of {}", self.events);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut cpu = 0.0;
        for projector in &running {
            cpu += projector.cpu()?;
        }
        pool.close().await;
        let events = self.events as f64;
        let seconds =
            |share: f64| samples.iter().find(|(_, at)| *at >= share * events).map(|(seconds, _)| *seconds);
        let rate = |from: f64, to: f64| -> Option<f64> {
            Some((to - from) * events / (seconds(to)? - seconds(from)?).max(0.001))
        };
        let (begin, end) = samples.first().zip(samples.last()).context("nothing was projected")?;
        Ok(Projected {
            rate: (end.1 - begin.1) / (end.0 - begin.0).max(0.001),
            cpu: cpu * 1e6 / events,
            growth: rate(0.8, 1.0).context("samples")? / rate(0.05, 0.15).context("samples")?,
        })
    }

    /// One trainee's full record out of all stored events, p99 in ms.
    async fn record(&self) -> Result<f64> {
        let store = self.servers.store().await?;
        let (constants, catalogue) = (Constants::default(), Catalogue::default());
        // Those whose first evening was not nearly over when the load begins.
        let trainees = (Backlog::of(self.events).seats() / 2).max(1);
        let mut times = Vec::new();
        for number in 0..RECORDS {
            let who = trainee(number * 7_919 % trainees);
            let begun = Instant::now();
            let stored = store.history(&who).await?;
            let (mut events, mut names) = (Vec::with_capacity(stored.len()), Names::default());
            for message in &stored {
                let event = decode(message, Origin::Stream { partitions: PARTITIONS })
                    .map_err(|rejection| anyhow::anyhow!("{rejection:?}"))?;
                events.push(Evidence::of(&event, &mut names));
            }
            let id = TraineeId::from(who.as_str());
            let account = judge(&id, &events, false, &constants, &catalogue);
            let record = TraineeRecord::of(&id, &account.summary, &constants, &catalogue);
            times.push(begun.elapsed());
            if record.courses.is_empty() {
                bail!("{who} has no record");
            }
        }
        store.close().await;
        p99(times)
    }

    /// Events per second of a rebuild beside the live read model.
    fn rebuild(&self) -> Result<f64> {
        let said = self.servers.ok(None, &["rebuild", "--json"])?;
        let said: serde_json::Value = serde_json::from_str(&said)?;
        said["events_per_second"].as_f64().context("a rebuild says events_per_second")
    }

    /// Live events at a steady rate: publish to readable, p99 in ms; then kill -9 to caught up, in s.
    async fn live(&self) -> Result<(f64, f64)> {
        let pool = self.servers.pool(None).await?;
        // What millions of events poured in at once left to be written and synced is no part of a steady rate.
        sqlx::query("checkpoint").execute(&pool).await?;
        let projector = self.servers.spawn(None, &["projector"])?;
        let studying = LIVE_RATE * LIVE_SECONDS * self.scale / 1_000 + 1;
        let mut signed_in = 0;
        for group in ["fresh", "again"] {
            let live = Live { group, now: now()? };
            self.log
                .publish_all((0..studying).map(|number| live.sign_in(number)), |seq| {
                    signed_in = seq.max(signed_in)
                })
                .await?;
        }
        await_projected(&pool, signed_in).await?;
        let published = self.publish_live("fresh", studying);
        let watched = watch(&pool, signed_in + studying);
        let (published, watched) = tokio::join!(published, watched);
        let (published, watched) = (published?, watched?);
        let mut delays = Vec::with_capacity(published.len());
        for (seq, at) in published {
            let seen = watched.partition_point(|(projected, _)| *projected < seq as i64);
            let (_, readable) = watched.get(seen).context("an event was never readable")?;
            delays.push(readable.saturating_duration_since(at));
        }
        let freshness = p99(delays)?;
        let restarting = async {
            tokio::time::sleep(Duration::from_millis(LIVE_SECONDS * self.scale / 4)).await;
            let killed = Instant::now();
            projector.kill()?;
            let at_death = self.log.identity().await?.last_seq;
            let again = self.servers.spawn(None, &["projector"])?;
            loop {
                // Caught up: all that was published when we looked is readable, and some of it came after the death.
                let last = self.log.identity().await?.last_seq;
                if last <= at_death {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                } else if await_projected(&pool, last).await? < Duration::from_millis(200) {
                    break;
                }
            }
            anyhow::Ok((killed.elapsed().as_secs_f64(), again))
        };
        let (published, restarted) = tokio::join!(self.publish_live("again", studying), restarting);
        published?;
        let (seconds, again) = restarted?;
        drop(again);
        pool.close().await;
        Ok((freshness, seconds))
    }

    /// Publishes a stretch of each trainee at the steady rate; gives sequence and moment of each.
    async fn publish_live(&self, group: &str, studying: u64) -> Result<Vec<(u64, Instant)>> {
        let begun = Instant::now();
        let mut sent = Vec::with_capacity(studying as usize);
        let mut number = 0;
        while number < studying {
            let due = (begun.elapsed().as_micros() as u64 * LIVE_RATE / 1_000_000).min(studying);
            let live = Live { group, now: now()? };
            let batch: Vec<Outgoing> = (number..due).map(|number| live.stretch(number)).collect();
            let at = Instant::now();
            self.log.publish_all(batch, |seq| sent.push((seq, at))).await?;
            number = due;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(sent)
    }

    /// The projector's peak, MiB, with many active trainees whose standings hold an evening each, all sending.
    async fn memory(&self) -> Result<f64> {
        let pool = self.servers.pool(None).await?;
        let active = ACTIVE * self.scale / 1_000;
        // The standings are copies of one that 200 stretches made: as large as if each trainee's had been stored.
        sqlx::query(
            "insert into trainee (trainee, partition, seq, standing, entries, head)
             select 'active' || n, partition, seq, standing, entries, head
             from (select * from trainee where entries >= 200 order by octet_length(standing) desc limit 1) t,
                  generate_series(0, $1 - 1) n",
        )
        .bind(active as i64)
        .execute(&pool)
        .await?;
        let projector: Process = self.servers.spawn(None, &["projector"])?;
        let mut last = 0;
        let live = Live { group: "active", now: now()? };
        self.log
            .publish_all((0..active).map(|number| live.stretch(number)), |seq| last = seq.max(last))
            .await?;
        await_projected(&pool, last).await?;
        let peak = projector.peak_mib()?;
        pool.close().await;
        Ok(peak)
    }
}

async fn projected(pool: &PgPool) -> Result<i64> {
    let least: Option<i64> = sqlx::query_scalar("select min(saved) from checkpoint").fetch_one(pool).await?;
    Ok(least.unwrap_or(0))
}

/// Waits until a sequence is readable. Says how long it took.
async fn await_projected(pool: &PgPool, seq: u64) -> Result<Duration> {
    let begun = Instant::now();
    while projected(pool).await? < seq as i64 {
        if begun.elapsed() > Duration::from_secs(600) {
            bail!("message {seq} is not projected");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(begun.elapsed())
}

/// How far all is readable, moment by moment, until a sequence is.
async fn watch(pool: &PgPool, until: u64) -> Result<Vec<(i64, Instant)>> {
    let mut seen: Vec<(i64, Instant)> = Vec::new();
    while seen.last().is_none_or(|(seq, _)| *seq < until as i64) {
        let at = projected(pool).await?;
        if seen.last().is_none_or(|(seq, _)| *seq < at) {
            seen.push((at, Instant::now()));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(seen)
}

fn p99(mut times: Vec<Duration>) -> Result<f64> {
    times.sort_unstable();
    let at = (times.len() * 99).div_ceil(100).saturating_sub(1);
    Ok(times.get(at).context("nothing was measured")?.as_secs_f64() * 1000.0)
}

fn now() -> Result<Millis> {
    Ok(Millis(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64))
}
