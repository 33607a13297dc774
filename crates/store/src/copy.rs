//! Rows for PostgreSQL's `COPY ... FROM STDIN (FORMAT BINARY)`: far the cheapest way in, for rows that cannot be there yet.

/// The signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Rows in the binary format of `COPY`.
#[derive(Debug)]
pub(crate) struct CopyRows {
    bytes: Vec<u8>,
    columns: i16,
}

impl CopyRows {
    /// No rows yet, each to have so many columns; room for so many bytes.
    pub(crate) fn new(columns: i16, capacity: usize) -> CopyRows {
        let mut bytes = Vec::with_capacity(HEADER.len() + capacity);
        bytes.extend_from_slice(HEADER);
        CopyRows { bytes, columns }
    }

    /// Begins a row; its columns follow, each once.
    pub(crate) fn row(&mut self) -> &mut CopyRows {
        self.bytes.extend_from_slice(&self.columns.to_be_bytes());
        self
    }

    /// A `bigint`.
    pub(crate) fn bigint(&mut self, value: i64) -> &mut CopyRows {
        self.bytes.extend_from_slice(&8_i32.to_be_bytes());
        self.bytes.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// A `text` or a `bytea`.
    pub(crate) fn value(&mut self, value: &[u8]) -> &mut CopyRows {
        // A payload has a megabyte at most, and a batch a few: lengths fit.
        self.bytes.extend_from_slice(&(value.len() as i32).to_be_bytes());
        self.bytes.extend_from_slice(value);
        self
    }

    /// A `text` that is written in place.
    pub(crate) fn written<E>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        write(&mut self.bytes)?;
        let length = (self.bytes.len() - at - 4) as i32;
        if let Some(place) = self.bytes.get_mut(at..at + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        Ok(())
    }

    /// What is written and not sent yet.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was written is sent: what follows takes its place.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// The mark of the end.
    pub(crate) fn end(&mut self) {
        self.bytes.extend_from_slice(&(-1_i16).to_be_bytes());
    }
}
