//! Pages of a list: after a cursor that the page before gave, so many lines.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use chrono::NaiveDate;
use keshi_events::subject::valid_token;
use keshi_store::CasePlace;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{KnownFormat, ObjectBuilder, Required, SchemaFormat, schema::Type};
use uuid::Uuid;

use crate::app::App;
use crate::fault::{ApiFault, Fault};

/// How many lines a page has, where nobody says.
const USUAL: i64 = 100;
/// How many at the most.
const MOST: i64 = 500;

/// The longest cursor, in characters.
const LONGEST: usize = 300;

/// Which page of a list is wanted. What is no cursor of the list is told as such (K430), never taken for its beginning.
pub(crate) struct Page<C = String> {
    pub(crate) after: Option<C>,
    limit: i64,
}

#[derive(Deserialize)]
struct Said {
    after: Option<String>,
    limit: Option<String>,
}

impl<C: Cursor> FromRequestParts<App> for Page<C> {
    type Rejection = ApiFault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiFault> {
        let said = Query::<Said>::try_from_uri(&parts.uri);
        let Query(Said { after, limit }) = said.map_err(|error| ApiFault(Fault::Bad(error.to_string())))?;
        let limit = limit.map_or(Ok(USUAL), |limit| limit.parse());
        let limit = limit.ok().filter(|limit| (1..=MOST).contains(limit)).ok_or_else(|| {
            ApiFault(Fault::Bad("limit 须在 1 至 500 之间 / must lie between 1 and 500".into()))
        })?;
        let after = after.map(|after| cursor(&after).ok_or(ApiFault(Fault::NoCursor))).transpose()?;
        Ok(Page { after, limit })
    }
}

/// What `next` of the page before said, where it can have.
pub(crate) fn cursor<C: Cursor>(text: &str) -> Option<C> {
    C::parse(text).filter(|_| !text.is_empty() && text.chars().count() <= LONGEST)
}

impl<C> Page<C> {
    pub(crate) fn limit(&self) -> i64 {
        self.limit
    }
}

impl Page {
    pub(crate) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }
}

/// What a list goes on after, and how the document says it.
pub(crate) trait Cursor: Sized {
    fn parse(text: &str) -> Option<Self>;
    fn schema() -> ObjectBuilder;
}

/// The id with which the page before ended.
impl Cursor for String {
    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn schema() -> ObjectBuilder {
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(LONGEST))
    }
}

/// A number that the list counts by, from 0.
#[derive(Clone, Copy)]
pub(crate) struct Number(pub(crate) i64);

impl Cursor for Number {
    fn parse(text: &str) -> Option<Number> {
        text.parse().ok().filter(|number| *number >= 0).map(Number)
    }

    fn schema() -> ObjectBuilder {
        let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
        let number = ObjectBuilder::new().schema_type(Type::Integer).format(Some(format));
        number.minimum(Some(0_i64)).maximum(Some(i64::MAX))
    }
}

impl Cursor for Uuid {
    fn parse(text: &str) -> Option<Uuid> {
        text.parse().ok()
    }

    fn schema() -> ObjectBuilder {
        let format = SchemaFormat::Custom("uuid".into());
        ObjectBuilder::new().schema_type(Type::String).format(Some(format))
    }
}

/// Where a case stands in the queue, as a text.
pub(crate) struct Place(pub(crate) CasePlace);

impl Cursor for Place {
    fn parse(text: &str) -> Option<Place> {
        CasePlace::parse(text).map(Place)
    }

    fn schema() -> ObjectBuilder {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^[0-2]\.-?[0-9]{1,18}\.[0-9A-Za-z-]+$"))
    }
}

/// A Beijing date, as the list writes it.
pub(crate) struct Date(pub(crate) String);

impl Cursor for Date {
    fn parse(text: &str) -> Option<Date> {
        let day: NaiveDate = text.parse().ok()?;
        (day.to_string() == text).then(|| Date(text.to_owned()))
    }

    fn schema() -> ObjectBuilder {
        let format = SchemaFormat::KnownFormat(KnownFormat::Date);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).pattern(Some("^[12][0-9]{3}-"))
    }
}

/// A listing period: `kind.place.key`.
pub(crate) struct Listed {
    pub(crate) kind: String,
    pub(crate) place: i64,
    pub(crate) key: String,
}

impl Cursor for Listed {
    fn parse(text: &str) -> Option<Listed> {
        let mut parts = text.splitn(3, '.');
        let (kind, place, key) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let is_listed = ["provider", "specialty", "course"].contains(&kind) && place > 0 && !key.is_empty();
        is_listed.then(|| Listed { kind: kind.to_owned(), place, key: key.to_owned() })
    }

    fn schema() -> ObjectBuilder {
        let pattern = r"^(provider|specialty|course)\.[1-9][0-9]{0,8}\.[0-9A-Za-z-]{1,100}$";
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern))
    }
}

/// A flag of a trainee's record: `trainee/flag`.
pub(crate) struct OfTrainee(pub(crate) String, pub(crate) String);

impl Cursor for OfTrainee {
    fn parse(text: &str) -> Option<OfTrainee> {
        let (trainee, flag) = text.split_once('/')?;
        let is_word =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        (valid_token(trainee) && is_word(flag)).then(|| OfTrainee(trainee.to_owned(), flag.to_owned()))
    }

    fn schema() -> ObjectBuilder {
        let pattern = "^[0-9A-Za-z_-]{1,64}/[a-z-]{1,40}$";
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern))
    }
}

impl<C: Cursor> IntoParams for Page<C> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let limit = ObjectBuilder::new().schema_type(Type::Integer);
        let limit = limit.minimum(Some(1_i64)).maximum(Some(MOST)).default(Some(USUAL.into()));
        let said = [
            (
                "after",
                "上一页的 next；第一页不填 / `next` of the page before; left out for the first",
                C::schema(),
            ),
            ("limit", "每页条数 / how many", limit),
        ];
        let parameter = |(name, description, schema): (&str, &str, ObjectBuilder)| {
            let one = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
            one.required(Required::False).description(Some(description)).schema(Some(schema.build())).build()
        };
        said.into_iter().map(parameter).collect()
    }
}
