//! Every endpoint before every role: who may ask it.

use std::collections::BTreeMap;

use keshi_console::{Endpoint, endpoints};

use crate::console::fill;
use crate::http::{Answer, Browser};

pub(super) const READERS: &str = "prov dist city fina audi";

pub(super) const EVERYBODY: &str = "prov dist city fina audi root";

/// Who may ask each endpoint, written down apart from the code: (method, path, accounts; `-` is whoever is signed out).
pub(super) const RIGHTS: &[(&str, &str, &str)] = &[
    ("GET", "/healthz", "-"),
    ("GET", "/readyz", "-"),
    ("GET", "/metrics", "-"),
    ("GET", "/assets/console.css", "-"),
    ("GET", "/assets/console.js", "-"),
    ("GET", "/assets/icon.svg", "-"),
    ("GET", "/login", "-"),
    ("POST", "/login", "-"),
    ("GET", "/language", "-"),
    ("GET", "/privacy", "-"),
    ("POST", "/logout", EVERYBODY),
    ("GET", "/", EVERYBODY),
    ("GET", "/search", READERS),
    ("GET", "/trainees", READERS),
    ("GET", "/trainees/{trainee}", READERS),
    ("POST", "/trainees/{trainee}/reveal", "dist city fina"),
    ("POST", "/trainees/{trainee}/forget", "city"),
    ("POST", "/trainees/{trainee}/evidence", "dist city audi"),
    ("GET", "/courses", READERS),
    ("GET", "/courses/{course}", READERS),
    ("GET", "/platforms", READERS),
    ("GET", "/flags", READERS),
    ("GET", "/flags/{flag}", READERS),
    ("POST", "/flags/{flag}/decide", "dist city"),
    ("GET", "/claims", READERS),
    ("POST", "/claims/steps", "prov dist city fina"),
    ("GET", "/claims/{claim}", READERS),
    ("POST", "/claims/{claim}/step", "prov dist city fina"),
    ("POST", "/claims/{claim}/hold", "dist city"),
    ("POST", "/claims/{claim}/release", "dist city"),
    ("POST", "/claims/{claim}/repaid", "fina"),
    ("GET", "/rosters", READERS),
    ("POST", "/rosters", "prov dist city fina"),
    ("GET", "/rosters/{roster}", READERS),
    ("GET", "/rosters/{roster}/public", READERS),
    ("GET", "/rosters/{roster}/download", READERS),
    ("POST", "/rosters/{roster}/whole", "dist city fina"),
    ("GET", "/registry", READERS),
    ("GET", "/registry/listings", READERS),
    ("GET", "/registry/import", "city"),
    ("POST", "/registry/import", "city"),
    ("GET", "/accounts", "root"),
    ("POST", "/accounts", "root"),
    ("GET", "/accounts/{name}", "root"),
    ("POST", "/accounts/{name}/change", "root"),
    ("POST", "/accounts/{name}/password", "root"),
    ("POST", "/accounts/{name}/tokens", "root"),
    ("POST", "/accounts/{name}/tokens/{token}/revoke", "root"),
    ("GET", "/password", EVERYBODY),
    ("POST", "/password", EVERYBODY),
    ("POST", "/accounts/{name}/disable", "root"),
    ("GET", "/audit", "audi root"),
    ("GET", "/health", "city audi root"),
    ("GET", "/api/openapi.json", "-"),
    ("GET", "/api/v1/me", EVERYBODY),
    ("GET", "/api/v1/search", READERS),
    ("GET", "/api/v1/trainees", READERS),
    ("GET", "/api/v1/trainees/{trainee}/record", READERS),
    ("GET", "/api/v1/trainees/{trainee}/stretches", READERS),
    ("GET", "/api/v1/trainees/{trainee}/days", READERS),
    ("GET", "/api/v1/trainees/{trainee}/events", READERS),
    ("GET", "/api/v1/trainees/{trainee}/evidence", "dist city audi"),
    ("GET", "/api/v1/courses", READERS),
    ("GET", "/api/v1/courses/{course}/board", READERS),
    ("GET", "/api/v1/courses/{course}/progress", READERS),
    ("GET", "/api/v1/platforms", READERS),
    ("GET", "/api/v1/platforms/{platform}/rates", READERS),
    ("GET", "/api/v1/rejected", "prov city fina audi"),
    ("GET", "/api/v1/flags", READERS),
    ("GET", "/api/v1/cases", READERS),
    ("GET", "/api/v1/cases/{case}", READERS),
    ("GET", "/api/v1/claims", READERS),
    ("GET", "/api/v1/claims/{claim}", READERS),
    ("GET", "/api/v1/rosters", READERS),
    ("GET", "/api/v1/rosters/{roster}", READERS),
    ("GET", "/api/v1/rosters/{roster}/lines", READERS),
    ("GET", "/api/v1/registry/{kind}", READERS),
    ("GET", "/api/v1/listings", READERS),
    ("GET", "/api/v1/books", "dist city fina audi"),
    ("GET", "/api/v1/queues", READERS),
    ("GET", "/api/v1/accounts", "root"),
    ("GET", "/api/v1/audit", "audi root"),
    ("GET", "/api/v1/health", "city audi root"),
];

/// Signed out: to the log-in, or a problem.
pub(super) fn is_turned_away(answer: &Answer) -> bool {
    answer.status == 401 || (answer.status == 303 && answer.header("location") == Some("/login"))
}

pub(super) fn everybody_has_their_rights(url: &str, browsers: &BTreeMap<&str, Browser>, claim: &str) {
    let nobody = Browser::new(url);
    for Endpoint { method, path, .. } in endpoints() {
        let rights = RIGHTS.iter().find(|(m, p, _)| *m == method && *p == path);
        let (_, _, rights) =
            rights.unwrap_or_else(|| panic!("{method} {path} has no authorisation test: add its rights"));
        let place = fill(path, "lixia-one", "C1", claim);
        let signed_out = nobody.ask(method, &place, None);
        assert_eq!(
            is_turned_away(&signed_out),
            *rights != "-",
            "{method} {path} signed out: {}",
            signed_out.status
        );
        if *rights == "-" || path == "/logout" {
            continue;
        }
        for (name, browser) in browsers {
            let answer = browser.ask(method, &place, Some(""));
            let may = rights.split(' ').any(|one| one == *name);
            // A form without its proof is refused whoever sends it, with another sentence.
            let refused = answer.status == 403 && !answer.body.contains("表单已过期");
            assert_eq!(refused, !may, "{method} {path} as {name}: {} {}", answer.status, answer.body);
            assert!(
                !is_turned_away(&answer) && answer.status < 500,
                "{method} {path} as {name}: {}",
                answer.status
            );
            if method == "POST" {
                assert_eq!(answer.status, 403, "{method} {path} as {name} without the form's proof");
            }
        }
    }
    assert_eq!(RIGHTS.len(), endpoints().len(), "a right for an endpoint that is gone");
}
