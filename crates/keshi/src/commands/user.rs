//! `keshi user`: the accounts of the console, the API and of commands that decide.

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use keshi_account::{Actor, PasswordHash, Role, Secret};
use keshi_store::{Audited, Store};
use serde_json::json;

use crate::commands::{actor, connect};
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum User {
    /// 新增 / add an account; the first one is an admin's and needs no log-in
    ///
    /// Example: keshi user add li.na --role district --scope lixia --as root
    Add(Add),
    /// 列出 / list the accounts
    ///
    /// Example: keshi user list
    List,
    /// 停用 / disable an account, and end its sessions
    ///
    /// Example: keshi user disable li.na --as root
    Disable {
        /// 用户名 / the account
        name: String,
        /// 重新启用 / let it in again instead
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        by: By,
    },
    /// 重设密码 / set a new password and lift a lock
    ///
    /// Example: keshi user password li.na --as root
    Password {
        /// 用户名 / the account
        name: String,
        #[command(flatten)]
        by: By,
    },
}

#[derive(Args)]
pub(crate) struct Add {
    /// 用户名 / the account's name
    name: String,
    /// 角色 / what it may do
    #[arg(long, value_enum)]
    role: RoleArg,
    /// 所属区县或培训主体 / the district or provider whose data it reaches
    #[arg(long)]
    scope: Option<String>,
    #[command(flatten)]
    by: By,
}

/// Who keeps the accounts.
#[derive(Args)]
pub(crate) struct By {
    /// 经办人 / the admin who does it: asked for the password, or KESHI_PASSWORD, or KESHI_TOKEN
    #[arg(long = "as")]
    admin: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleArg {
    Provider,
    District,
    City,
    Finance,
    Auditor,
    Admin,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Role {
        match role {
            RoleArg::Provider => Role::Provider,
            RoleArg::District => Role::District,
            RoleArg::City => Role::City,
            RoleArg::Finance => Role::Finance,
            RoleArg::Auditor => Role::Auditor,
            RoleArg::Admin => Role::Admin,
        }
    }
}

impl By {
    /// The admin; without one only while there is no account at all.
    pub(crate) async fn admin(&self, store: &Store) -> Result<Option<Actor>> {
        let Some(name) = &self.admin else {
            if store.accounts().await?.is_empty() {
                return Ok(None);
            }
            bail!("须由管理员办理 / an admin does this: --as NAME");
        };
        let admin = actor::authenticate(store, name).await?;
        if admin.role() != Role::Admin {
            bail!("{name} 不是管理员 / is no admin");
        }
        Ok(Some(admin))
    }
}

impl User {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let store = connect::store(settings).await?;
        match self {
            User::Add(add) => add.run(&store, json).await,
            User::List => list(&store, json).await,
            User::Disable { name, undo, by } => {
                let admin = by.admin(&store).await?;
                if !store.disable_account(name, !undo).await? {
                    bail!("没有用户 {name} / there is no account {name}");
                }
                let action = if *undo { "account.enable" } else { "account.disable" };
                note(&store, admin.as_ref(), action, name).await?;
                show::line(format!("{name}：{}", if *undo { "已启用 enabled" } else { "已停用 disabled" }))
            }
            User::Password { name, by } => {
                let admin = by.admin(&store).await?;
                let password = NewPassword::choose(name)?;
                if !store.set_password(name, &PasswordHash::of(&password.text)?).await? {
                    bail!("没有用户 {name} / there is no account {name}");
                }
                note(&store, admin.as_ref(), "account.password", name).await?;
                password.show(name, json)
            }
        }
    }
}

impl Add {
    async fn run(&self, store: &Store, json: bool) -> Result<()> {
        let account = Actor::new(&self.name, self.role.into(), self.scope.as_deref())?;
        let admin = self.by.admin(store).await?;
        if admin.is_none() && account.role() != Role::Admin {
            bail!("第一个用户须为管理员 / the first account must be an admin's: --role admin");
        }
        let password = NewPassword::choose(account.name())?;
        let made_by = admin.as_ref().map_or("operator", Actor::name);
        store.add_account(&account, &PasswordHash::of(&password.text)?, made_by).await?;
        note(store, admin.as_ref(), "account.add", account.name()).await?;
        password.show(account.name(), json)
    }
}

async fn list(store: &Store, json: bool) -> Result<()> {
    let accounts = store.accounts().await?;
    if json {
        let all: Vec<_> = accounts
            .iter()
            .map(|a| {
                json!({"name": a.name, "role": a.role, "scope": a.scope, "made_by": a.made_by, "made_at": a.made_at.to_rfc3339(),
                       "disabled_at": a.disabled_at.map(|at| at.to_rfc3339()), "locked_until": a.locked_until.map(|at| at.to_rfc3339())})
            })
            .collect();
        return show::json(&all);
    }
    let mut table = show::table(&["用户 name", "角色 role", "范围 scope", "状态 state", "登记 made by"]);
    for account in accounts {
        let state = if account.disabled_at.is_some() { "停用 disabled" } else { "有效 active" };
        table.add_row(vec![
            account.name,
            account.role,
            account.scope.unwrap_or_default(),
            state.to_owned(),
            account.made_by,
        ]);
    }
    show::line(&table)
}

async fn note(store: &Store, admin: Option<&Actor>, action: &str, subject: &str) -> Result<()> {
    let line = Audited {
        who: admin.map_or("operator", Actor::name),
        role: admin.map(|admin| admin.role().as_str()),
        action,
        subject: Some(subject),
        ..Audited::default()
    };
    Ok(store.audit(line).await?)
}

/// A new password: from the environment, asked for twice, or made up and shown once.
struct NewPassword {
    text: String,
    made_up: bool,
}

impl NewPassword {
    fn choose(name: &str) -> Result<NewPassword> {
        if let Ok(text) = std::env::var("KESHI_NEW_PASSWORD") {
            return Ok(NewPassword { text, made_up: false });
        }
        if !std::io::stdin().is_terminal() {
            let text = Secret::new("")?.text().get(..20).context("a secret")?.to_owned();
            return Ok(NewPassword { text, made_up: true });
        }
        let text = actor::ask(&format!("{name} 的新密码 new password: "))?;
        if text != actor::ask("再输一次 once more: ")? {
            bail!("两次输入不同 / the two are not the same");
        }
        Ok(NewPassword { text, made_up: false })
    }

    fn show(&self, name: &str, json: bool) -> Result<()> {
        let shown = self.made_up.then_some(&self.text);
        if json {
            return show::json(&json!({"name": name, "password": shown}));
        }
        show::line(match shown {
            Some(password) => {
                format!("{name}：密码 password {password}（只显示这一次 / shown this once）")
            }
            None => format!("{name}：密码已设置 / the password is set"),
        })
    }
}
