//! A connection to the log's server.

use std::time::Duration;

use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectErrorKind, ConnectOptions};

use crate::error::LogError;

/// The least version of nats-server: (major, minor).
const LEAST_VERSION: (u32, u32) = (2, 12);

/// Where the log is, and who we are there.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// `nats://host:4222`
    pub url: String,
    /// User and password.
    pub login: Option<(String, String)>,
}

/// The log: both streams of one server.
#[derive(Clone, Debug)]
pub struct Log {
    pub(crate) client: Client,
    pub(crate) jetstream: Context,
}

impl Log {
    /// Connects, and refuses a server that is too old or has no JetStream.
    ///
    /// # Errors
    /// [`LogError::Unreachable`], [`LogError::TooOld`], [`LogError::NoJetStream`].
    pub async fn connect(settings: &LogSettings) -> Result<Log, LogError> {
        let mut options = ConnectOptions::new().name("keshi").connection_timeout(Duration::from_secs(5));
        if let Some((user, password)) = &settings.login {
            options = options
                .user_and_password(user.clone(), password.clone())
                .custom_inbox_prefix(format!("_INBOX_{user}"));
        }
        let client = connect(&settings.url, options).await?;
        let found = client.server_info().version;
        if version(&found).is_none_or(|version| version < LEAST_VERSION) {
            return Err(LogError::TooOld { found });
        }
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(Duration::from_secs(5));
        let log = Log { client, jetstream };
        log.await_jetstream().await?;
        Ok(log)
    }

    /// The server's version.
    pub fn server_version(&self) -> String {
        self.client.server_info().version
    }

    /// JetStream answers a moment after the server has started.
    async fn await_jetstream(&self) -> Result<(), LogError> {
        let mut why = String::new();
        for _ in 0..20 {
            match self.jetstream.query_account().await {
                Ok(_) => return Ok(()),
                Err(error) => why = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(LogError::NoJetStream { why })
    }
}

/// A server that reads its users anew refuses everybody for a moment, or breaks off who is just logging in: both are tried again
/// before they count.
async fn connect(url: &str, options: ConnectOptions) -> Result<Client, LogError> {
    let mut tries = 0;
    loop {
        match options.clone().connect(url).await {
            Ok(client) => return Ok(client),
            Err(error) if tries < 4 && may_pass(error.kind()) => tries += 1,
            Err(error) => return Err(LogError::Unreachable { url: url.to_owned(), why: error.to_string() }),
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

fn may_pass(kind: ConnectErrorKind) -> bool {
    matches!(
        kind,
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication | ConnectErrorKind::Io
    )
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
