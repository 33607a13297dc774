//! `keshi-bench settlement`: completions that become drafted claims with their derivations, and a roster that is written.
//!
//! Each trainee studies a course of one minute and passes its quiz: what is measured is settlement, not study. The projector has
//! done its work before the clock starts; `keshi settlement` is a process of its own, and its peak of memory is read at the end.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use clap::Args;
use keshi_events::{Millis, subject};
use keshi_log::Outgoing;
use keshi_settlement::{Reader, Roster};
use keshi_store::NewRoster;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::load::{PARTITIONS, import_headers};
use crate::servers::Servers;

/// 2020-04-20 09:00 in Beijing.
const BEGIN: Millis = Millis(1_587_344_400_000);
/// Events of one trainee.
const EVENTS: u64 = 3;

#[derive(Args)]
pub(crate) struct Settlement {
    /// 完成课程的人数 / so many completions
    #[arg(long, default_value_t = 100_000)]
    completions: u64,
    /// 花名册行数 / rows of the roster
    #[arg(long, default_value_t = 10_000)]
    roster: u64,
}

impl Settlement {
    /// Prints one JSON object a measurement.
    pub(crate) async fn run(&self) -> Result<()> {
        let servers = Servers::start()?;
        let file = servers.file("registry.json");
        std::fs::write(&file, registry(self.completions).to_string())?;
        servers.ok(None, &["registry", "import", &file.display().to_string()])?;
        let log = servers.log().await?;
        // The server reads the new platform's user: its connections wait for that.
        tokio::time::sleep(Duration::from_secs(3)).await;
        log.publish_all((0..self.completions * EVENTS).map(|at| event(at / EVENTS, at % EVENTS)), |_| {})
            .await?;
        let pool = servers.pool(None).await?;
        let count = async |sql: &'static str| -> Result<u64> {
            let found: i64 = sqlx::query_scalar(sql).fetch_one(&pool).await?;
            Ok(found.unsigned_abs())
        };
        let projector = servers.spawn(None, &["projector"])?;
        let begun = Instant::now();
        while count("select count(*) from completion").await? < self.completions {
            if begun.elapsed() > Duration::from_secs(3_600) {
                bail!("the projector does not come to its end");
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        drop(projector);

        let begun = Instant::now();
        let worker = servers.spawn(None, &["settlement"])?;
        // Looked at seldom, so that counting costs the worker little.
        while count("select count(*) from keshi.claim").await? < self.completions {
            let unclaimed = count("select count(*) from keshi.unclaimed").await?;
            if unclaimed > 0 || begun.elapsed() > Duration::from_secs(3_600) {
                bail!("{unclaimed} completions made no claim");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{}",
            json!({"measure": "drafts", "claims": self.completions, "seconds": seconds, "claims_per_second": self.completions as f64 / seconds,
                   "peak_mib": worker.peak_mib()?, "cpu_seconds": worker.cpu()?,
                   "derivation_bytes": count("select avg(octet_length(derivation))::bigint from keshi.claim").await?})
        );
        // All of them again, since something changed that touches everybody: nothing is redrawn.
        std::fs::write(
            &file,
            json!({"authorities": [{"authority": "elsewhere", "level": "district"}]}).to_string(),
        )?;
        let begun = Instant::now();
        servers.ok(None, &["registry", "import", &file.display().to_string()])?;
        let entries = count("select max(number) from keshi.register").await?;
        while count("select register_number from keshi.settled").await? < entries
            || count("select count(*) from keshi.to_judge").await? > 0
        {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let seconds = begun.elapsed().as_secs_f64();
        let redrawn = count("select count(*) from keshi.redraft").await?;
        println!(
            "{}",
            json!({"measure": "judged again", "claims": self.completions, "seconds": seconds, "claims_per_second": self.completions as f64 / seconds,
                   "redrawn": redrawn, "peak_mib": worker.peak_mib()?})
        );
        drop(worker);
        self.roster(&servers, &pool).await
    }

    async fn roster(&self, servers: &Servers, pool: &sqlx::PgPool) -> Result<()> {
        // What is measured is the writing: the steps before it are taken as done.
        sqlx::query("update keshi.claim set state = 'reviewed' where claim in (select claim from keshi.claim order by claim limit $1)")
            .bind(i64::try_from(self.roster)?)
            .execute(pool)
            .await?;
        let store = servers.store().await?;
        let day = |text: &str| text.parse().context("a day");
        let new = NewRoster {
            roster: Uuid::now_v7(),
            scheme: "online-platform".to_owned(),
            provider: "bench".to_owned(),
            district: "lixia".to_owned(),
            from_day: day("2020-04-01")?,
            to_day: day("2020-06-30")?,
            who: "bench".to_owned(),
        };
        let begun = Instant::now();
        let rows = store.make_roster(&new).await?;
        let batch = store.rosters(Some(new.roster)).await?.pop().context("no batch")?;
        let lines = store.roster_lines(new.roster, 0, None).await?;
        let roster = Roster::of(&batch, &lines, Reader::Masked)?;
        let (xlsx, csv) = (roster.xlsx()?, roster.csv()?);
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{}",
            json!({"measure": "roster", "rows": rows, "seconds": seconds, "xlsx_bytes": xlsx.len(), "csv_bytes": csv.len(), "total_yuan": roster.total().to_string()})
        );
        Ok(())
    }
}

fn who(number: u64) -> String {
    format!("t{number:06}")
}

fn registry(people: u64) -> Value {
    let listing = json!([{"authority": "jinan", "from": "2020-03-01", "to": "2020-06-30"}]);
    json!({
        "providers": [{"provider": "bench", "kind": "platform", "name": "基准平台", "account": "6222000000000001", "listings": listing}],
        "specialties": [{"specialty": "electrician", "name": "电工", "category": "skill"}],
        "courses": [{"course": "C1", "provider": "bench", "specialty": "electrician", "level": "junior", "title": "电工基础",
                     "videos": [{"video": "v1", "duration_ms": 60_000}], "quizzes": [{"quiz": "q1", "pass": "0.60"}]}],
        "trainees": (0..people).map(|at| json!({"trainee": who(at), "district": "lixia", "category": "农民工"})).collect::<Vec<_>>(),
        "enrolments": (0..people).map(|at| json!({"trainee": who(at), "course": "C1", "on": "2020-04-01", "free": true})).collect::<Vec<_>>(),
    })
}

/// A sign-in, the whole video, the quiz.
fn event(trainee: u64, step: u64) -> Outgoing {
    let who = who(trainee);
    let minute = |at: i64| BEGIN + (trainee as i64 % 3_600 * 1_000 + at * 60_000);
    let (family, name, at, data) = match step {
        0 => (
            "sign-in",
            "keshi.session.opened.v1",
            minute(0),
            json!({"session": "s1", "method": "face", "verified": true, "device": format!("d{trainee}"), "ip": "10.1.2.3"}),
        ),
        1 => (
            "video-watch",
            "keshi.video.watched.v1",
            minute(2),
            json!({"session": "s1", "course": "C1", "video": "v1", "from": 0, "to": 60, "started_at": minute(1).to_beijing(), "ended_at": minute(2).to_beijing()}),
        ),
        _ => (
            "quiz",
            "keshi.quiz.submitted.v1",
            minute(4),
            json!({"session": "s1", "course": "C1", "quiz": "q1", "attempt": 1, "started_at": minute(3).to_beijing(), "submitted_at": minute(4).to_beijing(), "score": "80", "max_score": "100"}),
        ),
    };
    let id = Uuid::from_u128((at.0 as u128) << 80 | 7 << 76 | 2 << 62 | u128::from(trainee << 2 | step))
        .to_string();
    let envelope = json!({"specversion": "1.0", "id": id, "source": "/platforms/bench", "type": name, "subject": who,
                          "time": at.to_beijing(), "data": data});
    Outgoing {
        subject: subject::import(subject::partition_of(&who, PARTITIONS), "bench", family),
        headers: import_headers(at + 150, &id),
        payload: Bytes::from(envelope.to_string()),
    }
}
