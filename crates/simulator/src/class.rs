//! A class: who is in it, how each lives, and what comes of it.

use std::io::Write;
use std::path::Path;

use keshi_events::{Millis, StoredMessage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use serde_json::{Value, json};

use crate::course::Course;
use crate::life::{Life, Sent};
use crate::people;
use crate::persona::{BackFilled, Honest, IdleBot, Persona, Speed};

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many people.
    pub trainees: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// How many of a thousand are dishonest.
    pub dishonest_per_mille: u32,
    /// The first evening, 19:00 Beijing time.
    pub first_evening: Millis,
    /// How many evenings, one a day.
    pub evenings: usize,
    /// Class hours of the course.
    pub class_hours: i64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            trainees: 60,
            seed: 2020,
            dishonest_per_mille: 50,
            first_evening: Millis(1_586_170_800_000), // 2020-04-06T19:00+08:00
            evenings: 21,
            class_hours: 30,
        }
    }
}

/// A flag that must be raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TruthFlag {
    /// Its name.
    pub flag: &'static str,
    /// The least level.
    pub level: &'static str,
}

/// A line of the truth file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TruthLine {
    /// Who.
    pub trainee: String,
    /// The way of living.
    pub persona: String,
    /// Whether the study was real.
    pub honest: bool,
    /// Really studied and reported seconds by course.
    pub verified_seconds: std::collections::BTreeMap<String, i64>,
    /// Flags that must be raised.
    pub flags: Vec<TruthFlag>,
}

/// What a simulation gives.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Messages in order of receipt, numbered.
    pub messages: Vec<StoredMessage>,
    /// The registry file.
    pub registry: Value,
    /// Who did what.
    pub truth: Vec<TruthLine>,
}

/// A class of trainees.
pub struct Class;

impl Class {
    /// Lives all lives.
    pub fn generate(config: &Config) -> Simulated {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        let course = Course::plan(config.class_hours, &mut rng);
        let evenings: Vec<Millis> =
            (0..config.evenings).map(|day| config.first_evening + day as i64 * 86_400_000).collect();
        let personas = cast(config, &mut rng);
        let (mut sent, mut truth, mut trainees, mut enrolments) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, persona) in personas.iter().enumerate() {
            let trainee = format!("t{:04}", index + 1);
            let own = ChaCha8Rng::seed_from_u64(config.seed ^ ((index as u64 + 1) << 20));
            let mut life = Life::new(trainee.clone(), &course, own);
            persona.live(&mut life, &evenings);
            let (messages, book) = life.end();
            sent.extend(messages);
            truth.push(TruthLine {
                trainee: trainee.clone(),
                persona: persona.name().to_owned(),
                honest: persona.honest(),
                verified_seconds: [(course.id.to_owned(), book.seconds())].into(),
                flags: persona.flags(),
            });
            trainees.push(people::registered(&trainee, index + 1, &mut rng));
            enrolments.push(json!({"trainee": trainee, "course": course.id, "on": config.first_evening.beijing_date().to_string(), "free": true}));
        }
        Simulated { messages: in_order(sent), registry: registry(&course, trainees, enrolments), truth }
    }
}

impl Simulated {
    /// Writes `log.jsonl`, `registry.json` and `truth.jsonl` into a folder.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_files(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let create = |name: &str| std::fs::File::create(folder.join(name)).map(std::io::BufWriter::new);
        let mut log = create("log.jsonl")?;
        for message in &self.messages {
            keshi_log::file::write_line(message, &mut log)?;
        }
        log.flush()?;
        let mut registry = create("registry.json")?;
        serde_json::to_writer(&mut registry, &self.registry)?;
        registry.write_all(b"\n")?;
        registry.flush()?;
        let mut truth = create("truth.jsonl")?;
        for line in &self.truth {
            serde_json::to_writer(&mut truth, line)?;
            truth.write_all(b"\n")?;
        }
        truth.flush()
    }
}

/// Who lives how: the dishonest first by number, then all shuffled.
fn cast(config: &Config, rng: &mut ChaCha8Rng) -> Vec<Box<dyn Persona>> {
    let dishonest = (config.trainees * config.dishonest_per_mille as usize + 500) / 1000;
    let mut personas: Vec<Box<dyn Persona>> = Vec::with_capacity(config.trainees);
    for index in 0..config.trainees {
        personas.push(if index < dishonest {
            dishonest_persona(index)
        } else {
            honest_persona(rng.random_range(0..100))
        });
    }
    for last in (1..personas.len()).rev() {
        personas.swap(last, rng.random_range(0..=last));
    }
    personas
}

fn dishonest_persona(index: usize) -> Box<dyn Persona> {
    match index % 3 {
        0 => Box::new(IdleBot),
        1 => Box::new(Speed),
        _ => Box::new(BackFilled),
    }
}

fn honest_persona(roll: u32) -> Box<dyn Persona> {
    let (name, pace, stops_after_percent) = match roll {
        0..72 => ("diligent", 100, 100),
        72..84 => ("half-way", 100, 55),
        84..89 => ("slow-player", 75, 100),
        89..94 => ("fast-player", 150, 100),
        94..97 => ("double-speed", 200, 100),
        _ => ("hasty-player", 125, 100),
    };
    Box::new(Honest { name, pace, stops_after_percent })
}

/// In order of arrival; what arrives in the same millisecond keeps the order of sending.
fn in_order(mut sent: Vec<Sent>) -> Vec<StoredMessage> {
    sent.sort_by_key(|sent| sent.arrives);
    (1..)
        .zip(sent)
        .map(|(seq, sent)| StoredMessage { seq, received_at: sent.arrives, ..sent.message })
        .collect()
}

fn registry(course: &Course, trainees: Vec<Value>, enrolments: Vec<Value>) -> Value {
    let listing = json!([{"authority": "jinan", "from": "2020-03-01", "to": "2020-06-30"}]);
    json!({
        "providers": [{"provider": course.platform, "kind": "platform", "name": "模拟学习平台", "listings": listing}],
        "specialties": [{"specialty": "electrician", "category": "skill", "name": "电工",
                         "standard_yuan": {"junior": "1000", "intermediate": "1500", "senior": "2000"}, "practical_share": "0.60"}],
        "courses": [course.registered()],
        "trainees": trainees,
        "enrolments": enrolments,
    })
}
