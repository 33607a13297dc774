//! Several files become one: rows are laid side by side, nested rows of tables go to their owners.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::TraineeId;

use crate::entry::{Fact, Kind};
use crate::fault::{Code, Origin, RowError};
use crate::file::{Origins, RegistryFile};
use crate::headers::List;
use crate::ids::Level;
use crate::lists::*;
use crate::money::Yuan;
use crate::registry::Registry;

/// A row of any list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Provider(Provider),
    Specialty(Specialty),
    Course(Course),
    Trainee(TraineeRow),
    Enrolment(Enrolment),
    Authority(Authority),
    TeachingPlan(TeachingPlan),
    Agreement(Agreement),
    Contract(Contract),
    Insurance(Insurance),
    Evaluation(Evaluation),
    Practical(Practical),
    Certificate(Certificate),
    Benefit(Benefit),
    Approval(Approval),
    /// A nested row of a table, and whom it belongs to.
    Part((Kind, String), Part),
}

/// A row that is nested in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Video(Video),
    Quiz(Quiz),
    Listing(Listing),
    Standard(Level, Yuan),
}

impl Part {
    fn list(&self) -> List {
        match self {
            Part::Video(_) => List::Videos,
            Part::Quiz(_) => List::Quizzes,
            Part::Listing(_) => List::Listings,
            Part::Standard(..) => List::Standards,
        }
    }
}

/// The rows of one file, read but not yet put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub(crate) rows: Vec<(Origin, Item)>,
}

impl Draft {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The courses, providers and specialties that nested rows belong to: what [`merge`] may need of the registry.
    pub fn owners(&self) -> BTreeSet<(Kind, String)> {
        let owner = |item: &Item| match item {
            Item::Part(owner, _) => Some(owner.clone()),
            _ => None,
        };
        self.rows.iter().filter_map(|(_, item)| owner(item)).collect()
    }
}

/// Puts files together. A row states the whole of its key. Nested rows of tables (videos, quizzes, listings,
/// standards) go to the owner among these files; where there is none, to a copy of the owner in `current`, whose list
/// of that kind they replace as a whole.
///
/// # Errors
/// Keys that stand twice, nested rows without an owner.
pub fn merge(drafts: Vec<Draft>, current: &Registry) -> Result<RegistryFile, Vec<RowError>> {
    let mut whole = Whole::default();
    let mut parts: BTreeMap<(Kind, String), Vec<(Origin, Part)>> = BTreeMap::new();
    for (origin, item) in drafts.into_iter().flat_map(|draft| draft.rows) {
        match item {
            Item::Provider(row) => whole.put(origin, List::Providers, row, |file| &mut file.providers),
            Item::Specialty(row) => whole.put(origin, List::Specialties, row, |file| &mut file.specialties),
            Item::Course(row) => whole.put(origin, List::Courses, row, |file| &mut file.courses),
            Item::Trainee(row) => whole.put(origin, List::Trainees, row, |file| &mut file.trainees),
            Item::Enrolment(row) => whole.put(origin, List::Enrolments, row, |file| &mut file.enrolments),
            Item::Authority(row) => whole.put(origin, List::Authorities, row, |file| &mut file.authorities),
            Item::TeachingPlan(row) => {
                whole.put(origin, List::TeachingPlans, row, |file| &mut file.teaching_plans)
            }
            Item::Agreement(row) => whole.put(origin, List::Agreements, row, |file| &mut file.agreements),
            Item::Contract(row) => whole.put(origin, List::Contracts, row, |file| &mut file.contracts),
            Item::Insurance(row) => whole.put(origin, List::Insurance, row, |file| &mut file.insurance),
            Item::Evaluation(row) => whole.put(origin, List::Evaluations, row, |file| &mut file.evaluations),
            Item::Practical(row) => whole.put(origin, List::Practicals, row, |file| &mut file.practicals),
            Item::Certificate(row) => {
                whole.put(origin, List::Certificates, row, |file| &mut file.certificates)
            }
            Item::Benefit(row) => whole.put(origin, List::Benefits, row, |file| &mut file.benefits),
            Item::Approval(row) => whole.put(origin, List::Approvals, row, |file| &mut file.approvals),
            Item::Part(owner, part) => parts.entry(owner).or_default().push((origin, part)),
        }
    }
    let Whole { mut file, mut origins, mut faults } = whole;
    for ((kind, key), parts) in parts {
        let Some(mut owner) = Owner::find(&mut file, current, kind, &key) else {
            faults.extend(parts.into_iter().map(|(origin, part)| no_owner(origin, &part, kind, &key)));
            continue;
        };
        if !origins.contains_key(&(kind, key.clone())) {
            owner.clear(&parts);
        }
        for (origin, part) in parts {
            origins.entry((kind, key.clone())).or_insert_with(|| origin.clone());
            let list = part.list();
            if !owner.add(part) {
                faults.push(twice(origin, list, &key));
            }
        }
    }
    faults.extend(shared_identities(&file, &origins));
    faults.extend(shared_certificates(&file, &origins));
    file.origins = Origins(origins);
    if faults.is_empty() { Ok(file) } else { Err(faults) }
}

/// An identity-card number belongs to one trainee.
fn shared_identities(file: &RegistryFile, origins: &BTreeMap<(Kind, String), Origin>) -> Vec<RowError> {
    let mut owners: BTreeMap<&str, &TraineeId> = BTreeMap::new();
    let mut faults = Vec::new();
    for row in &file.trainees {
        let Some(number) = row.person.id_number.as_deref() else { continue };
        let trainee = &row.trainee.trainee;
        match owners.get(number) {
            None => drop(owners.insert(number, trainee)),
            Some(first) => {
                let origin = origins.get(&(Kind::Trainee, trainee.to_string())).cloned();
                faults.push(RowError::identity_taken(origin, trainee.as_str(), first.as_str()));
            }
        }
    }
    faults
}

/// A certificate's number belongs to one trainee.
fn shared_certificates(file: &RegistryFile, origins: &BTreeMap<(Kind, String), Origin>) -> Vec<RowError> {
    let mut owners: BTreeMap<&str, &TraineeId> = BTreeMap::new();
    let mut faults = Vec::new();
    for row in &file.certificates {
        let first = owners.entry(&row.certificate).or_insert(&row.trainee);
        if **first != row.trainee {
            let origin = origins.get(&row.kind_and_key()).cloned();
            let (trainee, first) = (row.trainee.as_str(), first.as_str());
            faults.push(RowError::certificate_taken(origin, &row.certificate, trainee, first));
        }
    }
    faults
}

fn twice(origin: Origin, list: List, key: &str) -> RowError {
    RowError {
        origin,
        list: Some(list),
        member: None,
        column: None,
        code: Code::R109,
        reason: format!("{key} 重复"),
        reason_en: format!("{key} stands twice"),
    }
}

fn no_owner(origin: Origin, part: &Part, kind: Kind, key: &str) -> RowError {
    RowError {
        origin,
        list: Some(part.list()),
        member: Some(kind.as_str().to_owned()),
        column: None,
        code: Code::R110,
        reason: format!("登记中没有 {key}"),
        reason_en: format!("{key} is not in the registry"),
    }
}

/// Rows that stand on their own, each key once.
#[derive(Default)]
struct Whole {
    file: RegistryFile,
    origins: BTreeMap<(Kind, String), Origin>,
    faults: Vec<RowError>,
}

impl Whole {
    fn put<R: Keyed>(
        &mut self,
        origin: Origin,
        list: List,
        row: R,
        rows: impl FnOnce(&mut RegistryFile) -> &mut Vec<R>,
    ) {
        let key = row.kind_and_key();
        if self.origins.contains_key(&key) {
            self.faults.push(twice(origin, list, &key.1));
            return;
        }
        self.origins.insert(key, origin);
        rows(&mut self.file).push(row);
    }
}

trait Keyed {
    fn kind_and_key(&self) -> (Kind, String);
}

impl<F: Fact> Keyed for F {
    fn kind_and_key(&self) -> (Kind, String) {
        (F::KIND, self.key())
    }
}

impl Keyed for TraineeRow {
    fn kind_and_key(&self) -> (Kind, String) {
        self.trainee.kind_and_key()
    }
}

/// Whom nested rows belong to.
enum Owner<'a> {
    Provider(&'a mut Provider),
    Specialty(&'a mut Specialty),
    Course(&'a mut Course),
}

impl<'a> Owner<'a> {
    /// In the file, or else a copy out of the registry, now in the file.
    fn find(file: &'a mut RegistryFile, current: &Registry, kind: Kind, key: &str) -> Option<Owner<'a>> {
        match kind {
            Kind::Provider => {
                find(&mut file.providers, current.providers.get(key), |row| row.provider.as_str() == key)
                    .map(Owner::Provider)
            }
            Kind::Specialty => {
                find(&mut file.specialties, current.specialties.get(key), |row| row.specialty.as_str() == key)
                    .map(Owner::Specialty)
            }
            Kind::Course => {
                find(&mut file.courses, current.courses.get(key), |row| row.course.as_str() == key)
                    .map(Owner::Course)
            }
            _ => None,
        }
    }

    /// Empties the nested lists that these parts are going to replace.
    fn clear(&mut self, parts: &[(Origin, Part)]) {
        for list in parts.iter().map(|(_, part)| part.list()) {
            match (&mut *self, list) {
                (Owner::Course(course), List::Videos) => course.videos.clear(),
                (Owner::Course(course), List::Quizzes) => course.quizzes.clear(),
                (Owner::Course(course), _) => course.listings = None,
                (Owner::Provider(provider), _) => provider.listings = None,
                (Owner::Specialty(specialty), List::Standards) => specialty.standard_yuan.clear(),
                (Owner::Specialty(specialty), _) => specialty.listings = None,
            }
        }
    }

    /// False when it is there already.
    fn add(&mut self, part: Part) -> bool {
        match (self, part) {
            (Owner::Course(course), Part::Video(video)) => {
                let known = course.videos.iter().any(|v| v.video == video.video);
                push_new(&mut course.videos, video, known)
            }
            (Owner::Course(course), Part::Quiz(quiz)) => {
                let known = course.quizzes.iter().any(|q| q.quiz == quiz.quiz);
                push_new(&mut course.quizzes, quiz, known)
            }
            (Owner::Specialty(specialty), Part::Standard(level, yuan)) => {
                specialty.standard_yuan.insert(level, yuan).is_none()
            }
            (Owner::Course(Course { listings, .. }), Part::Listing(listing))
            | (Owner::Provider(Provider { listings, .. }), Part::Listing(listing))
            | (Owner::Specialty(Specialty { listings, .. }), Part::Listing(listing)) => {
                let listings = listings.get_or_insert_default();
                let known = listings.contains(&listing);
                push_new(listings, listing, known)
            }
            // The reader gives every part an owner of the kind that has such a list.
            (Owner::Course(_) | Owner::Provider(_) | Owner::Specialty(_), _) => false,
        }
    }
}

fn find<'a, T: Clone>(
    rows: &'a mut Vec<T>,
    current: Option<&T>,
    is_it: impl Fn(&T) -> bool,
) -> Option<&'a mut T> {
    let at = match rows.iter().position(is_it) {
        Some(at) => at,
        None => {
            rows.push(current?.clone());
            rows.len() - 1
        }
    };
    rows.get_mut(at)
}

fn push_new<T>(list: &mut Vec<T>, row: T, known: bool) -> bool {
    if !known {
        list.push(row);
    }
    !known
}
