//! The one binary: commands, settings, wiring.

mod commands;
mod private;
mod settings;
mod show;
mod spool;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use settings::Settings;

/// Much of what the projector reads is given back by another thread than took it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Keshi 课时: decides which online study was real, and what is owed for it.
///
/// 在线学习监测：哪些学习是真实的，应付多少补贴。
#[derive(Parser)]
#[command(name = "keshi", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Global {
    /// 私有服务的数据目录 / the folder of private servers
    #[arg(long, global = true, default_value = ".keshi", env = "KESHI_DIR")]
    dir: PathBuf,
    /// 日志服务器 / the log's server (nats://host:4222)
    #[arg(long, global = true)]
    nats_url: Option<String>,
    /// 数据库 / PostgreSQL (postgres://user@host/keshi)
    #[arg(long, global = true)]
    database_url: Option<String>,
    /// 输出 JSON / print JSON for machines
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// 启动全部服务 / everything in one process, with private servers where none are set
    ///
    /// Example: keshi up
    Up(commands::up::Up),
    /// 运行投影器 / the projector alone
    ///
    /// Example: keshi projector
    Projector,
    /// 运行结算 / the settlement worker alone
    ///
    /// Example: keshi settlement
    Settlement,
    /// 运行控制台 / the pages and the API alone
    ///
    /// Example: keshi console --listen 127.0.0.1:8020
    Console(commands::console::Serve),
    /// 升级数据库 / bring the database to this version
    ///
    /// Example: keshi migrate
    Migrate,
    /// 显示设置 / print the effective settings with their sources
    ///
    /// Example: keshi config
    Config,
    /// 等待处理完毕 / wait until all that was published is projected and settled
    ///
    /// Example: keshi wait
    Wait(commands::wait::Wait),
    /// 登记表 / providers, courses, trainees, enrolments
    ///
    /// Example: keshi registry import registry.json
    #[command(subcommand)]
    Registry(commands::registry::Registry),
    /// 学习记录 / a trainee's full study record
    ///
    /// Example: keshi record t1 --course C1
    Record(commands::record::Record),
    /// 班级表 / a course's board: who studied how much
    ///
    /// Example: keshi class C1
    Class(commands::class::Class),
    /// 重新计算 / records out of a log file, without server or database
    ///
    /// Example: keshi recompute log.jsonl --registry registry.json --json
    Recompute(commands::recompute::Recompute),
    /// 重建读模型 / build the read model anew from the log, compare, switch
    ///
    /// Example: keshi rebuild
    Rebuild(commands::rebuild::RebuildCommand),
    /// 日志文件 / write the log to a file, or put a file into the log
    ///
    /// Example: keshi log export > log.jsonl
    #[command(subcommand)]
    Log(commands::log::LogCommand),
    /// 被拒事件 / events that could not be used
    ///
    /// Example: keshi rejected list --platform p1
    #[command(subcommand)]
    Rejected(commands::rejected::Rejected),
    /// 核验 / is the database what the log says, and is nothing changed?
    ///
    /// Example: keshi verify --all
    Verify(commands::verify::Verify),
    /// 证据包 / one trainee's evidence, to be checked offline
    ///
    /// Example: keshi evidence t1 --out t1.evidence.json
    Evidence(commands::checkpoint::Evidence),
    /// 检查点 / signed checkpoints of the trail
    ///
    /// Example: keshi checkpoint export --out kept.json
    #[command(subcommand)]
    Checkpoint(commands::checkpoint::CheckpointCommand),
    /// 批准补传 / let back-filled time count
    ///
    /// Example: keshi approve session p1 t1 s1 --as wang --why "培训点断网"
    #[command(subcommand)]
    Approve(commands::approve::Decision),
    /// 撤销批准 / take such an approval back
    ///
    /// Example: keshi revoke session p1 t1 s1 --as wang --why "证明不实"
    #[command(subcommand)]
    Revoke(commands::approve::Decision),
    /// 补贴申请 / subsidy claims
    ///
    /// Example: keshi claims list
    #[command(subcommand)]
    Claims(commands::claims::Claims),
    /// 用户 / accounts of the console and the API
    ///
    /// Example: keshi user add root --role admin
    #[command(subcommand)]
    User(commands::user::User),
    /// 令牌 / tokens of programs
    ///
    /// Example: keshi token add li.na --label report --as root
    #[command(subcommand)]
    Token(commands::token::Token),
    /// 花名册 / rosters and public lists as XLSX and CSV
    ///
    /// Example: keshi roster list
    #[command(subcommand)]
    Roster(commands::roster::Roster),
    /// 账目 / the books: balances per payer district
    ///
    /// Example: keshi books --district lixia
    Books(commands::books::Books),
    /// 政策包 / policy packs
    ///
    /// Example: keshi policy explain
    #[command(subcommand)]
    Policy(commands::policy::Policy),
    /// 标记 / what looks wrong, and what officials decide about it
    ///
    /// Example: keshi flags list
    #[command(subcommand)]
    Flags(commands::flags::Flags),
    /// 学习诚信 / attendance integrity: how well the checks do
    ///
    /// Example: keshi integrity evaluate --seed 7 --trainees 1000
    #[command(subcommand)]
    Integrity(commands::integrity::Integrity),
    /// 模拟平台 / synthetic platforms with known truth
    ///
    /// Example: keshi simulate --trainees 60 --seed 2020 --out demo
    Simulate(commands::simulate::Simulate),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("KESHI_LOG")
                .unwrap_or_else(|_| "info,async_nats=warn,sqlx=warn".into()),
        )
        .with_target(false)
        .init();
    // A look does one thing after another: handing it from thread to thread costs more than a tenth of it.
    let mut runtime = match cli.command {
        Command::Flags(commands::flags::Flags::Look) => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let ran = runtime
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(cli)));
    match ran {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("错误 error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let flag = |name: &'static str, value: Option<String>| value.map(|value| (name, value));
    let flags: Vec<(&'static str, String)> =
        [flag("nats_url", cli.global.nats_url), flag("database_url", cli.global.database_url)]
            .into_iter()
            .flatten()
            .collect();
    let settings = Settings::gather(cli.global.dir, &flags)?;
    let json = cli.global.json;
    match cli.command {
        Command::Up(up) => Box::pin(up.run(&settings)).await?,
        Command::Projector => Box::pin(commands::roles::projector(&settings)).await?,
        Command::Settlement => commands::roles::settlement(&settings).await?,
        Command::Console(console) => console.run(&settings).await?,
        Command::Migrate => commands::migrate::migrate(&settings, json).await?,
        Command::Config => commands::config::config(&settings, json)?,
        Command::Wait(wait) => wait.run(&settings, json).await?,
        Command::Registry(registry) => return registry.run(&settings, json).await,
        Command::Record(record) => record.run(&settings, json).await?,
        Command::Class(class) => class.run(&settings, json).await?,
        Command::Recompute(recompute) => recompute.run(json)?,
        Command::Rebuild(rebuild) => return Box::pin(rebuild.run(&settings, json)).await,
        Command::Log(log) => Box::pin(log.run(&settings, json)).await?,
        Command::Rejected(rejected) => rejected.run(&settings, json).await?,
        Command::Verify(verify) => return Box::pin(verify.run(&settings, json)).await,
        Command::Evidence(evidence) => Box::pin(evidence.run(&settings)).await?,
        Command::Checkpoint(checkpoint) => Box::pin(checkpoint.run(&settings, json)).await?,
        Command::Approve(decision) => decision.decide(true, &settings, json).await?,
        Command::Revoke(decision) => decision.decide(false, &settings, json).await?,
        Command::Claims(claims) => Box::pin(claims.run(&settings, json)).await?,
        Command::Roster(roster) => Box::pin(roster.run(&settings, json)).await?,
        Command::Books(books) => {
            let balanced = books.run(&settings, json).await?;
            return Ok(if balanced { ExitCode::SUCCESS } else { ExitCode::from(3) });
        }
        Command::User(user) => user.run(&settings, json).await?,
        Command::Token(token) => token.run(&settings, json).await?,
        Command::Policy(policy) => return policy.run(&settings, json),
        Command::Flags(flags) => flags.run(&settings, json).await?,
        Command::Integrity(integrity) => integrity.run(&settings, json)?,
        Command::Simulate(simulate) => Box::pin(simulate.run(&settings, json)).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// `keshi … | head` is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
