//! A message as the stream keeps it.

use bytes::Bytes;

use crate::headers::Headers;
use crate::time::Millis;

/// One stored message, whole: what a decoder reads and the trail keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// Stream sequence, or the log file's `seq`: the order of recording.
    pub seq: u64,
    /// The stream's own timestamp, or the log file's `received_at`.
    pub received_at: Millis,
    /// The stored subject, or the published one in a log file.
    pub subject: String,
    /// Name and first value of each header, in the order of the message.
    pub headers: Headers,
    /// The payload, byte for byte.
    pub payload: Bytes,
}

impl StoredMessage {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }
}
