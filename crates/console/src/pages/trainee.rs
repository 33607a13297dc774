//! A trainee's full study record: the heart of the console.

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use keshi_account::Role;
use keshi_store::{CasesWanted, Masked, PersonRow, may_reveal};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::fault::Fault;
use crate::form::{Checked, Viewed};
use crate::lang::Lang;
use crate::layout::{csrf, encode, page as frame};
use crate::pages::{evidence, sections};
use crate::record::{Study, Verified, days};
use crate::seat::Seat;

#[derive(Default, Deserialize)]
pub(crate) struct View {
    /// The day on show, `2020-04-20`; the last one without.
    pub(crate) day: Option<String>,
    /// The stretch that is pointed at, by its sequence.
    pub(crate) seq: Option<u64>,
    /// Where in it, ms.
    pub(crate) at: Option<i64>,
    /// Whether the chain is to be walked now.
    pub(crate) verify: Option<String>,
}

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(trainee): Path<String>,
    Viewed(view): Viewed<View>,
) -> Result<Response, Fault> {
    show(&app, &seat, &trainee, &view, None).await
}

#[derive(Deserialize)]
pub(crate) struct Reason {
    #[serde(default)]
    why: String,
}

pub(crate) async fn reveal(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(trainee): Path<String>,
    Checked(form): Checked<Reason>,
) -> Result<Response, Fault> {
    let address = Some(seat.visitor.address.as_str());
    let found = app.store.reveal(&seat.actor, &form.why, address, std::slice::from_ref(&trainee)).await?;
    let person = found.into_iter().next().ok_or(Fault::NotFound)?;
    show(&app, &seat, &trainee, &View::default(), Some(person)).await
}

pub(crate) async fn forget(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(trainee): Path<String>,
    Checked(form): Checked<Reason>,
) -> Result<Response, Fault> {
    let address = Some(seat.visitor.address.as_str());
    app.store.forget(&seat.actor, &form.why, address, &trainee).await?;
    show(&app, &seat, &trainee, &View::default(), None).await
}

async fn show(
    app: &App,
    seat: &Seat,
    trainee: &str,
    view: &View,
    revealed: Option<PersonRow>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let one = [trainee.to_owned()];
    let lines = app.store.trainees_by_id(&app.store.within(seat.scope(), &one).await?).await?;
    let line = lines.first().ok_or(Fault::NotFound)?;
    // Noted before it is shown: a look that cannot be noted does not happen.
    app.store.audit(seat.audited("record.view", Some(trainee))).await?;
    let masked = app.store.masked(&one).await?.remove(trainee).unwrap_or_default();
    let study = Study::load(app, seat.scope(), trainee).await?;
    let verified = match &view.verify {
        Some(_) => {
            app.store.audit(seat.audited("record.verify", Some(trainee))).await?;
            Verified::walk(app, trainee).await?
        }
        None => None,
    };
    let flags = app.store.flag_lines(seat.scope(), None, Some(trainee), ("", ""), 100).await?;
    let wanted = CasesWanted { trainee: Some(trainee), ..CasesWanted::default() };
    let cases = app.store.cases_within(seat.scope(), wanted, 50).await?;
    let claims = app.store.claim_lines(seat.scope(), None, Some(trainee), Uuid::nil(), 100).await?;
    let district = app.place(line.district.as_deref().unwrap_or_default(), seat.lang());
    let who = who(seat, trainee, district, &masked, revealed.as_ref());
    let body = html! {
        h1 { (lang.of("学习记录", "Study record")) " · " (trainee)
            " " button.plain.no-print type="button" data-print hidden { (lang.of("打印", "Print")) } }
        (who)
        @match &study {
            None => p.notice { (lang.of("没有已采用的学习事件。被拒的事件见“平台”页。", "No accepted event is known; rejected ones stand on the page of platforms.")) },
            Some(study) => {
                (record(study, view, lang))
            }
        }
        h2 #flags { (lang.of("标记", "Flags")) }
        (sections::flags(&flags, lang))
        @if !cases.is_empty() { (crate::pages::flags::table(&cases, &Default::default(), lang)) }
        h2 #claims { (lang.of("补贴申请", "Claims")) }
        (sections::claims(app, &claims, lang))
        @if let Some(study) = &study { (sections::chain(study, verified, lang)) (evidence::form(seat, trainee, lang)) }
    };
    Ok(frame(seat, &format!("{} {trainee}", lang.of("学习记录", "Study record")), body))
}

/// All of a record that comes from its trail.
fn record(study: &Study, view: &View, lang: Lang) -> Markup {
    let days = days(study);
    let wanted = view.day.as_deref().and_then(|day| days.iter().find(|known| known.date() == day));
    // A stretch that is pointed at shows its day; else the last day with stretches, or the last at all.
    let day = wanted.or_else(|| days.iter().rev().find(|day| day.claimed_ms() > 0)).or(days.last());
    html! {
        (crate::record::patterns())
        @if study.partial {
            p.notice { (lang.of("只显示本单位的课程与平台；一人一个时钟的判定仍以全部平台为准。", "Only your own courses and platform are shown; the one clock is still judged over all platforms.")) }
        }
        h2 #time { (lang.of("时间去向：每一秒都有交代", "Where the time went: every second accounted for")) }
        (sections::totals(study, lang))
        h2 #courses { (lang.of("课程", "Courses")) }
        @for course in &study.record.courses { (sections::course(study, course, lang)) }
        h2 #day { (lang.of("时间轴", "Timeline")) @if let Some(day) = day { " · " (day.date()) } }
        (sections::day_links(study, &days, day, lang))
        @if let Some(day) = day { (sections::timeline(study, day, view, lang)) }
        h2 #sessions { (lang.of("签到", "Sign-ins")) }
        @if let Some(day) = day { (sections::sessions(study, day, lang)) }
        h2 #presence { (lang.of("在场验证", "Presence checks")) }
        @if let Some(day) = day { (sections::presence(study, day, lang)) }
        h2 #quizzes { (lang.of("测验", "Quizzes")) }
        (sections::quizzes(study, lang))
        h2 #questions { (lang.of("提问与答疑", "Questions and answers")) }
        (sections::questions(study, lang))
    }
}

fn who(seat: &Seat, trainee: &str, district: &str, masked: &Masked, revealed: Option<&PersonRow>) -> Markup {
    let lang = seat.lang();
    let value = |open: Option<&String>, masked: &Option<String>| -> String {
        open.or(masked.as_ref()).cloned().unwrap_or_else(|| "—".to_owned())
    };
    let open = |of: fn(&PersonRow) -> &Option<String>| revealed.and_then(|person| of(person).as_ref());
    html! {
        div.card {
            @if masked.forgotten { p.notice { (lang.of("此人已被遗忘：身份信息与密钥均已销毁，学习记录以编号保留。", "This person was forgotten: identity and key are destroyed; the record stays under its id.")) } }
            @if revealed.is_some() { p.notice { (lang.of("完整信息已显示，并已记入审计日志。", "Shown whole; the look stands in the audit log.")) } }
            dl.figures {
                div { dt { (lang.of("姓名", "Name")) } dd { (value(open(|p| &p.name), &masked.name)) } }
                div { dt { (lang.of("身份证号", "Identity card")) } dd.mono { (value(open(|p| &p.id_number), &masked.id_number)) } }
                div { dt { (lang.of("手机", "Phone")) } dd.mono { (value(open(|p| &p.phone), &masked.phone)) } }
                div { dt { (lang.of("户籍区县", "District")) } dd { (district) } }
            }
            @if may_reveal(seat.actor.role()) && !masked.forgotten && revealed.is_none() {
                details.no-print {
                    summary { (lang.of("查看完整信息", "Show whole")) }
                    form.line method="post" action={ "/trainees/" (encode(trainee)) "/reveal" } {
                        (csrf(seat))
                        div { label for="why" { (lang.of("事由（必填，记入审计日志）", "Reason (required; goes into the audit log)")) } input #why name="why" required size="40"; }
                        button { (lang.of("查看", "Show")) }
                    }
                }
            }
            @if seat.actor.role() == Role::City && !masked.forgotten {
                details.no-print {
                    summary { (lang.of("遗忘此人", "Forget this person")) }
                    p { (lang.of("销毁其密钥、密文与散列，不可撤销。", "Destroys key, ciphertexts and hashes. It cannot be undone.")) " " a href="/privacy" { (lang.of("什么留下来", "What stays")) } }
                    form.line method="post" action={ "/trainees/" (encode(trainee)) "/forget" } {
                        (csrf(seat))
                        div { label for="why-forget" { (lang.of("事由（必填）", "Reason (required)")) } input #why-forget name="why" required size="40"; }
                        button.danger { (lang.of("销毁", "Destroy")) }
                    }
                }
            }
        }
    }
}
