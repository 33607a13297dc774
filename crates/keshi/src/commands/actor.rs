//! Who acts: `--as USER` with a password on the terminal, or a password or a token in the environment.

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};
use keshi_account::{Actor, Secret};
use keshi_store::Store;

/// Proves who `--as USER` is: `KESHI_TOKEN` (made with `keshi token add --acts`), else `KESHI_PASSWORD`, else by asking
/// on the terminal.
pub(crate) async fn authenticate(store: &Store, user: &str) -> Result<Actor> {
    if let Ok(token) = std::env::var("KESHI_TOKEN") {
        let bearer = store.bearer(&Secret::brought(token.trim()).hash()).await?;
        if bearer.actor.name() != user {
            bail!(
                "KESHI_TOKEN 属于 {} / the token is {}'s, not {user}'s",
                bearer.actor.name(),
                bearer.actor.name()
            );
        }
        if !bearer.acts {
            bail!("该令牌只读 / this token only reads: `keshi token add {user} --acts` makes one that acts");
        }
        return Ok(bearer.actor);
    }
    let password = match std::env::var("KESHI_PASSWORD") {
        Ok(password) => password,
        Err(_) => ask(&format!("{user} 的密码 password: "))?,
    };
    Ok(store.log_in(user, &password).await?)
}

/// Asks for a password without showing it.
pub(crate) fn ask(prompt: &str) -> Result<String> {
    if !std::io::stdin().is_terminal() {
        bail!(
            "需要密码 / a password is needed: set KESHI_PASSWORD or KESHI_TOKEN, or run this on a terminal"
        );
    }
    rpassword::prompt_password(prompt).context("无法读取密码 / the password cannot be read")
}
