//! `keshi token`: tokens of programs.

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use keshi_account::{Actor, Secret};
use keshi_store::{Audited, NewToken};
use serde_json::json;
use uuid::Uuid;

use crate::commands::connect;
use crate::commands::user::By;
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Token {
    /// 新增 / add a token: it reads the API as the account may; shown once
    ///
    /// Example: keshi token add li.na --label 报表 --as root
    Add {
        /// 用户名 / whose
        account: String,
        /// 用途 / what for
        #[arg(long, default_value = "")]
        label: String,
        /// 可用于命令 / it may take part in commands that decide, as KESHI_TOKEN; the API stays read-only
        #[arg(long)]
        acts: bool,
        /// 有效天数 / days until it ends
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i64).range(1..=3650))]
        days: i64,
        #[command(flatten)]
        by: By,
    },
    /// 列出 / list the tokens
    ///
    /// Example: keshi token list
    List {
        /// 用户名 / of one account
        account: Option<String>,
    },
    /// 吊销 / revoke a token
    ///
    /// Example: keshi token revoke 0196… --as root
    Revoke {
        /// 令牌编号 / the token's id
        token: Uuid,
        #[command(flatten)]
        by: By,
    },
}

impl Token {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let store = connect::store(settings).await?;
        match self {
            Token::Add { account, label, acts, days, by } => {
                let admin = by.admin(&store).await?;
                let (secret, token) = (Secret::new("keshi_")?, Uuid::now_v7());
                let lifetime = chrono::Duration::try_days(*days).context("days")?;
                let fresh = NewToken {
                    token,
                    account: account.clone(),
                    hash: secret.hash(),
                    label: label.clone(),
                    acts: *acts,
                    expires_at: Some(chrono::Utc::now() + lifetime),
                };
                store.add_token(&fresh).await?;
                store.audit(line(admin.as_ref(), "token.add", &format!("{account} {token}"))).await?;
                if json {
                    return show::json(&json!({"token": token.to_string(), "secret": secret.text()}));
                }
                show::line(format!("{token}：{}（只显示这一次 / shown this once）", secret.text()))
            }
            Token::List { account } => {
                let tokens = store.tokens(account.as_deref()).await?;
                if json {
                    let all: Vec<_> = tokens
                        .iter()
                        .map(|t| {
                            json!({"token": t.token.to_string(), "account": t.account, "label": t.label, "acts": t.acts,
                                   "made_at": t.made_at.to_rfc3339(), "expires_at": t.expires_at.map(|at| at.to_rfc3339()),
                                   "last_used_at": t.last_used_at.map(|at| at.to_rfc3339()),
                                   "revoked_at": t.revoked_at.map(|at| at.to_rfc3339())})
                        })
                        .collect();
                    return show::json(&all);
                }
                let mut table =
                    show::table(&["编号 token", "用户 account", "用途 label", "命令 acts", "状态 state"]);
                for token in tokens {
                    table.add_row(vec![
                        token.token.to_string(),
                        token.account,
                        token.label,
                        show::yes_no(Some(token.acts)).to_owned(),
                        if token.revoked_at.is_some() { "已吊销 revoked" } else { "有效 active" }.to_owned(),
                    ]);
                }
                show::line(&table)
            }
            Token::Revoke { token, by } => {
                let admin = by.admin(&store).await?;
                if !store.revoke_token(*token).await? {
                    bail!("没有令牌 {token} / there is no such token; `keshi token list` shows them");
                }
                store.audit(line(admin.as_ref(), "token.revoke", &token.to_string())).await?;
                show::line(format!("{token}：已吊销 revoked"))
            }
        }
    }
}

fn line<'a>(admin: Option<&'a Actor>, action: &'a str, subject: &'a str) -> Audited<'a> {
    Audited {
        who: admin.map_or("operator", Actor::name),
        role: admin.map(|admin| admin.role().as_str()),
        action,
        subject: Some(subject),
        ..Audited::default()
    }
}
