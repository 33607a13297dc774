//! Finding a person: by id, number, name, course, provider or district. Numbers and names go by keyed hashes.

use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect, Response};
use keshi_person::LookUp;
use keshi_store::StoreError;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Viewed;
use crate::lang::Lang;
use crate::layout::{encode, nothing, page as frame};
use crate::pages::trainees;
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    by: String,
    #[serde(default)]
    q: String,
}

const FIELDS: &[(&str, &str, &str)] = &[
    ("id", "学员编号", "Trainee id"),
    ("name", "姓名（全名）", "Whole name"),
    ("surname", "姓氏", "Surname"),
    ("id_number", "身份证号", "Identity-card number"),
    ("phone", "手机号", "Phone"),
    ("course", "课程编号", "Course id"),
    ("district", "区县", "District"),
    ("provider", "培训主体编号", "Provider id"),
];
const MOST: i64 = 500;

pub(crate) fn form(lang: Lang, by: &str, q: &str) -> Markup {
    html! {
        form.line method="get" action="/search" role="search" {
            div { label for="by" { (lang.of("查找方式", "Search by")) }
                select #by name="by" {
                    @for (value, chinese, english) in FIELDS {
                        option value=(value) selected[*value == by] { (lang.of(chinese, english)) }
                    }
                } }
            div { label for="q" { (lang.of("内容", "Text")) } input #q name="q" value=(q) required size="30"; }
            button { (lang.of("查找", "Search")) }
        }
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Viewed(search): Viewed<Search>,
) -> Result<Response, Fault> {
    let (lang, q) = (seat.lang(), search.q.trim());
    let by = match search.by.as_str() {
        "name" => Some(LookUp::Name),
        "surname" => Some(LookUp::Surname),
        "id_number" => Some(LookUp::IdNumber),
        "phone" => Some(LookUp::Phone),
        _ => None,
    };
    let found: Option<Vec<String>> = match (by, search.by.as_str()) {
        (_, _) if q.is_empty() => None,
        (_, "course") => return Ok(Redirect::to(&format!("/courses/{}", encode(q))).into_response()),
        (_, "district") => {
            return Ok(Redirect::to(&format!("/trainees?district={}", encode(q))).into_response());
        }
        (_, "provider") => {
            return Ok(Redirect::to(&format!("/courses?provider={}", encode(q))).into_response());
        }
        (Some(by), _) => {
            // Whoever searches for a person by what is personal is noted; the number or name itself is not kept.
            app.store.audit(seat.audited("person.search", Some(&search.by))).await?;
            match app.store.look_up(by, q, MOST).await {
                Ok(found) => Some(found),
                Err(StoreError::NoMasterKey) => Some(Vec::new()),
                Err(error) => return Err(error.into()),
            }
        }
        (None, _) => Some(vec![q.to_owned()]),
    };
    let own = match &found {
        Some(found) => app.store.within(seat.scope(), found).await?,
        None => Vec::new(),
    };
    let lines = app.store.trainees_by_id(&own).await?;
    if let (None | Some(LookUp::IdNumber | LookUp::Phone), [only]) = (by, lines.as_slice()) {
        return Ok(Redirect::to(&format!("/trainees/{}", encode(&only.trainee))).into_response());
    }
    let people = trainees::table(&app, &lines, lang).await?;
    let body = html! {
        h1 { (lang.of("查找", "Search")) }
        div.card { (form(lang, &search.by, q)) }
        @if found.is_some() {
            @if lines.is_empty() { (nothing(lang)) } @else { (people) }
        }
    };
    Ok(frame(&seat, lang.of("查找", "Search"), body))
}
