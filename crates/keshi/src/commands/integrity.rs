//! `keshi integrity`: how well attendance checks tell the dishonest from the honest, in a city whose truth is known.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use keshi_events::{CourseId, PlatformId, TraineeId};
use keshi_integrity::{Crowd, Evaluation, Expected, Flag, History, Level, Person, Rules, examine, settle};
use keshi_record::{Catalogue, Constants};
use keshi_registry::RegistryFile;
use keshi_simulator::{Class, Config};
use serde::Deserialize;

use crate::commands::packs;
use crate::commands::simulate::per_mille;
use crate::settings::Settings;
use crate::show;
use crate::spool::{Bin, Spool};

#[derive(Subcommand)]
pub(crate) enum Integrity {
    /// 评估：对已知真相的城市运行全部检查 / run all checks over a city whose truth is known
    ///
    /// Examples: keshi integrity evaluate --seed 7 --trainees 10000;
    /// keshi integrity evaluate --log log.jsonl --registry registry.json --truth truth.jsonl --json
    Evaluate(Evaluate),
}

#[derive(Args)]
pub(crate) struct Evaluate {
    /// 模拟城市的种子 / a simulated city's seed
    #[arg(long, default_value_t = 2020, conflicts_with = "log")]
    seed: u64,
    /// 模拟城市的人数 / how many people it has
    #[arg(long, default_value_t = 1000, conflicts_with = "log")]
    trainees: usize,
    /// 作假者比例 / the share of the dishonest, from 0 to 1
    #[arg(long, default_value = "0.05", conflicts_with = "log")]
    dishonest: String,
    /// 他人的城市：日志文件 / somebody else's city: its log file
    #[arg(long, requires = "truth")]
    log: Option<PathBuf>,
    /// 其登记表 / its registry file
    #[arg(long, requires = "log")]
    registry: Option<PathBuf>,
    /// 其真相文件 / its truth file
    #[arg(long, requires = "log")]
    truth: Option<PathBuf>,
    /// 政策包：其 [integrity] 为检查的界限 / a policy pack whose [integrity] gives the limits
    #[arg(long)]
    policy: Option<String>,
    /// 列出每名错判者 / name everybody who was judged wrongly
    #[arg(long)]
    wrong: bool,
}

/// A line of a truth file. Members that are not named here are ignored.
#[derive(Deserialize)]
struct TruthRow {
    trainee: String,
    persona: String,
    honest: bool,
    #[serde(default)]
    verified_seconds: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    flags: Vec<TruthFlag>,
}

#[derive(Deserialize)]
struct TruthFlag {
    flag: String,
    level: Level,
}

impl Integrity {
    pub(crate) fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let Integrity::Evaluate(evaluate) = self;
        evaluate.run(settings, json)
    }
}

impl Evaluate {
    fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let begun = Instant::now();
        let (spool, catalogue, mut people, seed) = match (&self.log, &self.truth) {
            (Some(log), Some(truth)) => {
                let catalogue = match &self.registry {
                    Some(path) => registry(path)?,
                    None => Catalogue::default(),
                };
                let people = read_truth(truth)?;
                (spool_file(log)?, catalogue, people, None)
            }
            _ => self.simulated()?,
        };
        let rules = match &self.policy {
            Some(file) => packs::read(file)?.integrity,
            None => packs::rules(settings)?,
        };
        let (flags, places) = find(spool.bins()?, &catalogue, &rules)?;
        for person in &mut people {
            if let Some((courses, platforms)) = places.get(&person.trainee) {
                person.courses.extend(courses.iter().cloned());
                person.platforms.extend(platforms.iter().cloned());
            }
        }
        let evaluation = Evaluation::of(seed, &people, &flags);
        if json {
            return show::json(&evaluation);
        }
        show_table(&evaluation, begun.elapsed().as_secs_f64())?;
        if self.wrong { show_wrong(&people, &flags) } else { Ok(()) }
    }

    fn simulated(&self) -> Result<(Spool, Catalogue, Vec<Person>, Option<u64>)> {
        let config = Config {
            trainees: self.trainees,
            seed: self.seed,
            dishonest_per_mille: per_mille(&self.dishonest)?,
            ..Config::city()
        };
        let mut running = Class::begin(&config);
        let mut spool = Spool::of_bytes(self.trainees as u64 * BYTES_A_TRAINEE)?;
        for message in running.by_ref() {
            spool.put(&message)?;
        }
        let file = serde_json::to_vec(&running.registry())?;
        let file = RegistryFile::parse_strict(&file).map_err(|faults| anyhow!("{faults:?}"))?;
        let person = |line: keshi_simulator::TruthLine| {
            let expected = line.flags.iter().filter_map(|flag| {
                Some(Expected { flag: flag.flag.to_owned(), level: Level::parse(flag.level)? })
            });
            Person {
                trainee: TraineeId::from(line.trainee.as_str()),
                flags: expected.collect(),
                persona: line.persona,
                honest: line.honest,
                courses: line.verified_seconds.keys().map(|course| CourseId::from(course.as_str())).collect(),
                platforms: BTreeSet::new(),
            }
        };
        Ok((spool, file.catalogue(), running.truth().map(person).collect(), Some(self.seed)))
    }
}

/// What a simulated trainee of a city says, about.
const BYTES_A_TRAINEE: u64 = 500_000;

fn spool_file(path: &Path) -> Result<Spool> {
    let file = File::open(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
    let mut spool = Spool::of_bytes(file.metadata()?.len())?;
    for message in keshi_log::file::read_lines(BufReader::with_capacity(1 << 20, file)) {
        let message = message
            .with_context(|| format!("日志文件已损坏 / the log file is damaged: {}", path.display()))?;
        spool.put(&message)?;
    }
    Ok(spool)
}

fn registry(path: &Path) -> Result<Catalogue> {
    let bytes = std::fs::read(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
    let file = RegistryFile::parse_lenient(&bytes).map_err(|faults| {
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow!("登记表无法读取 / the registry cannot be read: {}: {}", path.display(), said.join("; "))
    })?;
    Ok(file.catalogue())
}

fn read_truth(path: &Path) -> Result<Vec<Person>> {
    let file = File::open(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
    let mut people = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let row: TruthRow = serde_json::from_str(&line).with_context(|| {
            format!("真相文件第 {number} 行无法读取 / line {number} of the truth file cannot be read")
        })?;
        people.push(Person {
            trainee: TraineeId::from(row.trainee),
            persona: row.persona,
            honest: row.honest,
            flags: row.flags.into_iter().map(|f| Expected { flag: f.flag, level: f.level }).collect(),
            courses: row.verified_seconds.into_keys().map(CourseId::from).collect(),
            platforms: BTreeSet::new(),
        });
    }
    if people.is_empty() {
        bail!("真相文件中无人 / nobody stands in the truth file: {}", path.display());
    }
    Ok(people)
}

/// Where people studied.
type Places = BTreeMap<TraineeId, (BTreeSet<CourseId>, BTreeSet<PlatformId>)>;

/// Examines all trainees, bin by bin on every core, and lays them side by side.
fn find(bins: Vec<Bin>, catalogue: &Catalogue, rules: &Rules) -> Result<(Vec<Flag>, Places)> {
    let constants = Constants::default();
    let bar = show::progress(bins.len() as u64, "检查 checking");
    let left = Mutex::new(bins);
    let found = Mutex::new((Vec::new(), Crowd::default(), Places::new()));
    let poisoned = || anyhow!("另一线程已失败 / another thread has failed");
    let work = || -> Result<()> {
        loop {
            let Some(bin) = left.lock().map_err(|_| poisoned())?.pop() else { return Ok(()) };
            let mut examined = Vec::new();
            bin.each_trainee(|trainee, events| {
                examined.push((
                    trainee.clone(),
                    examine(trainee, &History::of(events), &constants, catalogue, rules),
                ));
            })?;
            let mut found = found.lock().map_err(|_| poisoned())?;
            for (trainee, one) in examined {
                let uses = || one.traces.uses.iter();
                let courses = uses().filter_map(|used| used.course.clone()).collect();
                let platforms = uses().map(|used| used.platform.clone()).collect();
                found.2.insert(trainee.clone(), (courses, platforms));
                found.0.extend(one.flags);
                found.1.take(&trainee, one.traces);
            }
            bar.inc(1);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| -> Result<()> {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| poisoned())?)
    })?;
    bar.finish_and_clear();
    let (mut flags, crowd, places) = found.into_inner().map_err(|_| poisoned())?;
    flags.extend(crowd.flags(rules));
    Ok((settle(flags), places))
}

fn show_table(evaluation: &Evaluation, seconds: f64) -> Result<()> {
    let mut table = show::table(&[
        "人物 persona",
        "人数 people",
        "有标记 flagged",
        "正确 right level",
        "暂缓 held",
        "核查 review",
        "错误 wrong",
    ]);
    for row in &evaluation.personas {
        table.add_row(vec![
            format!("{} {}", if row.honest { "诚实 honest ·" } else { "作假 dishonest ·" }, row.persona),
            row.people.to_string(),
            row.flagged.to_string(),
            row.right_level.to_string(),
            row.held.to_string(),
            row.review.to_string(),
            (row.people - row.right_level).to_string(),
        ]);
    }
    show::line(&table)?;
    let count = |honest: bool, of: fn(&keshi_integrity::PersonaRow) -> usize| -> usize {
        evaluation.personas.iter().filter(|row| row.honest == honest).map(of).sum()
    };
    let (caught, wronged) =
        (count(false, |row| row.held + row.review), count(true, |row| row.held + row.review));
    let percent = |share: f64| format!("{:.3}%", share * 100.0);
    let precision = if caught + wronged == 0 { 1.0 } else { caught as f64 / (caught + wronged) as f64 };
    show::line(format!(
        "{} 人 people · 召回 recall {} · 精确 precision {} · 诚实者暂缓 honest held {} · 诚实者核查 honest under review {} · {seconds:.1} 秒 s",
        evaluation.trainees,
        percent(evaluation.dishonest_recall),
        percent(precision),
        percent(evaluation.honest_held_rate),
        percent(evaluation.honest_review_rate),
    ))
}

/// Everybody who was judged wrongly, with what was raised.
fn show_wrong(people: &[Person], flags: &[Flag]) -> Result<()> {
    let mut raised: BTreeMap<&TraineeId, Vec<&Flag>> = BTreeMap::new();
    for flag in flags {
        for trainee in &flag.people {
            raised.entry(trainee).or_default().push(flag);
        }
    }
    for person in people {
        let own = raised.get(&person.trainee).map(Vec::as_slice).unwrap_or_default();
        let single = Evaluation::of(None, std::slice::from_ref(person), flags);
        if single.personas.iter().all(|row| row.right_level == row.people) {
            continue;
        }
        let expected: Vec<String> = person.flags.iter().map(|e| format!("{} {}", e.level, e.flag)).collect();
        show::line(format!(
            "{} ({}): 应有 expected [{}]",
            person.trainee,
            person.persona,
            expected.join(", ")
        ))?;
        for flag in own.iter().filter(|flag| !person.honest || flag.level > Level::Info) {
            show::line(format!("    {} {} · {} / {}", flag.level, flag.kind, flag.chinese, flag.english))?;
        }
    }
    Ok(())
}
