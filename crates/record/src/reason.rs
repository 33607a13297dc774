//! Why wall time does not count, and the flags that VT-1 raises.

use serde::{Deserialize, Serialize};

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$item])* $variant),+ }

        impl $name {
            /// All, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The stable name.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

named! {
    /// Why a millisecond of claimed wall time does not count, in the order of VT-1's steps.
    Reason {
        /// Step 4: the position did not move (进度未动).
        NoProgress = "no-progress",
        /// Step 4: faster than anybody watches (速度不可能).
        ImpossibleSpeed = "impossible-speed",
        /// Step 4: too long to prove anything (片段过长).
        Gap = "gap",
        /// Steps 4 and 5: not signed in, or not yet (未签到).
        NoSignIn = "no-sign-in",
        /// Step 4: signed in without proof of identity (身份未核验).
        IdentityUnverified = "identity-unverified",
        /// Step 4: reported too late to be believed (事后补传).
        BackFilled = "back-filled",
        /// Step 5: after signing out (已签退).
        SignedOut = "signed-out",
        /// Step 5: a presence check was not passed (在场验证未通过).
        PresenceMissed = "presence-missed",
        /// Step 6: the same moment counts on another platform (多平台同时).
        ParallelPlatform = "parallel-platform",
        /// Step 6: the same moment counts in another session (多会话同时).
        ParallelSession = "parallel-session",
        /// Step 6: the same moment counts in the same session already (重叠).
        Overlap = "overlap",
    }
    /// A flag of VT-1 itself: it informs, and takes nothing away.
    Flag {
        /// A stretch ended after it was received and was moved back.
        ClockAhead = "clock-ahead",
        /// The device's clock was far off at sign-in.
        ClockSkew = "clock-skew",
        /// An id came again with other content.
        EventChanged = "event-changed",
        /// A stretch was received late, and is believed.
        LateUpload = "late-upload",
        /// Time lost to another platform on one day.
        ParallelPlatform = "parallel-platform",
        /// Time lost to another session on one day.
        ParallelSession = "parallel-session",
    }
}

impl Reason {
    /// Chinese name, for people.
    pub fn chinese(self) -> &'static str {
        match self {
            Reason::NoProgress => "进度未动",
            Reason::ImpossibleSpeed => "速度不可能",
            Reason::Gap => "片段过长",
            Reason::NoSignIn => "未签到",
            Reason::IdentityUnverified => "身份未核验",
            Reason::BackFilled => "事后补传",
            Reason::SignedOut => "已签退",
            Reason::PresenceMissed => "在场验证未通过",
            Reason::ParallelPlatform => "多平台同时",
            Reason::ParallelSession => "多会话同时",
            Reason::Overlap => "重叠",
        }
    }
}

impl Flag {
    /// `info` or `review`.
    pub fn level(self) -> &'static str {
        match self {
            Flag::ParallelPlatform | Flag::ParallelSession => "review",
            _ => "info",
        }
    }

    /// Chinese name, for people.
    pub fn chinese(self) -> &'static str {
        match self {
            Flag::ClockAhead => "设备时钟超前",
            Flag::ClockSkew => "设备时钟偏差",
            Flag::EventChanged => "事件内容被改",
            Flag::LateUpload => "迟传",
            Flag::ParallelPlatform => "多平台同时学习",
            Flag::ParallelSession => "多会话同时学习",
        }
    }
}
