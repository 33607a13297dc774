//! Settings: flags > environment (`KESHI_*`) > `keshi.toml` > the private servers of this folder > defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::private::Endpoints;

/// A setting's name, what it is for, and its default.
struct Known {
    name: &'static str,
    default: &'static str,
    secret: bool,
    what: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        name: "nats_url",
        default: "",
        secret: false,
        what: "日志服务器 the log's server; empty: a private one / nats://host:4222",
    },
    Known {
        name: "nats_user",
        default: "keshi",
        secret: false,
        what: "日志用户 the user of the log's server",
    },
    Known { name: "nats_password", default: "", secret: true, what: "日志密码 that user's password" },
    Known {
        name: "database_url",
        default: "",
        secret: true,
        what: "数据库 PostgreSQL; empty: a private one / postgres://user:password@host/keshi",
    },
    Known {
        name: "database_connections",
        default: "8",
        secret: false,
        what: "连接数 the most connections of one process",
    },
    Known {
        name: "partitions",
        default: "16",
        secret: false,
        what: "分区数 partitions of a new stream, for ever",
    },
    Known {
        name: "policies",
        default: "",
        secret: false,
        what: "政策包 more policy packs: TOML files, separated by commas",
    },
    Known {
        name: "master_key",
        default: "",
        secret: true,
        what: "主密钥 the master key of personal data: 64 hexadecimal digits",
    },
    Known {
        name: "master_key_file",
        default: "",
        secret: false,
        what: "主密钥文件 the file that holds it; empty: master.key in the private folder",
    },
    Known {
        name: "checkpoint_key",
        default: "",
        secret: false,
        what: "检查点签名密钥 the file of the key that signs checkpoints; empty: `keshi up` makes checkpoint.key in its folder",
    },
    Known {
        name: "checkpoint_minutes",
        default: "10",
        secret: false,
        what: "检查点间隔 minutes between signed checkpoints",
    },
    Known {
        name: "verify_seconds",
        default: "60",
        secret: false,
        what: "抽查间隔 seconds between two trainees of the continuous verification; 0: none",
    },
    Known {
        name: "console_listen",
        default: "127.0.0.1:8020",
        secret: false,
        what: "控制台监听地址 where the console listens; port 0 takes a free one",
    },
    Known {
        name: "console_secure",
        default: "false",
        secret: false,
        what: "Cookie 只走 TLS cookies over TLS alone: true behind a proxy that speaks it",
    },
    Known {
        name: "nats_server",
        default: "nats-server",
        secret: false,
        what: "nats-server 程序 the program for a private log server",
    },
    Known {
        name: "postgres_bin",
        default: "",
        secret: false,
        what: "PostgreSQL 程序目录 the folder of initdb and postgres for a private database",
    },
];

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Flag,
    Environment(String),
    File(PathBuf),
    Private(PathBuf),
    Default,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Flag => f.write_str("参数 flag"),
            Source::Environment(name) => write!(f, "环境变量 {name}"),
            Source::File(path) => write!(f, "文件 {}", path.display()),
            Source::Private(path) => write!(f, "私有服务 {}", path.display()),
            Source::Default => f.write_str("默认 default"),
        }
    }
}

/// The effective settings.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The data folder of private servers.
    pub(crate) dir: PathBuf,
    values: BTreeMap<&'static str, (String, Source)>,
}

/// A setting as it is shown.
pub(crate) struct Shown {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) source: String,
    pub(crate) what: &'static str,
}

impl Settings {
    /// Gathers them. `flags` are (name, value) pairs of the command line.
    pub(crate) fn gather(dir: PathBuf, flags: &[(&'static str, String)]) -> Result<Settings> {
        let file_path = Path::new("keshi.toml");
        let file = read_file(file_path)?;
        let endpoints_path = Endpoints::path(&dir);
        let private = Endpoints::read(&dir)?.map(|endpoints| endpoints.settings()).unwrap_or_default();
        let mut values = BTreeMap::new();
        for known in KNOWN {
            let variable = format!("KESHI_{}", known.name.to_uppercase());
            let value = if let Some((_, value)) = flags.iter().find(|(name, _)| *name == known.name) {
                (value.clone(), Source::Flag)
            } else if let Ok(value) = std::env::var(&variable) {
                (value, Source::Environment(variable))
            } else if let Some(value) = file.get(known.name) {
                (value.clone(), Source::File(file_path.to_owned()))
            } else if let Some(value) = private.get(known.name) {
                (value.clone(), Source::Private(endpoints_path.clone()))
            } else {
                (known.default.to_owned(), Source::Default)
            };
            values.insert(known.name, value);
        }
        Ok(Settings { dir, values })
    }

    /// The flags of the command line, to gather once more.
    pub(crate) fn flags(&self) -> Vec<(&'static str, String)> {
        let flags = self.values.iter().filter(|(_, (_, source))| *source == Source::Flag);
        flags.map(|(name, (value, _))| (*name, value.clone())).collect()
    }

    /// A setting's text; empty when it is not set.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |(value, _)| value)
    }

    /// A setting that is a number.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T>
    where
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.get(name)
            .parse()
            .with_context(|| format!("设置 {name} 须为整数 / the setting {name} must be a whole number"))
    }

    /// Whether somebody set a server of their own for this.
    pub(crate) fn is_chosen(&self, name: &str) -> bool {
        self.values
            .get(name)
            .is_some_and(|(value, source)| !value.is_empty() && !matches!(source, Source::Private(_)))
    }

    /// Whether nobody set it.
    pub(crate) fn is_default(&self, name: &str) -> bool {
        self.values.get(name).is_none_or(|(_, source)| *source == Source::Default)
    }

    /// All settings with their sources; secrets hidden.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        let shown = |known: &Known| {
            let (value, source) = self.values.get(known.name)?;
            let value = if known.secret && !value.is_empty() { "********".to_owned() } else { value.clone() };
            Some(Shown { name: known.name, value, source: source.to_string(), what: known.what })
        };
        KNOWN.iter().filter_map(shown).collect()
    }
}

fn read_file(path: &Path) -> Result<BTreeMap<String, String>> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text =
        std::fs::read_to_string(path).with_context(|| format!("无法读取 cannot read {}", path.display()))?;
    let table: toml::Table =
        text.parse().with_context(|| format!("{} 不是合法的 TOML / is no TOML", path.display()))?;
    let mut values = BTreeMap::new();
    for (name, value) in table {
        if !KNOWN.iter().any(|known| known.name == name) {
            bail!(
                "{}：未知的设置 {name} / there is no setting {name}; `keshi config` lists them all",
                path.display()
            );
        }
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            other => bail!(
                "{}：设置 {name} 须为文本或整数 / must be a text or a whole number, not {}",
                path.display(),
                other.type_str()
            ),
        };
        values.insert(name, text);
    }
    Ok(values)
}
