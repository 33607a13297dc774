//! A log of any size, sorted by trainee: messages go to bins on disk by whose they are, then one bin at a time is read back.
//!
//! Cross-person checks need every trainee once, and a trainee all events at once; a log brings them mixed. A bin holds a few
//! hundred people, of whom one is decoded at a time, so memory stays bounded however large the city.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use anyhow::{Context, Result};
use keshi_events::subject::Subject;
use keshi_events::{Event, Millis, Origin, StoredMessage, TraineeId, decode};
use serde::{Deserialize, Serialize};

/// About so many bytes of messages a bin.
const BIN_BYTES: u64 = 48 << 20;
const MAX_BINS: u64 = 512;

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    whose: u64,
    seq: u64,
    received_at: i64,
    subject: &'a str,
    #[serde(borrow)]
    headers: Vec<(&'a str, &'a str)>,
    payload: &'a [u8],
}

/// Messages in bins on disk.
pub(crate) struct Spool {
    bins: Vec<BufWriter<File>>,
    row: Vec<u8>,
}

impl Spool {
    /// For about so many bytes of messages.
    pub(crate) fn of_bytes(bytes: u64) -> Result<Spool> {
        let count = (bytes / BIN_BYTES + 1).min(MAX_BINS);
        let bin = || tempfile::tempfile().map(|file| BufWriter::with_capacity(1 << 16, file));
        let bins: std::io::Result<Vec<_>> = (0..count).map(|_| bin()).collect();
        Ok(Spool {
            bins: bins.context("无法写入临时文件 / cannot write temporary files")?, row: Vec::new()
        })
    }

    /// Puts a message to those of its trainee. One that cannot be used is left out.
    pub(crate) fn put(&mut self, message: &StoredMessage) -> Result<()> {
        let count = self.bins.len() as u64;
        let whose = match Subject::parse(&message.subject) {
            Subject::Learn { trainee, .. } => hash(trainee),
            _ => match decode(message, Origin::File) {
                Ok(event) => hash(&event.trainee),
                Err(_) => return Ok(()),
            },
        };
        let row = Row {
            whose,
            seq: message.seq,
            received_at: message.received_at.0,
            subject: &message.subject,
            headers: message.headers.iter().collect(),
            payload: &message.payload,
        };
        self.row.clear();
        let bytes = postcard::to_extend(&row, std::mem::take(&mut self.row))?;
        let bin =
            self.bins.get_mut(usize::try_from((whose >> 20) % count)?).context("a bin of that number")?;
        bin.write_all(&u32::try_from(bytes.len())?.to_be_bytes())?;
        bin.write_all(&bytes)?;
        self.row = bytes;
        Ok(())
    }

    /// The bins, to be read back one by one.
    pub(crate) fn bins(self) -> Result<Vec<Bin>> {
        let close = |bin: BufWriter<File>| Ok(Bin(bin.into_inner().map_err(|error| error.into_error())?));
        self.bins.into_iter().map(close).collect()
    }
}

/// FNV-1a.
fn hash(trainee: &str) -> u64 {
    trainee.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// All messages of some trainees.
pub(crate) struct Bin(File);

impl Bin {
    /// Gives each trainee's accepted events, in order of `seq`.
    pub(crate) fn each_trainee(mut self, mut give: impl FnMut(&TraineeId, &[Event<'_>])) -> Result<()> {
        self.0.rewind()?;
        let mut reader = BufReader::with_capacity(1 << 20, self.0);
        let (mut length, mut row) = ([0; 4], Vec::new());
        // Where each trainee's messages stand, so that one trainee's are decoded at a time.
        let mut places: HashMap<u64, Vec<(u64, u64)>> = HashMap::new();
        let mut at = 0;
        while read_or_end(&mut reader, &mut length)? {
            row.resize(u32::from_be_bytes(length) as usize, 0);
            reader.read_exact(&mut row)?;
            let Row { whose, seq, .. } = postcard::from_bytes(&row)?;
            places.entry(whose).or_default().push((seq, at));
            at += 4 + row.len() as u64;
        }
        let mut file = reader.into_inner();
        for mut of_one in places.into_values() {
            of_one.sort_unstable();
            let mut messages = Vec::with_capacity(of_one.len());
            for (_, at) in of_one {
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(&mut length)?;
                row.resize(u32::from_be_bytes(length) as usize, 0);
                file.read_exact(&mut row)?;
                messages.push(message(postcard::from_bytes(&row)?));
            }
            // Two trainees may have one hash.
            let mut trainees: BTreeMap<TraineeId, Vec<Event<'_>>> = BTreeMap::new();
            for message in &messages {
                if let Ok(event) = decode(message, Origin::File) {
                    trainees.entry(TraineeId::from(event.trainee.as_ref())).or_default().push(event);
                }
            }
            for (trainee, events) in &trainees {
                give(trainee, events);
            }
        }
        Ok(())
    }
}

fn message(row: Row<'_>) -> StoredMessage {
    StoredMessage {
        seq: row.seq,
        received_at: Millis(row.received_at),
        subject: row.subject.to_owned(),
        headers: row.headers.into_iter().collect(),
        payload: row.payload.to_vec().into(),
    }
}

fn read_or_end(reader: &mut impl Read, buffer: &mut [u8; 4]) -> Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error.into()),
    }
}
