//! A connection to the log's server.

use std::time::Duration;

use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions};

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
        let client = options
            .connect(settings.url.as_str())
            .await
            .map_err(|error| LogError::Unreachable { url: settings.url.clone(), why: error.to_string() })?;
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

fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
