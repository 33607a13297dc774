//! The reconciler.

use std::time::Duration;

use keshi_events::{FactKind, Millis, fact};
use keshi_policy::{Derivation, Pack, Scheme, Verdict, derive};
use keshi_record::Catalogue;
use keshi_registry::{Entry, Kind, ProviderKind, Registry};
use keshi_store::{DraftClaim, OpenCompletion, Store};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::error::SettlementError;
use crate::facts;

/// Completions of one page.
const PAGE: i64 = 500;
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
    /// Completions that wait or are refused.
    pub unclaimed: u64,
}

/// What all claims of a turn stand on.
pub(crate) struct Ground {
    pub(crate) catalogue: Catalogue,
    pub(crate) partitions: u16,
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
                Ok(settled) if settled.drafted > 0 => {
                    tracing::info!(
                        drafted = settled.drafted,
                        unclaimed = settled.unclaimed,
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

    /// One turn: every completion without a claim is looked at once.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn settle(&self) -> Result<Settled, SettlementError> {
        let mut settled = Settled::default();
        let mut after = (String::new(), String::new());
        let mut ground = None;
        loop {
            let page = self
                .store
                .open_completions(Scheme::OnlinePlatform.as_str(), (&after.0, &after.1), PAGE)
                .await?;
            let Some(last) = page.last() else { return Ok(settled) };
            after = (last.trainee.clone(), last.course.clone());
            if ground.is_none() {
                ground = Some(self.ground().await?);
            }
            let Some(ground) = &ground else { continue };
            for completion in &page {
                if self.settle_one(ground, completion).await? {
                    settled.drafted += 1;
                } else {
                    settled.unclaimed += 1;
                }
            }
        }
    }

    async fn ground(&self) -> Result<Ground, SettlementError> {
        let kinds = [Kind::Provider, Kind::Course, Kind::Approval];
        let (_, bodies) = self.store.registry(&kinds.map(Kind::as_str)).await?;
        let entries: Vec<Entry> = bodies
            .into_iter()
            .filter_map(|(kind, body)| {
                Kind::parse(&kind).map(|kind| Entry { kind, key: String::new(), body })
            })
            .collect();
        let registry = Registry::from_entries(&entries).map_err(|error| SettlementError::Unreadable {
            what: "the registry".to_owned(),
            why: error.to_string(),
        })?;
        Ok(Ground { catalogue: registry.catalogue(), partitions: self.store.partitions().await? as u16 })
    }

    /// Drafts the claim of a completion, or notes why not. Says whether it was drafted.
    async fn settle_one(
        &self,
        ground: &Ground,
        completion: &OpenCompletion,
    ) -> Result<bool, SettlementError> {
        let scheme = Scheme::OnlinePlatform;
        let facts = facts::gather(&self.store, ground, completion).await?;
        let (trainee, course) = (&completion.trainee, &completion.course);
        let note = |verdict: &'static str, derivation: String| async move {
            self.store.note_unclaimed(scheme.as_str(), trainee, course, verdict, &derivation).await
        };
        if facts
            .provider
            .as_ref()
            .and_then(|provider| provider.kind)
            .is_some_and(|kind| kind != ProviderKind::Platform)
        {
            let why = json!({"waits_for": "本版本尚不支持该提供方的补贴项目 / a version that judges the schemes of this kind of provider"});
            note("waits", why.to_string()).await?;
            return Ok(false);
        }
        let Some(pack) = self.pack_for(Millis(completion.completed_at)) else {
            let why = json!({"waits_for": "政策包 / a policy pack"});
            note("waits", why.to_string()).await?;
            return Ok(false);
        };
        let derivation = derive(pack, scheme, &facts);
        let text = serde_json::to_string(&derivation).map_err(|error| SettlementError::Unreadable {
            what: "a derivation".to_owned(),
            why: error.to_string(),
        })?;
        match (&derivation.verdict, derivation.amount, &facts.provider) {
            (Verdict::Draft, Some(amount), Some(provider)) => {
                let draft = draft(completion, &derivation, provider.provider.as_str(), amount.0, text);
                Ok(self.store.draft(&draft, &drafted(&draft)).await?)
            }
            (Verdict::Refused(_), ..) => note("refused", text).await.map(|_| false).map_err(Into::into),
            _ => note("waits", text).await.map(|_| false).map_err(Into::into),
        }
    }

    fn pack_for(&self, at: Millis) -> Option<&Pack> {
        Pack::choose(&self.packs, at.beijing_date())
    }
}

fn draft(
    completion: &OpenCompletion,
    derivation: &Derivation,
    provider: &str,
    amount: rust_decimal::Decimal,
    text: String,
) -> DraftClaim {
    DraftClaim {
        claim: Uuid::now_v7(),
        scheme: derivation.scheme.as_str().to_owned(),
        trainee: completion.trainee.clone(),
        course: completion.course.clone(),
        provider: provider.to_owned(),
        amount_yuan: amount,
        pack: derivation.pack.clone(),
        pack_sha256: derivation.pack_sha256.clone(),
        derivation: text,
    }
}

/// The fact that tells the provider.
fn drafted(draft: &DraftClaim) -> keshi_store::FactRow {
    let data = json!({
        "claim": draft.claim, "scheme": draft.scheme, "trainee": draft.trainee, "course": draft.course,
        "state": "drafted", "amount": draft.amount_yuan.to_string(),
    });
    let identity = [draft.scheme.as_str(), &draft.trainee, &draft.course, "drafted"];
    // The fact's time is that of the claim's id, which is made now.
    let (seconds, nanos) = draft.claim.get_timestamp().map_or((0, 0), |at| at.to_unix());
    let now = Millis(seconds as i64 * 1000 + i64::from(nanos) / 1_000_000);
    fact(FactKind::ClaimChanged, &draft.provider, &identity, now, &data).into()
}
