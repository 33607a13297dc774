//! keshi-bench: how fast Keshi is, each goal against the bare program in the same run, on private servers of their own.
//!
//! `cargo build --release --bins && target/release/keshi-bench` prints the table: 2 million events in under ten minutes;
//! `--quick` takes 300,000, `--full` 20 million; `--json` prints one object a row. Figures drift with the machine; ratios
//! within one run hold. It is no test: nothing fails when a goal is missed. `keshi-bench settlement` measures claims and
//! rosters, `keshi-bench console` the pages, `keshi-bench integrity` the attendance checks.

mod bare;
mod console;
mod goals;
#[path = "../it/http.rs"]
#[allow(dead_code, clippy::expect_used, clippy::panic, reason = "it is the tests', and stops as tests do")]
mod http;
mod integrity;
mod load;
mod measure;
mod servers;
mod settlement;

use anyhow::Result;
use clap::{Parser, Subcommand};

use goals::Goal;
use measure::Bench;

/// 基准测试：与最简程序同场对比 / how fast Keshi is, against the bare program in the same run
#[derive(Parser)]
#[command(name = "keshi-bench")]
struct Cli {
    /// 30 万条事件，约两分钟 / 300,000 events, about two minutes
    #[arg(long, conflicts_with_all = ["full", "events"])]
    quick: bool,
    /// 2000 万条事件 / 20 million events, as long as it takes
    #[arg(long, conflicts_with = "events")]
    full: bool,
    /// 事件数 / so many events
    #[arg(long, default_value_t = 2_000_000)]
    events: u64,
    /// 每行一个 JSON 对象 / one JSON object a row
    #[arg(long, global = true)]
    json: bool,
    /// 只测这些目标 / these goals alone, by name
    #[arg(long, value_delimiter = ',')]
    goals: Vec<String>,
    /// 内存与实时测量的规模，千分之几 / thousandths of the usual size of what is measured live, and of memory
    #[arg(long, default_value_t = 1_000)]
    scale: u64,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// 结算：完成的课程变成申请，以及花名册 / completions that become claims, and a roster
    Settlement(settlement::Settlement),
    /// 控制台：一百万条事件旁的页面 / pages, beside a million events
    Console(console::Console),
    /// 学习诚信：许多人同一天学习时，检查的花费 / what the checks cost when many study on one day
    Integrity(integrity::Integrity),
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let events = match (cli.quick, cli.full) {
        (true, _) => 300_000,
        (_, true) => 20_000_000,
        _ => cli.events,
    };
    if let Some(unknown) = cli.goals.iter().find(|name| Goal::of(name).is_none()) {
        anyhow::bail!("没有目标 there is no goal {unknown}");
    }
    let json = cli.json;
    let show = move |name: &str, value: f64| {
        let Some(goal) = Goal::of(name) else { return };
        println!("{}", if json { goal.json(value).to_string() } else { goal.line(value) });
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match &cli.command {
        Some(Command::Settlement(settlement)) => return runtime.block_on(Box::pin(settlement.run())),
        Some(Command::Integrity(integrity)) => return runtime.block_on(Box::pin(integrity.run(json))),
        Some(Command::Console(console)) => return runtime.block_on(Box::pin(console.run(json))),
        None => {}
    }
    let mut bench = runtime.block_on(Bench::begin(events, cli.scale, cli.goals))?;
    runtime.block_on(Box::pin(bench.run(&show)))
}
