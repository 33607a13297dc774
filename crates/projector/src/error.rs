//! What stops a projector, with stable codes and a way out.

use keshi_log::LogError;
use keshi_store::StoreError;

/// Why a projector stopped.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The stream was made anew.
    #[error(
        "P301 the stream was made anew (created {found}, projected from one created {projected}): restore the stream that belongs to this database, or begin a new database and import the log file / 日志流已被重建"
    )]
    StreamMadeAnew {
        /// Creation of the stream that is there.
        found: String,
        /// Creation of the stream that was projected.
        projected: String,
    },
    /// The checkpoint lies beyond the stream.
    #[error(
        "P302 partition {partition} is projected up to {checkpoint}, and the stream ends at {last}: the stream lost messages; restore it from its backup / 检查点超前于日志流"
    )]
    Ahead {
        /// Which partition.
        partition: i16,
        /// Where it stands.
        checkpoint: i64,
        /// Where the stream ends.
        last: u64,
    },
    /// Another message, or none, stands at the checkpoint.
    #[error(
        "P303 the message at {checkpoint}, up to which partition {partition} is projected, is not the one that was projected: restore the stream from its backup / 检查点处的消息不符"
    )]
    OtherMessage {
        /// Which partition.
        partition: i16,
        /// Where it stands.
        checkpoint: i64,
    },
    /// A message that the stream should hold is gone.
    #[error(
        "P304 the stream begins at {first}, but {next} was not projected yet: restore the stream from its backup / 日志流缺少未处理的消息"
    )]
    Gone {
        /// The stream's first sequence.
        first: u64,
        /// The next one to project.
        next: i64,
    },
    /// An event of the trail cannot be decoded any more.
    #[error(
        "P305 event {seq} of the trail cannot be read ({why}): the trail was changed, or this program is older than it; run `keshi verify` / 轨迹中的事件无法读取"
    )]
    Trail {
        /// Which event.
        seq: u64,
        /// Why.
        why: String,
    },
    /// A standing or an extract cannot be written.
    #[error("P306 the standing of a trainee, or the extract of an event, cannot be written: {0}")]
    Standing(#[from] postcard::Error),
    /// A finding cannot be written.
    #[error("P311 a finding of the attendance checks cannot be written: {0}")]
    Finding(String),
    /// The chains that the last checkpoint signed are no longer there.
    #[error(
        "P308 {what}: the trail was changed behind Keshi's back, and nothing is signed over it; run `keshi verify --all`, then restore the database / 轨迹被更改，拒绝签署检查点"
    )]
    Remade {
        /// What does not hold.
        what: String,
    },
    /// The register is not folded.
    #[error(
        "P309 the projector has folded {folded} of the register's {number} entries: start it (`keshi up` or `keshi projector`), and verify again / 登记簿尚未处理完毕"
    )]
    RegisterNotFolded {
        /// Up to where it is folded.
        folded: i64,
        /// Its last number.
        number: i64,
    },
    /// A backlog is projected.
    #[error(
        "P310 a backlog is being projected, and standings are written behind its events: wait until it is done (`keshi wait`), and try again / 正在处理积压，请稍后再试"
    )]
    Behind,
    /// The registry cannot be read.
    #[error("P307 the registry cannot be read: {0}")]
    Registry(String),
}

impl ProjectorError {
    /// Whether another try may help.
    pub fn is_passing(&self) -> bool {
        match self {
            ProjectorError::Store(error) => error.is_passing(),
            ProjectorError::Log(error) => error.is_passing(),
            _ => false,
        }
    }
}
