//! `keshi up`: everything in one process, with private servers where none are set.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use keshi_console::Console;
use keshi_log::Log;
use keshi_projector::{Projector, Relay};
use keshi_registry::Kind;
use keshi_settlement::Settlement;
use keshi_store::Store;
use tokio_util::sync::CancellationToken;

use crate::commands::{connect, packs, roles, signing};
use crate::private::{Endpoints, PrivateNats, PrivatePostgres};
use crate::settings::Settings;

#[derive(Args)]
pub(crate) struct Up {
    /// 只启动私有服务 / the private servers and the platforms' users alone: projector and settlement run elsewhere
    #[arg(long)]
    servers_only: bool,
}

impl Up {
    pub(crate) async fn run(&self, settings: &Settings) -> Result<()> {
        let stop = roles::stop_on_signal()?;
        let mut servers = Servers::start(settings).await?;
        let ran = Box::pin(serve(&mut servers, &stop, !self.servers_only)).await;
        let stopped = servers.stop().await;
        ran?;
        stopped
    }
}

/// The private servers of this process, and the settings that lead to them.
struct Servers {
    settings: Settings,
    nats: Option<PrivateNats>,
    postgres: Option<PrivatePostgres>,
}

impl Servers {
    async fn start(settings: &Settings) -> Result<Servers> {
        let dir = &settings.dir;
        let (own_log, own_database) = (settings.is_chosen("nats_url"), settings.is_chosen("database_url"));
        let mut servers = Servers { settings: settings.clone(), nats: None, postgres: None };
        if own_log && own_database {
            return Ok(servers);
        }
        std::fs::create_dir_all(dir).with_context(|| format!("无法创建 cannot make {}", dir.display()))?;
        let mut endpoints = Endpoints::read(dir)?.unwrap_or_default();
        endpoints.ready = false;
        endpoints.write(dir)?;
        if !own_log {
            let nats = PrivateNats::start(
                settings.get("nats_server"),
                &std::path::absolute(dir)?.join("nats"),
                endpoints.nats_users.clone(),
            )
            .await?;
            endpoints.nats_url = Some(nats.url());
            endpoints.nats_users = nats.users().clone();
            tracing::info!(url = nats.url(), "a private nats-server runs / 已启动私有日志服务器");
            servers.nats = Some(nats);
        }
        if !own_database {
            match PrivatePostgres::start(settings.get("postgres_bin"), dir).await {
                Ok(postgres) => {
                    endpoints.database_url = Some(postgres.url());
                    tracing::info!("a private PostgreSQL runs / 已启动私有数据库");
                    servers.postgres = Some(postgres);
                }
                Err(error) => {
                    servers.stop().await?;
                    return Err(error);
                }
            }
        }
        endpoints.write(dir)?;
        servers.settings = Settings::gather(dir.clone(), &settings.flags())?;
        Ok(servers)
    }

    /// Says that the service is ready to others on this machine.
    fn announce(&self, console: Option<SocketAddr>) -> Result<()> {
        if let Some(mut endpoints) = Endpoints::read(&self.settings.dir)? {
            endpoints.console_url = console.map(|address| format!("http://{address}"));
            endpoints.ready = true;
            endpoints.write(&self.settings.dir)?;
        }
        Ok(())
    }

    /// Gives every registered platform its user on the private server, and its facts.
    async fn admit(&mut self, log: &Log, store: &Store) -> Result<()> {
        let (_, providers) = store.registry(&[Kind::Provider.as_str()]).await?;
        let ids: Vec<String> = providers
            .iter()
            .filter_map(|(_, body)| body.get("provider")?.as_str().map(str::to_owned))
            .collect();
        for platform in &ids {
            log.ensure_facts_consumer(platform).await?;
        }
        if let Some(nats) = &mut self.nats
            && nats.admit(&ids).await?
        {
            let mut endpoints = Endpoints::read(&self.settings.dir)?.unwrap_or_default();
            endpoints.nats_users = nats.users().clone();
            endpoints.write(&self.settings.dir)?;
            tracing::info!(platforms = ids.len(), "the platforms' users stand / 平台用户已更新");
        }
        Ok(())
    }

    /// Ends only when a private server does.
    async fn ended(nats: &mut Option<PrivateNats>, postgres: &mut Option<PrivatePostgres>) -> String {
        let log = async {
            match nats {
                Some(nats) => nats.ended().await,
                None => std::future::pending().await,
            }
        };
        let database = async {
            match postgres {
                Some(postgres) => postgres.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            status = log => format!("the private nats-server ended ({status})"),
            status = database => format!("the private PostgreSQL ended ({status})"),
        }
    }

    async fn stop(self) -> Result<()> {
        if let Some(mut endpoints) = Endpoints::read(&self.settings.dir)? {
            endpoints.ready = false;
            endpoints.write(&self.settings.dir)?;
        }
        if let Some(nats) = self.nats {
            nats.stop().await?;
        }
        if let Some(postgres) = self.postgres {
            postgres.stop().await?;
        }
        Ok(())
    }
}

async fn serve(servers: &mut Servers, stop: &CancellationToken, work: bool) -> Result<()> {
    let settings = servers.settings.clone();
    let applied = keshi_store::migrate(settings.get("database_url")).await?;
    if applied > 0 {
        tracing::info!(applied, "migrated the database");
    }
    let log = connect::provisioned_log(&settings).await?;
    let store = connect::sealing_store(&settings).await?;
    store.seal_persons().await?;
    servers.admit(&log, &store).await?;

    if !work {
        servers.announce(None)?;
        tracing::info!("the servers are ready / 私有服务就绪");
        let watched = watch(servers, &log, &store, stop).await;
        store.close().await;
        return watched;
    }
    let projector = Projector { log: log.clone(), store: store.clone() };
    let relay = Relay { log: log.clone(), store: store.clone() };
    let (packs, rules) = (packs::load(&settings)?, packs::rules(&settings)?);
    let settlement = Settlement { store: store.clone(), packs: packs.clone() };
    let notary = signing::notary(&settings, &store, signing::key_or_new(&settings)?)?;
    let sampler = signing::sampler(&settings, &log, &store)?;
    let console = Console {
        store: store.clone(),
        log: log.clone(),
        packs,
        secure: settings.get("console_secure") == "true",
    };
    let (listener, address) = Console::listen(console_address(&settings)).await?;
    servers.announce(Some(address))?;
    tracing::info!("ready, with the console at / 服务就绪，控制台 http://{address}");

    let (projected, relayed, settled, watched, shown, ..) = tokio::join!(
        roles::ending(stop, Box::pin(projector.run(stop))),
        roles::ending(stop, relay.run(stop)),
        roles::ending(stop, settlement.run(stop)),
        roles::ending(stop, watch(servers, &log, &store, stop)),
        roles::ending(stop, console.run(listener, stop)),
        notary.run(stop),
        async {
            if let Some(sampler) = &sampler {
                sampler.run(stop).await;
            }
        },
        keshi_projector::look::keep_looking(&store, &rules, stop),
    );
    store.close().await;
    shown?;
    projected?;
    relayed?;
    settled?;
    watched
}

/// Where it was told to listen; in the private mode a free port of this machine.
fn console_address(settings: &Settings) -> &str {
    if settings.is_default("console_listen") { "127.0.0.1:0" } else { settings.get("console_listen") }
}

/// Follows the register for new platforms, and notices when a private server ends.
async fn watch(servers: &mut Servers, log: &Log, store: &Store, stop: &CancellationToken) -> Result<()> {
    let mut seen = store.register_number().await?;
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            said = Servers::ended(&mut servers.nats, &mut servers.postgres) => bail!("{said}; see its log under {} / 私有服务意外退出", servers.settings.dir.display()),
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
        match store.register_number().await {
            Ok(number) if number != seen => {
                servers.admit(log, store).await?;
                seen = number;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the register cannot be read"),
        }
    }
}
