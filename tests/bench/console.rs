//! `keshi-bench console`: how long the server takes over its pages, with a million other events beside a heavy record.
//!
//! The load goes through the real projector; claims, findings, rosters and old lines of the audit log are copies, since only
//! their number matters here. `keshi console` is a process of its own, and every time is that of a whole answer over loopback.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use clap::Args;
use keshi_events::{Millis, subject};
use keshi_log::Outgoing;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::goals::{Goal, goal};
use crate::http::{Answer, Browser};
use crate::load::{Backlog, PARTITIONS, PLATFORM, import_headers, trainee};
use crate::servers::{Process, Servers};

/// 2026-02-02 08:00 in Beijing.
const BEGIN: Millis = Millis(1_769_990_400_000);
const DAY: i64 = 86_400_000;
/// Twenty days of ten sessions of twenty stretches.
const DAYS: i64 = 20;
const SESSIONS: i64 = 10;
const STRETCHES: i64 = 20;
const PASSWORD: &str = "correct horse battery";
/// Accounts that ask in turn: each may ask so often a minute only.
const ACCOUNTS: usize = 8;
/// Persons who can be searched for.
const PERSONS: u64 = 2_000;
/// Other records between two first looks, so that nothing of the heavy one is kept.
const BETWEEN: u64 = 17;

const FIRST: Goal = goal("record-first-look", "ms, p99", 100.0, 50.0, false);
const LATER: Goal = goal("record-later-look", "ms, p99", 100.0, 20.0, false);
const DAY_PAGE: Goal = goal("record-other-day", "ms, p99", 100.0, 20.0, false);
const VERIFY: Goal = goal("record-verify-now", "ms, p99", 200.0, 100.0, false);
const EVENING: Goal = goal("record-one-evening", "ms, p99", 100.0, 20.0, false);
const PAGES: [(Goal, &str); 17] = [
    (goal("search-phone", "ms, p99", 100.0, 20.0, false), "/search?by=phone&q=13900000042"),
    (goal("search-surname", "ms, p99", 100.0, 50.0, false), "/search?by=surname&q=%E6%AC%A7%E9%98%B3"),
    (goal("search-id", "ms, p99", 100.0, 20.0, false), "/search?by=id&q=t0000042"),
    (goal("first-page", "ms, p99", 100.0, 20.0, false), "/"),
    (goal("trainees", "ms, p99", 100.0, 20.0, false), "/trainees"),
    (goal("trainees-of-district", "ms, p99", 100.0, 20.0, false), "/trainees?district=lixia"),
    (goal("courses", "ms, p99", 100.0, 20.0, false), "/courses"),
    (goal("board", "ms, p99", 100.0, 20.0, false), "/courses/C1"),
    (goal("rejected", "ms, p99", 100.0, 20.0, false), "/platforms?platform=bench"),
    (goal("flags", "ms, p99", 100.0, 20.0, false), "/flags"),
    (goal("claims", "ms, p99", 100.0, 20.0, false), "/claims"),
    (goal("claims-in-a-state", "ms, p99", 100.0, 20.0, false), "/claims?state=submitted"),
    (goal("rosters", "ms, p99", 100.0, 20.0, false), "/rosters"),
    (goal("registry", "ms, p99", 100.0, 20.0, false), "/registry?kind=trainee"),
    (goal("audit", "ms, p99", 100.0, 20.0, false), "/audit"),
    (goal("health", "ms, p99", 100.0, 50.0, false), "/health"),
    (goal("api-stretches", "ms, p99", 100.0, 20.0, false), "/api/v1/trainees/heavy/stretches?limit=500"),
];

#[derive(Args)]
pub(crate) struct Console {
    /// 其他事件数 / so many other events
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// 每页测几次 / how often each page is asked for
    #[arg(long, default_value_t = 40)]
    rounds: usize,
}

impl Console {
    /// Prints a row a page.
    pub(crate) async fn run(&self, json: bool) -> Result<()> {
        let servers = Servers::start()?;
        let file = servers.file("registry.json");
        std::fs::write(&file, registry().to_string())?;
        servers.ok(None, &["registry", "import", &file.display().to_string()])?;
        let log = servers.log().await?;
        // The server reads the new platform's user: its connections wait for that.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let mut last = 0;
        let heavy = (0..DAYS * SESSIONS * (STRETCHES + 1)).map(heavy);
        log.publish_all(heavy.chain(Backlog::of(self.events)), |seq| last = seq.max(last)).await?;
        let pool = servers.pool(None).await?;
        let projector = servers.spawn(None, &["projector"])?;
        let begun = Instant::now();
        while sqlx::query_scalar::<_, i64>("select coalesce(min(saved), 0) from checkpoint")
            .fetch_one(&pool)
            .await?
            < i64::try_from(last)?
        {
            if begun.elapsed() > Duration::from_secs(3_600) {
                bail!("the projector does not come to its end");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        drop(projector);
        eprintln!("{last} 条事件已投影 events projected in {:.0} s", begun.elapsed().as_secs_f64());
        beside(&pool).await?;
        pool.close().await;
        let (console, readers) = serve(&servers)?;
        let show = |goal: Goal, times: Vec<Duration>, bytes: usize| show(json, goal, times, bytes);
        tokio::task::block_in_place(|| self.measure(&readers, &show))?;
        drop(console);
        Ok(())
    }

    fn measure(
        &self,
        readers: &Readers,
        show: &impl Fn(Goal, Vec<Duration>, usize) -> Result<()>,
    ) -> Result<()> {
        let (mut first, mut evening, mut bytes) = (Vec::new(), Vec::new(), (0, 0));
        for round in 0..self.rounds as u64 {
            let (time, size) = readers.ask(round as usize, "/trainees/heavy")?;
            first.push(time);
            bytes.0 = size;
            for other in 0..BETWEEN {
                let place = format!("/trainees/{}", trainee((round * BETWEEN + other) % 500));
                let (time, size) = readers.ask((round * BETWEEN + other) as usize, &place)?;
                evening.push(time);
                bytes.1 = size;
            }
        }
        show(FIRST, first, bytes.0)?;
        show(EVENING, evening, bytes.1)?;
        for (goal, place) in [
            (LATER, "/trainees/heavy"),
            (DAY_PAGE, "/trainees/heavy?day=2026-02-09"),
            (VERIFY, "/trainees/heavy?verify=now"),
        ] {
            self.page(readers, show, goal, place)?;
        }
        for (goal, place) in PAGES {
            self.page(readers, show, goal, place)?;
        }
        Ok(())
    }

    /// A page, and where it goes on the pages behind it, in turn.
    fn page(
        &self,
        readers: &Readers,
        show: &impl Fn(Goal, Vec<Duration>, usize) -> Result<()>,
        goal: Goal,
        place: &str,
    ) -> Result<()> {
        let (mut times, mut most, mut here) = (Vec::new(), 0, place.to_owned());
        for round in 0..self.rounds {
            let reader = readers.of(round);
            let begun = Instant::now();
            let answer = reader.ask("GET", &here, None);
            times.push(begun.elapsed());
            good(&here, &answer)?;
            most = most.max(answer.body.len());
            here = next(&answer.body).unwrap_or_else(|| place.to_owned());
        }
        show(goal, times, most)
    }
}

/// Who asks, in turn.
struct Readers(Vec<Browser>);

impl Readers {
    fn of(&self, round: usize) -> &Browser {
        &self.0[round % self.0.len()]
    }

    fn ask(&self, round: usize, place: &str) -> Result<(Duration, usize)> {
        let begun = Instant::now();
        let answer = self.of(round).ask("GET", place, None);
        let time = begun.elapsed();
        good(place, &answer)?;
        Ok((time, answer.body.len()))
    }
}

fn good(place: &str, answer: &Answer) -> Result<()> {
    if !matches!(answer.status, 200 | 303) {
        bail!("{place}: {} {}", answer.status, answer.body);
    }
    Ok(())
}

/// Where the link to the next page leads.
fn next(body: &str) -> Option<String> {
    let (_, rest) = body.split_once("<p class=\"more\"><a href=\"")?;
    let (href, _) = rest.split_once('"')?;
    Some(href.replace("&amp;", "&"))
}

fn show(json: bool, goal: Goal, mut times: Vec<Duration>, bytes: usize) -> Result<()> {
    times.sort_unstable();
    let at = |share: usize| -> Result<f64> {
        let place = (times.len() * share).div_ceil(100).saturating_sub(1);
        Ok(times.get(place).context("nothing was measured")?.as_secs_f64() * 1000.0)
    };
    let (middle, most) = (at(50)?, at(99)?);
    if json {
        let mut row = goal.json(most);
        row["p50"] = json!((middle * 1000.0).round() / 1000.0);
        row["bytes"] = json!(bytes);
        println!("{row}");
    } else {
        println!("{}  p50 {middle:.1}  {} kB", goal.line(most), bytes / 1000);
    }
    Ok(())
}

/// What lies beside the records: claims, findings, rosters, and what others looked at before.
async fn beside(pool: &PgPool) -> Result<()> {
    for sql in [
        "insert into keshi.claim (claim, scheme, trainee, course, subject, provider, state, amount_yuan, pack, pack_sha256, derivation, district)
         select gen_random_uuid(), 'online-platform', 't' || lpad((n / 5)::text, 7, '0'), 'C' || n % 5, 'course/C' || n % 5, 'bench',
                (array['drafted', 'submitted', 'reviewed', 'publicised', 'paid'])[1 + n % 5], 800, 'jinan-2020-6', 'x', '{}', 'lixia'
         from generate_series(0, 19999) n",
        "insert into keshi.finding (flag, kind, level, people, platform, from_ms, to_ms, chinese, english, evidence)
         select 'f' || lpad(n::text, 8, '0'), 'device-shared', (array['info', 'review', 'hold'])[1 + n % 3],
                array['t' || lpad((n % 2000)::text, 7, '0'), 't' || lpad((n * 7 % 2000)::text, 7, '0')], 'bench',
                1772449200000 + n, 1772449300000 + n, '同一设备上有多人', 'several people on one device', '[]'
         from generate_series(0, 4999) n",
        "insert into keshi.roster (roster, scheme, provider, district, from_day, to_day, who)
         select gen_random_uuid(), 'online-platform', 'bench', 'lixia', '2026-03-01', '2026-03-31', 'x' from generate_series(1, 300)",
        "insert into keshi.roster_claim (claim, roster, place)
         select c.claim, r.roster, c.place from
             (select claim, row_number() over () as place from keshi.claim where state in ('reviewed', 'publicised', 'paid')) c
             join (select roster, row_number() over () as at from keshi.roster) r on r.at = c.place % 300 + 1",
        "insert into keshi.audit (who, role, action, subject, address)
         select 'u' || n % 50, 'district', 'record.view', 't' || lpad((n % 2000)::text, 7, '0'), '10.0.0.1' from generate_series(1, 200000) n",
        "analyze",
    ] {
        sqlx::query(sql).execute(pool).await?;
    }
    Ok(())
}

/// Starts the console with accounts that may see everything.
fn serve(servers: &Servers) -> Result<(Process, Readers)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let address = format!("127.0.0.1:{port}");
    let names: Vec<String> = (0..ACCOUNTS).map(|at| format!("reader{at}")).collect();
    let mut who = vec![("root", "admin")];
    who.extend(names.iter().map(|name| (name.as_str(), "auditor")));
    for (name, role) in who {
        let mut command = servers.keshi(None)?;
        command.args(["user", "add", name, "--role", role]).env("KESHI_NEW_PASSWORD", PASSWORD);
        if role != "admin" {
            command.args(["--as", "root"]).env("KESHI_PASSWORD", PASSWORD);
        }
        if !command.status()?.success() {
            bail!("the account {name} is not made");
        }
    }
    let console = servers.spawn(None, &["console", "--listen", &address])?;
    let begun = Instant::now();
    while std::net::TcpStream::connect(&address).is_err() {
        if begun.elapsed() > Duration::from_secs(30) {
            bail!("the console does not listen");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let readers = names.iter().map(|name| {
        let mut browser = Browser::new(&address);
        browser.log_in(name, PASSWORD);
        browser
    });
    Ok((console, Readers(readers.collect())))
}

fn registry() -> Value {
    let mut registry = crate::load::registry();
    let surname = |at: u64| if at.is_multiple_of(50) { "欧阳" } else { "学员" };
    registry["trainees"] = (0..PERSONS)
        .map(|at| {
            json!({"trainee": trainee(at), "district": if at.is_multiple_of(3) { "lixia" } else { "tianqiao" },
                   "name": format!("{}测试{at}", surname(at)), "phone": format!("139{at:08}")})
        })
        .collect();
    registry
}

/// An event of the heavy record: a sign-in, and twenty stretches of which no two neighbours join into one.
fn heavy(number: i64) -> Outgoing {
    let (session, step) = (number / (STRETCHES + 1), number % (STRETCHES + 1));
    let (day, place) = (session / SESSIONS, session % SESSIONS);
    let begin = BEGIN + (day * DAY + place * 900_000);
    let name = format!("h{day}-{place}");
    let (family, kind, at, data) = if step == 0 {
        let data = json!({"session": name, "method": "face", "verified": true, "device": format!("d{place}"), "ip": "10.0.0.1",
                          "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"});
        ("sign-in", "keshi.session.opened.v1", begin, data)
    } else {
        let (from, to) = ((step - 1) * 30, step * 30);
        let data = json!({"session": name, "course": "C1", "video": format!("v{}", step % 3), "from": from, "to": to,
                          "started_at": (begin + from * 1000).to_beijing(), "ended_at": (begin + to * 1000).to_beijing()});
        ("video-watch", "keshi.video.watched.v1", begin + to * 1000, data)
    };
    let id = format!("heavy-{number}");
    let envelope = json!({"specversion": "1.0", "id": id, "source": format!("/platforms/{PLATFORM}"), "type": kind, "subject": "heavy",
                          "time": at.to_beijing(), "data": data});
    Outgoing {
        subject: subject::import(subject::partition_of("heavy", PARTITIONS), PLATFORM, family),
        headers: import_headers(at + 150, &id),
        payload: Bytes::from(envelope.to_string()),
    }
}
