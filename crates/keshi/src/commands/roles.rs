//! One role each, for many machines.

use anyhow::Result;
use keshi_projector::{Projector, Relay};
use keshi_settlement::Settlement;
use tokio_util::sync::CancellationToken;

use crate::commands::{connect, packs, signing};
use crate::settings::Settings;

/// `keshi projector`: projects, relays facts, and verifies a small sample all the while; signs checkpoints where it has the key.
pub(crate) async fn projector(settings: &Settings) -> Result<()> {
    let stop = stop_on_signal()?;
    let log = connect::provisioned_log(settings).await?;
    let store = connect::store(settings).await?;
    let projector = Projector { log: log.clone(), store: store.clone() };
    let sampler = signing::sampler(settings, &log, &store)?;
    let relay = Relay { log, store: store.clone() };
    let notary = match signing::key(settings)? {
        Some(key) => Some(signing::notary(settings, &store, key)?),
        None => None,
    };
    let (projected, relayed, ..) = tokio::join!(
        ending(&stop, Box::pin(projector.run(&stop))),
        ending(&stop, relay.run(&stop)),
        async {
            if let Some(notary) = &notary {
                notary.run(&stop).await;
            }
        },
        async {
            if let Some(sampler) = &sampler {
                sampler.run(&stop).await;
            }
        }
    );
    store.close().await;
    projected?;
    relayed?;
    Ok(())
}

/// `keshi settlement`
pub(crate) async fn settlement(settings: &Settings) -> Result<()> {
    let stop = stop_on_signal()?;
    let store = connect::store(settings).await?;
    let settlement = Settlement { store: store.clone(), packs: packs::load(settings)? };
    let settled = settlement.run(&stop).await;
    store.close().await;
    settled?;
    Ok(())
}

/// Runs a part; when it ends, the others are told to end too.
pub(crate) async fn ending<T>(stop: &CancellationToken, part: impl Future<Output = T>) -> T {
    let ended = part.await;
    stop.cancel();
    ended
}

/// Cancelled by SIGTERM or SIGINT.
pub(crate) fn stop_on_signal() -> Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let token = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        token.cancel();
    });
    Ok(stop)
}
