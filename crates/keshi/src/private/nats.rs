//! A private nats-server with one user per platform and one for Keshi.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;
use tokio::process::{Child, Command};

use super::process::{log_file, running, stop, wait_for_port};
use super::{NatsUser, free_port, password, write_private};

/// A running private nats-server.
pub(crate) struct PrivateNats {
    child: Child,
    dir: PathBuf,
    port: u16,
    users: BTreeMap<String, NatsUser>,
}

impl PrivateNats {
    /// Starts it with its data in `dir`; one that outlived its keshi is stopped first.
    pub(crate) async fn start(
        program: &str,
        dir: &Path,
        users: BTreeMap<String, NatsUser>,
    ) -> Result<PrivateNats> {
        std::fs::create_dir_all(dir.join("data"))
            .with_context(|| format!("无法创建 cannot make {}", dir.display()))?;
        let pid_file = dir.join("nats.pid");
        if let Some(pid) = running(&pid_file, "nats-server") {
            stop(pid, Signal::TERM, Duration::from_secs(10)).await?;
        }
        let port = free_port()?;
        let mut users = users;
        users
            .entry("keshi".to_owned())
            .or_insert_with(|| NatsUser { user: "keshi".to_owned(), password: password() });
        let log = dir.join("nats.log");
        write_private(&dir.join("nats.conf"), &config(dir, port, &users))?;
        let child = Command::new(program)
            .arg("--config")
            .arg(dir.join("nats.conf"))
            .stdin(Stdio::null())
            .stdout(log_file(&log)?)
            .stderr(log_file(&log)?)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                format!("无法启动 {program} / cannot start {program}: install nats-server 2.12 or newer, or set KESHI_NATS_SERVER")
            })?;
        wait_for_port(port, Duration::from_secs(20), "nats-server", &log).await?;
        Ok(PrivateNats { child, dir: dir.to_owned(), port, users })
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn users(&self) -> &BTreeMap<String, NatsUser> {
        &self.users
    }

    /// Gives every platform a user of its own. Says whether somebody is new.
    pub(crate) fn admit(&mut self, platforms: &[String]) -> Result<bool> {
        let before = self.users.len();
        for platform in platforms {
            self.users
                .entry(platform.clone())
                .or_insert_with(|| NatsUser { user: platform.clone(), password: password() });
        }
        if self.users.len() == before {
            return Ok(false);
        }
        write_private(&self.dir.join("nats.conf"), &config(&self.dir, self.port, &self.users))?;
        if let Some(pid) = self.child.id().and_then(|pid| rustix::process::Pid::from_raw(pid as i32)) {
            rustix::process::kill_process(pid, Signal::HUP)
                .context("nats-server 未能重新读取配置 / does not reload")?;
        }
        Ok(true)
    }

    /// Waits for it to end by itself, which it should not.
    pub(crate) async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.child.id() {
            stop(pid, Signal::TERM, Duration::from_secs(15)).await?;
        }
        self.child.wait().await?;
        Ok(())
    }
}

/// The rights are those of `deploy/nats.conf`.
fn config(dir: &Path, port: u16, users: &BTreeMap<String, NatsUser>) -> String {
    let mut text = format!(
        "# 由 keshi up 生成 / written by keshi up\nhost: 127.0.0.1\nport: {port}\npid_file: {:?}\nmax_payload: 196608\n\
         jetstream {{ store_dir: {:?} }}\nauthorization {{\n  users = [\n",
        dir.join("nats.pid"),
        dir.join("data"),
    );
    for (name, user) in users {
        let rights = if name == "keshi" { String::new() } else { format!(", permissions: {}", rights(name)) };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    {{ user: {:?}, password: {:?}{rights} }}", user.user, user.password);
    }
    text.push_str("  ]\n}\n");
    text
}

/// What a platform may: publish its own events, read its own facts and its own answers.
fn rights(platform: &str) -> String {
    format!(
        "{{ publish: {{ allow: [\"learn.v1.{platform}.>\", \"$JS.API.CONSUMER.MSG.NEXT.KESHI_FACTS.facts-{platform}\", \
         \"$JS.API.CONSUMER.INFO.KESHI_FACTS.facts-{platform}\", \"$JS.ACK.KESHI_FACTS.facts-{platform}.>\"] }}, \
         subscribe: {{ allow: [\"facts.v1.{platform}.>\", \"_INBOX_{platform}.>\"] }} }}"
    )
}
