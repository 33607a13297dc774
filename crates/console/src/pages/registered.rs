//! Entries of the registry as tables: a column for each member that any of them has, under the headings of the import's files.

use std::collections::HashMap;

use keshi_events::Millis;
use keshi_registry::{Kind, chinese_headers, chinese_word};
use keshi_store::{Masked, RegistryLine};
use maud::{Markup, html};
use serde_json::Value;

use crate::lang::{Lang, hours};
use crate::layout::encode;
use crate::pages::yes_no;
use crate::record::moment;

/// So many videos of one course are listed, so that a page of courses stays light.
const MOST_VIDEOS: usize = 80;

/// Entries of one kind, in the order of their columns.
pub(crate) fn table(
    kind: Kind,
    lines: &[RegistryLine],
    people: &HashMap<String, Masked>,
    lang: Lang,
) -> Markup {
    let has = |name: &str| lines.iter().any(|line| line.body.get(name).is_some_and(|value| !value.is_null()));
    let columns: Vec<(&str, &str)> =
        chinese_headers(kind.list()).iter().copied().filter(|(name, _)| has(name)).collect();
    let names = lines.iter().any(|line| line.body.get("trainee").is_some());
    html! {
        div.scroll { table {
            thead { tr {
                @for (place, (name, chinese)) in columns.iter().enumerate() {
                    th { (lang.of(chinese, &english(name))) }
                    // Names are sealed beside the register: they come masked, after whom they are of.
                    @if names && place == trainee_place(&columns) { th { (lang.of("姓名（已遮盖）", "Name (masked)")) }
                        @if kind == Kind::Trainee { th { (lang.of("身份证号（已遮盖）", "Identity card (masked)")) } } }
                }
                @for (_, chinese, english) in NESTED.iter().filter(|(nested, ..)| has(nested)) { th { (lang.of(chinese, english)) } }
                th.n { (lang.of("登记簿号", "Register number")) }
            } }
            tbody { @for line in lines { tr {
                @for (place, (name, _)) in columns.iter().enumerate() {
                    td { @if let Some(value) = line.body.get(*name) { (cell(kind, name, value, lang)) } }
                    @if names && place == trainee_place(&columns) {
                        @let person = line.body["trainee"].as_str().and_then(|trainee| people.get(trainee));
                        td.name { (person.and_then(|person| person.name.as_deref()).unwrap_or("—")) }
                        @if kind == Kind::Trainee { td.id { (person.and_then(|person| person.id_number.as_deref()).unwrap_or("—")) } }
                    }
                }
                @for (nested, ..) in NESTED.iter().filter(|(nested, ..)| has(nested)) { td { @if let Some(value) = line.body.get(*nested) { (within(nested, value, lang)) } } }
                td.n.soft { (line.number) }
            } } }
        } }
    }
}

/// Lists within an entry, which files carry as tables of their own.
const NESTED: [(&str, &str, &str); 4] = [
    ("videos", "视频", "Videos"),
    ("quizzes", "测验（及格线）", "Quizzes (pass mark)"),
    ("standard_yuan", "补贴标准", "Standard"),
    ("listings", "目录有效期", "Listing periods"),
];

fn trainee_place(columns: &[(&str, &str)]) -> usize {
    columns.iter().position(|(name, _)| *name == "trainee").unwrap_or(0)
}

/// `signed_on` as `Signed on`.
fn english(name: &str) -> String {
    let spaced = name.trim_end_matches("_ms").replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn cell(kind: Kind, name: &str, value: &Value, lang: Lang) -> Markup {
    match (name, value) {
        (_, Value::Bool(yes)) => yes_no(Some(*yes), lang),
        ("trainee", Value::String(id)) => html! { a.mono href={ "/trainees/" (encode(id)) } { (id) } },
        ("course", Value::String(id)) => html! { a.mono href={ "/courses/" (encode(id)) } { (id) } },
        ("practical_share", Value::String(share)) => html! { (percent(share)) },
        ("amount_yuan", Value::String(amount)) => html! { (amount) " " (lang.of("元", "yuan")) },
        ("from" | "to", Value::Number(ms)) => {
            html! { span.mono { (moment(Millis(ms.as_i64().unwrap_or_default()))) } }
        }
        ("max_stretch_ms", Value::Number(ms)) => html! { (hours(ms.as_i64().unwrap_or_default())) },
        (_, Value::String(word)) => match chinese_word(kind, name, word) {
            Some(chinese) => html! { (lang.of(chinese, word)) },
            None => html! { (word) },
        },
        (_, other) => html! { (other) },
    }
}

fn within(name: &str, value: &Value, lang: Lang) -> Markup {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    match name {
        "videos" => videos(items, lang),
        "quizzes" => html! {
            @for quiz in items { div.name { (quiz["quiz"].as_str().unwrap_or_default())
                @if let Some(pass) = quiz["pass"].as_str() { " " span.soft { (percent(pass)) } } } }
        },
        "listings" => html! {
            @for listing in items { div.name { (listing["authority"].as_str().unwrap_or_default()) " " span.soft {
                (listing["from"].as_str().unwrap_or_default()) " – " (listing["to"].as_str().unwrap_or(lang.of("长期", "until further notice"))) } } }
            @if items.is_empty() { (lang.of("无", "none")) }
        },
        _ => html! {
            @for (level, yuan) in value.as_object().into_iter().flatten() { div.name {
                (chinese_word(Kind::Course, "level", level).map_or(level.as_str(), |chinese| lang.of(chinese, level))) " "
                (yuan.as_str().unwrap_or_default()) " " (lang.of("元", "yuan")) } }
        },
    }
}

fn videos(items: &[Value], lang: Lang) -> Markup {
    let length = |video: &Value| video["duration_ms"].as_i64().unwrap_or_default();
    html! {
        details {
            summary { (items.len()) " " (lang.of("个，共", "in all")) " " (hours(items.iter().map(length).sum())) }
            table { tbody { @for video in items.iter().take(MOST_VIDEOS) { tr { td.id { (video["video"].as_str().unwrap_or_default()) } td.n { (hours(length(video))) } } } } }
            @if items.len() > MOST_VIDEOS { p.soft { "… " (lang.of("另有", "and")) " " (items.len() - MOST_VIDEOS) " " (lang.of("个", "more")) } }
        }
    }
}

/// `0.605` as `60.5%`, by its digits.
fn percent(share: &str) -> String {
    let (whole, part) = share.split_once('.').unwrap_or((share, ""));
    let digits = format!("{whole}{part:0<2}");
    let (tens, rest) = digits.split_at(whole.len() + 2);
    let (tens, rest) = (tens.trim_start_matches('0'), rest.trim_end_matches('0'));
    let tens = if tens.is_empty() { "0" } else { tens };
    if rest.is_empty() { format!("{tens}%") } else { format!("{tens}.{rest}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_columns_are_readable() {
        let told = ["0.60", "0.6", "1", "1.00", "0.605", "0.05", "0"].map(percent);
        assert_eq!(told, ["60%", "60%", "100%", "100%", "60.5%", "5%", "0%"]);
        assert_eq!(
            [english("signed_on"), english("max_stretch_ms"), english("on")],
            ["Signed on", "Max stretch", "On"]
        );
    }
}
