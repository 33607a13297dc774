//! Pages of a list: after a cursor that the page before gave, so many lines.

use keshi_store::CasePlace;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{KnownFormat, ObjectBuilder, Required, SchemaFormat, schema::Type};
use uuid::Uuid;

use crate::fault::Fault;

/// How many lines a page has, where nobody says.
const USUAL: i64 = 100;
/// How many at the most.
const MOST: i64 = 500;

/// Which page of a list is wanted.
#[derive(Deserialize)]
pub(crate) struct Page<C = String> {
    pub(crate) after: Option<C>,
    limit: Option<i64>,
}

impl<C> Page<C> {
    pub(crate) fn limit(&self) -> Result<i64, Fault> {
        match self.limit.unwrap_or(USUAL) {
            limit @ 1..=MOST => Ok(limit),
            _ => Err(Fault::Bad("limit 须在 1 至 500 之间 / must lie between 1 and 500".into())),
        }
    }
}

impl Page {
    pub(crate) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }
}

/// What a list goes on after, and how the document says it.
pub(crate) trait Cursor: DeserializeOwned {
    fn schema() -> ObjectBuilder;
}

impl Cursor for String {
    fn schema() -> ObjectBuilder {
        ObjectBuilder::new().schema_type(Type::String)
    }
}

/// A number that the list counts by, from 0.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "i64")]
pub(crate) struct Number(pub(crate) i64);

impl TryFrom<i64> for Number {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Number, &'static str> {
        if number < 0 { Err("after is no cursor of this list") } else { Ok(Number(number)) }
    }
}

impl Cursor for Number {
    fn schema() -> ObjectBuilder {
        let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
        let number = ObjectBuilder::new().schema_type(Type::Integer).format(Some(format));
        number.minimum(Some(0_i64)).maximum(Some(i64::MAX))
    }
}

impl Cursor for Uuid {
    fn schema() -> ObjectBuilder {
        let format = SchemaFormat::Custom("uuid".into());
        ObjectBuilder::new().schema_type(Type::String).format(Some(format))
    }
}

/// Where a case stands in the queue, as a text.
pub(crate) struct Place(pub(crate) CasePlace);

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Place, D::Error> {
        let text = String::deserialize(deserializer)?;
        CasePlace::parse(&text).map(Place).ok_or_else(|| D::Error::custom("after is no cursor of this list"))
    }
}

impl Cursor for Place {
    fn schema() -> ObjectBuilder {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^[0-2]\.-?[0-9]{1,18}\.[0-9A-Za-z-]+$"))
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
