//! `keshi books`

use anyhow::Result;
use clap::Args;
use rust_decimal::Decimal;
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

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
        let balances = store.balances(self.district.as_deref()).await?;
        let sum: Decimal = balances.iter().map(|balance| balance.amount_yuan).sum();
        if json {
            let rows: Vec<_> = balances
                .iter()
                .map(|b| json!({"district": b.district, "account": b.account, "amount_yuan": b.amount_yuan.to_string()}))
                .collect();
            show::json(&json!({"balances": rows, "sum": sum.to_string()}))?;
            return Ok(sum.is_zero());
        }
        let mut table = show::table(&["付款区县 payer", "科目 account", "余额（元）yuan"]);
        for b in balances {
            table.add_row(vec![b.district, account(&b.account).to_owned(), b.amount_yuan.to_string()]);
        }
        show::line(&table)?;
        show::line(format!(
            "合计 sum {sum}：{}",
            if sum.is_zero() { "平衡 balanced" } else { "不平 NOT BALANCED" }
        ))?;
        Ok(sum.is_zero())
    }
}

fn account(word: &str) -> &str {
    match word {
        "budget" => "补贴支出 budget",
        "obligation" => "应付补贴 obligation",
        "paid" => "已付 paid",
        "receivable" => "应收追回 receivable",
        "recovered" => "已收回 recovered",
        other => other,
    }
}
