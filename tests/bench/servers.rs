//! Private servers in a folder of their own, and processes of Keshi beside them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use keshi_log::{Log, LogSettings};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::postgres::{PgPool, PgPoolOptions};
use tempfile::TempDir;

/// The servers of one run; stopped and removed when dropped.
pub(crate) struct Servers {
    folder: TempDir,
    up: Option<Process>,
    url: String,
}

impl Servers {
    pub(crate) fn start() -> Result<Servers> {
        let mut servers = Servers { folder: tempfile::tempdir()?, up: None, url: String::new() };
        let mut command = servers.keshi(None)?;
        servers.up = Some(Process::spawn(command.args(["up", "--servers-only"]))?);
        let begun = Instant::now();
        while servers.endpoints().is_none_or(|endpoints| endpoints["ready"] != true) {
            if begun.elapsed() > Duration::from_secs(120) {
                bail!("the servers do not start: {}", servers.said());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        servers.url = servers.text("database_url")?;
        Ok(servers)
    }

    fn endpoints(&self) -> Option<Value> {
        serde_json::from_slice(&std::fs::read(self.folder.path().join(".keshi/endpoints.json")).ok()?).ok()
    }

    fn text(&self, name: &str) -> Result<String> {
        let endpoints = self.endpoints().context("no endpoints")?;
        Ok(endpoints[name].as_str().with_context(|| format!("no {name}"))?.to_owned())
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("keshi.log")).unwrap_or_default()
    }

    /// A file of this run.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program beside this one, on these servers, and on another of their databases if asked.
    pub(crate) fn keshi(&self, database: Option<&str>) -> Result<Command> {
        let program = std::env::current_exe()?.with_file_name("keshi");
        if !program.exists() {
            bail!("{} is missing: build it first (cargo build --release --bins)", program.display());
        }
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.file("keshi.log"))?;
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/venv/bin/nats-server");
        if std::env::var_os("KESHI_NATS_SERVER").is_none() && installed.exists() {
            command.env("KESHI_NATS_SERVER", installed.canonicalize()?);
        }
        if let Some(database) = database {
            command.env("KESHI_DATABASE_URL", self.url_of(database));
        }
        Ok(command)
    }

    /// Runs a command that has to succeed, and gives what it printed.
    pub(crate) fn ok(&self, database: Option<&str>, arguments: &[&str]) -> Result<String> {
        let output = self.keshi(database)?.args(arguments).stdout(Stdio::piped()).output()?;
        if !output.status.success() {
            bail!("keshi {arguments:?} failed: {}", self.said());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    pub(crate) fn spawn(&self, database: Option<&str>, arguments: &[&str]) -> Result<Process> {
        Process::spawn(self.keshi(database)?.args(arguments))
    }

    fn url_of(&self, database: &str) -> String {
        let base = self.url.rsplit_once('/').map_or(self.url.as_str(), |(base, _)| base);
        format!("{base}/{database}")
    }

    /// Makes another database on the same server, and gives its URL.
    pub(crate) async fn make_database(&self, name: &str) -> Result<String> {
        let url = self.url_of(name);
        keshi_store::create_database(&url).await?;
        Ok(url)
    }

    /// Connections that see the read model.
    pub(crate) async fn pool(&self, database: Option<&str>) -> Result<PgPool> {
        let url = database.map_or(self.url.clone(), |database| self.url_of(database));
        let options: sqlx::postgres::PgConnectOptions = url.parse()?;
        let options = options.options([("search_path", "projection_1,keshi")]);
        Ok(PgPoolOptions::new().max_connections(2).connect_with(options).await?)
    }

    pub(crate) async fn log(&self) -> Result<Log> {
        let endpoints = self.endpoints().context("no endpoints")?;
        let login = &endpoints["nats_users"]["keshi"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let settings = LogSettings {
            url: text(&endpoints["nats_url"]),
            login: Some((text(&login["user"]), text(&login["password"]))),
        };
        Ok(Log::connect(&settings).await?)
    }

    pub(crate) async fn store(&self) -> Result<keshi_store::Store> {
        Ok(keshi_store::Store::connect(&self.url, 2).await?)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.up = None;
        if let Ok(elsewhere) = std::fs::read_link(self.folder.path().join(".keshi/postgres"))
            && let Err(error) = std::fs::remove_dir_all(elsewhere)
        {
            eprintln!("the data of PostgreSQL stay behind: {error}");
        }
    }
}

/// A process of ours, ended when it is dropped.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    fn spawn(command: &mut Command) -> Result<Process> {
        Ok(Process { child: command.spawn().with_context(|| format!("{command:?}"))? })
    }

    /// CPU seconds so far, of all its threads.
    pub(crate) fn cpu(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = stat.rsplit_once(')').context("stat")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let ticks = |at: usize| -> Result<u64> { Ok(fields.get(at).context("stat")?.parse()?) };
        Ok((ticks(11)? + ticks(12)?) as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// Its peak of memory, MiB.
    pub(crate) fn peak_mib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }

    /// Waits for its end; gives its CPU seconds and its peak of memory, MiB.
    pub(crate) fn cost(mut self) -> Result<(f64, f64)> {
        let mut cost = (0.0, 0.0);
        loop {
            if let (Ok(cpu), Ok(peak)) = (self.cpu(), self.peak_mib()) {
                cost = (cpu, peak);
            }
            if let Some(status) = self.child.try_wait()? {
                if !status.success() {
                    bail!("a process failed: {status}");
                }
                return Ok(cost);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// `kill -9`
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(pid) = Pid::from_raw(self.child.id() as i32)
            && matches!(self.child.try_wait(), Ok(None))
            && kill_process(pid, Signal::TERM).is_ok()
        {
            let _ = self.child.wait();
        }
    }
}
