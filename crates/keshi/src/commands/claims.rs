//! `keshi claims`

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use keshi_policy::{Step, Yuan};
use keshi_settlement::Order;
use keshi_store::{Store, Wanted};
use serde_json::json;
use uuid::Uuid;

mod shown;

use shown::{adjustments, history, list, show_claim, statement, waiting};

use crate::commands::actor::authenticate;
use crate::commands::{connect, packs};
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Claims {
    /// 列出 / list claims with their total. Example: keshi claims list --state drafted
    List {
        /// 状态 / in one state
        #[arg(long)]
        state: Option<String>,
        /// 学员 / of one trainee
        #[arg(long)]
        trainee: Option<String>,
        /// 付款区县 / of one payer district
        #[arg(long)]
        district: Option<String>,
        /// 培训主体 / of one provider
        #[arg(long)]
        provider: Option<String>,
        /// 最多 / at most so many lines; the totals are of all
        #[arg(long, default_value_t = 200)]
        limit: i64,
    },
    /// 推导 / one claim, rule by rule. Example: keshi claims show 0196…
    Show {
        /// 申请编号 / the claim
        claim: Uuid,
        /// 每条规则一行 / a line a rule
        #[arg(long)]
        brief: bool,
    },
    /// 经过 / every step, hold and release of a claim, and whether their chain holds. Example: keshi claims history 0196…
    History {
        /// 申请编号 / the claim
        claim: Uuid,
    },
    /// 申请表 / one claim as a printable page. Example: keshi claims statement 0196… > claim.html
    Statement {
        /// 申请编号 / the claim
        claim: Uuid,
    },
    /// 未成申请 / studies and certificates that wait, are refused or referred, and why. Example: keshi claims waiting --verdict referred
    Waiting {
        /// waits, refused 或 or referred
        #[arg(long)]
        verdict: Option<String>,
    },
    /// 提交 / hand claims in (provider). Example: keshi claims submit 0196… --as wang
    Submit(Act),
    /// 退回 / send back to be mended (district). Example: keshi claims return 0196… --as li --why 缺报名表
    Return(Act),
    /// 不予通过 / refuse (district; city while publicised). Example: keshi claims reject 0196… --as li --why 不符合条件
    Reject(Act),
    /// 审核通过 / accept (district). Example: keshi claims accept 0196… --as li
    Accept(Act),
    /// 公示 / make public (district). Example: keshi claims publicise 0196… --as zhao
    Publicise(Act),
    /// 提出异议 / note an objection (district, for anyone). Example: keshi claims object 0196… --as li --why 群众反映
    Object(Act),
    /// 异议不成立 / the objection does not hold: a new full period (district). Example: keshi claims dismiss 0196… --as zhao
    Dismiss(Act),
    /// 异议成立 / the objection holds (district). Example: keshi claims uphold 0196… --as zhao --why 属实
    Uphold(Act),
    /// 批准 / approve (city). Example: keshi claims approve 0196… --as sun
    Approve(Act),
    /// 拨付 / pay (finance). Example: keshi claims pay 0196… --as qian
    Pay(Act),
    /// 拨付失败 / note that the payment failed (finance). Example: keshi claims fail 0196… --as qian --why 账号有误
    Fail(Act),
    /// 重新拨付 / pay again (finance). Example: keshi claims retry 0196… --as zhou
    Retry(Act),
    /// 追回 / claim back what was paid, whole or in part (city). Example: keshi claims claw-back 0196… --as sun --why 虚假培训 --amount 100
    ClawBack {
        #[command(flatten)]
        act: Act,
        /// 金额（元）；省略则为全部 / yuan; all of it when left out
        #[arg(long)]
        amount: Option<String>,
    },
    /// 撤回 / take back (provider). Example: keshi claims withdraw 0196… --as wang
    Withdraw(Act),
    /// 已退还 / book what was repaid of a claw-back (finance). Example: keshi claims repaid 0196… --as qian --amount 100 --reference 银行回单号
    Repaid {
        /// 申请编号 / the claim
        claim: Uuid,
        /// 经办人 / who decides
        #[arg(long = "as")]
        who: String,
        /// 金额（元）/ yuan
        #[arg(long)]
        amount: String,
        /// 凭证号；同一凭证只记一次 / the voucher: the same one is booked once
        #[arg(long)]
        reference: String,
    },
    /// 暂缓 / hold: no step forward (district, city). Example: keshi claims hold 0196… --as li --why 待核查
    Hold(Act),
    /// 解除暂缓 / release all holds (district, city). Example: keshi claims release 0196… --as zhao --why 已核查
    Release(Act),
    /// 调整 / claims that are no longer what was drafted, paid ones too. Example: keshi claims adjustments
    Adjustments,
}

/// Who does it to which claims, and why.
#[derive(Args)]
pub(crate) struct Act {
    /// 申请编号 / the claims
    #[arg(required = true)]
    claims: Vec<Uuid>,
    /// 经办人 / who decides
    #[arg(long = "as")]
    who: String,
    /// 事由 / why
    #[arg(long, default_value = "")]
    why: String,
}

impl Claims {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let store = connect::store(settings).await?;
        let (act, step) = match self {
            Claims::List { state, trainee, district, provider, limit } => {
                let wanted = Wanted {
                    state: state.as_deref(),
                    trainee: trainee.as_deref(),
                    district: district.as_deref(),
                    provider: provider.as_deref(),
                };
                return list(&store, &wanted, *limit, json).await;
            }
            Claims::Show { claim, brief } => return show_claim(&store, *claim, *brief, json).await,
            Claims::History { claim } => return history(&store, *claim, json).await,
            Claims::Statement { claim } => return statement(&store, *claim).await,
            Claims::Waiting { verdict } => return waiting(&store, verdict.as_deref(), json).await,
            Claims::Adjustments => return adjustments(&store, json).await,
            Claims::Repaid { claim, who, amount, reference } => {
                return repaid(&store, *claim, who, amount, reference, json).await;
            }
            Claims::Hold(act) => return mark(&store, act, true, json).await,
            Claims::Release(act) => return mark(&store, act, false, json).await,
            Claims::Submit(act) => (act, Step::Submit),
            Claims::Return(act) => (act, Step::Return),
            Claims::Reject(act) => (act, Step::Reject),
            Claims::Accept(act) => (act, Step::Accept),
            Claims::Publicise(act) => (act, Step::Publicise),
            Claims::Object(act) => (act, Step::Object),
            Claims::Dismiss(act) => (act, Step::Dismiss),
            Claims::Uphold(act) => (act, Step::Uphold),
            Claims::Approve(act) => (act, Step::Approve),
            Claims::Pay(act) => (act, Step::Pay),
            Claims::Fail(act) => (act, Step::Fail),
            Claims::Retry(act) => (act, Step::Retry),
            Claims::ClawBack { act, .. } => (act, Step::ClawBack),
            Claims::Withdraw(act) => (act, Step::Withdraw),
        };
        let amount = match self {
            Claims::ClawBack { amount: Some(amount), .. } => Some(yuan(amount)?),
            _ => None,
        };
        take(settings, &store, act, step, amount, json).await
    }
}

fn yuan(text: &str) -> Result<Yuan> {
    Yuan::parse(text).with_context(|| format!("{text} 不是金额 / is no amount such as 100.00"))
}

/// Claims one by one; a refused one does not stop the others, and makes the command fail.
async fn take(
    settings: &Settings,
    store: &Store,
    act: &Act,
    step: Step,
    amount: Option<Yuan>,
    json: bool,
) -> Result<()> {
    let actor = authenticate(store, &act.who).await?;
    let packs = packs::load(settings)?;
    let (mut done, mut refused) = (Vec::new(), 0);
    for claim in &act.claims {
        let order = Order { actor: &actor, step, why: &act.why, amount, now: now() };
        match keshi_settlement::step(store, &packs, *claim, order).await {
            Ok(state) if json => done.push(json!({"claim": claim.to_string(), "state": state.as_str()})),
            Ok(state) => show::line(format!("{claim} {} {}", state.as_str(), state.chinese()))?,
            Err(error) => {
                refused += 1;
                if json {
                    done.push(json!({"claim": claim.to_string(), "error": error.to_string()}));
                } else {
                    eprintln!("错误 error: {error}");
                }
            }
        }
    }
    if json {
        show::json(&done)?;
    }
    if refused > 0 {
        bail!("{refused} 份申请未办理 / claims were refused");
    }
    Ok(())
}

fn now() -> keshi_events::Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    keshi_events::Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

async fn mark(store: &Store, act: &Act, held: bool, json: bool) -> Result<()> {
    let actor = authenticate(store, &act.who).await?;
    for claim in &act.claims {
        if held {
            keshi_settlement::hold(store, *claim, &actor, &act.why).await?;
        } else {
            keshi_settlement::release(store, *claim, &actor, &act.why).await?;
        }
        if !json {
            show::line(format!("{claim} {}", if held { "已暂缓 held" } else { "已解除暂缓 released" }))?;
        }
    }
    if json { show::json(&json!({"claims": act.claims.len(), "held": held})) } else { Ok(()) }
}

async fn repaid(
    store: &Store,
    claim: Uuid,
    who: &str,
    amount: &str,
    reference: &str,
    json: bool,
) -> Result<()> {
    let actor = authenticate(store, who).await?;
    let new = keshi_settlement::repaid(store, claim, &actor, yuan(amount)?, reference).await?;
    if json {
        return show::json(&json!({"claim": claim.to_string(), "booked": new}));
    }
    show::line(if new {
        "已入账 booked"
    } else {
        "该凭证已入账，未重复 booked before: nothing moved"
    })
}
