//! The master key: a database that one key has sealed opens to no other one and to none, and says so; what a later version
//! finds in the clear it seals.

use crate::crash::query;
use crate::harness::{Keshi, small_registry};

#[test]
fn a_database_opens_to_its_own_master_key_alone() {
    let keshi = Keshi::up();
    let mut registry = small_registry();
    registry["trainees"] = serde_json::json!([{"trainee": "t1", "name": "欧阳测试", "id_number": "37010219900101001X", "phone": "13800000001"}]);
    let path = keshi.register(&registry);
    let import = ["registry", "import", path.to_str().expect("UTF-8")];
    let key = keshi.dir().join("master.key");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&key).expect("a key").permissions());
    assert_eq!(mode & 0o777, 0o600, "the key is its owner's alone");
    let sealed = || query(&keshi, "select md5(string_agg(p::text, '')) from keshi.person p");
    let before = sealed();

    // A second key file: another key, well-formed.
    let second = keshi.file("second.key");
    std::fs::write(&second, "ab".repeat(32)).expect("a file");
    let mut refused = keshi.program();
    refused.args(import).env("KESHI_MASTER_KEY_FILE", &second).stderr(std::process::Stdio::piped());
    let refused = refused.output().expect("keshi");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && said.contains("S232"), "{said}");

    // A damaged one, and none: nothing is sealed under a key that was made just now.
    std::fs::write(&second, "abc").expect("a file");
    let mut damaged = keshi.program();
    damaged.args(import).env("KESHI_MASTER_KEY_FILE", &second);
    assert_eq!(damaged.status().expect("keshi").code(), Some(1));
    let away = keshi.file("away.key");
    std::fs::rename(&key, &away).expect("moved");
    let none = keshi.run(&import);
    assert_eq!(none.status.code(), Some(1), "{}", String::from_utf8_lossy(&none.stderr));
    assert!(!key.exists(), "another key was made for a sealed database");
    std::fs::rename(&away, &key).expect("moved");
    assert_eq!(sealed(), before, "a refused import changed somebody");

    // What an earlier version left in the clear is sealed at the next migration.
    query(
        &keshi,
        "insert into keshi.person_in_the_clear (trainee, name, id_number, phone) values ('t2', '李测试', '370104199001010012', '13800000002')",
    );
    keshi.ok(&["migrate"]);
    let left = query(
        &keshi,
        "select (select count(*) from keshi.person_in_the_clear) || ' ' || (select count(*) from keshi.person where name is not null) || ' ' || \
         (select count(*) from keshi.person p where p::text like '%李测试%')",
    );
    assert_eq!(left, "0 2 0");
    keshi.ok(&import);
}
