//! `keshi books`

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use keshi_policy::ClaimState;
use keshi_store::Totals;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

/// The accounts, in the order of the money's way.
const ACCOUNTS: [(&str, &str); 5] = [
    ("budget", "补贴支出 budget"),
    ("obligation", "应付补贴 obligation"),
    ("paid", "已付 paid"),
    ("receivable", "应收追回 receivable"),
    ("recovered", "已收回 recovered"),
];

/// Claims of a state that owes nothing yet.
fn underway(total: &Totals) -> Option<String> {
    let state = ClaimState::parse(&total.state)?;
    let is_booked = matches!(
        state,
        ClaimState::Approved
            | ClaimState::PaymentFailed
            | ClaimState::Paid
            | ClaimState::ClawedBack
            | ClaimState::Rejected
            | ClaimState::Withdrawn
    );
    (!is_booked)
        .then(|| format!("{} {} {} 份 claims {} 元", state.chinese(), state, total.claims, total.amount_yuan))
}

#[derive(Args)]
pub(crate) struct Books {
    /// 付款区县 / of one payer district
    #[arg(long)]
    district: Option<String>,
}

impl Books {
    /// Balances per payer district; says whether each district's sum is zero.
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<bool> {
        let store = connect::store(settings).await?;
        let mut districts: BTreeMap<String, BTreeMap<String, Decimal>> = BTreeMap::new();
        for row in store.balances(self.district.as_deref()).await? {
            districts.entry(row.district).or_default().insert(row.account, row.amount_yuan);
        }
        let sum = |accounts: &BTreeMap<String, Decimal>| accounts.values().sum::<Decimal>();
        let is_balanced = districts.values().all(|accounts| sum(accounts).is_zero());
        if json {
            let rows: Vec<Value> = districts
                .iter()
                .map(|(district, accounts)| {
                    let of = |account: &str| accounts.get(account).copied().unwrap_or_default().to_string();
                    let accounts: BTreeMap<&str, String> =
                        ACCOUNTS.iter().map(|(word, _)| (*word, of(word))).collect();
                    let sum: Decimal = districts.get(district).map(&sum).unwrap_or_default();
                    json!({"district": district, "accounts": accounts, "sum": sum.to_string()})
                })
                .collect();
            show::json(&json!({"districts": rows, "balanced": is_balanced}))?;
            return Ok(is_balanced);
        }
        let titles: Vec<&str> = ACCOUNTS.iter().map(|(_, title)| *title).collect();
        let mut table = show::table(&[&["付款区县 payer"], titles.as_slice(), &["合计 sum"]].concat());
        for (district, accounts) in &districts {
            let of = |(word, _): &(&str, &str)| accounts.get(*word).copied().unwrap_or_default().to_string();
            let mut row = vec![district.clone()];
            row.extend(ACCOUNTS.iter().map(of));
            row.push(sum(accounts).to_string());
            table.add_row(row);
        }
        if !districts.is_empty() {
            show::line(&table)?;
        }
        show::line(match (districts.is_empty(), is_balanced) {
            (true, _) => "没有入账 nothing is booked",
            (_, true) => "各区县平衡 each district balances",
            (_, false) => "不平 NOT BALANCED",
        })?;
        if self.district.is_none() {
            let totals = store.claim_totals().await?;
            let underway: Vec<String> = totals.iter().filter_map(underway).collect();
            if !underway.is_empty() {
                show::line(
                    "尚未入账（公示期满、市级批准之后才成为应付） not booked yet: owed from the approval on, after publicity",
                )?;
                show::line(format!("  {}", underway.join(" · ")))?;
            }
        }
        Ok(is_balanced)
    }
}
