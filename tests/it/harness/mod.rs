//! A Keshi of a test's own: private servers in a folder of its own, stopped when the test ends.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root").to_owned()
}

/// The program under test, beside the test's own binary.
pub(crate) fn keshi_program() -> PathBuf {
    let mut path = std::env::current_exe().expect("this test");
    path.pop();
    path.pop();
    let program = path.join("keshi");
    assert!(
        program.exists(),
        "{} is missing: run `cargo build -p keshi` first, as tests/run does",
        program.display()
    );
    program
}

/// nats-server: as set, as installed by the scripts, or on PATH.
pub(crate) fn nats_server() -> PathBuf {
    let installed = root().join(".tools/venv/bin/nats-server");
    match std::env::var_os("KESHI_NATS_SERVER") {
        Some(path) => path.into(),
        None if installed.exists() => installed,
        None => "nats-server".into(),
    }
}

/// A running process, killed when it is dropped.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    pub(crate) fn spawn(command: &mut Command) -> Process {
        Process { child: command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")) }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id() as i32).expect("a pid");
        kill_process(pid, signal).expect("a running process");
    }

    /// Kills it at once, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a running process");
        self.child.wait().expect("its end");
    }

    /// Whether it has ended, and with what.
    pub(crate) fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().expect("its state")
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self, patience: Duration) -> std::process::ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(begun.elapsed() < patience, "a process does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.signal(Signal::TERM);
            let begun = Instant::now();
            while self.ended().is_none() && begun.elapsed() < Duration::from_secs(40) {
                std::thread::sleep(Duration::from_millis(10));
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A Keshi with private servers in a folder of its own.
pub(crate) struct Keshi {
    up: Option<Process>,
    folder: TempDir,
}

impl Keshi {
    /// Everything: `keshi up`.
    pub(crate) fn up() -> Keshi {
        Keshi::start(&[], &[])
    }

    /// Everything, with settings.
    pub(crate) fn up_with(settings: &[(&str, &str)]) -> Keshi {
        Keshi::start(&[], settings)
    }

    /// The servers alone: projector and settlement are the test's.
    pub(crate) fn servers() -> Keshi {
        Keshi::start(&["--servers-only"], &[])
    }

    fn start(arguments: &[&str], settings: &[(&str, &str)]) -> Keshi {
        let mut keshi = Keshi { up: None, folder: tempfile::tempdir().expect("a folder") };
        let mut command = keshi.program();
        command.arg("up").args(arguments).envs(settings.iter().copied());
        keshi.up = Some(Process::spawn(&mut command));
        let begun = Instant::now();
        loop {
            let ready = std::fs::read(keshi.dir().join("endpoints.json"))
                .ok()
                .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
                .is_some_and(|endpoints| endpoints["ready"] == true);
            if ready {
                return keshi;
            }
            let ended = keshi.up.as_mut().and_then(Process::ended);
            assert!(
                ended.is_none() && begun.elapsed() < Duration::from_secs(120),
                "keshi up ({ended:?}): {}",
                keshi.log_text()
            );
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Kills `keshi up` itself: its servers run on, and are the test's from here on.
    pub(crate) fn abandon(&mut self) {
        if let Some(up) = self.up.take() {
            up.kill();
        }
    }

    /// The folder of its data.
    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join(".keshi")
    }

    /// A file of the test's.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log_text(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("keshi.log")).unwrap_or_default()
    }

    /// The program with this Keshi's folder; what it logs goes into a file.
    pub(crate) fn program(&self) -> Command {
        let log =
            std::fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join("keshi.log"));
        let mut command = Command::new(keshi_program());
        command
            .current_dir(self.folder.path())
            .env("KESHI_NATS_SERVER", nats_server())
            .env_remove("KESHI_FAULT")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a log file"));
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.program();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.output().unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    }

    /// Runs a command that has to succeed, and gives what it printed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "keshi {arguments:?}: {}\n{}",
            String::from_utf8_lossy(&output.stderr),
            self.log_text()
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs a command with `--json`, and gives its value.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let text = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("keshi {arguments:?}: {error}: {text}"))
    }

    /// Waits until all is projected, published and settled.
    pub(crate) fn settle(&self) {
        self.ok(&["wait", "--timeout", "300"]);
    }

    /// The records out of the database, and those recomputed from the exported log, byte for byte.
    pub(crate) fn records_two_ways(&self, registry: Option<&Path>) -> (String, String) {
        let exported = self.file("exported.jsonl");
        let _ = std::fs::remove_file(&exported);
        let name = exported.to_str().expect("UTF-8").to_owned();
        self.ok(&["log", "export", "--out", &name]);
        let mut arguments = vec!["recompute".to_owned(), name, "--json".to_owned()];
        if let Some(registry) = registry {
            arguments.extend(["--registry".to_owned(), registry.to_str().expect("UTF-8").to_owned()]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        (self.ok(&["record", "--all", "--json"]), self.ok(&arguments))
    }

    /// Where its servers are.
    pub(crate) fn endpoints(&self) -> Value {
        let bytes = std::fs::read(self.dir().join("endpoints.json")).expect("the endpoints");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// Registers platforms (and whatever else the registry holds) and waits until they have their users.
    pub(crate) fn register(&self, registry: &Value) -> PathBuf {
        let path = self.file("registry.json");
        std::fs::write(&path, registry.to_string()).expect("a file");
        self.ok(&["registry", "import", path.to_str().expect("UTF-8")]);
        let begun = Instant::now();
        let wanted: Vec<String> = registry["providers"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|provider| provider["provider"].as_str().expect("an id").to_owned())
            .collect();
        while wanted.iter().any(|platform| self.endpoints()["nats_users"][platform].is_null()) {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the platforms get no users: {}",
                self.log_text()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        path
    }

    /// A platform's own connection, with the rights that it has.
    pub(crate) async fn platform(&self, platform: &str) -> async_nats::Client {
        self.connect(platform).await
    }

    /// Keshi's own connection.
    pub(crate) async fn owner(&self) -> async_nats::Client {
        self.connect("keshi").await
    }

    async fn connect(&self, user: &str) -> async_nats::Client {
        let endpoints = self.endpoints();
        let login = &endpoints["nats_users"][user];
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        async_nats::ConnectOptions::new()
            .user_and_password(text(&login["user"]), text(&login["password"]))
            .custom_inbox_prefix(format!("_INBOX_{user}"))
            .connect(text(&endpoints["nats_url"]))
            .await
            .expect("a connection")
    }
}

impl Drop for Keshi {
    fn drop(&mut self) {
        self.up = None;
        // The data of PostgreSQL stands elsewhere when its user cannot reach the folder.
        if let Ok(elsewhere) = std::fs::read_link(self.dir().join("postgres")) {
            let _ = std::fs::remove_dir_all(elsewhere);
        }
    }
}

/// A registry of two platforms with one course.
pub(crate) fn small_registry() -> Value {
    let listing = json!([{"authority": "jinan", "from": "2020-03-01", "to": "2020-06-30"}]);
    json!({
        "providers": [
            {"provider": "p1", "kind": "platform", "name": "甲平台", "listings": listing},
            {"provider": "p2", "kind": "platform", "name": "乙平台", "listings": listing}],
        "courses": [{"course": "C1", "provider": "p1", "title": "电工", "videos": [{"video": "v1", "duration_ms": 600_000}]}],
    })
}

/// A structured event of a platform.
pub(crate) fn event(platform: &str, trainee: &str, id: &str, kind: &str, time: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": format!("/platforms/{platform}"), "type": kind,
           "subject": trainee, "time": time, "data": data})
}

/// A sign-in that is good in every way.
pub(crate) fn sign_in(platform: &str, trainee: &str, id: &str) -> Value {
    event(
        platform,
        trainee,
        id,
        "keshi.session.opened.v1",
        "2020-04-20T09:00:00+08:00",
        json!({"session": "s1", "method": "face", "verified": true, "device": "d1", "ip": "10.0.0.1"}),
    )
}
