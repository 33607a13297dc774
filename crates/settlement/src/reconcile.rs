//! The reconciler.

use std::collections::HashMap;
use std::time::Duration;

use keshi_events::Millis;
use keshi_policy::{OtherClaim, Pack, Payee, Verdict, derive, scheme_of_certificate, scheme_of_study};
use keshi_registry::Certificate;
use keshi_store::{DraftClaim, Note, Referral, Settling, Store, TraineeClaim};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::error::SettlementError;
use crate::facts::{self, Page, Subject};
use crate::ground::Ground;
use crate::sheet::Sheet;
use crate::told::Told;

/// Studies or certificates of one page: one transaction.
const PAGE: i64 = 1_000;
/// How long the worker sleeps when nothing wakes it.
const IDLE: Duration = Duration::from_secs(30);
/// How long it lets wake-ups gather.
const GATHER: Duration = Duration::from_millis(200);

/// Turns completions into claims, until it is told to stop.
pub struct Settlement {
    /// Where completions and claims are.
    pub store: Store,
    /// The packs: which one judges is decided by the moment of completion.
    pub packs: Vec<Pack>,
}

/// What one turn did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Claims that were drafted.
    pub drafted: u64,
    /// Studies and certificates that wait, are refused or referred.
    pub unclaimed: u64,
    /// Drafts that were drawn anew.
    pub redrawn: u64,
    /// Claims that are no longer what was drafted, and now wait for an official.
    pub adjusted: u64,
}

impl Settlement {
    /// Runs until `stop`. Passing errors are logged and tried again.
    ///
    /// # Errors
    /// What no further try can mend.
    pub async fn run(&self, stop: &CancellationToken) -> Result<(), SettlementError> {
        let mut wakers = None;
        while !stop.is_cancelled() {
            if wakers.is_none() {
                wakers = self.listen().await;
            }
            match Box::pin(self.settle()).await {
                Ok(settled) if settled.drafted + settled.redrawn + settled.adjusted > 0 => {
                    tracing::info!(
                        drafted = settled.drafted,
                        unclaimed = settled.unclaimed,
                        redrawn = settled.redrawn,
                        adjusted = settled.adjusted,
                        "settled completions"
                    );
                }
                Ok(_) => {}
                Err(error) if error.is_passing() => {
                    tracing::warn!(%error, "settlement tries again");
                    wakers = None;
                    tokio::select! {
                        () = stop.cancelled() => return Ok(()),
                        () = tokio::time::sleep(Duration::from_secs(1)) => continue,
                    }
                }
                // What one subject rests on is noted and passed over; this is what all of them rest on.
                Err(error @ SettlementError::Unreadable { .. }) => {
                    tracing::error!(%error, "settlement waits until this is mended");
                }
                Err(error) => return Err(error),
            }
            let woken = async {
                let alive = match wakers.as_mut() {
                    Some((outbox, register)) => tokio::select! {
                        woken = outbox.wait() => woken.is_ok(),
                        woken = register.wait() => woken.is_ok(),
                    },
                    None => std::future::pending().await,
                };
                tokio::time::sleep(GATHER).await;
                alive
            };
            let alive = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                alive = woken => alive,
                () = tokio::time::sleep(IDLE) => true,
            };
            if !alive {
                wakers = None;
            }
        }
        Ok(())
    }

    async fn listen(&self) -> Option<(keshi_store::Waker, keshi_store::Waker)> {
        let outbox = self.store.listen("keshi_outbox").await.ok()?;
        let register = self.store.listen("keshi_register").await.ok()?;
        Some((outbox, register))
    }

    /// One turn: every study and every certificate without a claim is looked at once, page by page, and every claim whose
    /// completion has changed gets its adjustment.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn settle(&self) -> Result<Settled, SettlementError> {
        let mut settled = Settled::default();
        let mut turn = self.store.settling().await?;
        turn.follow_register(&self.packs_text()).await?;
        let is_current = turn.follow_records().await?;
        turn.commit().await?;
        let mut ground = None;
        if is_current {
            self.judge_again(&mut ground, &mut settled).await?;
        } else {
            tracing::warn!("the read model is being filled anew: no claim is compared with it until it is");
        }
        let mut after = (String::new(), String::new());
        loop {
            let turn = self.store.settling().await?;
            let known = self.ground(&mut ground).await?;
            let pre_job = known.pre_job_courses();
            let page = self.store.open_studies(&pre_job, (&after.0, &after.1), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (last.trainee.clone(), last.course.clone());
            let subject = |study: keshi_store::OpenStudy| Subject {
                by_study: pre_job.contains(&study.course),
                trainee: study.trainee.into(),
                course: Some(study.course.into()),
                certificate: None,
            };
            self.settle_page(turn, known, page.into_iter().map(subject).collect(), &mut settled).await?;
        }
        let mut after = String::new();
        loop {
            let turn = self.store.settling().await?;
            let known = self.ground(&mut ground).await?;
            let page = self.store.open_certificates(&after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(settled) };
            after.clone_from(last);
            let mut subjects = Vec::with_capacity(page.len());
            for (key, open) in page {
                let certificate: Certificate = match serde_json::from_value(open.body) {
                    Ok(certificate) => certificate,
                    Err(error) => {
                        // Its number is not known, so no note can name it.
                        tracing::error!(%error, certificate = %key, "T401 a certificate of the registry cannot be read: passed over");
                        continue;
                    }
                };
                subjects.push(Subject {
                    trainee: open.trainee.into(),
                    course: certificate.course.clone(),
                    certificate: Some(certificate),
                    by_study: false,
                });
            }
            self.settle_page(turn, known, subjects, &mut settled).await?;
        }
    }

    /// The ground of the register's last number: a page stands on what was registered when it began, at least.
    pub(crate) async fn ground<'g>(
        &self,
        ground: &'g mut Option<Ground>,
    ) -> Result<&'g Ground, SettlementError> {
        let last = self.store.register_number().await?;
        if ground.as_ref().is_none_or(|ground| ground.number < last) {
            *ground = Some(Ground::load(&self.store, &self.packs).await?);
        }
        ground.as_ref().ok_or_else(|| SettlementError::Unreadable {
            what: "the registry".to_owned(),
            why: "it was not loaded".to_owned(),
        })
    }

    fn packs_text(&self) -> String {
        self.packs.iter().map(Pack::sha256).collect::<Vec<_>>().join(",")
    }

    /// One page in one transaction: all of it, or nothing.
    async fn settle_page(
        &self,
        mut turn: Settling,
        ground: &Ground,
        subjects: Vec<Subject>,
        settled: &mut Settled,
    ) -> Result<(), SettlementError> {
        let mut claims: HashMap<String, Vec<OtherClaim>> = HashMap::new();
        let mut broken = HashMap::new();
        for claim in turn.claims_of(&facts::trainees(&subjects)).await? {
            match facts::other_claim(&claim) {
                Ok(other) => claims.entry(claim.trainee).or_default().push(other),
                Err(error) => drop(broken.insert(claim.trainee, error.to_string())),
            }
        }
        let mut page = Page::load(&self.store, &subjects).await?;
        page.broken.extend(broken);
        let (mut drafts, mut notes) = (Vec::new(), Vec::new());
        for subject in &subjects {
            let others = claims.get(subject.trainee.as_str()).map(Vec::as_slice).unwrap_or_default();
            let outcome = match settle_one(&self.store, ground, &page, subject, others).await {
                Err(error @ SettlementError::Unreadable { .. }) => {
                    tracing::error!(%error, trainee = %subject.trainee, subject = %subject.key(), "passed over");
                    Outcome::Note(Box::new(unreadable(subject, &error)))
                }
                outcome => outcome?,
            };
            match outcome {
                Outcome::Draft(draft) => {
                    let other = facts::other_claim(&draft.claim)?;
                    claims.entry(draft.claim.trainee.clone()).or_default().push(other);
                    drafts.push(*draft);
                }
                Outcome::Note(note) => {
                    if note.verdict == "referred" {
                        page.referrals.entry(note.trainee.clone()).or_default().push(Referral {
                            trainee: note.trainee.clone(),
                            subject: note.subject.clone(),
                            specialty: note.specialty.clone(),
                            level: note.level.clone(),
                        });
                    }
                    notes.push(*note);
                }
            }
        }
        settled.drafted += turn.write(&drafts, &notes).await?;
        settled.unclaimed += notes.len() as u64;
        turn.commit().await?;
        Ok(())
    }
}

/// What becomes of a subject, by everything that is known of it now.
pub(crate) async fn settle_one(
    store: &Store,
    ground: &Ground,
    page: &Page,
    subject: &Subject,
    others: &[OtherClaim],
) -> Result<Outcome, SettlementError> {
    let facts = page.facts(store, ground, subject, others).await?;
    let scheme = match &subject.certificate {
        Some(_) => scheme_of_certificate(&facts),
        None => scheme_of_study(&facts),
    };
    let certificate = facts.certificate.as_ref();
    let level = certificate.and_then(|it| it.level.as_ref());
    let level = level.or(facts.course.as_ref().and_then(|it| it.level.as_ref())).map(ToString::to_string);
    let specialty = facts.specialty.as_ref().map(|it| it.specialty.to_string());
    let pack = ground.pack(facts.trainee.as_ref(), &facts.completion, certificate);
    let note = |verdict: &'static str, derivation: String| {
        Outcome::Note(Box::new(Note {
            trainee: subject.trainee.to_string(),
            subject: subject.key(),
            course: subject.course_id().to_owned(),
            scheme: scheme.as_str().to_owned(),
            verdict,
            derivation,
            seen: page.seen(subject),
            specialty: specialty.clone(),
            level: level.clone(),
            pack: pack.map_or_else(String::new, |pack| pack.id.clone()),
        }))
    };
    let Some(pack) = pack else {
        return Ok(note("waits", json!({"waits_for": "政策包 / a policy pack"}).to_string()));
    };
    let certified = facts.certificate.as_ref().and_then(|it| it.trained_to.or(it.issued_on));
    let day = facts.completion.last_moment().map(|at| pack.date_of(at)).or(certified);
    let derivation = derive(pack, scheme, &facts);
    let text = serde_json::to_string(&derivation).map_err(|error| SettlementError::Unreadable {
        what: "a derivation".to_owned(),
        why: error.to_string(),
    })?;
    let named = (derivation.amount, &derivation.applicant, &derivation.payer);
    Ok(match (&derivation.verdict, named) {
        (Verdict::Draft, (Some(amount), Some(applicant), Some(payer))) => {
            let sheet = Sheet::of(pack, &derivation, &facts, &ground.registry);
            let payee = match &derivation.payee {
                Some(Payee::Provider(provider)) => Some(provider.to_string()),
                Some(Payee::Trainee) | None => None,
            };
            let claim = TraineeClaim {
                claim: Uuid::now_v7(),
                trainee: subject.trainee.to_string(),
                scheme: scheme.as_str().to_owned(),
                course: subject.course_id().to_owned(),
                certificate: certificate.map(|it| it.certificate.clone()),
                specialty,
                level,
                state: "drafted".to_owned(),
                amount_yuan: amount.0,
            };
            let fact = drafted(&claim, applicant.as_str(), &subject.key());
            Outcome::Draft(Box::new(DraftClaim {
                claim,
                fact,
                subject: subject.key(),
                provider: applicant.to_string(),
                payee,
                district: payer.clone(),
                pack: derivation.pack.clone(),
                pack_sha256: derivation.pack_sha256.clone(),
                derivation: text,
                sheet: sheet.to_text(),
                fingerprint: facts::fingerprint(scheme, &facts.completion),
                seen: page.seen(subject),
                completed_on: certificate.and_then(|it| it.issued_on).or(day),
            }))
        }
        (Verdict::Refused(_), _) => note("refused", text),
        (Verdict::Referred, _) => note("referred", text),
        (Verdict::Draft | Verdict::Waits(_), _) => note("waits", text),
    })
}

/// What a note says of a subject whose rows cannot be read. Its print is no study's: it is looked at again every turn.
fn unreadable(subject: &Subject, error: &SettlementError) -> Note {
    Note {
        trainee: subject.trainee.to_string(),
        subject: subject.key(),
        course: subject.course_id().to_owned(),
        scheme: String::new(),
        verdict: "waits",
        derivation: json!({"waits_for": error.to_string()}).to_string(),
        seen: "unreadable".to_owned(),
        specialty: None,
        level: None,
        pack: String::new(),
    }
}

/// What becomes of a subject.
pub(crate) enum Outcome {
    Draft(Box<DraftClaim>),
    Note(Box<Note>),
}

/// The fact that tells the provider.
fn drafted(claim: &TraineeClaim, provider: &str, subject: &str) -> keshi_store::FactRow {
    // The fact's time is that of the claim's id, which was made now.
    let (seconds, nanos) = claim.claim.get_timestamp().map_or((0, 0), |at| at.to_unix());
    let now = Millis(seconds as i64 * 1000 + i64::from(nanos) / 1_000_000);
    let told = Told {
        claim: claim.claim,
        scheme: &claim.scheme,
        trainee: &claim.trainee,
        course: &claim.course,
        provider,
        amount: claim.amount_yuan,
    };
    told.fact("drafted", subject, now)
}
