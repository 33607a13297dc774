//! Forms: what they carry, and the proof that this console made them.

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::fault::{ApiFault, Fault};
use crate::seat::Seat;

/// The longest form: an import's files.
pub(crate) const MOST_BYTES: usize = 8 * 1024 * 1024;

/// A form whose `csrf` member is the one that this session's pages carry.
pub(crate) struct Checked<T>(pub(crate) T);

#[derive(Deserialize)]
struct Proof {
    #[serde(default)]
    csrf: String,
}

impl<T: DeserializeOwned> FromRequest<crate::app::App> for Checked<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &crate::app::App) -> Result<Self, Fault> {
        let expected = request.extensions().get::<Seat>().and_then(|seat| seat.csrf.clone());
        let bytes =
            to_bytes(request.into_body(), MOST_BYTES).await.map_err(|error| Fault::Bad(error.to_string()))?;
        let proof: Proof = read(&bytes)?;
        // Both are hashes of random secrets: comparing them byte by byte tells nobody anything useful.
        if expected.is_none_or(|expected| expected != proof.csrf) {
            return Err(Fault::expired());
        }
        Ok(Checked(read(&bytes)?))
    }
}

/// A form of somebody who is not signed in yet.
pub(crate) struct Plain<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<crate::app::App> for Plain<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &crate::app::App) -> Result<Self, Fault> {
        let bytes =
            to_bytes(request.into_body(), 16 * 1024).await.map_err(|error| Fault::Bad(error.to_string()))?;
        Ok(Plain(read(&bytes)?))
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    // PostgreSQL's texts hold no U+0000.
    if bytes.contains(&0) || bytes.windows(3).any(|three| three == b"%00") {
        return Err(Fault::Bad("表单含有空字符 / the form holds a null character".into()));
    }
    serde_urlencoded::from_bytes(bytes).map_err(|error| Fault::Bad(error.to_string()))
}

/// A query of a page: what cannot be read is said on a page, with what to do.
pub(crate) struct Viewed<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<crate::app::App> for Viewed<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &crate::app::App) -> Result<Self, Fault> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|query| Viewed(query.0)).map_err(|error| Fault::Bad(format!("网址中有无效的参数，请从列表重新打开 / the address holds what this page cannot read: open it from its list again ({error})")))
    }
}

/// A query of the API: what cannot be read is a problem like any other.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<crate::app::App> for Asked<T> {
    type Rejection = ApiFault;

    async fn from_request_parts(parts: &mut Parts, _: &crate::app::App) -> Result<Self, ApiFault> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|query| Asked(query.0)).map_err(|error| ApiFault(Fault::Bad(error.to_string())))
    }
}

/// What a path of the API names: what cannot be read is there for nobody.
pub(crate) struct Named<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<crate::app::App> for Named<T> {
    type Rejection = ApiFault;

    async fn from_request_parts(parts: &mut Parts, app: &crate::app::App) -> Result<Self, ApiFault> {
        let path = Path::<T>::from_request_parts(parts, app).await;
        path.map(|path| Named(path.0)).map_err(|_| ApiFault(Fault::NotFound))
    }
}
