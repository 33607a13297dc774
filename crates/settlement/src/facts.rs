//! The facts of claims, a page at a time: out of the register, the record and the trail, in a handful of queries.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use keshi_events::{CourseId, Millis, Origin, Said, StoredMessage, TraineeId, decode};
use keshi_policy::{
    ClaimFacts, ClaimState, CompletionFacts, Entrustment, EventRef, Evidence, EvidenceFacts, Held,
    OtherClaim, Scheme, Yuan,
};
use keshi_record::{Constants, Rule, SessionKey};
use keshi_registry::{
    Agreement, Benefit, Certificate, Contract, Course, Enrolment, Entry, Kind, Level, Provider, ProviderKind,
    Registry, SpecialtyId,
};
use keshi_store::{Store, StudyRow, TraineeClaim};

use crate::error::SettlementError;
use crate::ground::Ground;

/// What a claim may rest on.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) trainee: TraineeId,
    pub(crate) course: Option<CourseId>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) fingerprint: String,
}

impl Subject {
    /// `course/<id>` or `certificate/<number>`.
    pub(crate) fn key(&self) -> String {
        match (&self.certificate, &self.course) {
            (Some(certificate), _) => format!("certificate/{}", certificate.certificate),
            (None, Some(course)) => format!("course/{course}"),
            (None, None) => String::new(),
        }
    }

    pub(crate) fn course_id(&self) -> &str {
        self.course.as_ref().map_or("", CourseId::as_str)
    }
}

/// Everything that a page of subjects needs, loaded at once.
pub(crate) struct Page {
    people: HashMap<String, Registry>,
    records: HashMap<(String, String), StudyRow>,
    standings: HashMap<String, Vec<u8>>,
    messages: HashMap<i64, StoredMessage>,
    pub(crate) referrals: HashMap<String, BTreeSet<String>>,
    /// Findings that hold the money of these trainees.
    holds: HashMap<String, Vec<String>>,
    /// Trainees of whom a row cannot be read, and why.
    broken: HashMap<String, String>,
    /// All claims of the page's trainees; drafts of this page are added as they are made.
    pub(crate) claims: HashMap<String, Vec<OtherClaim>>,
}

impl Page {
    pub(crate) async fn load(
        store: &Store,
        subjects: &[Subject],
        claims: Vec<TraineeClaim>,
    ) -> Result<Page, SettlementError> {
        let trainees = trainees(subjects);
        let mut people: HashMap<String, Registry> = HashMap::new();
        let mut broken: HashMap<String, String> = HashMap::new();
        for (kind, key, body) in store.registered_of(&trainees).await? {
            let Some(kind) = Kind::parse(&kind) else { continue };
            let owner = key.split('/').next().unwrap_or_default().to_owned();
            let entry = Entry { kind, key, body };
            if let Err(error) = people.entry(owner.clone()).or_default().apply(&entry) {
                broken.insert(owner, format!("{} {}: {error}", entry.kind.as_str(), entry.key));
            }
        }
        let keys: Vec<(String, String)> = subjects
            .iter()
            .filter_map(|subject| Some((subject.trainee.to_string(), subject.course.as_ref()?.to_string())))
            .collect();
        let records: HashMap<_, _> = store
            .studies(&keys)
            .await?
            .into_iter()
            .map(|row| ((row.trainee.clone(), row.course.clone()), row))
            .collect();
        let events: Vec<(String, i64)> = records
            .values()
            .flat_map(|row| row.evidence.iter().map(|seq| (row.trainee.clone(), *seq)))
            .collect();
        let mut referrals: HashMap<String, BTreeSet<String>> = HashMap::new();
        for (trainee, subject) in store.referrals(&trainees).await? {
            referrals.entry(trainee).or_default().insert(subject);
        }
        let mut holds: HashMap<String, Vec<String>> = HashMap::new();
        for (trainee, hold) in store.holding_findings(&trainees).await? {
            holds.entry(trainee).or_default().push(hold);
        }
        let mut page = Page {
            holds,
            broken,
            people,
            records,
            standings: store.standings(&trainees).await?.into_iter().collect(),
            messages: store.trail_messages(&events).await?,
            referrals,
            claims: HashMap::new(),
        };
        for claim in claims {
            match other_claim(&claim) {
                Ok(other) => page.claims.entry(claim.trainee).or_default().push(other),
                Err(error) => {
                    page.broken.insert(claim.trainee, error.to_string());
                }
            }
        }
        Ok(page)
    }

    /// The facts of one subject.
    pub(crate) async fn facts(
        &self,
        store: &Store,
        ground: &Ground,
        subject: &Subject,
    ) -> Result<ClaimFacts, SettlementError> {
        if let Some(why) = self.broken.get(subject.trainee.as_str()) {
            return Err(SettlementError::Unreadable {
                what: format!("a row of {}", subject.trainee),
                why: why.clone(),
            });
        }
        let nobody = Registry::default();
        let person = self.people.get(subject.trainee.as_str()).unwrap_or(&nobody);
        let key = (subject.trainee.to_string(), subject.course_id().to_owned());
        let record = self.records.get(&key);
        let (completion, mut evidence) = match record {
            Some(row) => self.study(store, ground, subject, row).await?,
            None => (CompletionFacts::default(), EvidenceFacts::default()),
        };
        let trainee = person.trainees.get(&subject.trainee).cloned();
        let pack = ground.pack(trainee.as_ref(), &completion, subject.certificate.as_ref());
        let date = |at: Millis| pack.map_or_else(|| at.beijing_date(), |pack| pack.date_of(at));
        let day = completion.last_moment().or(completion.last_studied()).map(date);
        let first = completion.first_counted_at.map(date);
        let (course_version, course) = ground.version(subject.course.as_ref(), day).unzip();
        let enrolment = subject
            .course
            .as_ref()
            .and_then(|course| person.enrolments.get(&(subject.trainee.clone(), course.clone())))
            .cloned();
        let practical = practical_of(person, subject);
        let certificate_provider = subject.certificate.as_ref().and_then(|it| it.provider.as_ref());
        let provider_id = match &subject.certificate {
            Some(_) => certificate_provider.or(practical.as_ref().map(|it| &it.provider)),
            None => course.as_ref().and_then(|course| course.provider.as_ref()),
        };
        let named = |id: &keshi_registry::ProviderId| ground.registry.providers.get(id).cloned();
        let provider = provider_id.and_then(named);
        let course_provider = course.as_ref().and_then(|course| course.provider.as_ref()).and_then(named);
        let specialty_id = subject
            .certificate
            .as_ref()
            .and_then(|it| it.specialty.as_ref())
            .or(course.as_ref().and_then(|course| course.specialty.as_ref()));
        let specialty = specialty_id.and_then(|id| ground.registry.specialties.get(id)).cloned();
        let since = first.or(enrolment.as_ref().and_then(|it| it.on));
        let entrustment = match (&subject.certificate, &course) {
            (None, Some(course)) => entrusted(ground, course, person, enrolment.as_ref(), since),
            _ => Entrustment::None,
        };
        let enterprise = enterprise_of(ground, provider.as_ref(), &entrustment);
        let of_enterprise = |id: &keshi_registry::ProviderId| {
            enterprise.as_ref().is_some_and(|enterprise| enterprise.provider == *id)
        };
        let plan = provider_id.zip(subject.course.as_ref()).and_then(|(provider, course)| {
            ground.registry.teaching_plans.get(&format!("{provider}/{course}")).cloned()
        });
        if record.is_none() {
            evidence = EvidenceFacts::default();
        }
        Ok(ClaimFacts {
            trainee,
            contracts: person
                .contracts
                .values()
                .filter(|it| of_enterprise(&it.enterprise))
                .cloned()
                .collect(),
            insurance: person
                .insurance
                .values()
                .filter(|it| of_enterprise(&it.enterprise))
                .cloned()
                .collect(),
            evaluation: person
                .evaluations
                .get(&format!("{}/{}", subject.trainee, subject.course_id()))
                .cloned(),
            benefits: Some(
                person.benefits.values().map(|benefit| resolved(ground, person, benefit)).collect(),
            ),
            referred: self.is_referred(ground, person, subject),
            other_claims: Some(self.claims.get(subject.trainee.as_str()).cloned().unwrap_or_default()),
            holds: Some(self.holds.get(subject.trainee.as_str()).cloned().unwrap_or_default()),
            certificate: subject.certificate.clone(),
            provider,
            course_provider,
            course,
            specialty,
            enrolment,
            entrustment,
            enterprise,
            plan,
            practical,
            completion,
            evidence,
            course_version,
        })
    }

    /// Whether another certificate of the same trade and level was referred to the social-insurance agency.
    fn is_referred(&self, ground: &Ground, person: &Registry, subject: &Subject) -> bool {
        let Some(own) = &subject.certificate else { return false };
        let Some(referred) = self.referrals.get(subject.trainee.as_str()) else { return false };
        let (specialty, level) = trade_of(ground, own);
        person.certificates.values().any(|other| {
            let (of_other, level_of_other) = trade_of(ground, other);
            other.certificate != own.certificate
                && referred.contains(&format!("certificate/{}", other.certificate))
                && of_other.is_some()
                && of_other == specialty
                // A level that is not known may be the same.
                && (level.is_none() || level_of_other.is_none() || level == level_of_other)
        })
    }

    /// What the record says of a study: out of the row, or where that rests on no assessment, judged from the trail.
    async fn study(
        &self,
        store: &Store,
        ground: &Ground,
        subject: &Subject,
        row: &StudyRow,
    ) -> Result<(CompletionFacts, EvidenceFacts), SettlementError> {
        let since = |at: Option<i64>| at.map_or(Held::NotYet, |at| Held::Since(Millis(at)));
        let mut facts = CompletionFacts {
            studied: since(row.studied_at),
            assessed: since(row.assessed_at),
            completed_at: row.completed_at.map(Millis),
            first_counted_at: row.first_counted_at.map(Millis),
            last_counted_at: None,
            verified_seconds: Some(row.verified_seconds),
            class_hours: Some(row.class_hours),
        };
        let mut evidence = self.evidence(ground, subject, row)?;
        let judged_alone = row.completed_at.is_none() || subject.fingerprint == "studied";
        if judged_alone && let Some(course) = &subject.course {
            let studied = crate::study::judge(store, ground, &subject.trainee, course).await?;
            facts.assessed = Held::Unknown;
            if let Some(studied) = studied {
                facts.studied = Held::Since(studied.studied_at);
                facts.completed_at = Some(studied.studied_at).filter(|_| subject.fingerprint == "studied");
                facts.first_counted_at = Some(studied.first_counted_at);
                let event = |seq: &u64| EventRef { seq: *seq, event: format!("seq {seq}") };
                evidence.stretches = Evidence {
                    count: Some(studied.evidence.len() as u64),
                    events: studied.evidence.iter().map(event).collect(),
                };
            }
        }
        Ok((facts, evidence))
    }

    /// Counts out of the standing; events as far as the completion rests on them.
    fn evidence(
        &self,
        ground: &Ground,
        subject: &Subject,
        row: &StudyRow,
    ) -> Result<EvidenceFacts, SettlementError> {
        let unreadable = |why: String| SettlementError::Unreadable {
            what: format!("the record of {}", subject.trainee),
            why,
        };
        let bytes = self
            .standings
            .get(subject.trainee.as_str())
            .ok_or_else(|| unreadable("it is gone".to_owned()))?;
        let standing =
            keshi_projector::read_standing(bytes).map_err(|error| unreadable(error.to_string()))?;
        let constants = Constants::default();
        let rule = Rule { constants: &constants, catalogue: &ground.catalogue, trainee: &subject.trainee };
        let session = |key: &SessionKey| standing.session(key);
        let summary = standing.summary();
        let mut openings: Vec<EventRef> = standing
            .sessions()
            .filter_map(|(key, session)| Some((key, session.opening.as_ref().filter(|it| it.verified)?)))
            .map(|(key, opening)| EventRef {
                seq: opening.seq,
                event: format!("{}/{}", key.platform, opening.id),
            })
            .collect();
        openings.sort_by_key(|event| event.seq);
        let of_course = |course: &CourseId| Some(course) == subject.course.as_ref();
        let submissions = summary.submissions.iter().filter(|it| of_course(&it.course));
        let quizzes = submissions.filter(|it| it.counts(session, rule).is_some()).count();
        let asked = summary.questions.iter().filter(|it| of_course(&it.course));
        let questions = asked.filter(|it| it.counts(session, rule).is_some()).count();
        let mut facts = EvidenceFacts {
            sign_ins: Evidence { count: Some(openings.len() as u64), events: openings },
            stretches: Evidence::default(),
            quizzes: Evidence { count: Some(quizzes as u64), events: Vec::new() },
            questions: Evidence { count: Some(questions as u64), events: Vec::new() },
        };
        for message in row.evidence.iter().filter_map(|seq| self.messages.get(seq)) {
            let event = decode(message, Origin::Stream { partitions: ground.partitions })
                .map_err(|rejection| unreadable(format!("event {}: {rejection}", message.seq)))?;
            let reference = EventRef { seq: event.seq, event: format!("{}/{}", event.platform, event.id) };
            match event.said {
                Said::Watched(_) => facts.stretches.events.push(reference),
                Said::Quiz(_) => facts.quizzes.events.push(reference),
                Said::Asked(_) => facts.questions.events.push(reference),
                _ => {}
            }
        }
        facts.stretches.count = Some(facts.stretches.events.len() as u64);
        Ok(facts)
    }
}

/// The trainees of a page, once each.
pub(crate) fn trainees(subjects: &[Subject]) -> Vec<String> {
    let set: BTreeSet<&str> = subjects.iter().map(|subject| subject.trainee.as_str()).collect();
    set.into_iter().map(str::to_owned).collect()
}

/// A claim as the rules of others see it.
pub(crate) fn other_claim(claim: &TraineeClaim) -> Result<OtherClaim, SettlementError> {
    let unknown = |what: &str| SettlementError::Unreadable {
        what: format!("claim {}", claim.claim),
        why: format!("it has an unknown {what}"),
    };
    Ok(OtherClaim {
        claim: claim.claim.to_string(),
        scheme: Scheme::parse(&claim.scheme).ok_or_else(|| unknown("scheme"))?,
        course: (!claim.course.is_empty()).then(|| claim.course.as_str().into()),
        certificate: claim.certificate.clone(),
        specialty: claim.specialty.as_deref().map(Into::into),
        level: claim.level.as_deref().map(Into::into),
        state: ClaimState::parse(&claim.state).ok_or_else(|| unknown("state"))?,
        amount: Some(Yuan(claim.amount_yuan)),
    })
}

/// The trade and level of a certificate: its own, or else its course's.
fn trade_of(ground: &Ground, certificate: &Certificate) -> (Option<SpecialtyId>, Option<Level>) {
    let course = certificate.course.as_ref().and_then(|course| ground.registry.courses.get(course));
    let specialty = certificate.specialty.clone().or(course.and_then(|course| course.specialty.clone()));
    let level = certificate.level.clone().or(course.and_then(|course| course.level.clone()));
    (specialty, level)
}

/// A benefit that names a certificate alone was received for that one's trade and level.
fn resolved(ground: &Ground, person: &Registry, benefit: &Benefit) -> Benefit {
    let mut benefit = benefit.clone();
    let number = benefit.certificate.as_deref().filter(|_| benefit.specialty.is_none());
    let certificate = person.certificates.values().find(|it| Some(it.certificate.as_str()) == number);
    if let Some(certificate) = certificate {
        (benefit.specialty, benefit.level) = trade_of(ground, certificate);
    }
    benefit
}

/// The practical part that a certificate ends: of its course, by its provider where it names one. Of several nobody can say
/// which it is.
fn practical_of(person: &Registry, subject: &Subject) -> Option<keshi_registry::Practical> {
    let certificate = subject.certificate.as_ref()?;
    let course = certificate.course.as_ref()?;
    let mut fitting = person.practicals.values().filter(|it| {
        it.course == *course && certificate.provider.as_ref().is_none_or(|provider| it.provider == *provider)
    });
    let first = fitting.next();
    first.filter(|_| fitting.next().is_none()).cloned()
}

/// Which enterprise entrusted the course's provider with this trainee: one with an agreement, for which the trainee
/// works then; the enrolment decides where it names one.
fn entrusted(
    ground: &Ground,
    course: &Course,
    person: &Registry,
    enrolment: Option<&Enrolment>,
    day: Option<NaiveDate>,
) -> Entrustment {
    let (Some(provider), Some(day)) = (&course.provider, day) else { return Entrustment::None };
    let covering = ground.registry.agreements.values().filter(|it| {
        it.provider == *provider && it.enterprise != *provider && it.covers(&course.course, day)
    });
    let sender = enrolment.and_then(|it| it.enterprise.as_ref()).filter(|it| *it != provider);
    let works = |it: &Contract, agreement: &Agreement| {
        it.enterprise == agreement.enterprise && it.covers_since_signing(day)
    };
    let fits = |agreement: &&Agreement| match sender {
        Some(sender) => agreement.enterprise == *sender,
        None => person.contracts.values().any(|contract| works(contract, agreement)),
    };
    let mut by_enterprise: BTreeMap<_, &Agreement> = BTreeMap::new();
    for agreement in covering.filter(fits) {
        let latest = by_enterprise.entry(agreement.enterprise.clone()).or_insert(agreement);
        if latest.from < agreement.from {
            *latest = agreement;
        }
    }
    match (by_enterprise.len(), by_enterprise.values().next(), sender) {
        (1, Some(agreement), _) => Entrustment::By(Box::new((*agreement).clone())),
        (0, _, None) => Entrustment::None,
        (0, _, Some(sender)) => Entrustment::Unclear(vec![sender.clone()]),
        _ => Entrustment::Unclear(by_enterprise.into_keys().collect()),
    }
}

fn enterprise_of(
    ground: &Ground,
    provider: Option<&Provider>,
    entrustment: &Entrustment,
) -> Option<Provider> {
    match entrustment {
        Entrustment::By(agreement) => ground.registry.providers.get(&agreement.enterprise).cloned(),
        Entrustment::None | Entrustment::Unclear(_) => {
            provider.filter(|it| it.kind == Some(ProviderKind::Enterprise)).cloned()
        }
    }
}
