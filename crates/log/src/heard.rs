//! How much the log has heard from whom.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;

use crate::connect::Log;
use crate::error::LogError;
use crate::provision::LOG_STREAM;

impl Log {
    /// Messages in the log by platform, by the server's own count, whether published or imported.
    ///
    /// # Errors
    /// [`LogError::Refused`]
    pub async fn heard(&self) -> Result<BTreeMap<String, u64>, LogError> {
        let refused = |error: &dyn std::fmt::Display| LogError::Refused {
            what: "to count the log",
            why: error.to_string(),
        };
        let stream = self.jetstream.get_stream(LOG_STREAM).await.map_err(|error| refused(&error))?;
        let mut subjects = stream.info_with_subjects("*.v1.>").await.map_err(|error| refused(&error))?;
        let mut heard = BTreeMap::new();
        while let Some((subject, count)) = subjects.try_next().await.map_err(|error| refused(&error))? {
            // log.v1.<partition>.<platform>.<family>, or import.v1…; what an import could not place has no platform.
            if let Some(platform) = subject.split('.').nth(3).filter(|_| subject.split('.').count() == 5) {
                *heard.entry(platform.to_owned()).or_default() += count as u64;
            }
        }
        Ok(heard)
    }
}
