//! `keshi-bench integrity`: what the attendance checks cost beside the projector, when many people study on one day.
//!
//! All of them send one session; it is projected, then looked over. Then a hundredth of them send another session, and a
//! second look has only those to examine. A look is a process of its own, `keshi flags look`: all of its CPU counts, decoding and
//! the database's client included, and PostgreSQL's does not, as with the projector.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::goals::{Goal, LOOKS};
use crate::load::{SESSION, day, registry};
use crate::servers::Servers;

#[derive(Args)]
pub(crate) struct Integrity {
    /// 同一天学习的人数 / so many people study on the day
    #[arg(long, default_value_t = 100_000)]
    trainees: u64,
}

impl Integrity {
    /// Prints a row for each goal.
    pub(crate) async fn run(&self, json: bool) -> Result<()> {
        let servers = Servers::start()?;
        let file = servers.file("registry.json");
        std::fs::write(&file, registry().to_string())?;
        servers.ok(None, &["registry", "import", &file.display().to_string()])?;
        let log = servers.log().await?;
        // The server reads the new platform's user: its connections wait for that.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let pool = servers.pool(None).await?;
        let events = self.trainees * SESSION;
        let some = self.trainees.div_ceil(100);
        let mut projected = 0;
        let mut spent = Vec::new();
        for (people, session) in [(self.trainees, 0), (some, 1)] {
            log.publish_all(day(people, session), |_| {}).await?;
            let projector = servers.spawn(None, &["projector"])?;
            let (begun, before) = (Instant::now(), projector.cpu()?);
            projected += people * SESSION;
            while count(&pool).await? < projected {
                if begun.elapsed() > Duration::from_secs(3_600) {
                    bail!("the projector does not come to its end");
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            let cpu = projector.cpu()? - before;
            drop(projector);
            let begun = Instant::now();
            let (look, peak) = servers.spawn(None, &["flags", "look"])?.cost()?;
            spent.push((cpu, look, peak));
            let row = json!({"measure": "look", "trainees": people, "events": people * SESSION, "projector_cpu_seconds": cpu,
                "look_cpu_seconds": look, "look_seconds": begun.elapsed().as_secs_f64(), "look_peak_mib": peak});
            eprintln!("{row}");
        }
        let Some((cpu, look, _)) = spent.first() else { return Ok(()) };
        eprintln!(
            "{events} events: {:.2} and {:.2} CPU µs an event",
            cpu * 1e6 / events as f64,
            look * 1e6 / events as f64
        );
        let peak = spent.iter().map(|spent| spent.2).fold(0.0, f64::max);
        for (goal, value) in LOOKS.iter().zip([look / cpu, peak]) {
            println!("{}", shown(goal, value, json));
        }
        Ok(())
    }
}

fn shown(goal: &Goal, value: f64, json: bool) -> String {
    if json { goal.json(value).to_string() } else { goal.line(value) }
}

async fn count(pool: &sqlx::PgPool) -> Result<u64> {
    // Standings follow the trail; a look rests on both.
    let found: i64 =
        sqlx::query_scalar("select coalesce(sum(entries), 0)::bigint from trainee").fetch_one(pool).await?;
    Ok(found.unsigned_abs())
}
