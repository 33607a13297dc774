//! What can go wrong with the database, with stable codes and a way out.

/// A database error. The code stands first, the way out last.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The server does not answer.
    #[error(
        "S201 the database cannot be reached ({0}): check that PostgreSQL runs and that KESHI_DATABASE_URL is right / 数据库无法连接"
    )]
    Unreachable(#[source] sqlx::Error),
    /// The database was migrated by a newer Keshi.
    #[error(
        "S202 the database is of a newer version than this program (migration {0} is unknown here): run the newer keshi / 数据库版本高于本程序"
    )]
    TooNew(i64),
    /// The database lacks migrations.
    #[error(
        "S203 the database is not up to date: run `keshi migrate` / 数据库需要升级，请运行 keshi migrate"
    )]
    TooOld,
    /// Another writer has moved the checkpoint.
    #[error("S204 another projector has taken over: its checkpoint moved / 检查点已被另一进程推进")]
    Fenced,
    /// Rows written are not the rows counted.
    #[error(
        "S205 {what}: {expected} rows were to be written and {written} were; the transaction was rolled back / 写入行数不符，已回滚"
    )]
    RowCount {
        /// Which table.
        what: &'static str,
        /// Rows that should have been written.
        expected: usize,
        /// Rows that were.
        written: u64,
    },
    /// A row cannot be read.
    #[error(
        "S206 a row of {what} cannot be read ({why}): run `keshi rebuild`, or restore the database / 数据行无法读取"
    )]
    Damaged {
        /// Which table.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// The number of partitions differs.
    #[error(
        "S207 the database was made for {stored} partitions and the stream has {asked}: use the stream that belongs to this database / 分区数不符"
    )]
    Partitions {
        /// What the database was made for.
        stored: i16,
        /// What was asked.
        asked: i16,
    },
    /// A migration failed.
    #[error("S208 migration failed: {0} / 数据库升级失败")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The id is in use.
    #[error("S209 there is {what} {id} already / 已存在")]
    Taken {
        /// Of what.
        what: &'static str,
        /// Which id.
        id: String,
    },
    /// There is no such thing.
    #[error("S210 there is no {what} {id} / 不存在")]
    Unknown {
        /// Of what.
        what: &'static str,
        /// Which id.
        id: String,
    },
    /// The server does not answer on a session.
    #[error("S211 PostgreSQL does not answer: check the server and the network to it / 数据库没有应答")]
    Silent,
    /// A rebuild runs already.
    #[error("S212 another rebuild runs: wait until it has ended / 另一次重建正在进行")]
    Rebuilding,
    /// The read model was built by another version.
    #[error(
        "S213 the read model was built by version {stored} of the projection, and this program builds {ours}: run `keshi rebuild` / 读模型版本不同，请运行 keshi rebuild"
    )]
    OtherReadModel {
        /// The version that built it.
        stored: i32,
        /// This program's.
        ours: i32,
    },
    /// An identity-card number belongs to one trainee.
    #[error(
        "S230 the identity-card number of trainee {trainee} belongs to trainee {first} already; correct one of them / 学员 {trainee} 的身份证号已属于学员 {first}"
    )]
    IdentityTaken {
        /// Who was to have it.
        trainee: String,
        /// Whose it is.
        first: String,
    },
    /// Personal data is met without a key.
    #[error(
        "S231 there is no master key for personal data: set KESHI_MASTER_KEY_FILE or KESHI_MASTER_KEY / 没有个人信息主密钥"
    )]
    NoMasterKey,
    /// The database is sealed by another key.
    #[error(
        "S232 this database is sealed by another master key: set KESHI_MASTER_KEY_FILE to the one it was made with / 主密钥与数据库不符"
    )]
    OtherMasterKey,
    /// Personal data cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] keshi_person::VaultError),
    /// Anything else that the server or the connection says.
    #[error("S200 {0}")]
    Sql(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether two transactions stood in each other's way: this one was undone, and may be tried again at once.
    pub fn is_deadlock(&self) -> bool {
        matches!(self, StoreError::Sql(sqlx::Error::Database(error)) if error.code().as_deref() == Some("40P01"))
    }

    /// Whether a new connection and another try may help.
    pub fn is_passing(&self) -> bool {
        match self {
            StoreError::Unreachable(_) | StoreError::Fenced | StoreError::Silent => true,
            StoreError::Sql(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed) => {
                true
            }
            // Class 57 (operator intervention), 08 (connection), 40 (serialisation), 53 (resources).
            StoreError::Sql(sqlx::Error::Database(error)) => error
                .code()
                .is_some_and(|code| ["57", "08", "40", "53"].iter().any(|class| code.starts_with(class))),
            _ => false,
        }
    }
}
