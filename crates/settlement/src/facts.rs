//! The facts of claims, a page at a time: out of the register, the record and the trail, in a handful of queries.

use std::collections::{BTreeSet, HashMap};

use keshi_events::{CourseId, Millis, Origin, Said, StoredMessage, TraineeId, decode};
use keshi_policy::{
    ClaimFacts, ClaimState, CompletionFacts, Entrustment, EventRef, Evidence, EvidenceFacts, Held,
    OtherClaim, Scheme, Yuan,
};
use keshi_record::{Constants, Rule, SessionKey};
use keshi_registry::{Certificate, Entry, Kind, Level, Registry, SpecialtyId};
use keshi_store::{Referral, Store, StudyRow, TraineeClaim};

use crate::error::SettlementError;
use crate::ground::Ground;
use crate::registered::{enterprise_of, entrusted, practical_of, resolved, trade_of};

/// What a claim may rest on.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) trainee: TraineeId,
    pub(crate) course: Option<CourseId>,
    pub(crate) certificate: Option<Certificate>,
    /// Whether the study alone makes the claim, without an assessment (pre-job).
    pub(crate) by_study: bool,
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
    pub(crate) referrals: HashMap<String, Vec<Referral>>,
    /// Findings that hold the money of these trainees.
    holds: HashMap<String, Vec<String>>,
    /// Trainees of whom a row cannot be read, and why.
    pub(crate) broken: HashMap<String, String>,
}

impl Page {
    pub(crate) async fn load(store: &Store, subjects: &[Subject]) -> Result<Page, SettlementError> {
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
        let mut referrals: HashMap<String, Vec<Referral>> = HashMap::new();
        for referral in store.referrals(&trainees).await? {
            referrals.entry(referral.trainee.clone()).or_default().push(referral);
        }
        let mut holds: HashMap<String, Vec<String>> = HashMap::new();
        for (trainee, hold) in store.holding_findings(&trainees).await? {
            holds.entry(trainee).or_default().push(hold);
        }
        Ok(Page {
            holds,
            broken,
            people,
            records,
            standings: store.standings(&trainees).await?.into_iter().collect(),
            messages: store.trail_messages(&events).await?,
            referrals,
        })
    }

    /// By which print of the record a subject is judged: another one, and it is judged again.
    pub(crate) fn seen(&self, subject: &Subject) -> String {
        let key = (subject.trainee.to_string(), subject.course_id().to_owned());
        let print = |row: &StudyRow| {
            if subject.by_study { row.study_print.clone() } else { row.completion_print.clone() }
        };
        self.records.get(&key).map(print).unwrap_or_default()
    }

    /// The facts of one subject, beside these other claims of its trainee.
    pub(crate) async fn facts(
        &self,
        store: &Store,
        ground: &Ground,
        subject: &Subject,
        others: &[OtherClaim],
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
            referred: self.is_referred(ground, subject),
            other_claims: Some(others.to_vec()),
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

    /// Whether another certificate of the same trade and level was referred to the social-insurance agency. What is not known
    /// of a referral may be the same.
    fn is_referred(&self, ground: &Ground, subject: &Subject) -> bool {
        let Some(own) = &subject.certificate else { return false };
        let (specialty, level) = trade_of(ground, own);
        let may_be =
            |one: Option<&str>, other: Option<&str>| one.zip(other).is_none_or(|(one, other)| one == other);
        self.referrals.get(subject.trainee.as_str()).into_iter().flatten().any(|referral| {
            referral.subject != subject.key()
                && may_be(referral.specialty.as_deref(), specialty.as_ref().map(SpecialtyId::as_str))
                && may_be(referral.level.as_deref(), level.as_ref().map(Level::as_str))
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
        let judged_alone = row.completed_at.is_none() || subject.by_study;
        if judged_alone && let Some(course) = &subject.course {
            let studied = crate::study::judge(store, ground, &subject.trainee, course).await?;
            facts.assessed = Held::Unknown;
            if subject.by_study {
                (facts.studied, facts.completed_at, facts.first_counted_at) = (Held::NotYet, None, None);
            }
            if let Some(studied) = studied {
                facts.studied = Held::Since(studied.studied_at);
                facts.completed_at = Some(studied.studied_at).filter(|_| subject.by_study);
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

/// The moments of the study that a claim rests on; empty where it rests on none.
pub(crate) fn fingerprint(scheme: Scheme, completion: &CompletionFacts) -> String {
    let moment = |at: Option<Millis>| at.map(|at| at.0.to_string());
    let (studied, assessed) = (completion.studied.moment(), completion.assessed.moment());
    let moments = match scheme {
        Scheme::SpecialOperations => Vec::new(),
        Scheme::PreJob => {
            vec![Some("studied".to_owned()), moment(studied), moment(completion.first_counted_at)]
        }
        _ if completion.completed_at.is_none() => Vec::new(),
        _ => [completion.completed_at, studied, assessed, completion.first_counted_at].map(moment).into(),
    };
    moments.into_iter().flatten().collect::<Vec<_>>().join(",")
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
