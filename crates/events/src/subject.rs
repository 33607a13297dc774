//! Subjects: where a platform publishes, and how the stream stores it.

/// The partitions of a stream that Keshi makes, when nothing else is asked.
pub const DEFAULT_PARTITIONS: u16 = 16;
/// The most partitions that a stream may have.
pub const MAX_PARTITIONS: u16 = 256;

/// The last token of a learning subject: which family of event types it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Sessions opened and closed, presence checks (签到).
    SignIn,
    /// Stretches of watching (看课).
    VideoWatch,
    /// Submitted quizzes (测验).
    Quiz,
    /// Questions and answers (答疑).
    Qa,
}

impl Family {
    /// All families, in the order of the contract.
    pub const ALL: [Family; 4] = [Family::SignIn, Family::VideoWatch, Family::Quiz, Family::Qa];

    /// The token.
    pub fn as_str(self) -> &'static str {
        match self {
            Family::SignIn => "sign-in",
            Family::VideoWatch => "video-watch",
            Family::Quiz => "quiz",
            Family::Qa => "qa",
        }
    }

    /// Reads the token.
    pub fn parse(token: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|family| family.as_str() == token)
    }
}

/// Whether a text may stand as a platform's or trainee's token: `[A-Za-z0-9_-]{1,64}`.
pub fn valid_token(token: &str) -> bool {
    (1..=64).contains(&token.len())
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// The partition of a trainee: nats-server's `{{partition(n,2)}}`, which is FNV-1a (32 bit) of the token modulo n.
pub fn partition_of(trainee: &str, partitions: u16) -> u16 {
    let hash = trainee
        .bytes()
        .fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
    (hash % u32::from(partitions.max(1))) as u16
}

/// The subject that a platform publishes to.
pub fn learn(platform: &str, trainee: &str, family: &str) -> String {
    format!("learn.v1.{platform}.{trainee}.{family}")
}

/// The subject that an import publishes to.
pub fn import(partition: u16, platform: &str, family: &str) -> String {
    format!("import.v1.{partition}.{platform}.{family}")
}

/// What a subject says. Family and partition tokens are kept as they stand: an unknown one is the decoder's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// As published: `learn.v1.<platform>.<trainee>.<family>`; only in log files.
    Learn {
        /// Token of the platform.
        platform: &'a str,
        /// Token of the trainee.
        trainee: &'a str,
        /// Token of the family.
        family: &'a str,
    },
    /// As stored: `log.v1.<partition>.<platform>.<family>`.
    Log {
        /// The partition that the server computed.
        partition: u16,
        /// Token of the platform.
        platform: &'a str,
        /// Token of the family.
        family: &'a str,
    },
    /// An import: `import.v1.<partition>.<platform>.<family>`.
    Import {
        /// The partition that the importer computed.
        partition: u16,
        /// Token of the platform.
        platform: &'a str,
        /// Token of the family.
        family: &'a str,
    },
    /// Any other form.
    Other,
}

impl<'a> Subject<'a> {
    /// Reads a subject. A platform token outside `[A-Za-z0-9_-]{1,64}` makes it another form.
    pub fn parse(subject: &'a str) -> Subject<'a> {
        let mut tokens = subject.split('.');
        let mut next = || tokens.next();
        let parts = [next(), next(), next(), next(), next(), next()];
        let [Some(kind), Some("v1"), Some(third), Some(fourth), Some(family), None] = parts else {
            return Subject::Other;
        };
        match [kind, third, fourth, family] {
            ["learn", platform, trainee, family] if valid_token(platform) => {
                Subject::Learn { platform, trainee, family }
            }
            [kind @ ("log" | "import"), partition, platform, family] if valid_token(platform) => {
                match (partition_token(partition), kind) {
                    (Some(partition), "log") => Subject::Log { partition, platform, family },
                    (Some(partition), _) => Subject::Import { partition, platform, family },
                    (None, _) => Subject::Other,
                }
            }
            _ => Subject::Other,
        }
    }

    /// The platform's and the family's token, where the form has them.
    pub fn platform_and_family(self) -> Option<(&'a str, &'a str)> {
        match self {
            Subject::Learn { platform, family, .. }
            | Subject::Log { platform, family, .. }
            | Subject::Import { platform, family, .. } => Some((platform, family)),
            Subject::Other => None,
        }
    }
}

/// A partition's number as the server writes it: decimal, no sign, no leading zero.
fn partition_token(token: &str) -> Option<u16> {
    let plain = token.bytes().all(|byte| byte.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    token.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_read_by_their_form() {
        assert_eq!(
            Subject::parse("learn.v1.p7.t1.quiz"),
            Subject::Learn { platform: "p7", trainee: "t1", family: "quiz" }
        );
        assert_eq!(
            Subject::parse("import.v1.15.p7.qa"),
            Subject::Import { partition: 15, platform: "p7", family: "qa" }
        );
        for other in [
            "learn.v1.p7.t1",
            "learn.v1.p7.t1.quiz.x",
            "log.v1.x.p7.qa",
            "log.v1.01.p7.qa",
            "log.v1.+1.p7.qa",
            "log.v1.65536.p7.qa",
            "log.v1..p7.qa",
            "learn.v1.p 7.t1.qa",
            "",
        ] {
            assert_eq!(Subject::parse(other), Subject::Other, "{other}");
        }
    }
}
