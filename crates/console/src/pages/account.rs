//! One account: its role and scope, a new password, its tokens; and everybody's own password.

use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use keshi_account::{Actor, LEAST_CHARACTERS, PasswordHash, Role, Secret};
use keshi_events::Millis;
use keshi_store::{AccountRow, LoginError, NewToken, TokenRow};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Checked;
use crate::lang::Lang;
use crate::layout::{csrf, encode, nothing, page as frame};
use crate::record::moment;
use crate::seat::Seat;

/// A token of a page lives so long, in days.
const TOKEN_DAYS: [i64; 3] = [30, 90, 365];

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(name): Path<String>,
) -> Result<Response, Fault> {
    show(&app, &seat, &name, None).await
}

async fn show(app: &App, seat: &Seat, name: &str, fresh: Option<&Secret>) -> Result<Response, Fault> {
    let lang = seat.lang();
    let account = find(app, name).await?;
    let tokens = app.store.tokens(Some(name)).await?;
    let body = html! {
        h1 { (lang.of("用户", "Account")) " · " (name) }
        @if let Some(secret) = fresh {
            div.notice { p { strong { (lang.of("新令牌，只显示这一次：", "The new token, shown this once:")) } } p.mono #secret { (secret.text()) } }
        }
        (change(seat, &account, lang))
        h2 #tokens { (lang.of("只读令牌", "Read-only tokens")) }
        (token_table(seat, &tokens, lang))
        form.line.card method="post" action={ "/accounts/" (encode(name)) "/tokens" } {
            (csrf(seat))
            div { label for="label" { (lang.of("用途", "What for")) } input #label name="label" required size="24"; }
            div { label for="days" { (lang.of("有效期（天）", "Days")) } select #days name="days" { @for days in TOKEN_DAYS { option { (days) } } } }
            button { (lang.of("新建令牌", "Make a token")) }
        }
        p { a href="/accounts" { (lang.of("返回用户列表", "Back to the accounts")) } }
    };
    Ok(frame(seat, name, body))
}

fn change(seat: &Seat, account: &AccountRow, lang: Lang) -> Markup {
    let path = format!("/accounts/{}", encode(&account.name));
    let is_own = account.name == seat.actor.name();
    html! {
        div.row {
            @if is_own {
                p.card { (lang.of("这是您自己的帐户：角色由其他管理员更改，密码在", "This is your own account: another admin changes its role; your password is changed")) " " a href="/password" { (lang.of("这里更改", "here")) } }
            } @else {
                form.card method="post" action={ (path) "/change" } {
                    (csrf(seat))
                    h3 { (lang.of("角色与范围", "Role and scope")) }
                    p { label for="role" { (lang.of("角色", "Role")) } select #role name="role" { @for role in Role::ALL { option value=(role) selected[role.as_str() == account.role] { (lang.of(role.chinese(), role.as_str())) } } } }
                    p { label for="scope" { (lang.of("区县或培训主体编号", "District or provider")) } input #scope name="scope" value=(account.scope.as_deref().unwrap_or_default()); }
                    button { (lang.of("更改", "Change")) }
                }
                form.card method="post" action={ (path) "/password" } {
                    (csrf(seat))
                    h3 { (lang.of("重设密码", "Reset the password")) }
                    p { label for="fresh" { (lang.of("新密码（至少 12 个字符）", "New password (12 characters at least)")) } input #fresh name="fresh" type="password" autocomplete="new-password" required minlength=(LEAST_CHARACTERS); }
                    p.soft { (lang.of("解除锁定，已登录的会话随即结束。", "Lifts a lock; open sessions end.")) }
                    button { (lang.of("重设", "Reset")) }
                }
            }
        }
    }
}

fn token_table(seat: &Seat, tokens: &[TokenRow], lang: Lang) -> Markup {
    let at = |moment_at: chrono::DateTime<chrono::Utc>| moment(Millis(moment_at.timestamp_millis()));
    html! {
        @if tokens.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("用途", "What for")) } th { (lang.of("建立", "Made")) } th { (lang.of("到期", "Ends")) } th { (lang.of("最近使用", "Last used")) } th { (lang.of("状态", "State")) } th {} } }
            tbody { @for token in tokens { tr {
                td { (token.label) } td.when { (at(token.made_at)) } td.when { (token.expires_at.map_or_else(|| "—".into(), at)) } td.when { (token.last_used_at.map_or_else(|| "—".into(), at)) }
                td { @if token.revoked_at.is_some() { span.tag.bad { (lang.of("已吊销", "revoked")) } } @else { span.tag.good { (lang.of("有效", "active")) } } }
                td { @if token.revoked_at.is_none() {
                    form method="post" action={ "/accounts/" (encode(&token.account)) "/tokens/" (token.token) "/revoke" } { (csrf(seat)) button.plain { (lang.of("吊销", "Revoke")) } }
                } }
            } } }
        } } }
    }
}

#[derive(Deserialize)]
pub(crate) struct Change {
    role: String,
    #[serde(default)]
    scope: String,
}

pub(crate) async fn take_role(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(name): Path<String>,
    Checked(form): Checked<Change>,
) -> Result<Response, Fault> {
    not_own(&seat, &name)?;
    find(&app, &name).await?;
    let role = Role::parse(&form.role).ok_or_else(|| Fault::Bad("角色不存在 / no such role".into()))?;
    let scope = Some(form.scope.trim()).filter(|scope| !scope.is_empty());
    let account = Actor::new(&name, role, scope).map_err(|error| Fault::Bad(error.to_string()))?;
    if !app.store.change_account(&account).await? {
        return Err(Fault::NotFound);
    }
    let said = format!("{role} {}", account.scope().id().unwrap_or_default());
    let mut line = seat.audited("account.change", Some(&name));
    line.why = Some(said.trim());
    app.store.audit(line).await?;
    Ok(back(&name))
}

#[derive(Deserialize)]
pub(crate) struct Fresh {
    fresh: String,
}

pub(crate) async fn reset(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(name): Path<String>,
    Checked(form): Checked<Fresh>,
) -> Result<Response, Fault> {
    not_own(&seat, &name)?;
    find(&app, &name).await?;
    app.store.set_password(&name, &hash(form.fresh).await?).await?;
    app.store.audit(seat.audited("account.password", Some(&name))).await?;
    Ok(back(&name))
}

#[derive(Deserialize)]
pub(crate) struct Token {
    label: String,
    days: i64,
}

pub(crate) async fn make_token(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(name): Path<String>,
    Checked(form): Checked<Token>,
) -> Result<Response, Fault> {
    find(&app, &name).await?;
    let lifetime = TOKEN_DAYS.contains(&form.days).then(|| chrono::Duration::try_days(form.days)).flatten();
    let lifetime = lifetime.ok_or_else(|| Fault::Bad("有效期无效 / no such lifetime".into()))?;
    let secret = Secret::new("keshi_").map_err(|error| Fault::Bad(error.to_string()))?;
    let token = Uuid::now_v7();
    let now = chrono::DateTime::from_timestamp_millis(crate::pages::now().0).unwrap_or_default();
    let fresh = NewToken {
        token,
        account: name.clone(),
        hash: secret.hash(),
        label: form.label,
        acts: false,
        expires_at: now.checked_add_signed(lifetime),
    };
    match app.store.add_token(&fresh).await {
        Err(error @ keshi_store::StoreError::Unknown { .. }) => {
            return Err(Fault::Refused(error.to_string()));
        }
        other => other?,
    }
    app.store.audit(seat.audited("token.add", Some(&format!("{name} {token}")))).await?;
    show(&app, &seat, &name, Some(&secret)).await
}

pub(crate) async fn revoke_token(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path((name, token)): Path<(String, String)>,
    Checked(_): Checked<Nothing>,
) -> Result<Response, Fault> {
    let id: Uuid = token.parse().map_err(|_| Fault::NotFound)?;
    let is_its = app.store.tokens(Some(&name)).await?.iter().any(|one| one.token == id);
    if !is_its || !app.store.revoke_token(id).await? {
        return Err(Fault::NotFound);
    }
    app.store.audit(seat.audited("token.revoke", Some(&token))).await?;
    Ok(back(&name))
}

#[derive(Deserialize)]
pub(crate) struct Nothing {}

pub(crate) async fn own(Extension(seat): Extension<Seat>) -> Response {
    let lang = seat.lang();
    let body = html! {
        h1 { (lang.of("更改密码", "Change your password")) }
        form.card method="post" action="/password" {
            (csrf(&seat))
            p { label for="current" { (lang.of("现在的密码", "Current password")) } input #current name="current" type="password" autocomplete="current-password" required; }
            p { label for="fresh" { (lang.of("新密码（至少 12 个字符）", "New password (12 characters at least)")) } input #fresh name="fresh" type="password" autocomplete="new-password" required minlength=(LEAST_CHARACTERS); }
            p.soft { (lang.of("更改后所有已登录的会话结束，请重新登录。", "All open sessions end then: sign in again.")) }
            button { (lang.of("更改", "Change")) }
        }
    };
    frame(&seat, lang.of("更改密码", "Change your password"), body)
}

#[derive(Deserialize)]
pub(crate) struct Own {
    current: String,
    fresh: String,
}

pub(crate) async fn change_own(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Checked(form): Checked<Own>,
) -> Result<Response, Fault> {
    let name = seat.actor.name();
    // The same count and lock as at the log-in: a session left open is no way to guess.
    match app.store.log_in(name, &form.current).await {
        Ok(_) => {}
        Err(LoginError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(Fault::Refused(error.to_string())),
    }
    app.store.set_password(name, &hash(form.fresh).await?).await?;
    app.store.audit(seat.audited("account.password", Some(name))).await?;
    Ok(Redirect::to("/login").into_response())
}

async fn find(app: &App, name: &str) -> Result<AccountRow, Fault> {
    app.store.accounts().await?.into_iter().find(|account| account.name == name).ok_or(Fault::NotFound)
}

/// Nobody takes away their own rights by a slip.
fn not_own(seat: &Seat, name: &str) -> Result<(), Fault> {
    if seat.actor.name() == name {
        return Err(Fault::Bad("不能更改自己的帐户 / nobody changes their own account here".into()));
    }
    Ok(())
}

async fn hash(password: String) -> Result<PasswordHash, Fault> {
    let hash = tokio::task::spawn_blocking(move || PasswordHash::of(&password)).await;
    hash.map_err(|error| Fault::Bad(error.to_string()))?.map_err(|error| Fault::Bad(error.to_string()))
}

fn back(name: &str) -> Response {
    Redirect::to(&format!("/accounts/{}", encode(name))).into_response()
}
