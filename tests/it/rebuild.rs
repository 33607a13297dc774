//! The read model is built anew beside the live one, and nobody who reads notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keshi_store::Store;

use crate::crash::{check_end_state, class, import, parts, query, register};
use crate::harness::Keshi;

async fn store(keshi: &Keshi) -> Store {
    let url = keshi.endpoints()["database_url"].as_str().expect("a URL").to_owned();
    Store::connect(&url, 4).await.expect("the database")
}

/// Reads records and boards without a pause until told to stop. Gives how often.
async fn read_on(store: Store, stop: Arc<AtomicBool>) -> u64 {
    let mut reads = 0;
    while !stop.load(Ordering::Relaxed) {
        let trainees = store.trainees(None, "", 100).await.expect("a read");
        assert!(!trainees.is_empty(), "the read model is never empty");
        for trainee in trainees {
            assert!(store.standing(&trainee).await.expect("a read").is_some());
            assert!(!store.history(&trainee).await.expect("a read").is_empty());
        }
        store.rejections().await.expect("a read");
        store.repeats().await.expect("a read");
        reads += 1;
    }
    reads
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_under_load_gives_the_same_and_no_read_fails() {
    let keshi = Keshi::up();
    let (log, registry) = class(&keshi, "8", "15");
    register(&keshi, &registry);
    let [first, second] = parts(&keshi, &log, 2).try_into().expect("two parts");
    let mut messages = import(&keshi, &first)["published"].as_u64().expect("a number");
    keshi.settle();

    let stop = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(read_on(store(&keshi).await, stop.clone()));
    let rebuilt = std::thread::scope(|scope| {
        let load = scope.spawn(|| import(&keshi, &second)["published"].as_u64().expect("a number"));
        let mut rebuilt = Vec::new();
        for _ in 0..2 {
            rebuilt.push(keshi.json(&["rebuild"]));
        }
        messages += load.join().expect("an import");
        rebuilt
    });
    keshi.settle();
    stop.store(true, Ordering::Relaxed);
    let reads = reader.await.expect("no read fails");
    println!("{reads} rounds of reading; {}", rebuilt[0]);
    assert!(reads > 0);
    for rebuilt in &rebuilt {
        assert_eq!(rebuilt["switched"], true);
        assert_eq!(rebuilt["records"]["differing"], 0, "{rebuilt}");
        let tables = rebuilt["tables"].as_array().expect("tables");
        assert!(tables.iter().all(|table| table["differing"] == 0), "{rebuilt}");
    }
    check_end_state(&keshi, &registry, messages);

    // Whom a finding holds is no part of the log: the mark moves on to the new model.
    let mark = "insert into projection_1.flag (trainee, flag, level) select min(trainee), 'device-shared', 'hold' from projection_1.trainee";
    query(&keshi, mark);

    // What somebody changed by hand is found, named, and put right.
    query(
        &keshi,
        "update projection_1.course_record set verified_seconds = verified_seconds + 60
         where (trainee, course) = (select trainee, course from projection_1.course_record order by trainee, course limit 1)",
    );
    let checked = keshi.run(&["rebuild", "--check", "--json"]);
    assert_eq!(checked.status.code(), Some(3), "{}", String::from_utf8_lossy(&checked.stderr));
    let checked: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let table = checked["tables"].as_array().expect("tables").iter().find(|t| t["table"] == "course_record");
    assert_eq!(table.expect("the boards")["differing"], 2, "{checked}");
    assert_eq!(checked["switched"], false);
    keshi.ok(&["rebuild"]);
    assert!(keshi.run(&["rebuild", "--check"]).status.success(), "the second look finds nothing");
    let marks = "select count(*) from projection_1.flag where flag = 'device-shared' and level = 'hold'";
    assert_ne!(query(&keshi, marks), "0", "who is held stays held");

    // An interrupted one leaves its tables behind and the live ones alone; while one runs, another is refused.
    let interrupted = store(&keshi).await.rebuild(1).await.expect("a rebuild");
    let refused = keshi.run(&["rebuild"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("S212"));
    drop(interrupted);
    tokio::time::sleep(Duration::from_millis(300)).await;
    check_end_state(&keshi, &registry, messages);
    keshi.ok(&["rebuild"]);
    check_end_state(&keshi, &registry, messages);
}

#[tokio::test]
async fn a_rebuild_does_not_wait_for_a_vacuum_of_the_server() {
    let keshi = Keshi::up();
    let (log, registry) = class(&keshi, "4", "15");
    register(&keshi, &registry);
    import(&keshi, &log);
    keshi.settle();
    // A vacuum that takes minutes, of the table that readers and the switch need most.
    query(&keshi, "alter system set autovacuum_naptime = '1s'");
    query(&keshi, "select pg_reload_conf()");
    let month = query(&keshi, "select tableoid::regclass from projection_1.trail limit 1");
    query(
        &keshi,
        &format!(
            "alter table {month} set (autovacuum_vacuum_insert_threshold = 0, autovacuum_vacuum_insert_scale_factor = 0,
             autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)"
        ),
    );
    let begun = std::time::Instant::now();
    while query(&keshi, "select count(*) from pg_stat_progress_vacuum") == "0" {
        assert!(begun.elapsed() < Duration::from_secs(60), "no vacuum begins");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(keshi.json(&["rebuild"])["switched"], true);
}
