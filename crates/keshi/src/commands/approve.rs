//! `keshi approve` and `keshi revoke`: decisions over back-filled time, as entries of the register.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use keshi_account::{Actor, Role};
use keshi_events::Millis;
use keshi_registry::{Entry, Registry, RegistryFile, merge};
use keshi_store::{NewEntry, Store};
use serde_json::{Value, json};

use crate::commands::{actor, connect};
use crate::settings::Settings;
use crate::show;

/// What a decision is about.
#[derive(Subcommand)]
pub(crate) enum Decision {
    /// 一次会话的补传 / the back-filled stretches of one session
    ///
    /// Example: keshi approve session p1 t1 s1 --as wang --why "培训点断网"
    Session {
        /// 平台 / platform
        platform: String,
        /// 学员 / trainee
        trainee: String,
        /// 会话 / session
        session: String,
        #[command(flatten)]
        grounds: Grounds,
    },
    /// 平台公告的中断 / what lies within an outage that a platform announced
    ///
    /// Example: keshi approve outage p1 2020-04-20T09:00:00+08:00 2020-04-20T12:00:00+08:00 --as wang --why "平台公告"
    Outage {
        /// 平台 / platform
        platform: String,
        /// 起 / from (RFC 3339)
        from: String,
        /// 止 / to (RFC 3339)
        to: String,
        #[command(flatten)]
        grounds: Grounds,
    },
}

/// Who decides, and why.
#[derive(Args)]
pub(crate) struct Grounds {
    /// 经办人 / who decides
    #[arg(long = "as", value_name = "USER")]
    who: String,
    /// 事由 / why
    #[arg(long)]
    why: String,
}

impl Decision {
    fn grounds(&self) -> &Grounds {
        match self {
            Decision::Session { grounds, .. } | Decision::Outage { grounds, .. } => grounds,
        }
    }

    /// The city decides over all, a district over sessions of its own people.
    fn is_for(&self, actor: &Actor, registry: &Registry) -> bool {
        match (actor.role(), self) {
            (Role::City, _) => true,
            (Role::District, Decision::Session { trainee, .. }) => {
                let of = registry.trainees.get(trainee.as_str()).and_then(|known| known.district.as_deref());
                of.is_some() && of == actor.scope().district()
            }
            _ => false,
        }
    }

    /// As the registry's file would have it.
    fn row(&self) -> Result<Value> {
        Ok(match self {
            Decision::Session { platform, trainee, session, .. } => {
                json!({"platform": platform, "trainee": trainee, "session": session})
            }
            Decision::Outage { platform, from, to, .. } => {
                let (Some(first), Some(last)) = (Millis::parse_rfc3339(from), Millis::parse_rfc3339(to))
                else {
                    bail!("时间须为带时区的 RFC 3339 / times must be RFC 3339 with an offset: {from}, {to}");
                };
                if last < first {
                    bail!("止早于起 / the outage ends before it begins: {from}, {to}");
                }
                json!({"platform": platform, "from": from, "to": to})
            }
        })
    }

    /// Approves, or takes an approval back.
    pub(crate) async fn decide(&self, approve: bool, settings: &Settings, json: bool) -> Result<()> {
        let grounds = self.grounds();
        if grounds.why.trim().is_empty() {
            bail!("须写明事由 / a reason is needed: --why");
        }
        let row = self.row()?;
        let store = connect::store(settings).await?;
        let who = actor::authenticate(&store, &grounds.who).await?;
        let (_, current) = connect::registry(&store).await?;
        if !self.is_for(&who, &current) {
            bail!(
                "{} 无权作此决定 / {0} may not decide this: the city may, and a district over its own people's sessions",
                who.name()
            );
        }
        let entry = entry(&row, &current)?;
        let body = approve.then_some(entry.body);
        if body.is_none() && store.registered(entry.kind.as_str(), &entry.key).await?.is_none() {
            bail!("没有这项批准 / there is no such approval to revoke: {}", entry.key);
        }
        let entry = NewEntry { kind: entry.kind.as_str().to_owned(), key: entry.key, body };
        record(&store, entry, who.name(), &grounds.why, json).await
    }
}

/// The entry of the register, checked as an import would be.
fn entry(row: &Value, current: &Registry) -> Result<Entry> {
    let said = |faults: Vec<keshi_registry::RowError>| {
        let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(texts.join("\n"))
    };
    let bytes = json!({ "approvals": [row] }).to_string();
    let draft = RegistryFile::read_file("approval", bytes.as_bytes()).map_err(said)?;
    let file = merge(vec![draft], current).map_err(said)?;
    let faults = file.validate(current);
    if !faults.is_empty() {
        return Err(said(faults));
    }
    match file.entries().next() {
        Some(entry) => Ok(entry),
        None => bail!("没有可登记的内容 / nothing to register"),
    }
}

async fn record(store: &Store, entry: NewEntry, who: &str, why: &str, json: bool) -> Result<()> {
    let key = entry.key.clone();
    let done = store.register(&[entry], &[], who, why, |_| {}).await?;
    if json {
        return show::json(&json!({"added": done.added, "number": done.number, "key": key}));
    }
    let said = if done.added == 0 { "已是如此 stood already" } else { "已登记 recorded" };
    show::line(format!("{said}：{key}；登记簿号 register number {}", done.number))
}
