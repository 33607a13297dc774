//! A server process of ours: stopped with us, and found again when we were killed.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// Asks a process to stop and waits until it has.
pub(crate) async fn stop(pid: u32, signal: Signal, patience: Duration) -> Result<()> {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(()) };
    if kill_process(pid, signal).is_err() {
        return Ok(());
    }
    let begun = Instant::now();
    while test_kill_process(pid).is_ok() && !is_zombie(pid) {
        if begun.elapsed() > patience {
            bail!("进程 {pid:?} 未能停止 / process {pid:?} does not stop");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The process of a pid file, when it runs the program of that name.
pub(crate) fn running(pid_file: &Path, program: &str) -> Option<u32> {
    let text = std::fs::read_to_string(pid_file).ok()?;
    let pid: u32 = text.lines().next()?.trim().parse().ok()?;
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let first = command.split(|byte| *byte == 0).next()?;
    String::from_utf8_lossy(first).ends_with(program).then_some(pid)
}

fn is_zombie(pid: Pid) -> bool {
    std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
        .is_ok_and(|stat| stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')))
}

/// Waits until something answers on a port of this machine.
pub(crate) async fn wait_for_port(port: u16, patience: Duration, what: &str, log: &Path) -> Result<()> {
    let begun = Instant::now();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if begun.elapsed() > patience {
            let tail = std::fs::read_to_string(log).unwrap_or_default();
            let tail: Vec<&str> = tail.lines().rev().take(5).collect();
            let said: Vec<&str> = tail.into_iter().rev().collect();
            bail!("{what} 未能启动 / does not start; {} says:\n{}", log.display(), said.join("\n"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// A file for what a server says.
pub(crate) fn log_file(path: &Path) -> Result<std::process::Stdio> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    Ok(file.with_context(|| format!("无法写入 cannot write {}", path.display()))?.into())
}
