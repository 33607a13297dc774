//! Every endpoint, and who may ask it: one table.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};
use keshi_account::Role;

use crate::app::App;
use crate::{api, asset, form, guard, looks, pages, probe};

/// Who may ask an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever sees study data.
    Records,
    /// These roles.
    Roles(&'static [Role]),
}

impl Access {
    /// Whether a role may ask.
    pub fn admits(self, role: Role) -> bool {
        match self {
            Access::Open | Access::SignedIn => true,
            Access::Records => role.sees_records(),
            Access::Roles(roles) => roles.contains(&role),
        }
    }
}

/// An endpoint as the table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with `{names}`.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
}

/// Who keeps accounts and reads the audit log.
const ADMIN: Access = Access::Roles(&[Role::Admin]);
const AUDIT: Access = Access::Roles(&[Role::Admin, Role::Auditor]);
/// Who sees whole names and numbers, with a reason.
const REVEAL: Access = Access::Roles(&[Role::District, Role::City, Role::Finance]);
/// Who takes part in claims.
const STEPS: Access = Access::Roles(&[Role::Provider, Role::District, Role::City, Role::Finance]);
/// Who decides about flags and holds.
const DECIDE: Access = Access::Roles(&[Role::District, Role::City]);
const FINANCE: Access = Access::Roles(&[Role::Finance]);
const CITY: Access = Access::Roles(&[Role::City]);
/// Who takes a whole record along: it holds all platforms' events.
pub(crate) const EVIDENCE: Access = Access::Roles(&[Role::District, Role::City, Role::Auditor]);
/// Who sees what districts owe and paid.
const BOOKS: Access = Access::Roles(&[Role::District, Role::City, Role::Finance, Role::Auditor]);
const OPERATIONS: Access = Access::Roles(&[Role::Admin, Role::City, Role::Auditor]);

type Row = (&'static str, &'static str, Access, fn() -> MethodRouter<App>);

const TABLE: &[Row] = &[
    ("GET", "/healthz", Access::Open, || get(probe::alive)),
    ("GET", "/readyz", Access::Open, || get(probe::ready)),
    ("GET", "/metrics", Access::Open, || get(probe::metrics)),
    ("GET", "/assets/console.css", Access::Open, || get(asset::style)),
    ("GET", "/assets/console.js", Access::Open, || get(asset::script)),
    ("GET", "/assets/icon.svg", Access::Open, || get(asset::icon)),
    ("GET", "/login", Access::Open, || get(pages::login::page)),
    ("POST", "/login", Access::Open, || post(pages::login::log_in)),
    ("GET", "/language", Access::Open, || get(pages::login::language)),
    ("GET", "/privacy", Access::Open, || get(pages::privacy::page)),
    ("POST", "/logout", Access::SignedIn, || post(pages::login::log_out)),
    ("GET", "/", Access::SignedIn, || get(pages::home::page)),
    ("GET", "/search", Access::Records, || get(pages::search::page)),
    ("GET", "/trainees", Access::Records, || get(pages::trainees::page)),
    ("GET", "/trainees/{trainee}", Access::Records, || get(pages::trainee::page)),
    ("POST", "/trainees/{trainee}/reveal", REVEAL, || post(pages::trainee::reveal)),
    ("POST", "/trainees/{trainee}/forget", CITY, || post(pages::trainee::forget)),
    ("POST", "/trainees/{trainee}/evidence", EVIDENCE, || post(pages::evidence::take)),
    ("GET", "/courses", Access::Records, || get(pages::courses::list)),
    ("GET", "/courses/{course}", Access::Records, || get(pages::courses::board)),
    ("GET", "/platforms", Access::Records, || get(pages::platforms::page)),
    ("GET", "/flags", Access::Records, || get(pages::flags::page)),
    ("GET", "/flags/{flag}", Access::Records, || get(pages::case::page)),
    ("POST", "/flags/{flag}/decide", DECIDE, || post(pages::case::take)),
    ("GET", "/claims", Access::Records, || get(pages::claims::list)),
    ("POST", "/claims/steps", STEPS, || post(pages::claim_steps::steps)),
    ("GET", "/claims/{claim}", Access::Records, || get(pages::claim::page)),
    ("POST", "/claims/{claim}/step", STEPS, || post(pages::claim_steps::step)),
    ("POST", "/claims/{claim}/hold", DECIDE, || post(pages::claim_steps::hold)),
    ("POST", "/claims/{claim}/release", DECIDE, || post(pages::claim_steps::release)),
    ("POST", "/claims/{claim}/repaid", FINANCE, || post(pages::claim_steps::repaid)),
    ("GET", "/rosters", Access::Records, || get(pages::rosters::list)),
    ("POST", "/rosters", STEPS, || post(pages::rosters::make)),
    ("GET", "/rosters/{roster}", Access::Records, || get(pages::rosters::one)),
    ("GET", "/rosters/{roster}/public", Access::Records, || get(pages::rosters::public)),
    ("GET", "/rosters/{roster}/download", Access::Records, || get(pages::rosters::download)),
    ("POST", "/rosters/{roster}/whole", REVEAL, || post(pages::rosters::whole)),
    ("GET", "/registry", Access::Records, || get(pages::registry::page)),
    ("GET", "/registry/listings", Access::Records, || get(pages::listings::page)),
    ("GET", "/registry/import", CITY, || get(pages::import::page)),
    ("POST", "/registry/import", CITY, || post(pages::import::take)),
    ("GET", "/accounts", ADMIN, || get(pages::accounts::page)),
    ("POST", "/accounts", ADMIN, || post(pages::accounts::add)),
    ("GET", "/accounts/{name}", ADMIN, || get(pages::account::page)),
    ("POST", "/accounts/{name}/change", ADMIN, || post(pages::account::take_role)),
    ("POST", "/accounts/{name}/password", ADMIN, || post(pages::account::reset)),
    ("POST", "/accounts/{name}/tokens", ADMIN, || post(pages::account::make_token)),
    ("POST", "/accounts/{name}/tokens/{token}/revoke", ADMIN, || post(pages::account::revoke_token)),
    ("GET", "/password", Access::SignedIn, || get(pages::account::own)),
    ("POST", "/password", Access::SignedIn, || post(pages::account::change_own)),
    ("POST", "/accounts/{name}/disable", ADMIN, || post(pages::accounts::disable)),
    ("GET", "/audit", AUDIT, || get(pages::audit::page)),
    ("GET", "/health", OPERATIONS, || get(pages::health::page)),
    ("GET", "/api/openapi.json", Access::Open, || get(api::document)),
    ("GET", "/api/v1/me", Access::SignedIn, || get(api::me)),
    ("GET", "/api/v1/search", Access::Records, || get(api::search::search)),
    ("GET", "/api/v1/trainees", Access::Records, || get(api::trainees)),
    ("GET", "/api/v1/trainees/{trainee}/record", Access::Records, || get(api::record)),
    ("GET", "/api/v1/trainees/{trainee}/stretches", Access::Records, || get(api::stretches::stretches)),
    ("GET", "/api/v1/trainees/{trainee}/days", Access::Records, || get(api::events::of_days)),
    ("GET", "/api/v1/trainees/{trainee}/events", Access::Records, || get(api::events::events)),
    ("GET", "/api/v1/trainees/{trainee}/evidence", EVIDENCE, || get(api::events::evidence)),
    ("GET", "/api/v1/courses", Access::Records, || get(api::courses::courses)),
    ("GET", "/api/v1/courses/{course}/board", Access::Records, || get(api::courses::board)),
    ("GET", "/api/v1/courses/{course}/progress", Access::Records, || get(api::courses::progress)),
    ("GET", "/api/v1/platforms", Access::Records, || get(api::platforms::platforms)),
    ("GET", "/api/v1/platforms/{platform}/rates", Access::Records, || get(api::platforms::rates)),
    ("GET", "/api/v1/rejected", Access::Records, || get(api::rejected)),
    ("GET", "/api/v1/flags", Access::Records, || get(api::flags)),
    ("GET", "/api/v1/cases", Access::Records, || get(api::cases::cases)),
    ("GET", "/api/v1/cases/{case}", Access::Records, || get(api::cases::case)),
    ("GET", "/api/v1/claims", Access::Records, || get(api::claims)),
    ("GET", "/api/v1/claims/{claim}", Access::Records, || get(api::claim)),
    ("GET", "/api/v1/rosters", Access::Records, || get(api::rosters::rosters)),
    ("GET", "/api/v1/rosters/{roster}", Access::Records, || get(api::rosters::roster)),
    ("GET", "/api/v1/rosters/{roster}/lines", Access::Records, || get(api::rosters::lines)),
    ("GET", "/api/v1/registry/{kind}", Access::Records, || get(api::registry)),
    ("GET", "/api/v1/listings", Access::Records, || get(api::official::listings)),
    ("GET", "/api/v1/books", BOOKS, || get(api::official::books)),
    ("GET", "/api/v1/queues", Access::Records, || get(api::official::queues)),
    ("GET", "/api/v1/accounts", ADMIN, || get(api::official::accounts)),
    ("GET", "/api/v1/audit", AUDIT, || get(api::audit)),
    ("GET", "/api/v1/health", OPERATIONS, || get(api::health::health)),
];

/// Every endpoint.
pub fn endpoints() -> Vec<Endpoint> {
    TABLE.iter().map(|(method, path, access, _)| Endpoint { method, path, access: *access }).collect()
}

/// The whole service.
pub(crate) fn router(app: App) -> Router {
    let mut router = Router::new();
    for (_, path, access, handler) in TABLE {
        let gate = guard::Gate { access: *access, look: looks::noted(path) };
        let guarded = handler().layer(from_fn_with_state((app.clone(), gate), guard::guard));
        router = router.route(path, guarded);
    }
    router
        .fallback(nowhere)
        .layer(DefaultBodyLimit::max(form::MOST_BYTES))
        .layer(from_fn(guard::headers))
        .with_state(app)
}

/// What no endpoint is at.
async fn nowhere(uri: axum::http::Uri) -> axum::response::Response {
    let fault = crate::fault::Fault::NotFound;
    if uri.path().starts_with("/api/") {
        fault.problem()
    } else {
        axum::response::IntoResponse::into_response(fault)
    }
}
