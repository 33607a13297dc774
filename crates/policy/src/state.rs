//! The states of a claim and the steps between them: one fixed table.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $word:literal $chinese:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$vdoc])* $variant),+
        }

        impl $name {
            /// All of them, in the order of the design.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word that is stored.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The Chinese word.
            pub fn chinese(self) -> &'static str {
                match self { $($name::$variant => $chinese),+ }
            }

            /// The one of a stored word.
            pub fn parse(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Where a claim stands.
    ClaimState {
        /// The settlement worker found it owed.
        Drafted "drafted" "待提交",
        /// The provider handed it in.
        Submitted "submitted" "待审核",
        /// The district sent it back to be mended.
        Returned "returned" "退回补正",
        /// The district accepted it.
        Reviewed "reviewed" "审核通过",
        /// It is made public until a date.
        Publicised "publicised" "公示中",
        /// Somebody objected.
        Objected "objected" "公示有异议",
        /// The city approved it.
        Approved "approved" "待拨付",
        /// It was refused.
        Rejected "rejected" "不予通过",
        /// The money went out.
        Paid "paid" "已拨付",
        /// The money came back.
        PaymentFailed "payment-failed" "拨付失败",
        /// Paid wrongly, and claimed back.
        ClawedBack "clawed-back" "已追回",
        /// The provider took it back.
        Withdrawn "withdrawn" "已撤回",
    }
}

words! {
    /// What can be done with a claim.
    Step {
        /// Find it owed.
        Draft "draft" "生成",
        /// Hand it in.
        Submit "submit" "提交",
        /// Send it back to be mended.
        Return "return" "退回",
        /// Refuse it.
        Reject "reject" "不予通过",
        /// Accept it.
        Accept "accept" "审核通过",
        /// Make it public.
        Publicise "publicise" "公示",
        /// Note an objection.
        Object "object" "提出异议",
        /// The objection does not hold: a new full period.
        Dismiss "dismiss" "异议不成立",
        /// The objection holds.
        Uphold "uphold" "异议成立",
        /// Approve it.
        Approve "approve" "批准",
        /// Pay it.
        Pay "pay" "拨付",
        /// Note that the payment failed.
        Fail "fail" "拨付失败",
        /// Pay again.
        Retry "retry" "重新拨付",
        /// Claim back what was paid.
        ClawBack "claw-back" "追回",
        /// Take it back.
        Withdraw "withdraw" "撤回",
    }
}

words! {
    /// Who acts.
    Role {
        /// The settlement worker.
        Worker "worker" "结算程序",
        /// The provider.
        Provider "provider" "培训主体",
        /// The payer district.
        District "district" "区县",
        /// The city.
        City "city" "市",
        /// Finance.
        Finance "finance" "财政",
    }
}

impl ClaimState {
    /// Whether it still asks for money, or got it.
    pub fn is_live(self) -> bool {
        !matches!(self, ClaimState::Rejected | ClaimState::Withdrawn)
    }
}

impl Step {
    /// Whether a hold stops it.
    pub fn is_forward(self) -> bool {
        matches!(self, Step::Submit | Step::Accept | Step::Publicise | Step::Approve | Step::Pay)
    }
}

/// From where (`None`: no claim yet), by which step, whose, to where.
pub type Transition = (Option<ClaimState>, Step, Role, ClaimState);

/// The whole table of the design.
pub const TRANSITIONS: &[Transition] = {
    use ClaimState as S;
    &[
        (None, Step::Draft, Role::Worker, S::Drafted),
        (Some(S::Drafted), Step::Submit, Role::Provider, S::Submitted),
        (Some(S::Returned), Step::Submit, Role::Provider, S::Submitted),
        (Some(S::Submitted), Step::Return, Role::District, S::Returned),
        (Some(S::Submitted), Step::Reject, Role::District, S::Rejected),
        (Some(S::Submitted), Step::Accept, Role::District, S::Reviewed),
        (Some(S::Reviewed), Step::Publicise, Role::District, S::Publicised),
        (Some(S::Publicised), Step::Object, Role::District, S::Objected),
        (Some(S::Objected), Step::Dismiss, Role::District, S::Publicised),
        (Some(S::Objected), Step::Uphold, Role::District, S::Rejected),
        (Some(S::Publicised), Step::Approve, Role::City, S::Approved),
        (Some(S::Publicised), Step::Reject, Role::City, S::Rejected),
        (Some(S::Approved), Step::Pay, Role::Finance, S::Paid),
        (Some(S::Approved), Step::Fail, Role::Finance, S::PaymentFailed),
        (Some(S::PaymentFailed), Step::Retry, Role::Finance, S::Approved),
        (Some(S::Paid), Step::ClawBack, Role::City, S::ClawedBack),
        (Some(S::Drafted), Step::Withdraw, Role::Provider, S::Withdrawn),
        (Some(S::Submitted), Step::Withdraw, Role::Provider, S::Withdrawn),
        (Some(S::Returned), Step::Withdraw, Role::Provider, S::Withdrawn),
        (Some(S::Reviewed), Step::Withdraw, Role::Provider, S::Withdrawn),
    ]
};

/// The steps that the table has from a state, and whose they are.
pub fn steps_from(state: ClaimState) -> impl Iterator<Item = (Step, Role)> {
    TRANSITIONS.iter().filter(move |(from, ..)| *from == Some(state)).map(|(_, step, role, _)| (*step, *role))
}

/// Why a step is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The table has no such step from this state.
    #[error("S101: no such step from this state / 当前状态不能进行此操作")]
    NoSuchStep,
    /// The step is somebody else's.
    #[error("S102: this step is not yours to take / 无权进行此操作")]
    NotYours,
    /// A hold stands.
    #[error("S103: a hold stands / 申领被暂缓")]
    Held,
    /// The publicity period is not over.
    #[error("S104: the publicity period is not over / 公示期未满")]
    PublicityNotOver,
    /// Four eyes: the same person took the step before.
    #[error("S105: the same person took the step before / 同一人不得连续办理两个环节")]
    SamePerson,
}

/// What the table alone does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// A hold stands.
    pub held: bool,
    /// The publicity period is over (see [`crate::PublicityPeriod::approval_from`]).
    pub publicity_over: bool,
    /// Whoever acts took the step before, too.
    pub same_person: bool,
}

/// The state after a step, by the table alone.
///
/// # Errors
/// [`Refusal::NoSuchStep`], [`Refusal::NotYours`].
pub fn next(from: Option<ClaimState>, step: Step, role: Role) -> Result<ClaimState, Refusal> {
    let found = TRANSITIONS.iter().find(|(at, by, ..)| *at == from && *by == step);
    match found {
        None => Err(Refusal::NoSuchStep),
        Some((_, _, whose, _)) if *whose != role => Err(Refusal::NotYours),
        Some((.., to)) => Ok(*to),
    }
}

/// The state after a step, by the table and the circumstances.
///
/// # Errors
/// [`Refusal`].
pub fn take(
    from: Option<ClaimState>,
    step: Step,
    role: Role,
    circumstances: Circumstances,
) -> Result<ClaimState, Refusal> {
    let to = next(from, step, role)?;
    let decides_publicity =
        from == Some(ClaimState::Publicised) && matches!(step, Step::Approve | Step::Reject);
    if circumstances.held && step.is_forward() {
        Err(Refusal::Held)
    } else if decides_publicity && !circumstances.publicity_over {
        Err(Refusal::PublicityNotOver)
    } else if circumstances.same_person {
        Err(Refusal::SamePerson)
    } else {
        Ok(to)
    }
}
