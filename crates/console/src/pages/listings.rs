//! Listing periods (目录有效期): who and what stands in the published catalogue, by whom, from when to when.

use axum::extract::{Extension, State};
use axum::response::Response;
use chrono::NaiveDate;
use keshi_store::{ListingLine, ListingsWanted};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Viewed;
use crate::lang::Lang;
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::{PAGE, now};
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct View {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    authority: String,
    #[serde(default)]
    on: String,
    #[serde(default)]
    after_kind: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    place: i64,
}

const KINDS: [(&str, &str, &str); 4] = [
    ("", "全部", "all"),
    ("provider", "平台与机构", "platforms and institutions"),
    ("specialty", "专业工种", "specialties"),
    ("course", "课程", "courses"),
];

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Viewed(view): Viewed<View>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let on = match view.on.as_str() {
        "" => None,
        text => Some(
            text.parse::<NaiveDate>()
                .map_err(|_| Fault::Bad("日期无效，例如 2020-04-30 / no date such as 2020-04-30".into()))?
                .to_string(),
        ),
    };
    let some = |text: &'_ str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let (kind, authority) = (some(&view.kind), some(view.authority.trim()));
    let wanted = ListingsWanted {
        kind: kind.as_deref(),
        authority: authority.as_deref(),
        on: on.as_deref(),
        after: (&view.after_kind, &view.after, view.place),
    };
    let lines = app.store.listings(seat.scope(), wanted, PAGE).await?;
    let next = lines.last().filter(|_| lines.len() as i64 == PAGE).map(|last| {
        format!(
            "/registry/listings?kind={}&authority={}&on={}&after_kind={}&after={}&place={}",
            encode(&view.kind),
            encode(&view.authority),
            encode(&view.on),
            last.kind,
            encode(&last.key),
            last.place
        )
    });
    let today = now().beijing_date();
    let span = Span::of(&lines, today);
    let body = html! {
        h1 { (lang.of("目录有效期", "Listing periods")) }
        p.soft { (lang.of("平台、机构、专业与课程在公布目录中的起止日期，首尾两日均在内；何日有效由登记簿决定，申请按学习当日判断。", "When platforms, institutions, specialties and courses stand in the published catalogue, first and last day included. Claims are judged by the days of the study.")) }
        form.line.card method="get" action="/registry/listings" {
            div { label for="kind" { (lang.of("类别", "What")) } select #kind name="kind" { @for (word, chinese, english) in KINDS {
                option value=(word) selected[word == view.kind] { (lang.of(chinese, english)) } } } }
            div { label for="authority" { (lang.of("评估单位", "Authority")) } input #authority name="authority" size="12" value=(view.authority); }
            div { label for="on" { (lang.of("某日有效", "In force on")) } input #on name="on" type="date" value=(view.on); }
            button { (lang.of("筛选", "Show")) }
        }
        @if lines.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("编号", "Key")) } th { (lang.of("名称", "Name")) } th { (lang.of("类别", "What")) } th { (lang.of("评估单位", "Authority")) }
                th { (lang.of("自", "From")) } th { (lang.of("至", "To")) } th { (span.from) " – " (span.to) } th { (lang.of("今日", "Today")) } th { (lang.of("备案", "Filed")) } } }
            tbody { @for line in &lines { tr {
                td.id { @if line.kind == "course" { a href={ "/courses/" (encode(&line.key)) } { (line.key) } } @else { (line.key) } }
                td { (line.name.as_deref().unwrap_or("—")) @if let Some(provider) = &line.provider { " " span.soft { (provider) } } }
                td.name { (what(line, lang)) } td { (line.authority) }
                td.when { (line.from_day) } td.when { (line.to_day.as_deref().unwrap_or(lang.of("长期", "until further notice"))) }
                td.period { (span.bar(line, lang)) } td { (state(line, today, lang)) } td.when { (line.filed_on.as_deref().unwrap_or("—")) }
            } } }
        } } }
        (more(lang, next))
        p { a href="/registry" { (lang.of("返回登记表", "Back to the registry")) } }
    };
    Ok(frame(&seat, lang.of("目录有效期", "Listing periods"), body))
}

fn what(line: &ListingLine, lang: Lang) -> String {
    let word = line.provider_kind.as_deref().unwrap_or(&line.kind);
    let (chinese, english) = match word {
        "platform" => ("平台", "platform"),
        "institution" => ("培训机构", "institution"),
        "enterprise" => ("企业", "enterprise"),
        "human-resources-agency" => ("人力资源服务机构", "agency"),
        "specialty" => ("专业工种", "specialty"),
        "course" => ("课程", "course"),
        _ => ("培训主体", "provider"),
    };
    lang.of(chinese, english).to_owned()
}

fn state(line: &ListingLine, today: NaiveDate, lang: Lang) -> Markup {
    let today = today.to_string();
    html! {
        @if line.from_day > today { span.tag.warn { (lang.of("未开始", "not yet")) } }
        @else if line.to_day.as_ref().is_some_and(|to| *to < today) { span.tag.soft { (lang.of("已到期", "over")) } }
        @else { span.tag.good { (lang.of("有效", "in force")) } }
    }
}

/// The days that the bars of a page share.
struct Span {
    from: NaiveDate,
    to: NaiveDate,
}

impl Span {
    fn of(lines: &[ListingLine], today: NaiveDate) -> Span {
        let days = |text: &str| text.parse::<NaiveDate>().ok();
        let first = lines.iter().filter_map(|line| days(&line.from_day)).min();
        let ends = lines.iter().filter_map(|line| days(line.to_day.as_deref().unwrap_or(&line.from_day)));
        let last = ends.max();
        Span { from: first.unwrap_or(today), to: last.unwrap_or(today) }
    }

    /// A period on the page's days; one without an end goes to the edge.
    fn bar(&self, line: &ListingLine, lang: Lang) -> Markup {
        let whole = (self.to - self.from).num_days().max(1);
        let x = |day: NaiveDate| ((day - self.from).num_days().clamp(0, whole) * 1000) / whole;
        let from = line.from_day.parse::<NaiveDate>().map_or(0, x);
        let to = line.to_day.as_ref().and_then(|day| day.parse::<NaiveDate>().ok()).map_or(1000, x);
        let says = format!(
            "{} – {}",
            line.from_day,
            line.to_day.as_deref().unwrap_or(lang.of("长期", "until further notice"))
        );
        html! {
            svg.period viewBox="0 0 1000 12" preserveAspectRatio="none" role="img" aria-label=(says) {
                title { (says) }
                rect width="1000" height="12" fill="#e9eff4" {}
                rect x=(from) width=((to - from).max(4)) height="12" fill="#0b4f6c" {}
            }
        }
    }
}
