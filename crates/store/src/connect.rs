//! Connections, transactions and migrations.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use keshi_person::Vault;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, Postgres, Transaction};

use crate::error::StoreError;
use crate::months::Months;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The read model that this version serves.
const SEARCH_PATH: &str = "projection_1,keshi";
/// Raised by every change of the rule's constants, or of what the projector writes, unless both kinds of rows may stand together:
/// such a version begins with a rebuild.
pub(crate) const READ_MODEL: i32 = 3;

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    url: String,
    pub(crate) months: Arc<Months>,
    vault: Option<Arc<Vault>>,
    is_live: bool,
}

impl Store {
    /// Connects to a database that is up to date.
    ///
    /// # Errors
    /// When it cannot be reached, or is older or newer than this program.
    pub async fn connect(url: &str, connections: u32) -> Result<Store, StoreError> {
        check_version(url).await?;
        let pool = pool(url, SEARCH_PATH, connections, "on").await?;
        Ok(Store { pool, url: url.to_owned(), months: Arc::default(), vault: None, is_live: true })
    }

    /// The same database with the tables of another read model. What is written there counts only from the switch on, which
    /// waits for the disk: until then nothing has to.
    pub(crate) async fn beside(&self, schema: &str, connections: u32) -> Result<Store, StoreError> {
        let pool = pool(&self.url, &format!("{schema},keshi"), connections, "off").await?;
        Ok(Store { pool, url: self.url.clone(), months: Arc::default(), vault: None, is_live: false })
    }

    /// Whether this is the read model that is served.
    pub(crate) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Begins a transaction. The one place that does: never inside `select!` or a timeout.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.pool.begin().await?)
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What opens personal data.
    ///
    /// # Errors
    /// [`StoreError::NoMasterKey`]
    pub(crate) fn vault(&self) -> Result<&Vault, StoreError> {
        self.vault.as_deref().ok_or(StoreError::NoMasterKey)
    }

    pub(crate) fn set_vault(&mut self, vault: Vault) {
        self.vault = Some(Arc::new(vault));
    }

    /// Listens to what wakes a worker: `keshi_register`, `keshi_outbox`.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn listen(&self, channel: &str) -> Result<Waker, StoreError> {
        let mut listener = sqlx::postgres::PgListener::connect(&self.url).await?;
        listener.listen(channel).await?;
        Ok(Waker { listener })
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// A connection that waits for a notification.
#[derive(Debug)]
pub struct Waker {
    listener: sqlx::postgres::PgListener,
}

impl Waker {
    /// Waits for the next notification; it may have been lost while a connection was, so wait with a timeout too.
    ///
    /// # Errors
    /// When the connection fails for good.
    pub async fn wait(&mut self) -> Result<(), StoreError> {
        self.listener.recv().await?;
        Ok(())
    }
}

async fn pool(
    url: &str,
    search_path: &str,
    connections: u32,
    synchronous_commit: &str,
) -> Result<PgPool, StoreError> {
    // The rollback before each use warns where there was nothing to roll back, as nearly always.
    let options = options(url)?.options([
        ("search_path", search_path),
        ("client_min_messages", "error"),
        ("synchronous_commit", synchronous_commit),
    ]);
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        // A cancelled `begin` of sqlx 0.9.0 may hand back a connection inside a transaction: leave it first.
        .before_acquire(|connection, _| {
            Box::pin(async move {
                connection.execute("rollback").await?;
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .map_err(StoreError::Unreachable)
}

fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(StoreError::Unreachable)?;
    Ok(options.application_name("keshi").disable_statement_logging())
}

async fn connect_bare(url: &str) -> Result<PgConnection, StoreError> {
    // A user named keshi would otherwise look into the schema of that name first, for the table of migrations too.
    options(url)?.options([("search_path", "public")]).connect().await.map_err(StoreError::Unreachable)
}

/// A session of its own, outside of the pool, with settings of its own.
pub(crate) async fn connect_session(
    url: &str,
    settings: &[(&str, &str)],
) -> Result<PgConnection, StoreError> {
    let options = options(url)?.options([("search_path", SEARCH_PATH)]).options(settings.iter().copied());
    options.connect().await.map_err(StoreError::Unreachable)
}

/// Brings the database to this version. Says how many migrations were applied.
///
/// # Errors
/// When the database cannot be reached, is newer than this program, or a migration fails.
pub async fn migrate(url: &str) -> Result<usize, StoreError> {
    let mut connection = connect_bare(url).await?;
    let before = applied(&mut connection).await?.len();
    MIGRATIONS.run(&mut connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StoreError::TooNew(version),
        other => StoreError::Migration(other),
    })?;
    let after = applied(&mut connection).await?.len();
    connection.close().await?;
    Ok(after - before)
}

/// Makes the database that a URL names, when the server does not have it yet.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub async fn create_database(url: &str) -> Result<(), StoreError> {
    let options = options(url)?;
    let Some(name) = options.get_database().map(str::to_owned) else { return Ok(()) };
    let mut connection = options.database("postgres").connect().await.map_err(StoreError::Unreachable)?;
    let there: bool = sqlx::query_scalar("select exists (select 1 from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await?;
    if !there {
        let quoted = name.replace('"', "\"\"");
        connection
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database \"{quoted}\""))))
            .await?;
    }
    connection.close().await?;
    Ok(())
}

async fn applied(connection: &mut PgConnection) -> Result<Vec<i64>, StoreError> {
    let table: Option<String> = sqlx::query_scalar("select to_regclass('public._sqlx_migrations')::text")
        .fetch_one(&mut *connection)
        .await?;
    if table.is_none() {
        return Ok(Vec::new());
    }
    let listed =
        connection.list_applied_migrations(&MIGRATIONS.table_name).await.map_err(StoreError::Migration)?;
    Ok(listed.into_iter().map(|migration| migration.version).collect())
}

async fn check_version(url: &str) -> Result<(), StoreError> {
    let mut connection = connect_bare(url).await?;
    let there = applied(&mut connection).await?;
    connection.close().await?;
    let known: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    if let Some(unknown) = there.iter().find(|version| !known.contains(version)) {
        return Err(StoreError::TooNew(*unknown));
    }
    if known.iter().any(|version| !there.contains(version)) {
        return Err(StoreError::TooOld);
    }
    Ok(())
}
