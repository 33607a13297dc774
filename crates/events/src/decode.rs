//! From a stored message to an event, or to the first rejection that fits.

use std::borrow::Cow;

use crate::envelope::Parts;
use crate::event::{Event, Kind};
use crate::message::StoredMessage;
use crate::rejection::{Code, Rejection};
use crate::subject::{Subject, partition_of, valid_token};
use crate::time::Millis;
use crate::{data, subject};

/// The largest payload, in bytes.
pub const MAX_PAYLOAD_BYTES: usize = 65_536;

/// Where a message stands, which decides what its subject proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the stream: the server rewrote the subject, and the partition tells whose hash it was.
    Stream {
        /// The partitions of the stream.
        partitions: u16,
    },
    /// In a log file: subjects are as published, or stand as stored where they could not be rebuilt.
    File,
}

/// Decodes a message.
///
/// # Errors
/// A [`Rejection`] with the first code that fits, in the order E108, E101, E102 ... E107.
pub fn decode(message: &StoredMessage, origin: Origin) -> Result<Event<'_>, Rejection> {
    if message.payload.len() > MAX_PAYLOAD_BYTES {
        let sentence = format!(
            "the payload has {} bytes; at most 65,536 are taken: send less text, or fewer answers, in one event / 消息体超过 64 KiB",
            message.payload.len()
        );
        return Err(Rejection::new(Code::E108, sentence));
    }
    let parts = Parts::of(message).map_err(|error| {
        Rejection::new(Code::E101, format!("the payload is no I-JSON: {error} / 消息体不是合法的 I-JSON"))
    })?;
    if !parts.is_event_shaped() {
        let sentence = "the payload is no JSON object: in structured mode it is the whole event / 结构化模式下消息体须为 JSON 对象";
        return Err(Rejection::new(Code::E101, sentence));
    }
    let place = Subject::parse(&message.subject);
    let received_at = receipt(message, place, origin)?;
    let (envelope, time) = parts.envelope()?;
    let kind = kind_of(&envelope.r#type, place)?;
    let platform = check_source(&envelope.source, place)?;
    check_trainee(&envelope.subject, place, origin)?;
    let data = parts.data();
    let said = data::read(kind, time, &parts.document, data)?;
    Ok(Event {
        seq: message.seq,
        received_at,
        platform,
        trainee: envelope.subject.clone(),
        id: envelope.id.clone(),
        time,
        said,
        envelope,
        document: parts.document,
        data: data.unwrap_or_default(),
    })
}

/// The attribute `subject` of a message, as far as it can be read, whatever else is wrong with the message.
pub fn attribute_subject(message: &StoredMessage) -> Option<Cow<'_, str>> {
    let parts = Parts::of(message).ok()?;
    parts.attribute("subject").ok().flatten()
}

/// The attribute `id` of a message, as far as it can be read, so that a platform can find the event again.
pub fn attribute_id(message: &StoredMessage) -> Option<Cow<'_, str>> {
    let parts = Parts::of(message).ok()?;
    parts.attribute("id").ok().flatten()
}

/// When a message was received: the stream's timestamp or, for an import alone, the header that the importer set.
/// `None` when that header is missing or malformed.
pub fn received_at(message: &StoredMessage) -> Option<Millis> {
    let is_import = message.subject.starts_with("import.v1.");
    if is_import {
        message.header("Keshi-Received-At").and_then(Millis::parse_rfc3339)
    } else {
        Some(message.received_at)
    }
}

fn receipt(message: &StoredMessage, place: Subject<'_>, origin: Origin) -> Result<Millis, Rejection> {
    let imported = matches!((origin, place), (Origin::Stream { .. }, Subject::Import { .. }));
    if !imported {
        return Ok(message.received_at);
    }
    if message.header("Keshi-Import-Id").is_none_or(str::is_empty) {
        return Err(Rejection::new(
            Code::E102,
            "the header Keshi-Import-Id is missing on an import: use `keshi log import` / 导入消息缺少 Keshi-Import-Id",
        ));
    }
    received_at(message).ok_or_else(|| {
        Rejection::new(Code::E102, "the header Keshi-Received-At is missing or no RFC 3339 time on an import: use `keshi log import` / 导入消息缺少接收时间")
    })
}

fn kind_of(r#type: &str, place: Subject<'_>) -> Result<Kind, Rejection> {
    let kind = Kind::parse(r#type).ok_or_else(|| {
        Rejection::at(Code::E103, "/type", "is no event type of this contract / 不是本约定的事件类型")
    })?;
    match place.platform_and_family() {
        Some((_, family)) if family != kind.family().as_str() => Err(Rejection::at(
            Code::E103,
            "/type",
            format!("belongs on a subject that ends in {} / 事件类型与主题不符", kind.family().as_str()),
        )),
        _ => Ok(kind),
    }
}

/// The platform of the subject, once `source` is known to be that platform.
fn check_source<'a>(source: &str, place: Subject<'a>) -> Result<&'a str, Rejection> {
    match place.platform_and_family() {
        None => Ok(""),
        Some((platform, _)) if source.strip_prefix("/platforms/") == Some(platform) => Ok(platform),
        Some((platform, _)) => Err(Rejection::at(
            Code::E104,
            "/source",
            format!("must be /platforms/{platform}, the platform of the subject / 来源与主题中的平台不符"),
        )),
    }
}

fn check_trainee(trainee: &str, place: Subject<'_>, origin: Origin) -> Result<(), Rejection> {
    let wrong = |what: &str| Err(Rejection::at(Code::E105, "/subject", what));
    if !valid_token(trainee) {
        return wrong("must be a trainee id of 1 to 64 letters, digits, _ or - / 学员编号格式不符");
    }
    match (origin, place) {
        (Origin::File, Subject::Learn { trainee: token, .. }) if token == trainee => Ok(()),
        (Origin::File, Subject::Learn { .. }) => {
            wrong("is not the trainee of the subject / 与主题中的学员不符")
        }
        (
            Origin::Stream { partitions },
            Subject::Log { partition, .. } | Subject::Import { partition, .. },
        ) if subject::partition_of(trainee, partitions) == partition => Ok(()),
        (Origin::Stream { .. }, Subject::Log { .. } | Subject::Import { .. }) => wrong(
            "is not the trainee whose subject was published to (another partition) / 与发布主题中的学员不符",
        ),
        _ => wrong("stands on a subject of another form / 主题格式不符"),
    }
}

/// The partition in which a stored message stands: the token of its subject, or the hash of an unknown subject.
pub fn partition_of_message(message: &StoredMessage, partitions: u16) -> u16 {
    match Subject::parse(&message.subject) {
        Subject::Log { partition, .. } | Subject::Import { partition, .. } => partition,
        Subject::Learn { trainee, .. } => partition_of(trainee, partitions),
        Subject::Other => partition_of(&message.subject, partitions),
    }
}
