//! Who lives how.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use crate::config::Config;
use crate::pace::Pace;
use crate::persona::*;

/// The habits of a hundred honest people.
const HABITS: &[(u32, Habit)] = &[
    (70, DILIGENT),
    (10, Habit { name: "half-way", stops_after_percent: 55, ..DILIGENT }),
    (5, Habit { name: "slow-player", other_pace: Pace::SLOW, other_per_mille: 600, ..DILIGENT }),
    (5, Habit { name: "mixed-pace", other_pace: Pace::FAST, other_per_mille: 150, ..DILIGENT }),
    (3, Habit { name: "hasty-player", pace: Pace::HASTY, other_pace: Pace::HASTY, ..DILIGENT }),
    (3, Habit { name: "fast-player", pace: Pace::FAST, other_pace: Pace::FAST, ..DILIGENT }),
    // Who hurries like this does not stay for the last quiz.
    (
        2,
        Habit {
            name: "double-speed",
            pace: Pace::DOUBLE,
            other_pace: Pace::DOUBLE,
            stops_after_percent: 90,
            ..DILIGENT
        },
    ),
    (
        2,
        Habit { name: "twice-at-double", pace: Pace::DOUBLE, other_pace: Pace::DOUBLE, views: 2, ..DILIGENT },
    ),
];

const DILIGENT: Habit = Habit {
    name: "diligent",
    pace: Pace::PLAIN,
    other_pace: Pace::PLAIN,
    other_per_mille: 0,
    views: 1,
    stops_after_percent: 100,
};

/// The personas of a class, in the order of its people.
pub(crate) fn cast(config: &Config, rng: &mut impl Rng) -> Vec<Box<dyn Persona>> {
    let dishonest = config.dishonest();
    let mut personas: Vec<Box<dyn Persona>> = if config.everybody {
        let mut rings = Rings { seed: config.seed, next: 0 };
        let mut all = frauds(dishonest, &mut rings);
        all.extend(honest_people(config.trainees - dishonest, &mut rings, rng));
        all
    } else {
        let persona = |index| {
            if index < dishonest { few_frauds(index) } else { honest_persona(rng.random_range(0..100)) }
        };
        (0..config.trainees).map(persona).collect()
    };
    personas.shuffle(rng);
    personas
}

fn few_frauds(index: usize) -> Box<dyn Persona> {
    match index % 3 {
        0 => Box::new(IdleBot::default()),
        1 => Box::new(Speed::times(8)),
        _ => Box::new(BackFilled::default()),
    }
}

fn honest_persona(roll: u32) -> Box<dyn Persona> {
    let mut above = 0;
    let habit = HABITS.iter().find(|(share, _)| {
        above += share;
        roll < above
    });
    Box::new(Honest::new(habit.map_or(DILIGENT, |(_, habit)| *habit)))
}

/// Numbers for groups, each once.
struct Rings {
    seed: u64,
    next: u32,
}

impl Rings {
    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// A ring of so many.
    fn ring(&mut self, size: u32) -> impl Iterator<Item = Ring> + use<> {
        let (seed, number) = (self.seed, self.number());
        (0..size).map(move |place| Ring { seed, number, place })
    }
}

fn by_evening<T: Evenings + 'static>(way: T) -> Box<dyn Persona> {
    Box::new(ByEvening::new(way))
}

/// A fraud of one person, or a whole ring.
type Fraud = fn(&mut Rings) -> Vec<Box<dyn Persona>>;

/// Every fraud, the most telling first: a small class has but a few.
const FRAUDS: &[Fraud] = &[
    |_| vec![Box::new(IdleBot::default())],
    |_| vec![Box::new(Speed::times(8))],
    |_| vec![Box::new(BackFilled::default())],
    |rings| rings.ring(4).map(|ring| by_evening(DeviceFarm(ring, Course::default()))).collect(),
    |_| vec![by_evening(SeekToEnd::default())],
    |_| vec![by_evening(ForgedCompletion)],
    |_| vec![by_evening(TwoTabs)],
    |_| vec![by_evening(SeveralPlatforms)],
    |rings| rings.ring(3).map(|ring| by_evening(CopyingGroup(ring, Course::default()))).collect(),
    |_| vec![by_evening(Loop::default())],
    |_| vec![by_evening(Clockwork::default())],
    |_| vec![by_evening(Replay::default())],
    |rings| rings.ring(6).map(|ring| by_evening(ProxyFarm(ring, Course::default()))).collect(),
    |_| vec![by_evening(Marathon)],
    |_| vec![by_evening(QuizTooFast::default())],
    |rings| rings.ring(2).map(|ring| by_evening(Harvester(ring, Course::default()))).collect(),
    |_| vec![by_evening(SilentSkips::default())],
    |_| vec![by_evening(Travel::default())],
    |_| vec![by_evening(MutatedHistory::default())],
    |_| vec![by_evening(SignInsOnly)],
    |_| vec![by_evening(FrozenPosition)],
    |_| vec![by_evening(FastClock)],
    |rings| rings.ring(6).map(|ring| by_evening(Roster(ring, Course::default()))).collect(),
    |_| vec![Box::new(Speed::times(4))],
    |_| vec![Box::new(Speed::times(16))],
    |rings| rings.ring(24).map(|_| by_evening(Spike(Course::default()))).collect(),
];

/// So many dishonest people: every fraud in turn, as often as there is room for it whole.
fn frauds(count: usize, rings: &mut Rings) -> Vec<Box<dyn Persona>> {
    let mut all: Vec<Box<dyn Persona>> = Vec::with_capacity(count);
    while all.len() < count {
        for (index, fraud) in FRAUDS.iter().enumerate() {
            // One course has its spike once.
            let again = index + 1 == FRAUDS.len() && all.len() > SPIKE_ONCE;
            let several = fraud(rings);
            if all.len() + several.len() <= count && !again {
                all.extend(several);
            }
        }
    }
    all
}

/// The spike is among the first so many dishonest people, or not at all.
const SPIKE_ONCE: usize = 60;

/// So many honest people: the usual ones, and of every hundred about twenty with something odd.
fn honest_people(count: usize, rings: &mut Rings, rng: &mut impl Rng) -> Vec<Box<dyn Persona>> {
    let odd = |name, oddity| -> Box<dyn Persona> { Box::new(Honest::odd(name, DILIGENT, oddity)) };
    let mut all: Vec<Box<dyn Persona>> = Vec::with_capacity(count);
    while all.len() < count {
        let group: Vec<Box<dyn Persona>> = match rng.random_range(0..1000) {
            0..20 => {
                let home = rings.number();
                (0..rng.random_range(2..5)).map(|_| odd("household", Oddity::SharedAddress(home))).collect()
            }
            20..35 => {
                let household = rings.number();
                [false, true]
                    .map(|second| odd("hand-over", Oddity::HandOver { household, second }))
                    .into_iter()
                    .collect()
            }
            35..38 => {
                let room = rings.number();
                (0..25).map(|_| odd("training-room", Oddity::SharedAddress(room))).collect()
            }
            38..40 => {
                let gateway = rings.number();
                (0..40).map(|_| odd("carrier-nat", Oddity::SharedAddress(gateway))).collect()
            }
            40..43 => {
                let room = rng.random_bool(0.5).then(|| rings.number());
                (0..20).map(|_| odd("live-lesson", Oddity::LiveLesson { room })).collect()
            }
            43..63 => vec![odd("lossy-network", Oddity::Lossy)],
            63..83 => vec![odd("missed-then-verified", Oddity::MissesChecks)],
            83..103 => vec![odd("two-devices", Oddity::TwoDevices)],
            103..123 => vec![odd("vpn", Oddity::Vpn)],
            123..143 => vec![odd("quick-answers", Oddity::QuickAnswers)],
            143..163 => vec![odd("long-pauses", Oddity::LongPauses)],
            _ => vec![honest_persona(rng.random_range(0..100))],
        };
        if all.len() + group.len() <= count {
            all.extend(group);
        } else {
            all.push(honest_persona(rng.random_range(0..100)));
        }
    }
    all
}
