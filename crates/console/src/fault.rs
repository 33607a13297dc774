//! What can go wrong with a request: a page for people, a problem (RFC 9457) for programs.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use keshi_settlement::{RosterError, SettlementError, StepError};
use keshi_store::{DecideError, EvidenceError, LoginError, RevealError, StoreError};
use maud::html;
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Not there, or not to be seen from here.
    NotFound,
    /// The role may not.
    Forbidden(&'static str),
    /// Nobody is signed in.
    SignedOut,
    /// What was sent cannot be used.
    Bad(String),
    /// What a list should go on after is no place in it.
    NoCursor,
    /// What was asked cannot be done as things stand.
    Refused(String),
    /// Too many requests.
    TooMany,
    /// The database fails; told to the log, not to whoever asked.
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Store(error)
    }
}

impl From<LoginError> for Fault {
    fn from(error: LoginError) -> Fault {
        match error {
            LoginError::Store(error) => Fault::Store(error),
            LoginError::NotAnActor(error) => Fault::Bad(error.to_string()),
            _ => Fault::SignedOut,
        }
    }
}

impl From<RevealError> for Fault {
    fn from(error: RevealError) -> Fault {
        match error {
            RevealError::NoRight(_) => Fault::Forbidden("该角色无权查看 / the role has no right to this"),
            RevealError::NoReason => Fault::Bad(error.to_string()),
            RevealError::Store(error) => Fault::Store(error),
        }
    }
}

impl From<DecideError> for Fault {
    fn from(error: DecideError) -> Fault {
        match error {
            DecideError::Store(error) => Fault::Store(error),
            DecideError::NoCase => Fault::NotFound,
            DecideError::NoReason => Fault::Bad(error.to_string()),
            error => Fault::Refused(error.to_string()),
        }
    }
}

impl From<StepError> for Fault {
    fn from(error: StepError) -> Fault {
        match error {
            StepError::Store(error) => Fault::Store(error),
            StepError::NoClaim(_) => Fault::NotFound,
            StepError::NoReason => Fault::Bad(error.to_string()),
            error => Fault::Refused(error.to_string()),
        }
    }
}

impl From<RosterError> for Fault {
    fn from(error: RosterError) -> Fault {
        match error {
            RosterError::Store(error) => Fault::Store(error),
            RosterError::Reveal(error) => error.into(),
            error => Fault::Refused(error.to_string()),
        }
    }
}

impl From<EvidenceError> for Fault {
    fn from(error: EvidenceError) -> Fault {
        match error {
            EvidenceError::Store(error) => Fault::Store(error),
            error => Fault::Refused(error.to_string()),
        }
    }
}

impl From<SettlementError> for Fault {
    fn from(error: SettlementError) -> Fault {
        match error {
            SettlementError::Store(error) => Fault::Store(error),
            error => Fault::Refused(error.to_string()),
        }
    }
}

/// A problem as programs get it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What kind of problem: always `about:blank`, the code says more.
    #[schema(example = "about:blank")]
    r#type: &'static str,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The stable code.
    #[schema(example = "K404")]
    code: &'static str,
    /// What to do.
    detail: String,
}

impl Fault {
    /// A form without the proof that this session's pages carry.
    pub(crate) fn expired() -> Fault {
        Fault::Forbidden("表单已过期，请返回重试 / the form is out of date: go back and try again")
    }

    fn parts(&self) -> (StatusCode, &'static str, String) {
        let owned = str::to_owned;
        match self {
            Fault::NotFound => (
                StatusCode::NOT_FOUND,
                "K404",
                owned("没有这一项，或不在您的范围内 / not there, or outside of your scope"),
            ),
            Fault::Forbidden(why) => (StatusCode::FORBIDDEN, "K403", owned(why)),
            Fault::SignedOut => (
                StatusCode::UNAUTHORIZED,
                "K401",
                owned("请先登录，或带上有效的令牌 / sign in, or send a good token"),
            ),
            Fault::Bad(why) => (StatusCode::BAD_REQUEST, "K400", why.clone()),
            Fault::NoCursor => (
                StatusCode::BAD_REQUEST,
                "K430",
                owned(
                    "after 不是此列表的翻页位置：请用上一页的 next，或从第一页开始 / after is no place of this list: take next of the page before, or begin with the first page",
                ),
            ),
            Fault::Refused(why) => (StatusCode::CONFLICT, "K409", why.clone()),
            Fault::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "K429",
                owned("请求过多，请一分钟后再试 / too many requests: try again in a minute"),
            ),
            Fault::Store(error) if error.is_passing() => (
                StatusCode::SERVICE_UNAVAILABLE,
                "K503",
                owned("数据库暂不可用，请稍后再试 / the database is away for the moment: try again"),
            ),
            Fault::Store(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "K500",
                owned("内部错误，已记入日志 / an internal error; it stands in the log"),
            ),
        }
    }

    fn log(&self) {
        if let Fault::Store(error) = self {
            tracing::error!(%error, "a request failed");
        }
    }

    /// As a problem for programs.
    pub(crate) fn problem(&self) -> Response {
        self.log();
        let (status, code, detail) = self.parts();
        let title = status.canonical_reason().unwrap_or_default().to_owned();
        let problem = Problem { r#type: "about:blank", title, status: status.as_u16(), code, detail };
        let mut response = (status, axum::Json(problem)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        self.log();
        let (status, code, detail) = self.parts();
        let page = html! {
            (maud::DOCTYPE)
            html lang="zh-CN" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "课时 Keshi · " (code) }
                    link rel="stylesheet" href="/assets/console.css";
                link rel="icon" href="/assets/icon.svg";
                }
                body {
                    main.narrow {
                        h1 { (status.as_u16()) " " (code) }
                        p { (detail) }
                        p { a href="/" { "返回首页 / back to the first page" } }
                    }
                }
            }
        };
        (status, axum::response::Html(page.into_string())).into_response()
    }
}

/// The same for programs.
#[derive(Debug)]
pub(crate) struct ApiFault(pub(crate) Fault);

impl<T: Into<Fault>> From<T> for ApiFault {
    fn from(fault: T) -> ApiFault {
        ApiFault(fault.into())
    }
}

impl IntoResponse for ApiFault {
    fn into_response(self) -> Response {
        self.0.problem()
    }
}
