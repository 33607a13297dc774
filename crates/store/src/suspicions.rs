//! What looks wrong by one judgement. Those of one flag make one finding, when what else must be so is so.

use sqlx::{Postgres, Transaction};

use crate::error::StoreError;

type Tx = Transaction<'static, Postgres>;

/// Whose judgement it is: scope and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose(pub i16, pub i64);

impl Whose {
    /// Trainees by themselves.
    pub const ALONE: Whose = Whose(0, 0);
    /// All platforms.
    pub const PLATFORMS: Whose = Whose(7, 0);
    /// All who repeat each other.
    pub const LINKS: Whose = Whose(8, 0);
}

/// What looks wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SuspicionRow {
    /// The flag's id.
    pub flag: String,
    /// What else must be so: nothing, or `share`, `tick <platform>`, `repeat <platform>`.
    pub condition: String,
    /// The two people who must share a device or address, where that is the condition.
    pub pair: [Option<String>; 2],
    /// Flags of that id, encoded.
    pub body: Vec<u8>,
}

/// Writes new ones, or other ones of the same flag and condition; their findings are to be made anew.
pub(crate) async fn put_suspicions(tx: &mut Tx, rows: &[(Whose, &SuspicionRow)]) -> Result<(), StoreError> {
    let flags: Vec<String> = rows.iter().map(|(_, row)| row.flag.clone()).collect();
    let pair = |at: usize| -> Vec<Option<String>> {
        rows.iter().map(|(_, row)| row.pair.get(at).cloned().flatten()).collect()
    };
    sqlx::query!(
        "insert into keshi.suspicion (scope, key, flag, condition, one, other, body)
         select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])
         on conflict (scope, key, flag, condition) do update set one = excluded.one, other = excluded.other, body = excluded.body",
        &rows.iter().map(|(whose, _)| whose.0).collect::<Vec<i16>>(),
        &rows.iter().map(|(whose, _)| whose.1).collect::<Vec<i64>>(),
        &flags,
        &rows.iter().map(|(_, row)| row.condition.clone()).collect::<Vec<String>>(),
        &pair(0) as &[Option<String>],
        &pair(1) as &[Option<String>],
        &rows.iter().map(|(_, row)| row.body.clone()).collect::<Vec<Vec<u8>>>()
    )
    .execute(&mut **tx)
    .await?;
    to_settle(tx, &flags).await
}

/// Takes away those of these judgements, flags and conditions; their findings are to be made anew.
pub(crate) async fn take_suspicions(
    tx: &mut Tx,
    rows: &[(Whose, &String, &String)],
) -> Result<(), StoreError> {
    let flags: Vec<String> = rows.iter().map(|(_, flag, _)| (*flag).clone()).collect();
    sqlx::query!(
        "delete from keshi.suspicion s
         using unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[]) as r(scope, key, flag, condition)
         where s.scope = r.scope and s.key = r.key and s.flag = r.flag and s.condition = r.condition",
        &rows.iter().map(|(whose, ..)| whose.0).collect::<Vec<i16>>(),
        &rows.iter().map(|(whose, ..)| whose.1).collect::<Vec<i64>>(),
        &flags,
        &rows.iter().map(|(.., condition)| (*condition).clone()).collect::<Vec<String>>()
    )
    .execute(&mut **tx)
    .await?;
    to_settle(tx, &flags).await
}

/// Puts what these judgements gave in the place of what they gave before.
pub(crate) async fn replace_suspicions(
    tx: &mut Tx,
    judged: &[Whose],
    now: &[(Whose, &SuspicionRow)],
) -> Result<(), StoreError> {
    let before = sqlx::query!(
        "select s.scope, s.key, s.flag, s.condition, s.one, s.other, s.body from keshi.suspicion s
         join unnest($1::smallint[], $2::bigint[]) as r(scope, key) on s.scope = r.scope and s.key = r.key",
        &judged.iter().map(|whose| whose.0).collect::<Vec<i16>>(),
        &judged.iter().map(|whose| whose.1).collect::<Vec<i64>>()
    )
    .fetch_all(&mut **tx)
    .await?;
    let before: std::collections::BTreeMap<(Whose, String, String), SuspicionRow> = before
        .into_iter()
        .map(|row| {
            let key = (Whose(row.scope, row.key), row.flag.clone(), row.condition.clone());
            let pair = [row.one, row.other];
            (key, SuspicionRow { flag: row.flag, condition: row.condition, pair, body: row.body })
        })
        .collect();
    let key = |(whose, row): &(Whose, &SuspicionRow)| (*whose, row.flag.clone(), row.condition.clone());
    let stays: std::collections::BTreeSet<_> = now.iter().map(key).collect();
    let gone: Vec<(Whose, &String, &String)> = before
        .keys()
        .filter(|known| !stays.contains(*known))
        .map(|(whose, flag, condition)| (*whose, flag, condition))
        .collect();
    take_suspicions(tx, &gone).await?;
    let other: Vec<(Whose, &SuspicionRow)> =
        now.iter().filter(|new| before.get(&key(new)) != Some(new.1)).copied().collect();
    put_suspicions(tx, &other).await
}

async fn to_settle(tx: &mut Tx, flags: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into keshi.to_settle (flag) select distinct * from unnest($1::text[]) on conflict do nothing",
        flags
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
