//! A private nats-server with one user per platform and one for Keshi.

use std::collections::BTreeMap;
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
    pub(crate) async fn admit(&mut self, platforms: &[String]) -> Result<bool> {
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
        // A new account's imports work from the second reload on.
        for _ in 0..2 {
            if let Some(pid) = self.child.id().and_then(|pid| rustix::process::Pid::from_raw(pid as i32)) {
                rustix::process::kill_process(pid, Signal::HUP)
                    .context("nats-server 未能重新读取配置 / does not reload")?;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
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

/// The accounts and rights of `deploy/nats.conf`: an account each, since the server does not check where a request wants
/// its answer, and an answer sent to `$JS.API.STREAM.DELETE.KESHI_LOG` would delete the log.
fn config(dir: &Path, port: u16, users: &BTreeMap<String, NatsUser>) -> String {
    let mut text = format!(
        "# 由 keshi up 生成 / written by keshi up\nhost: 127.0.0.1\nport: {port}\npid_file: {:?}\nmax_payload: 192KB\n\
         jetstream {{ store_dir: {:?} }}\naccounts {{\n",
        dir.join("nats.pid"),
        dir.join("data"),
    );
    for (name, user) in users {
        let login = format!("user: {:?}, password: {:?}", user.user, user.password);
        text.push_str(&if name == "keshi" { keshi_account(&login) } else { platform_account(name, &login) });
    }
    text.push_str("}\n");
    text
}

fn keshi_account(login: &str) -> String {
    format!(
        "  \"keshi\" {{\n    jetstream: enabled\n    users: [ {{ {login} }} ]\n    exports: [\n      \
         {{ service: \"learn.v1.*.>\", account_token_position: 3 }}\n      \
         {{ stream: \"facts.v1.*.>\", account_token_position: 3 }}\n      \
         {{ service: \"$JS.API.CONSUMER.INFO.KESHI_FACTS.*\", account_token_position: 6 }}\n      \
         {{ service: \"$JS.API.CONSUMER.MSG.NEXT.KESHI_FACTS.*\", account_token_position: 7, response_type: stream }}\n      \
         {{ service: \"$JS.ACK.KESHI_FACTS.*.>\", account_token_position: 4 }}\n    ]\n  }}\n"
    )
}

/// What a platform may: publish its own events, read its own facts and its own answers.
fn platform_account(platform: &str, login: &str) -> String {
    let api = ["CONSUMER.INFO.KESHI_FACTS", "CONSUMER.MSG.NEXT.KESHI_FACTS"];
    let mut publish = vec![format!("learn.v1.{platform}.>"), format!("$JS.ACK.KESHI_FACTS.{platform}.>")];
    publish.extend(api.map(|call| format!("KESHI.API.{call}.{platform}")));
    let subscribe = [format!("facts.v1.{platform}.>"), format!("_INBOX_{platform}.>")];
    let mut imports = vec![
        format!("{{ service: {{ account: \"keshi\", subject: \"learn.v1.{platform}.>\" }} }}"),
        format!("{{ stream: {{ account: \"keshi\", subject: \"facts.v1.{platform}.>\" }} }}"),
        format!("{{ service: {{ account: \"keshi\", subject: \"$JS.ACK.KESHI_FACTS.{platform}.>\" }} }}"),
    ];
    imports.extend(api.map(|call| {
        let subject = format!("{call}.{platform}");
        format!("{{ service: {{ account: \"keshi\", subject: \"$JS.API.{subject}\" }}, to: \"KESHI.API.{subject}\" }}")
    }));
    format!(
        "  {platform:?} {{\n    users: [ {{ {login}, permissions: {{ publish: {{ allow: {publish:?} }}, \
         subscribe: {{ allow: {subscribe:?} }} }} }} ]\n    imports: [\n      {}\n    ]\n  }}\n",
        imports.join("\n      ")
    )
}
