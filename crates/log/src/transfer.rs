//! From the stream to a file and back: what was said, with its receipt times.

use std::collections::HashSet;
use std::io::Write;

use async_nats::{HeaderName, HeaderValue};
use bytes::Bytes;
use futures_util::StreamExt;
use keshi_events::subject::{self, Subject, partition_of, valid_token};
use keshi_events::{Headers, Millis, StoredMessage, attribute_subject, received_at};
use sha2::{Digest, Sha256};

use crate::connect::Log;
use crate::error::LogError;
use crate::file::write_line;
use crate::provision::MAX_MESSAGE_BYTES;
use crate::publish::Outgoing;

/// Which messages to export.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Of one trainee alone.
    pub trainee: Option<String>,
    /// Received at this time or later.
    pub from: Option<Millis>,
    /// Received before this time.
    pub to: Option<Millis>,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Messages that were published.
    pub published: u64,
    /// Messages that stood in the stream already.
    pub skipped: u64,
}

/// Headers with which the server itself would do something travel under this prefix in an import.
const CARRIED: &str = "Keshi-Nats-";

impl Log {
    /// Writes the stream's messages as lines. Says how many.
    ///
    /// # Errors
    /// When the stream cannot be read or the file not be written.
    pub async fn export(
        &self,
        selection: &Selection,
        out: &mut impl Write,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, LogError> {
        let identity = self.identity().await?;
        let mut written = 0;
        if identity.last_seq == 0 {
            return Ok(0);
        }
        let mut messages = Box::pin(self.read(identity.first_seq, None).await?);
        while let Some(message) = messages.next().await {
            let message = message?;
            let last = message.seq >= identity.last_seq;
            progress(message.seq);
            let line = exported(message, identity.partitions);
            if selection.takes(&line) {
                write_line(&line, out)?;
                written += 1;
            }
            if last {
                break;
            }
        }
        out.flush()?;
        Ok(written)
    }

    /// Puts messages into the stream with their receipt times. Those that stand there already are skipped, however long ago
    /// they were imported.
    ///
    /// # Errors
    /// [`LogError::Unfit`] before anything is published, when a message cannot be carried.
    pub async fn import(
        &self,
        messages: &[StoredMessage],
        mut progress: impl FnMut(u64),
    ) -> Result<Imported, LogError> {
        let identity = self.identity().await?;
        let mut outgoing = Vec::with_capacity(messages.len());
        for message in messages {
            let id = import_id(message);
            outgoing.push((id.clone(), fit(message, imported(message, &id, identity.partitions))?));
        }
        let mut known = self.import_ids(identity.last_seq).await?;
        let total = outgoing.len() as u64;
        let fresh: Vec<Outgoing> = outgoing
            .into_iter()
            .filter(|(id, _)| known.insert(id.clone()))
            .map(|(_, message)| message)
            .collect();
        let skipped = total - fresh.len() as u64;
        let mut published = 0;
        progress(skipped);
        self.publish_all(fresh, |_| {
            published += 1;
            progress(skipped + published);
        })
        .await?;
        Ok(Imported { published, skipped })
    }

    /// Publishes messages once more, as imports with their first receipt time that name what they repeat. Those that were
    /// published once more already are skipped, however long ago.
    ///
    /// # Errors
    /// [`LogError::NotThere`] or [`LogError::Unfit`] before anything is published.
    pub async fn redrive(&self, seqs: &[u64]) -> Result<Imported, LogError> {
        let identity = self.identity().await?;
        let mut known = self.import_headers("Keshi-Redrive-Of", identity.last_seq).await?;
        let (mut fresh, mut skipped) = (Vec::new(), 0);
        for seq in seqs {
            let message = self.message(*seq).await?.ok_or(LogError::NotThere(*seq))?;
            if known.insert(seq.to_string()) {
                fresh.push(fit(&message, redriven(&message))?);
            } else {
                skipped += 1;
            }
        }
        let mut published = 0;
        self.publish_all(fresh, |_| published += 1).await?;
        Ok(Imported { published, skipped })
    }

    /// The import ids that stand in the stream.
    async fn import_ids(&self, last_seq: u64) -> Result<HashSet<String>, LogError> {
        self.import_headers("Keshi-Import-Id", last_seq).await
    }

    /// What a header of the imports that stand in the stream says.
    async fn import_headers(&self, name: &str, last_seq: u64) -> Result<HashSet<String>, LogError> {
        let mut ids = HashSet::new();
        let last_import = self.last_import(last_seq).await?;
        if last_import == 0 {
            return Ok(ids);
        }
        let mut messages = Box::pin(self.ordered(1, "import.v1.>".to_owned(), true).await?);
        while let Some(message) = messages.next().await {
            let message = message?;
            if let Some(id) = message.header(name) {
                ids.insert(id.to_owned());
            }
            if message.seq >= last_import {
                break;
            }
        }
        Ok(ids)
    }

    /// The sequence of the last import; 0 when there is none.
    async fn last_import(&self, last_seq: u64) -> Result<u64, LogError> {
        if last_seq == 0 {
            return Ok(0);
        }
        let stream = self.jetstream.get_stream_no_info(crate::provision::LOG_STREAM).await;
        let stream = stream.map_err(|error| LogError::Read(error.to_string()))?;
        match stream.get_last_raw_message_by_subject("import.v1.>").await {
            Ok(message) => Ok(message.sequence),
            Err(error) => match error.kind() {
                async_nats::jetstream::stream::LastRawMessageErrorKind::NoMessageFound => Ok(0),
                _ => Err(LogError::Read(error.to_string())),
            },
        }
    }
}

impl Selection {
    fn takes(&self, line: &StoredMessage) -> bool {
        let trainee = match Subject::parse(&line.subject) {
            Subject::Learn { trainee, .. } => Some(trainee),
            _ => None,
        };
        self.trainee.as_deref().is_none_or(|wanted| trainee == Some(wanted))
            && self.from.is_none_or(|from| line.received_at >= from)
            && self.to.is_none_or(|to| line.received_at < to)
    }
}

/// A stored message as a line of a file.
fn exported(message: StoredMessage, partitions: u16) -> StoredMessage {
    let place = Subject::parse(&message.subject);
    let published = match place {
        Subject::Log { partition, platform, family } | Subject::Import { partition, platform, family } => {
            attribute_subject(&message)
                .filter(|trainee| valid_token(trainee) && partition_of(trainee, partitions) == partition)
                .map(|trainee| subject::learn(platform, &trainee, family))
        }
        Subject::Learn { .. } | Subject::Other => None,
    };
    let from_import = message.subject.starts_with("import.v1.");
    let received = received_at(&message).unwrap_or(message.received_at);
    let mut headers = Headers::default();
    for (name, value) in message.headers.iter() {
        match strip_prefix(name, CARRIED) {
            Some(rest) if from_import => headers.push(&format!("Nats-{rest}"), value),
            _ if strip_prefix(name, "Keshi-").is_some() => {}
            _ => headers.push(name, value),
        }
    }
    StoredMessage {
        seq: message.seq,
        received_at: received,
        subject: published.unwrap_or_else(|| message.subject.clone()),
        headers,
        payload: message.payload,
    }
}

/// A line of a file as a message to publish.
fn imported(line: &StoredMessage, id: &str, partitions: u16) -> Outgoing {
    let subject = match Subject::parse(&line.subject) {
        Subject::Learn { platform, trainee, family } if publishable(family) => {
            subject::import(partition_of(trainee, partitions), platform, family)
        }
        Subject::Log { partition, platform, family } | Subject::Import { partition, platform, family }
            if publishable(family) && partition < partitions =>
        {
            subject::import(partition, platform, family)
        }
        // Four tokens: another form to the decoder too, so that the verdict is the same.
        _ => format!("import.v1.{}.other", partition_of(&line.subject, partitions)),
    };
    let mut headers = Headers::default();
    for (name, value) in line.headers.iter() {
        match strip_prefix(name, "Nats-") {
            Some(rest) => headers.push(&format!("{CARRIED}{rest}"), value),
            None if strip_prefix(name, "Keshi-").is_some() => {}
            None => headers.push(name, value),
        }
    }
    headers.push("Keshi-Received-At", &line.received_at.to_beijing());
    headers.push("Keshi-Import-Id", id);
    Outgoing { subject, headers, payload: Bytes::clone(&line.payload) }
}

/// A stored message as a message to publish once more.
fn redriven(message: &StoredMessage) -> Outgoing {
    let subject = match message.subject.strip_prefix("log.") {
        Some(rest) => format!("import.{rest}"),
        None => message.subject.clone(),
    };
    let mut headers = Headers::default();
    for (name, value) in message.headers.iter() {
        if let Some(rest) = strip_prefix(name, "Nats-") {
            headers.push(&format!("{CARRIED}{rest}"), value);
        } else if strip_prefix(name, "Keshi-").is_none() || strip_prefix(name, CARRIED).is_some() {
            headers.push(name, value);
        }
    }
    let first_receipt = received_at(message).unwrap_or(message.received_at);
    headers.push("Keshi-Received-At", &first_receipt.to_beijing());
    headers.push("Keshi-Import-Id", &format!("redrive-{}", message.seq));
    headers.push("Keshi-Redrive-Of", &message.seq.to_string());
    Outgoing { subject, headers, payload: Bytes::clone(&message.payload) }
}

/// Whether the server and the client can carry it.
fn fit(line: &StoredMessage, message: Outgoing) -> Result<Outgoing, LogError> {
    let unfit = |why: String| LogError::Unfit { seq: line.seq, why };
    let mut bytes = message.payload.len() + 12;
    for (name, value) in message.headers.iter() {
        name.parse::<HeaderName>()
            .map_err(|_| unfit(format!("the header name {name:?} cannot be carried")))?;
        value
            .parse::<HeaderValue>()
            .map_err(|_| unfit(format!("the value of the header {name} cannot be carried")))?;
        bytes += name.len() + value.len() + 4;
    }
    if bytes > MAX_MESSAGE_BYTES as usize {
        return Err(unfit(format!(
            "it has {bytes} bytes with its headers, and the stream takes {MAX_MESSAGE_BYTES}"
        )));
    }
    Ok(message)
}

/// A token that can be published: no white space, wildcard or control character.
fn publishable(token: &str) -> bool {
    !token.is_empty() && token.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '*' && c != '>')
}

fn strip_prefix<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    let start = name.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| name.get(prefix.len()..)).flatten()
}

/// SHA-256 over the line's seq, received_at (ms), subject, headers in order and payload, each text with its length.
fn import_id(line: &StoredMessage) -> String {
    let mut hash = Sha256::new();
    hash.update(line.seq.to_be_bytes());
    hash.update(line.received_at.0.to_be_bytes());
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    add(line.subject.as_bytes());
    add(&(line.headers.len() as u64).to_be_bytes());
    for (name, value) in line.headers.iter() {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    add(&line.payload);
    let digest: [u8; 32] = hash.finalize().into();
    hex::encode(digest)
}
