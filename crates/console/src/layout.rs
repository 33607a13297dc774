//! The frame of every page.

use axum::response::{Html, IntoResponse, Response};
use keshi_account::Role;
use maud::{DOCTYPE, Markup, html};

use crate::lang::Lang;
use crate::seat::Seat;

struct Place {
    path: &'static str,
    chinese: &'static str,
    english: &'static str,
    roles: &'static [Role],
}

const READERS: &[Role] = &[Role::Provider, Role::District, Role::City, Role::Finance, Role::Auditor];

const PLACES: &[Place] = &[
    Place { path: "/search", chinese: "查找", english: "Search", roles: READERS },
    Place { path: "/trainees", chinese: "学员", english: "Trainees", roles: READERS },
    Place { path: "/courses", chinese: "课程", english: "Courses", roles: READERS },
    Place { path: "/platforms", chinese: "平台", english: "Platforms", roles: READERS },
    Place { path: "/flags", chinese: "标记", english: "Flags", roles: READERS },
    Place { path: "/claims", chinese: "补贴申请", english: "Claims", roles: READERS },
    Place { path: "/rosters", chinese: "花名册", english: "Rosters", roles: READERS },
    Place { path: "/registry", chinese: "登记表", english: "Registry", roles: READERS },
    Place { path: "/accounts", chinese: "用户", english: "Accounts", roles: &[Role::Admin] },
    Place {
        path: "/audit", chinese: "审计日志", english: "Audit log", roles: &[Role::Admin, Role::Auditor]
    },
    Place {
        path: "/health",
        chinese: "运行状况",
        english: "Health",
        roles: &[Role::Admin, Role::City, Role::Auditor],
    },
];

/// A page of somebody who is signed in.
pub(crate) fn page(seat: &Seat, title: &str, content: Markup) -> Response {
    let lang = seat.lang();
    let here = seat.visitor.place.as_str();
    let role = seat.actor.role();
    let scope = seat.scope().id().map(|id| format!(" · {id}")).unwrap_or_default();
    let body = html! {
        a.skip href="#main" { (lang.of("跳到正文", "Skip to the content")) }
        header.top {
            a.brand href="/" { "课时 " span { "Keshi" } }
            nav aria-label=(lang.of("主导航", "Main")) {
                @for place in PLACES.iter().filter(|place| place.roles.contains(&role)) {
                    a href=(place.path) aria-current=[here.starts_with(place.path).then_some("page")] {
                        (lang.of(place.chinese, place.english))
                    }
                }
            }
            div.who {
                span { a href="/password" title=(lang.of("更改密码", "Change your password")) { (seat.actor.name()) } " · " (lang.of(role.chinese(), role.as_str())) (scope) }
                (language(lang, here))
                form method="post" action="/logout" { (csrf(seat)) button.plain { (lang.of("退出", "Sign out")) } }
            }
        }
        main #main { (content) }
        footer {
            a href="/privacy" { (lang.of("个人信息与留存", "Personal data and what stays")) }
            span { (lang.of("时间均为北京时间 · 规则 VT-1", "All times are Beijing time · rule VT-1")) }
        }
    };
    document(lang, title, body)
}

/// A whole document, for whoever is signed in or not.
pub(crate) fn document(lang: Lang, title: &str, body: Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · 课时 Keshi" }
                link rel="stylesheet" href="/assets/console.css";
                link rel="icon" href="/assets/icon.svg";
                script src="/assets/console.js" defer {}
            }
            body { (body) }
        }
    };
    Html(page.into_string()).into_response()
}

/// The switch to the other language, coming back here.
pub(crate) fn language(lang: Lang, here: &str) -> Markup {
    let (to, name, tag) = match lang {
        Lang::Chinese => ("en", "English", "en"),
        Lang::English => ("zh", "中文", "zh-CN"),
    };
    let href = format!("/language?to={to}&back={}", encode(here));
    html! { a.language href=(href) lang=(tag) { (name) } }
}

/// The proof that a form comes from this session's pages.
pub(crate) fn csrf(seat: &Seat) -> Markup {
    html! { input type="hidden" name="csrf" value=(seat.csrf.as_deref().unwrap_or_default()); }
}

/// A text as a part of a path or of a query.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A link to the next page of a list, when there may be one.
pub(crate) fn more(lang: Lang, href: Option<String>) -> Markup {
    html! { @if let Some(href) = href { p.more { a href=(href) { (lang.of("下一页 →", "Next page →")) } } } }
}

/// What an empty list says.
pub(crate) fn nothing(lang: Lang) -> Markup {
    html! { p.nothing { (lang.of("没有内容", "Nothing here")) } }
}
