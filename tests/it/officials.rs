//! Officials at work on the pages: flags, claims by four eyes, holds, selections, rosters.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::crash::query;
use crate::harness::Keshi;
use crate::http::Browser;

const PASSWORD: &str = "correct horse battery";
const WHO: [(&str, &str, Option<&str>); 8] = [
    ("root", "admin", None),
    ("i1", "provider", Some("i1")),
    ("lixia-1", "district", Some("lixia")),
    ("lixia-2", "district", Some("lixia")),
    ("city-1", "city", None),
    ("city-2", "city", None),
    ("finance", "finance", None),
    ("auditor", "auditor", None),
];

/// Special-operations certificates, two of a district: claims that rest on the registry alone.
pub(crate) fn certificates() -> Value {
    let places = ["lixia", "lixia", "lixia", "tianqiao"];
    let who = |at: usize| format!("z{at}");
    let numbers = ["37010219900101001X", "370102199001010028", "370102199001010036", "370105199001010019"];
    json!({
        "providers": [{"provider": "i1", "kind": "institution", "name": "甲培训机构", "account": "6222000000000001"},
                      {"provider": "i2", "kind": "institution", "name": "乙培训机构"}],
        "specialties": [{"specialty": "welding", "name": "焊接与热切割作业", "category": "special-operations", "competent_department": "应急管理局"}],
        "trainees": (0..4).map(|at| json!({"trainee": who(at), "district": places[at], "category": "农民工", "name": format!("学员{at}"),
            "id_number": numbers[at], "phone": format!("1380000001{at}")})).collect::<Vec<_>>(),
        "certificates": (0..4).map(|at| json!({"certificate": format!("Z{at}"), "trainee": who(at), "kind": "special-operations",
            "specialty": "welding", "provider": if at == 2 { "i2" } else { "i1" }, "issued_on": "2020-05-20",
            "trained_from": "2020-05-01", "trained_to": "2020-05-19"})).collect::<Vec<_>>(),
    })
}

pub(crate) fn add_accounts(keshi: &Keshi, who: &[(&str, &str, Option<&str>)]) {
    for (name, role, scope) in who {
        let mut command = keshi.program();
        command.args(["user", "add", name, "--role", role]).env("KESHI_NEW_PASSWORD", PASSWORD);
        if let Some(scope) = scope {
            command.args(["--scope", scope]);
        }
        if *name != "root" {
            command.args(["--as", "root"]).env("KESHI_PASSWORD", PASSWORD);
        }
        assert!(command.status().expect("keshi").success(), "{name}");
    }
}

/// Trainee by trainee, the claim's id.
fn claims(keshi: &Keshi) -> BTreeMap<String, String> {
    let listed = keshi.json(&["claims", "list"]);
    let claim = |claim: &Value| {
        let text = |name: &str| claim[name].as_str().expect("text").to_owned();
        (text("trainee"), text("claim"))
    };
    listed["claims"].as_array().expect("claims").iter().map(claim).collect()
}

#[test]
fn officials_work_flags_claims_and_rosters_off() {
    let keshi = Keshi::up();
    keshi.register(&certificates());
    keshi.settle();
    add_accounts(&keshi, &WHO);
    let url = keshi.endpoints()["console_url"].as_str().expect("a console").to_owned();
    let mut browsers: BTreeMap<&str, Browser> = BTreeMap::new();
    for (name, ..) in WHO {
        let mut browser = Browser::new(&url);
        browser.log_in(name, PASSWORD);
        browsers.insert(name, browser);
    }
    let claims = claims(&keshi);
    assert_eq!(claims.len(), 4, "{claims:?}");
    four_eyes_take_a_claim_along(&browsers, &claims);
    a_flag_holds_until_it_is_decided(&keshi, &browsers, &claims);
    a_roster_is_made_shown_and_downloaded(&keshi, &browsers);
}

fn state(browsers: &BTreeMap<&str, Browser>, claim: &str) -> String {
    let answer = browsers["city-1"].ask("GET", &format!("/api/v1/claims/{claim}"), None);
    let claim: Value = serde_json::from_str(&answer.body).expect("JSON");
    claim["claim"]["state"].as_str().or(claim["state"].as_str()).expect("a state").to_owned()
}

fn four_eyes_take_a_claim_along(browsers: &BTreeMap<&str, Browser>, claims: &BTreeMap<String, String>) {
    // A selection: the own ones are handed in, the one of another provider is named and left.
    let form =
        format!("step=submit&why=&claim={}&claim={}&claim={}", claims["z0"], claims["z1"], claims["z2"]);
    let done = browsers["i1"].send("/claims/steps", &form);
    assert!(done.status == 200 && done.body.contains("不在您的范围内"), "{}", done.body);
    assert_eq!(
        (state(browsers, &claims["z0"]), state(browsers, &claims["z1"]), state(browsers, &claims["z2"])),
        ("submitted".to_owned(), "submitted".to_owned(), "drafted".to_owned())
    );
    assert_eq!(browsers["i1"].send("/claims/steps", "step=submit&why=").status, 400, "nothing was selected");

    let page = |who: &str, trainee: &str| {
        browsers[who].ask("GET", &format!("/claims/{}", claims[trainee]), None).body
    };
    let take = |who: &str, trainee: &str, form: &str| {
        browsers[who].send(&format!("/claims/{}/step", claims[trainee]), form)
    };
    assert!(page("lixia-1", "z0").contains("value=\"accept\""), "the district may accept");
    assert!(!page("city-1", "z0").contains("value=\"accept\""), "the city may not");
    assert_eq!(take("lixia-1", "z0", "step=accept").status, 303);
    assert!(!page("lixia-1", "z0").contains("value=\"publicise\"") && page("lixia-1", "z0").contains("S105"));
    assert_eq!(take("lixia-1", "z0", "step=publicise").status, 409, "four eyes");
    assert_eq!(take("lixia-2", "z0", "step=publicise").status, 303);
    assert!(page("city-1", "z0").contains("S104"), "the publicity period is not over");
    assert_eq!(take("city-1", "z0", "step=approve").status, 409);
    assert_eq!(take("lixia-1", "z1", "step=return&why=").status, 400, "a reason is missing");
    assert_eq!(take("lixia-1", "z3", "step=accept").status, 404, "another district's");
    assert_eq!(take("auditor", "z0", "step=accept").status, 403);
    assert_eq!(state(browsers, &claims["z0"]), "publicised");
}

fn a_flag_holds_until_it_is_decided(
    keshi: &Keshi,
    browsers: &BTreeMap<&str, Browser>,
    claims: &BTreeMap<String, String>,
) {
    let add = |flag: &str, people: &str| {
        query(
            keshi,
            &format!(
                "insert into keshi.finding (flag, kind, level, people, from_ms, to_ms, chinese, english, evidence) values ('{flag}', 'device-concurrent', \
                 'hold', '{people}', 1588300000000, 1588300000000, '同一设备', 'one device', '[{{\"seq\": 1, \"platform\": \"i1\", \"trainee\": \"z3\", \"id\": \"e1\"}}]')"
            ),
        )
    };
    add("own", "{z1}");
    add("both", "{z1,z3}");
    let decide =
        |who: &str, flag: &str, form: &str| browsers[who].send(&format!("/flags/{flag}/decide"), form).status;
    let claim = format!("/claims/{}", claims["z1"]);
    assert_eq!(browsers["lixia-1"].send(&format!("{claim}/step"), "step=accept").status, 409, "it is held");
    assert!(
        browsers["lixia-1"].ask("GET", &claim, None).body.contains("/flags/own"),
        "the hold leads to its case"
    );
    let seen = browsers["lixia-1"].ask("GET", "/flags/both", None).body;
    assert!(
        !seen.contains("trainees/z3") && !seen.contains(">z3<") && seen.contains("由市处理"),
        "another district's trainee is not shown"
    );
    assert_eq!(
        decide("lixia-1", "both", "verdict=dismiss&why=x"),
        409,
        "the city decides about two districts"
    );
    assert_eq!(decide("lixia-1", "own", "verdict=dismiss&why="), 400);
    assert_eq!(decide("lixia-1", "own", "verdict=dismiss&why=%E5%90%8C%E4%B8%80%E5%AE%B6%E5%BA%AD"), 303);
    assert_eq!(decide("lixia-1", "own", "verdict=confirm&why=x"), 409, "it is not open any more");
    assert_eq!(decide("city-1", "both", "verdict=confirm&why=x"), 303);
    let held = browsers["lixia-1"].send(&format!("{claim}/step"), "step=accept");
    assert!(held.status == 409 && held.body.contains("S103"), "the confirmed one holds still: {}", held.body);
    assert_eq!(browsers["city-2"].send(&format!("{claim}/release"), "why=").status, 400);
    assert_eq!(browsers["city-2"].send(&format!("{claim}/release"), "why=x").status, 303);
    assert_eq!(browsers["lixia-1"].send(&format!("{claim}/step"), "step=accept").status, 303);
    let noted =
        query(keshi, "select count(*) from keshi.audit where action in ('flag.decide', 'claim.release')");
    assert_eq!(noted, "3");
    assert!(browsers["lixia-2"].ask("GET", "/flags?state=dismissed", None).body.contains("/flags/own"));
}

fn a_roster_is_made_shown_and_downloaded(keshi: &Keshi, browsers: &BTreeMap<&str, Browser>) {
    let order = |district: &str| {
        format!("scheme=special-operations&provider=i1&district={district}&from=2020-05-01&to=2020-05-31")
    };
    assert_eq!(browsers["lixia-1"].send("/rosters", &order("tianqiao")).status, 409, "another district's");
    assert_eq!(
        browsers["city-1"].send("/rosters", &order("tianqiao")).status,
        409,
        "nothing is reviewed there"
    );
    let made = browsers["lixia-1"].send("/rosters", &order("lixia"));
    let path = made.header("location").unwrap_or_else(|| panic!("{} {}", made.status, made.body)).to_owned();
    let page = browsers["i1"].ask("GET", &path, None).body;
    assert!(
        page.contains("学*") && page.contains("370102********001X") && page.contains("壹仟陆佰元整"),
        "{page}"
    );
    let public = browsers["auditor"].ask("GET", &format!("{path}/public"), None).body;
    assert!(
        public.contains("公示名单") && public.contains("学*") && !public.contains("6222000000000001"),
        "{public}"
    );
    let masked = browsers["auditor"].ask("GET", &format!("{path}/download?format=csv"), None);
    assert!(masked.header("content-type") == Some("text/csv; charset=utf-8"), "{}", masked.status);
    assert!(masked.body.contains("370102********001X") && !masked.body.contains("学员0"), "{}", masked.body);
    assert_eq!(browsers["lixia-1"].send(&format!("{path}/whole"), "format=csv&why=").status, 400);
    let whole = browsers["lixia-1"].send(&format!("{path}/whole"), "format=csv&why=%E6%8B%A8%E4%BB%98").body;
    assert!(whole.contains("37010219900101001X") && whole.contains("学员1"), "{whole}");
    let noted =
        query(keshi, "select count(*) from keshi.audit where action = 'person.reveal' and who = 'lixia-1'");
    assert_eq!(noted, "2");
}
