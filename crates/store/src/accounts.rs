//! Accounts, tokens, sessions: proving who somebody is.

use std::time::Duration;

use keshi_account::{Actor, PasswordHash, Role, SecretHash, refuse_in_the_dark};
use sqlx::types::Uuid;
use sqlx::types::chrono::{DateTime, Utc};

use crate::connect::Store;
use crate::error::StoreError;

/// After so many wrong passwords in a row an account is locked.
pub const MOST_FAILURES: i32 = 5;
/// For so long, from the last wrong one.
pub const LOCKED_FOR: Duration = Duration::from_secs(15 * 60);
/// A browser's session ends after so long without a look.
pub const IDLE_FOR: Duration = Duration::from_secs(2 * 3600);

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No such account, a wrong password, or a disabled account: nobody is told which.
    #[error("A110 the name or the password is wrong / 用户名或密码不正确")]
    Refused,
    /// Too many wrong passwords in a row.
    #[error("A111 too many wrong passwords: locked until {} / 密码错误次数过多，已暂时锁定", .0.to_rfc3339())]
    Locked(DateTime<Utc>),
    /// No such token, expired or revoked.
    #[error("A112 the token is unknown, expired or revoked / 令牌无效、过期或已吊销")]
    NoToken,
    /// The account is stored with a scope that does not fit.
    #[error(transparent)]
    NotAnActor(#[from] keshi_account::NotAnActor),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for LoginError {
    fn from(error: sqlx::Error) -> Self {
        LoginError::Store(error.into())
    }
}

/// An account as it is listed.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Its name.
    pub name: String,
    /// Its role's word.
    pub role: String,
    /// District or provider.
    pub scope: Option<String>,
    /// Locked by wrong passwords until then.
    pub locked_until: Option<DateTime<Utc>>,
    /// When it was disabled.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// A token as it is listed.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// Its id, which is no secret.
    pub token: Uuid,
    /// Whose.
    pub account: String,
    /// What for.
    pub label: String,
    /// It may take part in commands that decide.
    pub acts: bool,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A token to add.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its id.
    pub token: Uuid,
    /// Whose.
    pub account: String,
    /// The secret's hash.
    pub hash: SecretHash,
    /// What for.
    pub label: String,
    /// It may take part in commands that decide.
    pub acts: bool,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a token lets its bearer do.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// Whose token it is.
    pub actor: Actor,
    /// It may take part in commands that decide.
    pub acts: bool,
}

fn actor(name: &str, role: &str, scope: Option<&str>) -> Result<Actor, LoginError> {
    let damaged = || StoreError::Damaged { what: "account", why: format!("{name} has the role {role}") };
    Ok(Actor::new(name, Role::parse(role).ok_or_else(damaged)?, scope)?)
}

impl Store {
    /// Adds an account.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the name is, or the database fails.
    pub async fn add_account(
        &self,
        account: &Actor,
        password: &PasswordHash,
        made_by: &str,
    ) -> Result<(), StoreError> {
        let made = sqlx::query!(
            "insert into keshi.account (name, role, scope, password_hash, made_by) values ($1, $2, $3, $4, $5)
             on conflict (name) do nothing",
            account.name(),
            account.role().as_str(),
            account.scope().id(),
            password.to_stored(),
            made_by
        )
        .execute(self.pool())
        .await?;
        if made.rows_affected() == 0 {
            return Err(StoreError::Taken { what: "account", id: account.name().to_owned() });
        }
        Ok(())
    }

    /// All accounts by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        Ok(sqlx::query_as!(
            AccountRow,
            "select name, role, scope, locked_until, disabled_at, made_by, made_at from keshi.account order by name"
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Disables an account, or lets it in again; its sessions end. Says whether it is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn disable_account(&self, name: &str, disabled: bool) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update keshi.account set disabled_at = case when $2 then coalesce(disabled_at, now()) end where name = $1",
            name,
            disabled
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("delete from keshi.session where account = $1", name).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Sets a new password and lifts a lock; sessions end. Says whether the account is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password(&self, name: &str, password: &PasswordHash) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update keshi.account set password_hash = $2, failures = 0, locked_until = null where name = $1",
            name,
            password.to_stored()
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("delete from keshi.session where account = $1", name).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Gives an account another role and scope; its sessions end. Says whether it is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_account(&self, account: &Actor) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update keshi.account set role = $2, scope = $3 where name = $1",
            account.name(),
            account.role().as_str(),
            account.scope().id()
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("delete from keshi.session where account = $1", account.name())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Who a name and a password prove. Every try counts as wrong before it is looked at, so that many at once win nothing.
    ///
    /// # Errors
    /// [`LoginError`]
    pub async fn log_in(&self, name: &str, password: &str) -> Result<Actor, LoginError> {
        let tried = sqlx::query!(
            r#"update keshi.account set failures = failures + 1,
                   locked_until = case when failures + 1 >= $2 then now() + make_interval(secs => $3) end
               where name = $1 and disabled_at is null and (locked_until is null or locked_until <= now())
               returning role, scope, password_hash"#,
            name,
            MOST_FAILURES,
            LOCKED_FOR.as_secs_f64()
        )
        .fetch_optional(self.pool())
        .await?;
        let password = password.to_owned();
        let Some(tried) = tried else {
            blocking(move || refuse_in_the_dark(&password)).await?;
            let locked = sqlx::query_scalar!(
                r#"select locked_until as "until!" from keshi.account
                   where name = $1 and disabled_at is null and locked_until > now()"#,
                name
            )
            .fetch_optional(self.pool())
            .await?;
            return Err(locked.map_or(LoginError::Refused, LoginError::Locked));
        };
        let hash = PasswordHash::from_stored(tried.password_hash);
        if !blocking(move || hash.is_of(&password)).await? {
            return Err(LoginError::Refused);
        }
        sqlx::query!("update keshi.account set failures = 0, locked_until = null where name = $1", name)
            .execute(self.pool())
            .await?;
        actor(name, &tried.role, tried.scope.as_deref())
    }

    /// Adds a token.
    ///
    /// # Errors
    /// When the account is not there, or the database fails.
    pub async fn add_token(&self, token: &NewToken) -> Result<(), StoreError> {
        let made = sqlx::query!(
            "insert into keshi.api_token (token, account, hash, label, acts, expires_at)
             select $1, name, $3, $4, $5, $6 from keshi.account where name = $2 and disabled_at is null",
            token.token,
            token.account,
            token.hash.as_bytes(),
            token.label,
            token.acts,
            token.expires_at
        )
        .execute(self.pool())
        .await?;
        if made.rows_affected() == 0 {
            return Err(StoreError::Unknown { what: "account", id: token.account.clone() });
        }
        Ok(())
    }

    /// Tokens of one account or all, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self, account: Option<&str>) -> Result<Vec<TokenRow>, StoreError> {
        Ok(sqlx::query_as!(
            TokenRow,
            "select token, account, label, acts, made_at, expires_at, last_used_at, revoked_at from keshi.api_token
             where $1::text is null or account = $1 order by account, made_at",
            account
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Revokes a token. Says whether it was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_token(&self, token: Uuid) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "update keshi.api_token set revoked_at = coalesce(revoked_at, now()) where token = $1",
            token
        )
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Who bears a token.
    ///
    /// # Errors
    /// [`LoginError::NoToken`] when it is not good, or the database fails.
    pub async fn bearer(&self, hash: &SecretHash) -> Result<Bearer, LoginError> {
        let row = sqlx::query!(
            r#"update keshi.api_token t set last_used_at = now() from keshi.account a
               where t.hash = $1 and a.name = t.account and t.revoked_at is null and a.disabled_at is null
                 and (t.expires_at is null or t.expires_at > now())
               returning a.name, a.role, a.scope, t.acts"#,
            hash.as_bytes()
        )
        .fetch_optional(self.pool())
        .await?
        .ok_or(LoginError::NoToken)?;
        Ok(Bearer { actor: actor(&row.name, &row.role, row.scope.as_deref())?, acts: row.acts })
    }

    /// Opens a browser's session, and removes those that have ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_session(
        &self,
        hash: &SecretHash,
        account: &str,
        lifetime: Duration,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "delete from keshi.session where expires_at <= now() or seen_at <= now() - make_interval(secs => $1)",
            IDLE_FOR.as_secs_f64()
        )
        .execute(self.pool())
        .await?;
        sqlx::query!(
            "insert into keshi.session (hash, account, expires_at) values ($1, $2, now() + make_interval(secs => $3))",
            hash.as_bytes(),
            account,
            lifetime.as_secs_f64()
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Whose session it is; none when it has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, hash: &SecretHash) -> Result<Option<Actor>, LoginError> {
        let row = sqlx::query!(
            r#"update keshi.session s set seen_at = now() from keshi.account a
               where s.hash = $1 and a.name = s.account and a.disabled_at is null
                 and s.expires_at > now() and s.seen_at > now() - make_interval(secs => $2)
               returning a.name, a.role, a.scope"#,
            hash.as_bytes(),
            IDLE_FOR.as_secs_f64()
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| actor(&row.name, &row.role, row.scope.as_deref())).transpose()
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_session(&self, hash: &SecretHash) -> Result<(), StoreError> {
        sqlx::query!("delete from keshi.session where hash = $1", hash.as_bytes())
            .execute(self.pool())
            .await?;
        Ok(())
    }
}

/// Work that takes tens of milliseconds, on a thread that may wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Sql(sqlx::Error::Io(std::io::Error::other(error))))
}
