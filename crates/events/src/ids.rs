//! One newtype per kind of identifier, so that a course can never be taken for a video.

/// Makes identifier types: text that is kept as it came, compared by its bytes. A copy shares the text.
#[macro_export]
macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The identifier as it came.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )+};
}

text_ids! {
    /// A platform's registry id, one token of a subject.
    PlatformId,
    /// A trainee's registry id: opaque, the same on every platform, never an identity-card number.
    TraineeId,
    /// A platform's name for one sign-in; known by (platform, trainee, session).
    SessionId,
    /// A course: one specialty's whole online programme.
    CourseId,
    /// A video of a course.
    VideoId,
    /// A quiz of a course.
    QuizId,
    /// A thread of questions and answers in a course.
    ThreadId,
    /// A CloudEvents `id`: unique for a platform and trainee.
    EventId,
}
