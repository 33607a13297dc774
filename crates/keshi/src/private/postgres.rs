//! A private PostgreSQL: made with initdb, listening on this machine alone, behind a password.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tokio::process::{Child, Command};

use super::process::{log_file, running, stop, wait_for_port};
use super::{free_port, password, write_private};

/// A running private PostgreSQL.
pub(crate) struct PrivatePostgres {
    child: Child,
    port: u16,
    password: String,
}

/// Who runs the server: PostgreSQL refuses root.
#[derive(Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
}

impl PrivatePostgres {
    /// Starts it with its data in `dir/postgres`, made when it is not there; one that outlived its keshi is stopped first.
    pub(crate) async fn start(bin: &str, dir: &Path) -> Result<PrivatePostgres> {
        let bin = find_bin(bin)?;
        let owner = owner()?;
        let home = home(dir, owner)?;
        let data = home.join("data");
        if let Some(pid) = running(&data.join("postmaster.pid"), "postgres") {
            stop(pid, Signal::INT, Duration::from_secs(20)).await?;
        }
        let password = read_or_make_password(dir)?;
        if !data.join("PG_VERSION").exists() {
            init(&bin, &data, &password, owner).await?;
        }
        let port = free_port()?;
        let log = dir.join("postgres.log");
        let mut command = Command::new(bin.join("postgres"));
        command
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k", ""])
            // An idle projector pings its connection every second; a stopped process loses it soon.
            .args(["-c", "max_connections=60", "-c", "shared_buffers=256MB", "-c", "max_wal_size=2GB"]);
        let child = as_owner(&mut command, owner, &home)
            .stdin(Stdio::null())
            .stdout(log_file(&log)?)
            .stderr(log_file(&log)?)
            .process_group(0)
            .spawn()
            .with_context(|| format!("无法启动 cannot start {}", bin.join("postgres").display()))?;
        wait_for_port(port, Duration::from_secs(60), "PostgreSQL", &log).await?;
        let server = PrivatePostgres { child, port, password };
        if let Err(error) = server.make_database().await {
            server.stop().await?;
            return Err(error);
        }
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://keshi:{}@127.0.0.1:{}/keshi", self.password, self.port)
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
            stop(pid, Signal::INT, Duration::from_secs(30)).await?;
        }
        self.child.wait().await?;
        Ok(())
    }

    /// The server answers on its port before it takes connections: tries until the database is there.
    async fn make_database(&self) -> Result<()> {
        let mut tries = 0;
        loop {
            match keshi_store::create_database(&self.url()).await {
                Ok(()) => return Ok(()),
                Err(error) if tries == 200 => {
                    return Err(error).context("无法创建数据库 / the database cannot be made");
                }
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn init(bin: &Path, data: &Path, password: &str, owner: Option<Owner>) -> Result<()> {
    let home = data.parent().unwrap_or(data);
    let password_file = home.join("password");
    write_private(&password_file, password)?;
    give(&password_file, owner)?;
    let mut command = Command::new(bin.join("initdb"));
    command.arg("-D").arg(data).args([
        "-U",
        "keshi",
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-instructions",
    ]);
    command.arg(format!("--pwfile={}", password_file.display()));
    let made = as_owner(&mut command, owner, home)
        .stdin(Stdio::null())
        .output()
        .await
        .context("无法运行 cannot run initdb")?;
    std::fs::remove_file(&password_file)?;
    if !made.status.success() {
        bail!("initdb 失败 / initdb failed: {}", String::from_utf8_lossy(&made.stderr));
    }
    Ok(())
}

fn as_owner<'c>(command: &'c mut Command, owner: Option<Owner>, home: &Path) -> &'c mut Command {
    if let Some(owner) = owner {
        command.uid(owner.uid).gid(owner.gid);
    }
    command.current_dir(home).env_remove("PGDATA").env("LC_MESSAGES", "C")
}

/// The user for the server when we are root: `postgres` where there is one, else `nobody`.
fn owner() -> Result<Option<Owner>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").context("无法读取 cannot read /etc/passwd")?;
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some(Owner { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    };
    match find("postgres").or_else(|| find("nobody")) {
        Some(owner) => Ok(Some(owner)),
        None => bail!(
            "PostgreSQL 不能以 root 运行 / PostgreSQL does not run as root: start keshi as another user, or set KESHI_DATABASE_URL"
        ),
    }
}

/// The folder of the server's data. A folder that the server's user cannot reach is replaced by one under /var/tmp, with a
/// link in its place.
fn home(dir: &Path, owner: Option<Owner>) -> Result<PathBuf> {
    let link = dir.join("postgres");
    let absolute = std::path::absolute(&link)?;
    let home = match owner {
        Some(owner) if !reachable(&absolute, owner) => {
            let home = std::fs::read_link(&link)
                .unwrap_or_else(|_| PathBuf::from(format!("/var/tmp/keshi-{}", password())));
            if !link.is_symlink() {
                std::os::unix::fs::symlink(&home, &link)
                    .with_context(|| format!("无法创建 cannot make {}", link.display()))?;
            }
            home
        }
        _ => absolute,
    };
    std::fs::create_dir_all(&home).with_context(|| format!("无法创建 cannot make {}", home.display()))?;
    std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o700))?;
    give(&home, owner)?;
    Ok(home)
}

/// Whether a user may walk through all folders above a path.
fn reachable(path: &Path, owner: Owner) -> bool {
    path.ancestors().skip(1).filter(|folder| folder.exists()).all(|folder| {
        std::fs::metadata(folder).is_ok_and(|meta| {
            let mode = meta.mode();
            let shift = if meta.uid() == owner.uid {
                6
            } else if meta.gid() == owner.gid {
                3
            } else {
                0
            };
            mode >> shift & 1 == 1
        })
    })
}

fn give(path: &Path, owner: Option<Owner>) -> Result<()> {
    match owner {
        Some(owner) => chown(path, Some(owner.uid), Some(owner.gid))
            .with_context(|| format!("无法更改所有者 cannot give away {}", path.display())),
        None => Ok(()),
    }
}

fn read_or_make_password(dir: &Path) -> Result<String> {
    let path = dir.join("postgres.password");
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(_) => {
            let fresh = password();
            write_private(&path, &fresh)?;
            Ok(fresh)
        }
    }
}

/// The folder of the server's programs: as set, or on PATH, or where Debian puts the newest.
fn find_bin(set: &str) -> Result<PathBuf> {
    if !set.is_empty() {
        return Ok(PathBuf::from(set));
    }
    let on_path = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path)
            .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
    });
    if let Some(folder) = on_path {
        return Ok(folder);
    }
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path().join("bin"))
                .filter(|bin| bin.join("initdb").exists())
                .collect()
        })
        .unwrap_or_default();
    debian.sort_unstable_by_key(version);
    debian.pop().context("没有找到 PostgreSQL / PostgreSQL is not installed: install the package postgresql (15 or newer), or set KESHI_POSTGRES_BIN or KESHI_DATABASE_URL")
}
