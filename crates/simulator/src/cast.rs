//! Who lives how.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use crate::config::Config;
use crate::pace::Pace;
use crate::persona::{BackFilled, Habit, Honest, IdleBot, Persona, Speed};

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
    let mut personas: Vec<Box<dyn Persona>> = (0..config.trainees)
        .map(|index| {
            if index < dishonest {
                dishonest_persona(index)
            } else {
                honest_persona(rng.random_range(0..100))
            }
        })
        .collect();
    personas.shuffle(rng);
    personas
}

fn dishonest_persona(index: usize) -> Box<dyn Persona> {
    match index % 3 {
        0 => Box::new(IdleBot::default()),
        1 => Box::new(Speed::default()),
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
