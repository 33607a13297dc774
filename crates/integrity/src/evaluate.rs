//! How well the flags tell the dishonest from the honest, against a known truth.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::{CourseId, PlatformId, TraineeId};
use serde::Serialize;

use crate::flag::{Flag, Kind, Level};

/// What is known of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub trainee: TraineeId,
    /// The way of living.
    pub persona: String,
    /// Whether the study was real.
    pub honest: bool,
    /// What must be raised.
    pub flags: Vec<Expected>,
    /// Where the person studied: flags about a course or platform count as raised for those who are in it.
    pub courses: BTreeSet<CourseId>,
    /// See `courses`.
    pub platforms: BTreeSet<PlatformId>,
}

/// A flag that must be raised at this level or higher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its name. One that no check has is never raised.
    pub flag: String,
    /// The least level.
    pub level: Level,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The seed of a simulated city; none for somebody else's.
    pub seed: Option<u64>,
    /// How many people.
    pub trainees: usize,
    /// Share of the dishonest of whom everything was raised at the right level.
    pub dishonest_recall: f64,
    /// Share of the honest who are held.
    pub honest_held_rate: f64,
    /// Share of the honest who are under review and not held.
    pub honest_review_rate: f64,
    /// By persona.
    pub personas: Vec<PersonaRow>,
}

/// One persona.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PersonaRow {
    /// Its name.
    pub persona: String,
    /// Whether its study is real.
    pub honest: bool,
    /// How many people live so.
    pub people: usize,
    /// Of how many everything expected was raised at the right level; of the honest: who is neither held nor under review.
    pub right_level: usize,
    /// Who is held.
    pub held: usize,
    /// Who is under review, and not held.
    pub review: usize,
    /// Who has any flag.
    #[serde(skip)]
    pub flagged: usize,
}

impl Evaluation {
    /// Holds settled flags against the truth.
    pub fn of(seed: Option<u64>, people: &[Person], flags: &[Flag]) -> Evaluation {
        let mut raised: BTreeMap<&TraineeId, BTreeMap<Kind, Level>> = BTreeMap::new();
        let mut of_courses: BTreeMap<(&CourseId, Kind), Level> = BTreeMap::new();
        let mut of_platforms: BTreeMap<(&PlatformId, Kind), Level> = BTreeMap::new();
        let raise = |level: &mut Level, flag: &Flag| *level = (*level).max(flag.level);
        for flag in flags {
            for trainee in &flag.people {
                let kinds = raised.entry(trainee).or_default();
                raise(kinds.entry(flag.kind).or_insert(flag.level), flag);
            }
            if let (true, Some(course)) = (flag.people.is_empty(), &flag.course) {
                raise(of_courses.entry((course, flag.kind)).or_insert(flag.level), flag);
            }
            if let (true, Some(platform)) = (flag.people.is_empty(), &flag.platform) {
                raise(of_platforms.entry((platform, flag.kind)).or_insert(flag.level), flag);
            }
        }
        let mut rows: BTreeMap<(bool, &str), PersonaRow> = BTreeMap::new();
        for person in people {
            let own = raised.get(&person.trainee);
            let level = |kind: Kind| {
                let own = own.and_then(|kinds| kinds.get(&kind)).copied();
                let courses =
                    person.courses.iter().filter_map(|course| of_courses.get(&(course, kind)).copied());
                let platforms = person.platforms.iter().filter_map(|p| of_platforms.get(&(p, kind)).copied());
                own.into_iter().chain(courses).chain(platforms).max()
            };
            let is_raised =
                |e: &Expected| Kind::parse(&e.flag).and_then(level).is_some_and(|raised| raised >= e.level);
            let worst = own.and_then(|kinds| kinds.values().max()).copied();
            let right = if person.honest {
                worst.is_none_or(|level| level == Level::Info)
            } else {
                person.flags.iter().all(is_raised)
            };
            let row = rows.entry((!person.honest, &person.persona)).or_insert_with(|| PersonaRow {
                persona: person.persona.clone(),
                honest: person.honest,
                ..PersonaRow::default()
            });
            row.people += 1;
            row.right_level += usize::from(right);
            row.flagged += usize::from(worst.is_some());
            row.held += usize::from(worst == Some(Level::Hold));
            row.review += usize::from(worst == Some(Level::Review));
        }
        let personas: Vec<PersonaRow> = rows.into_values().collect();
        let share = |honest: bool, count: fn(&PersonaRow) -> usize, of_none: f64| {
            let rows = || personas.iter().filter(|row| row.honest == honest);
            let people: usize = rows().map(|row| row.people).sum();
            if people == 0 { of_none } else { rows().map(count).sum::<usize>() as f64 / people as f64 }
        };
        Evaluation {
            seed,
            trainees: people.len(),
            dishonest_recall: share(false, |row| row.right_level, 1.0),
            honest_held_rate: share(true, |row| row.held, 0.0),
            honest_review_rate: share(true, |row| row.review, 0.0),
            personas,
        }
    }
}
