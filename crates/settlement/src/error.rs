//! What stops the settlement worker, and why a step of a claim was not taken.

use keshi_policy::{ClaimState, Refusal};
use keshi_store::StoreError;
use rust_decimal::Decimal;
use uuid::Uuid;

/// Why settlement stopped.
#[derive(Debug, thiserror::Error)]
pub enum SettlementError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row that settlement needs cannot be read.
    #[error("T401 {what} cannot be read: {why} / 数据无法读取")]
    Unreadable {
        /// Which row.
        what: String,
        /// Why.
        why: String,
    },
    /// A roster cannot be written.
    #[error("T402 the roster cannot be written: {0} / 花名册无法写出")]
    Unwritable(String),
}

impl SettlementError {
    /// Whether another try may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, SettlementError::Store(error) if error.is_passing())
    }
}

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The table, the holds, the calendar or four eyes forbid it.
    #[error("{refusal}；申请 claim {claim}：{}（{state}）；可进行 allowed: {allowed}{more}", state.chinese())]
    Refused {
        /// Which claim.
        claim: Uuid,
        /// Where it stands.
        state: ClaimState,
        /// Why.
        refusal: Refusal,
        /// What would be allowed, and to whom.
        allowed: String,
        /// The holds that stand, or the first day that is open.
        more: String,
    },
    /// Another district's or provider's claim.
    #[error("S106: claim {claim} belongs to {owner}, not to you / 该申请不属于您的辖区或单位")]
    NotYourClaim {
        /// Which claim.
        claim: Uuid,
        /// Whose it is.
        owner: String,
    },
    /// No reason was given.
    #[error("S107: this needs a reason: --why / 须说明理由")]
    NoReason,
    /// More than can be claimed back or repaid, or nothing.
    #[error("S108: the amount must lie above 0 and at most {most} yuan / 金额须大于 0 且不超过 {most} 元")]
    Amount {
        /// The most.
        most: Decimal,
    },
    /// There is no such claim.
    #[error("S109: there is no claim {0} / 没有该申请")]
    NoClaim(Uuid),
    /// No hold stands.
    #[error("S110: no hold stands on claim {0} / 该申请未被暂缓")]
    NotHeld(Uuid),
    /// The hold is the city's.
    #[error(
        "S116: the hold on claim {0} was set by the city, which alone releases it / 该暂缓由市级设置，须由市级解除"
    )]
    HeldByCity(Uuid),
    /// The role takes no part in claims, or not in this.
    #[error("S102: this is not yours to do / 无权进行此操作")]
    NotYours,
    /// The stored state is none of ours.
    #[error("S111: claim {claim} has an unknown state {state}: run the newer keshi / 申请状态未知")]
    UnknownState {
        /// Which claim.
        claim: Uuid,
        /// The word.
        state: String,
    },
    /// No pack with a calendar for the publicity period.
    #[error("S112: no policy pack {0} is loaded / 没有该政策包")]
    NoPack(String),
    /// By what is known now, something else would be drafted.
    #[error(
        "S113: claim {claim} is no longer what was drafted: {said}；已生成调整并暂缓，由区县或市核定后解除 an adjustment holds it until the district or the city releases it"
    )]
    Changed {
        /// Which claim.
        claim: Uuid,
        /// What changed.
        said: String,
    },
    /// The read model does not have the study: it is being built anew.
    #[error(
        "S114: the study of claim {0} is not in the record yet: run keshi up and try again / 学习档案尚未重建完成"
    )]
    NoRecord(Uuid),
    /// The publicity period runs through days that the pack's calendar does not know.
    #[error(
        "S115: the calendar of {year} is missing in the policy pack {pack}: add its holidays and shifted working days, then the publicity period can be counted / 政策包缺少 {year} 年的工作日历，公示期无法核定"
    )]
    NoCalendar {
        /// Which pack.
        pack: String,
        /// Which year.
        year: i32,
    },
    /// The attendance checks cannot look at what the claim's trainee did.
    #[error(
        "S117: the attendance checks cannot look at the trainee of claim {claim} ({why}): run keshi verify, and try again / 无法完成学习诚信检查"
    )]
    NotLookedAt {
        /// Which claim.
        claim: Uuid,
        /// Why.
        why: String,
    },
    /// What the claim rests on cannot be read.
    #[error(transparent)]
    Facts(SettlementError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SettlementError> for StepError {
    fn from(error: SettlementError) -> StepError {
        match error {
            SettlementError::Store(error) => StepError::Store(error),
            error => StepError::Facts(error),
        }
    }
}
