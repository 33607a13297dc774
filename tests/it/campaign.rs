//! Crash campaign: seeded rounds of kill -9, stops, restarts and cut connections under load, two projectors running.
//!
//! `KESHI_CAMPAIGN_ROUNDS=40 cargo test -p keshi-tests campaign -- --nocapture` runs the long one, `KESHI_TEST_SEED` replays one.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::crash::{check_end_state, class, parts, register};
use crate::harness::{Keshi, Process};

/// A server that outlived its `keshi up`, and can be started again just as it was.
struct Server {
    program: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    uid: u32,
    gid: u32,
    pid: u32,
    child: Option<Child>,
    port: u16,
}

impl Server {
    fn of(pid_file: &Path, port: u16) -> Server {
        let text = std::fs::read_to_string(pid_file).expect("a pid file");
        let pid: u32 = text.lines().next().expect("a pid").trim().parse().expect("a pid");
        let proc = PathBuf::from(format!("/proc/{pid}"));
        let command = std::fs::read(proc.join("cmdline")).expect("a command");
        let command: Vec<String> = command
            .split(|byte| *byte == 0)
            .map(|part| String::from_utf8(part.to_vec()).expect("UTF-8"))
            .collect();
        let owner = std::fs::metadata(&proc).expect("a process");
        Server {
            program: std::fs::read_link(proc.join("exe")).expect("a program"),
            arguments: command[1..command.len() - 1].to_vec(),
            folder: std::fs::read_link(proc.join("cwd")).expect("a folder"),
            uid: owner.uid(),
            gid: owner.gid(),
            pid,
            child: None,
            port,
        }
    }

    fn signal(&mut self, signal: Signal) {
        let pid = Pid::from_raw(self.pid as i32).expect("a pid");
        kill_process(pid, signal).expect("a running server");
        let begun = Instant::now();
        // The first one is nobody's child here: it is gone when its process is.
        while match &mut self.child {
            Some(child) => child.try_wait().expect("its state").is_none(),
            None => std::fs::read_to_string(format!("/proc/{}/stat", self.pid))
                .is_ok_and(|stat| !stat.contains(") Z")),
        } {
            assert!(begun.elapsed() < Duration::from_secs(30), "{} does not end", self.program.display());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn start(&mut self) {
        let begun = Instant::now();
        loop {
            let mut command = Command::new(&self.program);
            command.args(&self.arguments).current_dir(&self.folder).process_group(0);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            if rustix::process::geteuid().is_root() {
                command.uid(self.uid).gid(self.gid);
            }
            let mut child = command.spawn().expect("a server");
            while child.try_wait().expect("its state").is_none() {
                if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                    self.pid = child.id();
                    self.child = Some(child);
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            // PostgreSQL waits for the last process of a killed one to go.
            assert!(begun.elapsed() < Duration::from_secs(60), "{} does not start", self.program.display());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(pid) = Pid::from_raw(self.pid as i32) {
            let _ = kill_process(pid, Signal::INT);
        }
        if let Some(child) = &mut self.child {
            let _ = child.wait();
        }
    }
}

/// A network between the processes and a server, which can be cut.
struct Network {
    port: u16,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Network {
    fn to(server: u16) -> Network {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let network = Network { port: listener.local_addr().expect("a port").port(), open: Arc::default() };
        let open = network.open.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { continue };
                    std::thread::spawn(move || carry(from, to));
                }
                open.lock().expect("a lock").extend([client, server]);
            }
        });
        network
    }

    fn cut(&self) {
        for end in self.open.lock().expect("a lock").drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// What can go wrong in a round.
#[derive(Clone, Copy, Debug)]
enum Fault {
    KillProjector,
    StopProjector,
    KillSettlement,
    KillBothProjectors,
    KillLog,
    RestartLog,
    KillDatabase,
    RestartDatabase,
    CutDatabase,
    CutLog,
}

const FAULTS: [Fault; 10] = [
    Fault::KillProjector,
    Fault::KillDatabase,
    Fault::StopProjector,
    Fault::KillLog,
    Fault::CutDatabase,
    Fault::CutLog,
    Fault::KillSettlement,
    Fault::RestartDatabase,
    Fault::KillBothProjectors,
    Fault::RestartLog,
];

struct Campaign<'k> {
    keshi: &'k Keshi,
    log: Server,
    database: Server,
    to_log: Network,
    to_database: Network,
    database_url: String,
    projectors: [Option<Process>; 2],
    settlement: Option<Process>,
}

impl Campaign<'_> {
    fn role(&self, role: &str) -> Process {
        let mut command = self.keshi.program();
        command
            .arg(role)
            .env("KESHI_NATS_URL", format!("nats://127.0.0.1:{}", self.to_log.port))
            .env("KESHI_DATABASE_URL", &self.database_url)
            // Small batches: what comes in is a backlog, and standings are written behind their events.
            .env("KESHI_BATCH", "25");
        Process::spawn(&mut command)
    }

    /// A role that ended (it could not even begin while a server was down) begins again, as under a supervisor.
    fn revive(&mut self) {
        for at in 0..2 {
            if self.projectors[at].as_mut().is_none_or(|projector| projector.ended().is_some()) {
                self.projectors[at] = Some(self.role("projector"));
            }
        }
        if self.settlement.as_mut().is_none_or(|settlement| settlement.ended().is_some()) {
            self.settlement = Some(self.role("settlement"));
        }
    }

    fn strike(&mut self, fault: Fault, rng: &mut ChaCha8Rng) {
        let moment = Duration::from_millis(rng.random_range(20..700));
        let at = rng.random_range(0..2);
        match fault {
            Fault::KillProjector => kill(&mut self.projectors[at]),
            Fault::KillBothProjectors => self.projectors.iter_mut().for_each(kill),
            Fault::StopProjector => {
                if let Some(projector) = &mut self.projectors[at]
                    && projector.ended().is_none()
                {
                    projector.signal(Signal::STOP);
                    // Sometimes shorter, sometimes longer than the server waits for a sign of life.
                    std::thread::sleep(Duration::from_millis(rng.random_range(200..9_000)));
                    projector.signal(Signal::CONT);
                }
            }
            Fault::KillSettlement => kill(&mut self.settlement),
            Fault::KillLog | Fault::RestartLog => {
                self.log.signal(if matches!(fault, Fault::KillLog) { Signal::KILL } else { Signal::TERM });
                std::thread::sleep(moment);
                self.log.start();
            }
            Fault::KillDatabase | Fault::RestartDatabase => {
                self.database.signal(if matches!(fault, Fault::KillDatabase) {
                    Signal::KILL
                } else {
                    Signal::INT
                });
                std::thread::sleep(moment);
                self.database.start();
            }
            Fault::CutDatabase => self.to_database.cut(),
            Fault::CutLog => self.to_log.cut(),
        }
    }
}

fn kill(role: &mut Option<Process>) {
    if let Some(process) = role.take() {
        process.kill();
    }
}

fn port_of(url: &str) -> u16 {
    let rest = url.rsplit_once(':').expect("a port").1;
    rest.split('/').next().expect("a port").parse().expect("a port")
}

#[test]
fn campaign() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let seed = number("KESHI_TEST_SEED", 20_200_410);
    let rounds = number("KESHI_CAMPAIGN_ROUNDS", 6) as usize;
    println!("replay with KESHI_TEST_SEED={seed} KESHI_CAMPAIGN_ROUNDS={rounds}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut keshi = Keshi::servers();
    let (log, registry) = class(&keshi, "8", "16");
    register(&keshi, &registry);
    keshi.abandon();
    let keshi = keshi;
    let endpoints = keshi.endpoints();
    let (log_port, database_url) = (
        port_of(endpoints["nats_url"].as_str().expect("a URL")),
        endpoints["database_url"].as_str().expect("a URL").to_owned(),
    );
    let database_port = port_of(&database_url);
    let to_database = Network::to(database_port);
    let mut campaign = Campaign {
        keshi: &keshi,
        log: Server::of(&keshi.dir().join("nats/nats.pid"), log_port),
        database: Server::of(&keshi.dir().join("postgres/data/postmaster.pid"), database_port),
        to_log: Network::to(log_port),
        database_url: database_url.replace(&format!(":{database_port}/"), &format!(":{}/", to_database.port)),
        to_database,
        projectors: [None, None],
        settlement: None,
    };
    let first = rng.random_range(0..FAULTS.len());
    for (round, part) in parts(&keshi, &log, rounds).into_iter().enumerate() {
        campaign.revive();
        // Each fault has its turn, from a place that the seed decides.
        let fault = FAULTS[(first + round) % FAULTS.len()];
        println!("round {round}: {fault:?}");
        std::thread::scope(|scope| {
            let load = scope.spawn(|| {
                let part = part.to_str().expect("UTF-8");
                // An import that a fault breaks off begins again; what stands there already is skipped.
                (0..40).any(|_| {
                    keshi.run(&["log", "import", part]).status.success() || {
                        std::thread::sleep(Duration::from_millis(250));
                        false
                    }
                })
            });
            std::thread::sleep(Duration::from_millis(rng.random_range(0..600)));
            campaign.strike(fault, &mut rng);
            assert!(load.join().expect("a load"), "part {round} was never imported");
        });
    }
    // Whatever happened: the end is that of a quiet run.
    let begun = Instant::now();
    loop {
        campaign.revive();
        if keshi.run(&["wait", "--timeout", "5"]).status.success() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(180), "it does not come to rest");
    }
    let messages = keshi.json(&["wait"])["projected_to"].as_u64().expect("a number");
    check_end_state(&keshi, &registry, messages);
}
