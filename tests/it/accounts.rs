//! Accounts: the first admin, passwords, locks and tokens.

use std::process::Output;

use serde_json::Value;

use crate::harness::Keshi;

/// Runs a command as somebody, with what the environment says.
fn run(keshi: &Keshi, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = keshi.program();
    command.args(arguments).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    command.envs(environment.iter().copied()).output().expect("keshi")
}

fn ok(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn refused(output: Output, with: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(with), "{with}: {said}");
}

#[test]
fn accounts_are_kept_by_an_admin() {
    let keshi = Keshi::servers();
    keshi.ok(&["migrate"]);
    let root = ("KESHI_PASSWORD", "correct horse battery");
    let new = ("KESHI_NEW_PASSWORD", root.1);
    let add = ["user", "add", "li.na", "--role", "district", "--scope", "lixia"];

    refused(run(&keshi, &[new], &add), "须为管理员");
    ok(run(&keshi, &[new], &["user", "add", "root", "--role", "admin"]));
    refused(run(&keshi, &[new], &add), "--as");
    refused(
        run(&keshi, &[new, ("KESHI_PASSWORD", "wrong")], &[&add[..], &["--as", "root"]].concat()),
        "A110",
    );
    refused(run(&keshi, &[new, root], &["user", "add", "x.y", "--role", "district", "--as", "root"]), "A102");
    let made = ok(run(&keshi, &[root], &[&add[..], &["--as", "root", "--json"]].concat()));
    let made: Value = serde_json::from_str(&made).expect("JSON");
    let password = made["password"].as_str().expect("made up").to_owned();
    refused(run(&keshi, &[new, root], &[&add[..], &["--as", "root"]].concat()), "S209");

    // Whoever is no admin keeps no accounts; five wrong passwords in a row lock, and a right one then is no way in.
    let disable = ["user", "disable", "root", "--as", "li.na"];
    refused(run(&keshi, &[("KESHI_PASSWORD", &password)], &disable), "不是管理员");
    for _ in 0..5 {
        refused(run(&keshi, &[("KESHI_PASSWORD", "guess")], &disable), "A110");
    }
    refused(run(&keshi, &[("KESHI_PASSWORD", &password)], &disable), "A111");
    ok(run(&keshi, &[root, new], &["user", "password", "li.na", "--as", "root"]));
    refused(run(&keshi, &[root], &disable), "不是管理员");

    // A token that only reads decides nothing; a revoked one is none.
    let token = |acts: &[&str]| -> (String, String) {
        let made =
            ok(run(&keshi, &[root], &[&["token", "add", "root", "--as", "root", "--json"], acts].concat()));
        let made: Value = serde_json::from_str(&made).expect("JSON");
        let text = |name: &str| made[name].as_str().expect("text").to_owned();
        (text("token"), text("secret"))
    };
    let ((_, reads), (id, acts)) = (token(&[]), token(&["--acts"]));
    let off = ["user", "disable", "li.na", "--as", "root"];
    refused(run(&keshi, &[("KESHI_TOKEN", &reads)], &off), "--acts");
    ok(run(&keshi, &[("KESHI_TOKEN", &acts)], &off));
    refused(run(&keshi, &[root], &disable), "A110");
    ok(run(&keshi, &[root], &["token", "revoke", &id, "--as", "root"]));
    refused(run(&keshi, &[("KESHI_TOKEN", &acts)], &off), "A112");
    let listed = ok(run(&keshi, &[], &["user", "list", "--json"]));
    assert!(!listed.contains("argon2") && listed.contains("disabled_at"), "{listed}");
}
