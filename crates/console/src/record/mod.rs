//! A trainee's study record, judged anew from the trail for whoever looks: every second of it can be pointed at.

mod axis;
mod chart;
mod days;
mod kept;
mod reasons;
mod runs;
mod strip;
mod together;
mod verified;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use keshi_account::Scope;
use keshi_events::{Event, Millis, Origin, StoredMessage, TraineeId, decode};
use keshi_record::{
    Account, Constants, Evidence, Fact, Judged, Rule, SessionKey, TraineeRecord, distinct, judge,
};
use keshi_registry::ProviderId;
use keshi_store::StoreError;
use keshi_trail::Chain;
use serde_json::Value;

use crate::app::{App, Known};

pub(crate) use chart::{chart, label, presence_outcome};
pub(crate) use days::{Day, days};
pub(crate) use kept::{Studies, StudyKey};
pub(crate) use reasons::{Fate, legend, patterns};
pub(crate) use runs::{Run, runs};
pub(crate) use strip::strip;
pub(crate) use together::{Together, together};
pub(crate) use verified::Verified;
pub(crate) use words::why;

/// What a page shows of a trainee.
pub(crate) struct Study {
    pub(crate) trainee: TraineeId,
    pub(crate) known: Arc<Known>,
    pub(crate) constants: Constants,
    /// All distinct events, in order of recording.
    pub(crate) events: Vec<Evidence>,
    /// What pages show beside the evidence, by sequence.
    pub(crate) extras: BTreeMap<u64, Extra>,
    /// The verdict with the way to it. What another provider's scope must not see is not in `account.stretches`.
    pub(crate) account: Account,
    pub(crate) record: TraineeRecord,
    /// Only a part of the record is shown: the provider's own.
    pub(crate) partial: bool,
    /// The last sequence of the trail.
    pub(crate) last_seq: u64,
    /// The end of the trainee's chain as stored.
    pub(crate) chain: Chain,
}

/// What an event says beside what VT-1 needs. All of it is text that platforms set.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(crate) text: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) method: Option<String>,
}

impl Study {
    /// Judges the trail of a trainee, or gives what was judged of exactly this trail, under exactly this registry, before.
    /// None where the scope does not reach, or nothing is known.
    pub(crate) async fn load(
        app: &App,
        scope: &Scope,
        trainee: &str,
    ) -> Result<Option<Arc<Study>>, StoreError> {
        let one = [trainee.to_owned()];
        if app.store.within(scope, &one).await?.is_empty() {
            return Ok(None);
        }
        // The chain's end is read first: what is appended meanwhile lies behind it.
        let known = app.store.known(&one).await?.remove(trainee);
        let Some((.., chain)) = known.and_then(|known| known.standing) else { return Ok(None) };
        let changed = app.store.has_changed_repeat(trainee).await?;
        let known = app.known().await?;
        let key = StudyKey {
            trainee: trainee.to_owned(),
            provider: scope.provider().map(str::to_owned),
            chain,
            changed,
            register: known.number(),
        };
        if let Some(study) = app.studies.get(&key) {
            return Ok(Some(study));
        }
        let messages = app.store.history(trainee).await?;
        // More was appended since the chain's end was read: shown now, and judged anew at the next look.
        let may_be_kept = messages.len() as u64 == chain.count;
        if messages.is_empty() {
            return Ok(None);
        }
        let partitions = app.store.partitions().await?.unsigned_abs();
        let (id, scope) = (TraineeId::from(trainee), scope.clone());
        let study = tokio::task::spawn_blocking(move || {
            Study::of(id, known, (&messages, partitions), (chain, changed), &scope)
        })
        .await;
        let study = study.map_err(|error| StoreError::Damaged { what: "trail", why: error.to_string() })?;
        let study = Arc::new(study);
        if may_be_kept {
            app.studies.keep(key, study.clone());
        }
        Ok(Some(study))
    }

    /// Judges stored messages.
    pub(crate) fn of(
        trainee: TraineeId,
        known: Arc<Known>,
        (messages, partitions): (&[StoredMessage], u16),
        (chain, changed): (Chain, bool),
        scope: &Scope,
    ) -> Study {
        let constants = Constants::default();
        // The trail holds what was accepted when it came: a row that does not decode breaks the chain, which a verification says.
        let decoded: Vec<Event<'_>> = messages
            .iter()
            .filter_map(|message| decode(message, Origin::Stream { partitions }).ok())
            .collect();
        let kept = distinct(&decoded);
        let account = judge(&trainee, &kept.events, changed, &constants, &known.catalogue);
        let record = TraineeRecord::of(&trainee, &account.summary, &constants, &known.catalogue);
        // Stretches are the many, and say nothing beside what the rule needs.
        let says_more = |event: &&Evidence| {
            matches!(event.fact, Fact::Opened { .. } | Fact::Asked { .. } | Fact::Answered { .. })
        };
        let telling: BTreeSet<u64> = kept.events.iter().filter(says_more).map(|event| event.seq).collect();
        let extras = messages
            .iter()
            .filter(|message| telling.contains(&message.seq))
            .filter_map(|message| Some((message.seq, Extra::of(message)?)))
            .collect();
        let last_seq = messages.last().map_or(0, |message| message.seq);
        let mut study = Study {
            trainee,
            known,
            constants,
            events: kept.events,
            extras,
            account,
            record,
            partial: false,
            last_seq,
            chain,
        };
        if let Some(provider) = scope.provider() {
            study.keep_own(provider);
        }
        study
    }

    /// A provider sees its own courses, and its own platform's sessions.
    fn keep_own(&mut self, provider: &str) {
        let own = ProviderId::from(provider);
        let courses = &self.known.registry.courses;
        let is_own = |course: &keshi_events::CourseId| {
            courses.get(course).is_some_and(|course| course.provider.as_ref() == Some(&own))
        };
        self.account.stretches.retain(|judged| is_own(&judged.stretch.course));
        self.record.courses.retain(|course| is_own(&course.course));
        let sessions: BTreeSet<SessionKey> =
            self.account.stretches.iter().map(|judged| judged.session.clone()).collect();
        let is_own_session = |key: &SessionKey| key.platform.as_str() == provider || sessions.contains(key);
        self.account.sessions.retain(|key, _| is_own_session(key));
        self.events.retain(|event| match &event.fact {
            Fact::Answered { course, .. } | Fact::Asked { course, .. } | Fact::Quiz { course, .. } => {
                is_own(course)
            }
            _ => event.session().is_some_and(|key| is_own_session(&key)),
        });
        self.account.summary.submissions.retain(|s| is_own(&s.course));
        self.account.summary.questions.retain(|q| is_own(&q.course));
        self.partial = true;
    }

    pub(crate) fn rule(&self) -> Rule<'_> {
        Rule { constants: &self.constants, catalogue: &self.known.catalogue, trainee: &self.trainee }
    }

    /// A course's title, or its id.
    pub(crate) fn course_name<'a>(&'a self, course: &'a keshi_events::CourseId) -> &'a str {
        let registered = self.known.registry.courses.get(course);
        registered.and_then(|course| course.title.as_deref()).unwrap_or(course.as_str())
    }

    /// A platform's name, or its id.
    pub(crate) fn platform_name<'a>(&'a self, platform: &'a str) -> &'a str {
        let registered = self.known.registry.providers.get(&ProviderId::from(platform));
        registered.and_then(|provider| provider.name.as_deref()).unwrap_or(platform)
    }

    /// What of the stretches counts, and why not, ms: exactly what is claimed.
    pub(crate) fn accounted<'a>(stretches: impl Iterator<Item = &'a Judged>) -> BTreeMap<Fate, i64> {
        let mut sums = BTreeMap::new();
        for span in stretches.flat_map(|judged| &judged.spans) {
            let ms = span.end - span.start;
            if ms > 0 {
                *sums.entry(Fate::of(span)).or_default() += ms;
            }
        }
        sums
    }
}

impl Extra {
    fn of(message: &StoredMessage) -> Option<Extra> {
        let value: Value = serde_json::from_slice(&message.payload).ok()?;
        // In structured mode the payload is the whole event, in binary mode its data alone.
        let structured = value.get("specversion").is_some() && value.get("data").is_some();
        let data = if structured { value.get("data")? } else { &value };
        let text = |name: &str| data.get(name).and_then(Value::as_str).map(str::to_owned);
        let axis = |name: &str| data.get("location")?.get(name).map(Value::to_string);
        let extra = Extra {
            text: text("text"),
            user_agent: text("user_agent"),
            location: axis("latitude").zip(axis("longitude")).map(|(a, b)| format!("{a}, {b}")),
            method: text("method"),
        };
        let says = extra.text.is_some()
            || extra.user_agent.is_some()
            || extra.location.is_some()
            || extra.method.is_some();
        says.then_some(extra)
    }
}

/// `09:00:30`, Beijing time.
pub(crate) fn time_of_day(at: Millis) -> String {
    at.to_beijing().get(11..19).unwrap_or_default().to_owned()
}

/// `2020-04-20 09:00:30`, Beijing time.
pub(crate) fn moment(at: Millis) -> String {
    let text = at.to_beijing();
    format!("{} {}", text.get(..10).unwrap_or_default(), text.get(11..19).unwrap_or_default())
}
