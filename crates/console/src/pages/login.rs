//! Signing in and out, and the language.

use std::time::{Duration, Instant};

use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use keshi_account::Secret;
use keshi_store::{Audited, LoginError};
use maud::html;
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::{Checked, Plain, Viewed};
use crate::guard::{LANGUAGE, SESSION, cookie, set_cookie};
use crate::lang::Lang;
use crate::layout::{document, language as switch};
use crate::limit::LOGINS_A_MINUTE;
use crate::seat::{Seat, Visitor};

/// A session ends after so long, whatever is done in it.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);
const YEAR: u64 = 365 * 86_400;

#[derive(Deserialize)]
pub(crate) struct LogIn {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

pub(crate) async fn page(Extension(visitor): Extension<Visitor>) -> Response {
    show(visitor.lang, None)
}

fn show(lang: Lang, wrong: Option<&str>) -> Response {
    let body = html! {
        main.narrow {
            div.card {
                h1 { "课时 Keshi" }
                p.soft { (lang.of("在线学习监测与补贴结算", "Which online study was real, and what is owed for it")) }
                @if let Some(wrong) = wrong { p.notice.bad role="alert" { (wrong) } }
                form method="post" action="/login" {
                    p { label for="name" { (lang.of("用户名", "User name")) } input #name name="name" autocomplete="username" required autofocus; }
                    p { label for="password" { (lang.of("密码", "Password")) } input #password name="password" type="password" autocomplete="current-password" required; }
                    p { button { (lang.of("登录", "Sign in")) } }
                }
                p.soft { (switch(lang, "/login")) " · " a href="/privacy" { (lang.of("个人信息与留存", "Personal data and what stays")) } }
            }
        }
    };
    document(lang, lang.of("登录", "Sign in"), body)
}

pub(crate) async fn log_in(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Plain(form): Plain<LogIn>,
) -> Result<Response, Fault> {
    if !app.limits.allows(format!("login {}", visitor.address), LOGINS_A_MINUTE, Instant::now()) {
        return Err(Fault::TooMany);
    }
    let line =
        |action| Audited { who: &form.name, action, address: Some(&visitor.address), ..Audited::default() };
    match app.store.log_in(&form.name, &form.password).await {
        Ok(actor) => {
            let secret = Secret::new("").map_err(|error| Fault::Bad(error.to_string()))?;
            app.store.open_session(&secret.hash(), actor.name(), LIFETIME).await?;
            app.store.audit(line("session.open")).await?;
            let cookie = set_cookie(SESSION, secret.text(), LIFETIME.as_secs(), app.secure);
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
        }
        Err(LoginError::Store(error)) => Err(error.into()),
        Err(error) => {
            // A name that was typed may be a password typed in the wrong field: only names that could be accounts are kept.
            let plausible = form.name.len() <= 32
                && form
                    .name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
            if plausible {
                app.store.audit(line("session.refused")).await?;
            }
            let mut response = show(visitor.lang, Some(&error.to_string()));
            *response.status_mut() = StatusCode::FORBIDDEN;
            Ok(response)
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Nothing {}

pub(crate) async fn log_out(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    headers: axum::http::HeaderMap,
    Checked(_): Checked<Nothing>,
) -> Result<Response, Fault> {
    if let Some(secret) = cookie(&headers, SESSION) {
        app.store.close_session(&Secret::brought(&secret).hash()).await?;
        app.store.audit(seat.audited("session.close", None)).await?;
    }
    Ok(([(header::SET_COOKIE, set_cookie(SESSION, "", 0, app.secure))], Redirect::to("/login"))
        .into_response())
}

#[derive(Deserialize)]
pub(crate) struct Switch {
    #[serde(default)]
    to: String,
    #[serde(default)]
    back: String,
}

pub(crate) async fn language(State(app): State<App>, Viewed(switch): Viewed<Switch>) -> Response {
    let lang = Lang::parse(&switch.to);
    // Back to a page of this console, and nowhere else.
    let is_here =
        switch.back.starts_with('/') && !switch.back.starts_with("//") && !switch.back.contains('\\');
    let is_line = !switch.back.chars().any(char::is_control);
    let back = if is_here && is_line { switch.back.as_str() } else { "/" };
    let cookie = set_cookie(LANGUAGE, lang.tag(), YEAR, app.secure);
    ([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response()
}
