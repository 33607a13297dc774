//! Every look at what somebody studied is in the audit log: what each endpoint writes, and that none shows a person without.

use std::collections::BTreeMap;

use keshi_console::{Access, Endpoint, endpoints};

use crate::console::{CASE, ROSTER, fill};
use crate::crash::query;
use crate::harness::Keshi;
use crate::http::{Answer, Browser};

/// What a look at each endpoint is called in the log, written down apart from the code; empty where nobody's study is shown.
const LOOKS: &[(&str, &str)] = &[
    ("/", ""),
    ("/search", ""),
    ("/trainees", "trainees.list"),
    ("/trainees/{trainee}", "record.view"),
    ("/courses", ""),
    ("/courses/{course}", "board.list"),
    ("/platforms", ""),
    ("/flags", "flags.list"),
    ("/flags/{flag}", "flag.view record.view"),
    ("/claims", "claims.list"),
    ("/claims/{claim}", "claim.view"),
    ("/rosters", ""),
    ("/rosters/{roster}", "roster.view"),
    ("/rosters/{roster}/public", "roster.public"),
    ("/rosters/{roster}/download", "roster.download"),
    ("/registry", "registry.list"),
    ("/registry/listings", ""),
    ("/registry/import", ""),
    ("/health", ""),
    ("/password", ""),
    ("/api/v1/me", ""),
    ("/api/v1/search", "person.search"),
    ("/api/v1/trainees", "trainees.list"),
    ("/api/v1/trainees/{trainee}/record", "record.view"),
    ("/api/v1/trainees/{trainee}/stretches", "record.view"),
    ("/api/v1/trainees/{trainee}/days", "record.view"),
    ("/api/v1/trainees/{trainee}/events", "record.view"),
    ("/api/v1/trainees/{trainee}/evidence", "record.evidence"),
    ("/api/v1/courses", ""),
    ("/api/v1/courses/{course}/board", "board.list"),
    ("/api/v1/courses/{course}/progress", ""),
    ("/api/v1/platforms", ""),
    ("/api/v1/platforms/{platform}/rates", ""),
    ("/api/v1/rejected", ""),
    ("/api/v1/flags", "flags.list"),
    ("/api/v1/cases", "flags.list"),
    ("/api/v1/cases/{case}", "flag.view"),
    ("/api/v1/claims", "claims.list"),
    ("/api/v1/claims/{claim}", "claim.view"),
    ("/api/v1/rosters", ""),
    ("/api/v1/rosters/{roster}", ""),
    ("/api/v1/rosters/{roster}/lines", "roster.view"),
    ("/api/v1/registry/{kind}", "registry.list"),
    ("/api/v1/listings", ""),
    ("/api/v1/books", ""),
    ("/api/v1/queues", ""),
    ("/api/v1/health", ""),
];

/// The same endpoints asked in other words.
const OTHERWISE: &[(&str, &str)] = &[
    ("/trainees/huaiyin-two?verify=now", "record.view record.verify"),
    ("/search?by=id&q=huaiyin-two", ""),
    ("/search?by=phone&q=13800000002", "person.search"),
    ("/search?by=id_number&q=370104199001010012", "person.search"),
    ("/search?by=surname&q=%E6%9D%8E", "person.search"),
    ("/search?by=name&q=%E6%9D%8E%E6%B5%8B%E8%AF%95", "person.search"),
    ("/registry?kind=trainee", "registry.list"),
    ("/rosters/{roster}/download?format=csv&list=public", "roster.download"),
    ("/api/v1/search?by=phone&q=13800000002", "person.search"),
    ("/api/v1/search?by=name&q=%E6%9D%8E%E6%B5%8B%E8%AF%95", "person.search"),
    ("/api/v1/rosters/{roster}/lines?list=public", "roster.public"),
    ("/api/v1/trainees?after=nobody&limit=7", "trainees.list"),
];

/// What of the trainee huaiyin-two may stand on a page.
const MARKS: [&str; 5] = ["huaiyin-two", "李测试", "李*", "370104********0012", "138****0002"];

struct Log<'a> {
    keshi: &'a Keshi,
    last: i64,
}

impl Log<'_> {
    /// What an account did since the last time.
    fn since(&mut self, who: &str) -> String {
        let asked = format!(
            "select max(number) || '|' || coalesce(string_agg(action, ' ' order by number) filter (where number > {} and who = '{who}'), '') from keshi.audit",
            self.last
        );
        let said = query(self.keshi, &asked);
        let (last, actions) = said.split_once('|').expect("a number");
        self.last = last.parse().expect("a number");
        actions.to_owned()
    }
}

fn check(place: &str, answer: &Answer, noted: &str, expected: &str) {
    assert!(matches!(answer.status, 200 | 303), "{place}: {} {}", answer.status, answer.body);
    assert_eq!(noted, expected, "what the audit log says of {place}");
    // Whoever searched for the person knows the id: that it leads somewhere is told by the redirect.
    let shown = MARKS.iter().find(|mark| answer.body.contains(**mark));
    assert!(shown.is_none() || !noted.is_empty(), "{place} shows {shown:?}, and no look is noted");
}

pub(crate) fn every_look_is_noted(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>, claim: &str) {
    let city = &browsers["city"];
    let mut log = Log { keshi, last: 0 };
    log.since("city");
    let mut told = 0;
    for Endpoint { method, path, access } in endpoints() {
        // What admins and auditors alone see is about accounts and about the log itself.
        if method != "GET" || access == Access::Open || !access.admits(keshi_account::Role::City) {
            continue;
        }
        let (_, expected) = LOOKS
            .iter()
            .find(|(known, _)| *known == path)
            .unwrap_or_else(|| panic!("{path}: write down what a look at it is called in the audit log"));
        let place = fill(path, "huaiyin-two", "C2", claim).replace("/registry/course", "/registry/trainee");
        let place = place.replace("/api/v1/search", "/api/v1/search?by=phone&q=1");
        let place = if path.ends_with("/evidence") { place + "?why=x" } else { place };
        let answer = city.ask("GET", &place, None);
        let noted = log.since("city");
        check(path, &answer, &noted, expected);
        told += usize::from(!noted.is_empty());
    }
    assert!(told >= 18, "only {told} looks were noted: the test shows nothing");
    for (path, expected) in OTHERWISE {
        let place = path.replace("{roster}", ROSTER);
        let answer = city.ask("GET", &place, None);
        check(path, &answer, &log.since("city"), expected);
    }
    let forms = [
        ("/trainees/huaiyin-two/reveal", "why=x", "person.reveal record.view"),
        ("/trainees/huaiyin-two/evidence", "why=x", "record.evidence"),
        (&format!("/rosters/{ROSTER}/whole"), "why=x&format=csv", "roster.whole person.reveal"),
        (&format!("/flags/{CASE}/decide"), "verdict=confirm&why=x", "flag.decide"),
        (&format!("/flags/{CASE}/decide"), "verdict=reopen&why=x", "flag.decide"),
        (&format!("/claims/{claim}/hold"), "why=x", "claim.hold"),
        (&format!("/claims/{claim}/release"), "why=x", "claim.release"),
    ];
    for (place, form, expected) in forms {
        let answer = city.send(place, form);
        check(place, &answer, &log.since("city"), expected);
    }
    let whole = query(
        keshi,
        "select count(*) from keshi.audit where subject like '%13800000002%' or subject like '%370104199001010012%'",
    );
    assert_eq!(whole, "0", "a number that was searched for is kept");
}
