//! Partitions spread over projectors, and move away from one that is stopped.

use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::crash::{check_end_state, class, import, query, register};
use crate::harness::{Keshi, Process};

/// How many partitions each projector owns, most first.
fn shares(keshi: &Keshi) -> Vec<usize> {
    let counted = query(
        keshi,
        "select count(*) filter (where classid = 1802698754) from pg_locks where locktype = 'advisory' and objsubid = 2
         and granted group by pid having count(*) filter (where classid = 1802698753) > 0 order by 1 desc",
    );
    counted.lines().map(|line| line.parse().expect("a number")).collect()
}

fn wait_for_shares(keshi: &Keshi, wanted: &[usize]) {
    let begun = Instant::now();
    while shares(keshi) != wanted {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}, not {wanted:?}", shares(keshi));
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn projector(keshi: &Keshi) -> Process {
    let mut command: Command = keshi.program();
    Process::spawn(command.arg("projector"))
}

#[test]
fn partitions_spread_and_leave_a_stopped_projector() {
    let keshi = Keshi::servers();
    let (log, registry) = class(&keshi, "6", "14");
    register(&keshi, &registry);
    let first = projector(&keshi);
    wait_for_shares(&keshi, &[16]);
    let second = projector(&keshi);
    wait_for_shares(&keshi, &[8, 8]);

    // Stopped, as by a debugger or a sleeping machine: its session says nothing, and the server ends it.
    first.signal(Signal::STOP);
    let messages = import(&keshi, &log)["published"].as_u64().expect("a number");
    wait_for_shares(&keshi, &[16]);
    let settlement = {
        let mut command = keshi.program();
        Process::spawn(command.arg("settlement"))
    };
    keshi.settle();
    check_end_state(&keshi, &registry, messages);
    // Woken, it writes nothing with what it held, and takes its share anew.
    first.signal(Signal::CONT);
    wait_for_shares(&keshi, &[8, 8]);
    second.kill();
    wait_for_shares(&keshi, &[16]);
    keshi.settle();
    drop((first, settlement));
    check_end_state(&keshi, &registry, messages);
}
