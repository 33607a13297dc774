//! An evidence bundle to take away: what `keshi evidence` writes, and `keshi verify --bundle` checks without us.

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use keshi_trail::Bundle;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Checked;
use crate::lang::Lang;
use crate::layout::{csrf, encode};
use crate::routes::EVIDENCE;
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct Reason {
    #[serde(default)]
    why: String,
}

pub(crate) async fn take(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(trainee): Path<String>,
    Checked(form): Checked<Reason>,
) -> Result<Response, Fault> {
    let bundle = bundle(&app, &seat, &trainee, &form.why).await?;
    let mut bytes = serde_json::to_vec(&bundle).map_err(|error| Fault::Refused(error.to_string()))?;
    bytes.push(b'\n');
    let name = format!("attachment; filename*=UTF-8''evidence-{}.json", encode(&trainee));
    let disposition = HeaderValue::from_str(&name).map_err(|error| Fault::Bad(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, bytes).into_response())
}

/// The bundle of somebody within the scope, with the reason in the audit log.
pub(crate) async fn bundle(app: &App, seat: &Seat, trainee: &str, why: &str) -> Result<Bundle, Fault> {
    if app.store.within(seat.scope(), &[trainee.to_owned()]).await?.is_empty() {
        return Err(Fault::NotFound);
    }
    let why = why.trim();
    if why.is_empty() {
        return Err(Fault::Bad("请填写事由 / give a reason".into()));
    }
    let mut line = seat.audited("record.evidence", Some(trainee));
    line.why = Some(why);
    app.store.audit(line).await?;
    // The proof reads the end of every chain: one at a time.
    let _turn = app.proofs.lock().await;
    Ok(app.store.evidence(trainee).await?)
}

/// The form on the record, for those who may take the bundle along.
pub(crate) fn form(seat: &Seat, trainee: &str, lang: Lang) -> Markup {
    html! {
        @if EVIDENCE.admits(seat.actor.role()) {
            form.line.card.no-print #evidence method="post" action={ "/trainees/" (encode(trainee)) "/evidence" } {
                (csrf(seat))
                div { label for="why-evidence" { (lang.of("下载证据包的事由（必填，记入审计日志）", "Why the evidence is taken along (required, kept in the audit log)")) } input #why-evidence name="why" required size="40"; }
                button { (lang.of("下载证据包", "Download the evidence")) }
                p.soft { (lang.of("含该学员至最近检查点的全部事件、散列链、证明与签名；离线核验：", "All events up to the last checkpoint, the chain, the proof and the signature; checked offline with")) " " span.mono { "keshi verify --bundle FILE --key public.key" } }
            }
        }
    }
}
