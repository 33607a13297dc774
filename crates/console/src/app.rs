//! What every request shares, and the server itself.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;

use keshi_log::Log;
use keshi_policy::Pack;
use keshi_record::Catalogue;
use keshi_registry::{Entry, Kind, Registry};
use keshi_store::{Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, RwLock};
use tokio_util::sync::CancellationToken;

use crate::lang::Lang;
use crate::limit::Limits;
use crate::pulse;
use crate::record::Studies;
use crate::routes;

/// The console over a database, and over the log for what it alone knows.
#[derive(Clone, Debug)]
pub struct Console {
    /// The database, with a master key where personal data is to be shown.
    pub store: Store,
    /// The log.
    pub log: Log,
    /// The policy packs by which claims are judged.
    pub packs: Vec<Pack>,
    /// Cookies go over TLS alone: set where a proxy in front speaks it.
    pub secure: bool,
}

/// The console cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The address is taken, or not of this machine.
    #[error("K101 the console cannot listen on {0}: {1} / 无法监听该地址")]
    Listen(String, #[source] std::io::Error),
    /// The server ended.
    #[error("K102 the console's server ended: {0}")]
    Ended(#[source] std::io::Error),
}

impl Console {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    /// [`ConsoleError::Listen`]
    pub async fn listen(address: &str) -> Result<(TcpListener, SocketAddr), ConsoleError> {
        let failed = |error| ConsoleError::Listen(address.to_owned(), error);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        Ok((listener, local))
    }

    /// Serves until told to stop.
    ///
    /// # Errors
    /// [`ConsoleError::Ended`]
    pub async fn run(&self, listener: TcpListener, stop: &CancellationToken) -> Result<(), ConsoleError> {
        let app = App {
            store: self.store.clone(),
            log: self.log.clone(),
            packs: Arc::new(self.packs.clone()),
            secure: self.secure,
            limits: Arc::new(Limits::default()),
            studies: Arc::default(),
            proofs: Arc::default(),
            registry: Arc::default(),
        };
        let (store, log) = (app.store.clone(), app.log.clone());
        let service = routes::router(app).into_make_service_with_connect_info::<SocketAddr>();
        let stop = stop.clone();
        let until = stop.clone();
        let serving =
            axum::serve(listener, service).with_graceful_shutdown(async move { until.cancelled().await });
        let counting = async {
            pulse::count(&store, &log, &stop).await;
            std::future::pending::<()>().await;
        };
        let served = tokio::select! {
            served = serving.into_future() => served,
            () = counting => Ok(()),
        };
        served.map_err(ConsoleError::Ended)
    }
}

/// What every request shares.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) log: Log,
    pub(crate) packs: Arc<Vec<Pack>>,
    pub(crate) secure: bool,
    pub(crate) limits: Arc<Limits>,
    pub(crate) studies: Arc<Studies>,
    /// Whoever makes an evidence bundle: one at a time.
    pub(crate) proofs: Arc<Mutex<()>>,
    registry: Arc<RwLock<Option<Arc<Known>>>>,
}

/// Courses, providers and specialties as they stand; without trainees, who may be many.
#[derive(Debug)]
pub(crate) struct Known {
    number: i64,
    pub(crate) registry: Registry,
    pub(crate) catalogue: Catalogue,
}

impl Known {
    /// The register's number of what is known.
    pub(crate) fn number(&self) -> i64 {
        self.number
    }
}

const KINDS: [Kind; 4] = [Kind::Provider, Kind::Specialty, Kind::Course, Kind::Approval];

impl App {
    /// How a district or city is called: by the name that a policy pack gives its token, or else by the token.
    pub(crate) fn place<'a>(&'a self, token: &'a str, lang: Lang) -> &'a str {
        let name =
            || self.packs.iter().find_map(|pack| pack.authority(token)).map(|authority| &*authority.name);
        match token {
            "" => "—",
            token => lang.of(name().unwrap_or(token), token),
        }
    }

    /// The registry as it stands, read again only when the register has grown.
    pub(crate) async fn known(&self) -> Result<Arc<Known>, StoreError> {
        let number = self.store.register_number().await?;
        if let Some(known) = self.registry.read().await.as_ref()
            && known.number == number
        {
            return Ok(known.clone());
        }
        let (number, bodies) = self.store.registry(&KINDS.map(Kind::as_str)).await?;
        let entries: Vec<Entry> = bodies
            .into_iter()
            .filter_map(|(kind, body)| {
                Kind::parse(&kind).map(|kind| Entry { kind, key: String::new(), body })
            })
            .collect();
        let registry = Registry::from_entries(&entries)
            .map_err(|error| StoreError::Damaged { what: "registry", why: error.to_string() })?;
        let catalogue = if number == 0 { Catalogue::default() } else { registry.catalogue() };
        let known = Arc::new(Known { number, registry, catalogue });
        *self.registry.write().await = Some(known.clone());
        Ok(known)
    }
}
