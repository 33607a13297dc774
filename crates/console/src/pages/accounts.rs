//! The accounts, kept by admins.

use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use keshi_account::{Actor, PasswordHash, Role};
use keshi_store::StoreError;
use maud::html;
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Checked;
use crate::layout::{csrf, encode, page as frame};
use crate::seat::Seat;

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let accounts = app.store.accounts().await?;
    let body = html! {
        h1 { (lang.of("用户", "Accounts")) }
        div.scroll { table {
            thead { tr { th { (lang.of("用户名", "Name")) } th { (lang.of("角色", "Role")) } th { (lang.of("范围", "Scope")) } th { (lang.of("状态", "State")) } th { (lang.of("登记人", "Made by")) } th {} } }
            tbody { @for account in &accounts { tr {
                td.id { a href={ "/accounts/" (encode(&account.name)) } { (account.name) } } td { (Role::parse(&account.role).map_or(account.role.as_str(), |role| lang.of(role.chinese(), role.as_str()))) }
                td { (account.scope.as_deref().unwrap_or("—")) }
                td { @if account.disabled_at.is_some() { span.tag.bad { (lang.of("停用", "disabled")) } } @else { span.tag.good { (lang.of("有效", "active")) } } }
                td { (account.made_by) }
                td { @if account.name != seat.actor.name() {
                    form method="post" action={ "/accounts/" (encode(&account.name)) "/disable" } { (csrf(&seat))
                        input type="hidden" name="disabled" value=(account.disabled_at.is_none());
                        button.plain { @if account.disabled_at.is_some() { (lang.of("启用", "Enable")) } @else { (lang.of("停用", "Disable")) } } }
                } }
            } } }
        } }
        h2 { (lang.of("新增", "Add")) }
        form.line.card method="post" action="/accounts" {
            (csrf(&seat))
            div { label for="name" { (lang.of("用户名", "Name")) } input #name name="name" required; }
            div { label for="role" { (lang.of("角色", "Role")) } select #role name="role" { @for role in Role::ALL { option value=(role) { (lang.of(role.chinese(), role.as_str())) } } } }
            div { label for="scope" { (lang.of("区县或培训主体编号", "District or provider")) } input #scope name="scope"; }
            div { label for="password" { (lang.of("初始密码（至少 12 个字符）", "First password (12 characters at least)")) } input #password name="password" type="password" autocomplete="new-password" required minlength="12"; }
            button { (lang.of("新增", "Add")) }
        }
    };
    Ok(frame(&seat, lang.of("用户", "Accounts"), body))
}

#[derive(Deserialize)]
pub(crate) struct Add {
    name: String,
    role: String,
    #[serde(default)]
    scope: String,
    password: String,
}

pub(crate) async fn add(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Checked(form): Checked<Add>,
) -> Result<Response, Fault> {
    let bad = |error: &dyn std::fmt::Display| Fault::Bad(error.to_string());
    let role = Role::parse(&form.role).ok_or_else(|| Fault::Bad("角色不存在 / no such role".into()))?;
    let account = Actor::new(&form.name, role, Some(form.scope.trim())).map_err(|error| bad(&error))?;
    let password = form.password;
    let hash = tokio::task::spawn_blocking(move || PasswordHash::of(&password)).await;
    let hash = hash.map_err(|error| bad(&error))?.map_err(|error| bad(&error))?;
    match app.store.add_account(&account, &hash, seat.actor.name()).await {
        Err(error @ StoreError::Taken { .. }) => return Err(bad(&error)),
        other => other?,
    }
    app.store.audit(seat.audited("account.add", Some(account.name()))).await?;
    Ok(Redirect::to("/accounts").into_response())
}

#[derive(Deserialize)]
pub(crate) struct Disable {
    disabled: bool,
}

pub(crate) async fn disable(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(name): Path<String>,
    Checked(form): Checked<Disable>,
) -> Result<Response, Fault> {
    if name == seat.actor.name() {
        return Err(Fault::Bad("不能停用自己 / nobody disables themselves".into()));
    }
    if !app.store.disable_account(&name, form.disabled).await? {
        return Err(Fault::NotFound);
    }
    let action = if form.disabled { "account.disable" } else { "account.enable" };
    app.store.audit(seat.audited(action, Some(&name))).await?;
    Ok(Redirect::to("/accounts").into_response())
}
