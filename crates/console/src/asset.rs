//! The files that pages load: compiled in, nothing to install.

use axum::http::header;
use axum::response::IntoResponse;

const DAY: &str = "public, max-age=3600";

pub(crate) async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, DAY)],
        include_str!("assets/console.css"),
    )
}

pub(crate) async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, DAY)], include_str!("assets/icon.svg"))
}

pub(crate) async fn script() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, DAY)],
        include_str!("assets/console.js"),
    )
}
