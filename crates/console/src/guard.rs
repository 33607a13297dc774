//! Before every request: who asks, whether they may, and what every answer says to the browser.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use keshi_account::Secret;

use crate::app::App;
use crate::fault::Fault;
use crate::lang::Lang;
use crate::limit::REQUESTS_A_MINUTE;
use crate::looks;
use crate::routes::Access;
use crate::seat::{Seat, Visitor};

/// The cookie of a session.
pub(crate) const SESSION: &str = "keshi_session";
/// The cookie of a language.
pub(crate) const LANGUAGE: &str = "keshi_lang";

/// No script or style but this console's own files, no frame, no other origin.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

/// What every answer says to the browser.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let may_be_kept = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !may_be_kept {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// What stands before an endpoint.
#[derive(Clone, Copy)]
pub(crate) struct Gate {
    pub(crate) access: Access,
    /// What the audit log calls a look at it, where it is a list of people's studies.
    pub(crate) look: Option<&'static str>,
}

/// Lets a request through, signed in as whoever it is, or answers it.
pub(crate) async fn guard(
    State((app, Gate { access, look })): State<(App, Gate)>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let is_api = path.starts_with("/api/");
    let answer = |fault: Fault| if is_api { fault.problem() } else { fault.into_response() };
    // PostgreSQL's texts hold no U+0000, so nothing is named by one.
    if request.uri().path_and_query().is_some_and(|place| place.as_str().contains("%00")) {
        return answer(Fault::NotFound);
    }
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let visitor = visitor(&headers, address, request.uri());
    let seat = match sit(&app, &method, &headers, &visitor, is_api).await {
        Ok(seat) => seat,
        Err(fault) => return answer(fault),
    };
    let key = seat.as_ref().map_or_else(|| visitor.address.clone(), |seat| format!("@{}", seat.actor.name()));
    if !app.limits.allows(key, REQUESTS_A_MINUTE, Instant::now()) {
        return answer(Fault::TooMany);
    }
    match &seat {
        None if access == Access::Open => {}
        None if is_api => return answer(Fault::SignedOut),
        None => return Redirect::to("/login").into_response(),
        Some(seat) if !access.admits(seat.actor.role()) => {
            return answer(Fault::Forbidden("您的角色无权使用此页 / your role has no right to this page"));
        }
        Some(_) => {}
    }
    let line = look.zip(seat.clone());
    request.extensions_mut().insert(visitor);
    if let Some(seat) = seat {
        request.extensions_mut().insert(seat);
    }
    let response = next.run(request).await;
    // A list that cannot be noted is not shown.
    if let Some((action, seat)) = line.filter(|_| response.status().is_success()) {
        let subject = looks::subject(&seat.visitor.place);
        if let Err(error) = app.store.audit(seat.audited(action, Some(subject))).await {
            return answer(error.into());
        }
    }
    response
}

fn visitor(headers: &HeaderMap, address: SocketAddr, uri: &Uri) -> Visitor {
    Visitor {
        lang: cookie(headers, LANGUAGE).map_or_else(Lang::default, |text| Lang::parse(&text)),
        address: address.ip().to_string(),
        place: uri.path_and_query().map_or_else(|| "/".to_owned(), |place| place.as_str().to_owned()),
    }
}

/// Who asks: by a token, on the API and for reading alone, or by a session's cookie.
async fn sit(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    visitor: &Visitor,
    is_api: bool,
) -> Result<Option<Seat>, Fault> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = token.filter(|_| is_api) {
        let secret = token.strip_prefix("Bearer ").ok_or(Fault::SignedOut)?;
        if *method != Method::GET {
            return Err(Fault::Forbidden("令牌只读 / tokens only read"));
        }
        let bearer = app.store.bearer(&Secret::brought(secret).hash()).await?;
        return Ok(Some(Seat { actor: bearer.actor, csrf: None, visitor: visitor.clone() }));
    }
    let Some(secret) = cookie(headers, SESSION) else { return Ok(None) };
    let secret = Secret::brought(&secret);
    let actor = app.store.session(&secret.hash()).await?;
    Ok(actor.map(|actor| Seat { actor, csrf: Some(secret.derive("csrf")), visitor: visitor.clone() }))
}

/// A cookie's value.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then(|| value.to_owned())
    })
}

/// A `Set-Cookie` line.
pub(crate) fn set_cookie(name: &str, value: &str, seconds: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}
