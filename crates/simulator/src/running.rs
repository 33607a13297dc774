//! A class in progress: all lives side by side, one message after the other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use keshi_events::{Millis, StoredMessage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::cast::cast;
use crate::config::Config;
use crate::happening::Sent;
use crate::life::Life;
use crate::message;
use crate::people::Person;
use crate::persona::{Next, Persona};
use crate::platform::Platform;
use crate::registry::Registry;
use crate::timetable::Timetable;
use crate::truth::TruthLine;

/// A class in progress. It yields the messages in order of receipt, numbered from 1. It keeps one life a person and
/// the messages that are on their way, never the past.
pub struct Running {
    seed: u64,
    first_evening: Millis,
    platforms: Vec<Arc<Platform>>,
    people: Vec<(Life, Box<dyn Persona>)>,
    /// Whose turn comes when.
    turns: BinaryHeap<Reverse<(Millis, u32)>>,
    on_the_way: BinaryHeap<Reverse<Sent>>,
    seq: u64,
}

/// Streams of the generator: one for the class, then two a person (who somebody is; how somebody lives).
const CLASS: u64 = 0;
/// Where people study who have no reason to study elsewhere: the first so many.
const USUAL_PLATFORMS: usize = 2;

impl Running {
    pub(crate) fn begin(config: &Config) -> Running {
        let mut rng = generator(config.seed, CLASS);
        let platforms: Vec<Arc<Platform>> =
            Platform::all(config, &mut rng).into_iter().map(Arc::new).collect();
        let timetable = Arc::new(Timetable::of(config));
        let personas = cast(config, &mut rng);
        let mut people = Vec::with_capacity(personas.len());
        for (who, persona) in (0..u32::MAX).zip(personas) {
            // Out of the person's own numbers: where somebody learns does not depend on how many there are.
            let mut own = generator(config.seed, 2 * u64::from(who) + 2);
            let usual = own.random_range(0..USUAL_PLATFORMS.min(platforms.len()));
            let other = persona.platform().and_then(|id| platforms.iter().find(|platform| platform.id == id));
            let Some(platform) = other.or_else(|| platforms.get(usual)) else { break };
            let others: Vec<Arc<Platform>> = platforms.iter().take(USUAL_PLATFORMS).cloned().collect();
            people.push((Life::new(who, Arc::clone(platform), others, Arc::clone(&timetable), own), persona));
        }
        let turns = people.iter().map(|(life, _)| Reverse((life.now, life.who))).collect();
        let (seed, first_evening) = (config.seed, config.first_evening);
        Running { seed, first_evening, platforms, people, turns, on_the_way: BinaryHeap::new(), seq: 0 }
    }

    /// The registry file, row by row.
    pub fn registry(&self) -> impl Serialize + '_ {
        Registry {
            platforms: &self.platforms,
            on: self.first_evening.beijing_date().to_string(),
            people: u32::try_from(self.people.len()).unwrap_or(u32::MAX),
            of: |who: u32| {
                let mut rng = generator(self.seed, 2 * u64::from(who) + 1);
                let person = Person::make_up(who, self.seed, &mut rng);
                let course = self.people.get(who as usize).map_or("", |(life, _)| life.platform.course.id);
                (person, course)
            },
        }
    }

    /// The truth, as far as the messages have been drawn; whole once there are no more.
    pub fn truth(&self) -> impl Iterator<Item = TruthLine> + '_ {
        self.people.iter().map(|(life, persona)| {
            let course = &life.platform.course;
            let own = (course.id.to_owned(), life.book.seconds(course.lengths()));
            let beside = life.beside.iter().map(|course| ((*course).to_owned(), 0));
            TruthLine {
                trainee: life.trainee.clone(),
                persona: persona.name().to_owned(),
                honest: persona.honest(),
                verified_seconds: beside.chain([own]).collect(),
                flags: persona.flags(),
            }
        })
    }

    /// Messages that were sent and have not arrived.
    pub fn on_the_way(&self) -> usize {
        self.on_the_way.len()
    }

    /// Lets the person whose turn is first do the next thing.
    fn turn(&mut self, who: u32) {
        let Some((life, persona)) = self.people.get_mut(who as usize) else { return };
        let begun = life.now;
        let next = persona.act(life);
        assert!(life.now >= begun, "time never goes back");
        for sent in life.take_sent() {
            assert!(sent.arrives >= begun, "nothing arrives before it is sent");
            self.on_the_way.push(Reverse(sent));
        }
        if next == Next::GoesOn {
            self.turns.push(Reverse((life.now, who)));
        }
    }

    /// The message that arrives next, once nobody can send an earlier one any more.
    fn arrived(&mut self) -> Option<Sent> {
        let Reverse(first) = self.on_the_way.peek()?;
        let is_first = self.turns.peek().is_none_or(|Reverse((now, _))| first.arrives < *now);
        if is_first { self.on_the_way.pop().map(|Reverse(sent)| sent) } else { None }
    }
}

impl Iterator for Running {
    type Item = StoredMessage;

    fn next(&mut self) -> Option<StoredMessage> {
        loop {
            if let Some(sent) = self.arrived() {
                self.seq += 1;
                let (life, _) = self.people.get(sent.who as usize)?;
                return Some(message::write(self.seq, &sent, life));
            }
            let Reverse((_, who)) = self.turns.pop()?;
            self.turn(who);
        }
    }
}

/// A stream of the seed's numbers: the same on every machine, and independent of the others.
fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}
