//! Tables: CSV now, and whatever else gives a header and lines of cells.

use serde_json::{Map, Value};

use crate::fault::{Code, Origin, Place, RowError};
use crate::headers::List;
use crate::merge::Draft;
use crate::read::row::{Form, Row};
use crate::read::{rows, text_of};

/// One list as a table, before it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Name of the file; its stem may name the list.
    pub file: String,
    /// Name of the sheet, in a workbook; it may name the list, too.
    pub sheet: Option<String>,
    /// The header's cells.
    pub header: Vec<String>,
    /// Each row's line (the header's is 1) and cells.
    pub rows: Vec<(u64, Vec<String>)>,
}

/// Reads a CSV file of one list (UTF-8, with or without a byte order mark; comma-separated).
///
/// # Errors
/// Every fault of every row.
pub fn read_csv(file: &str, bytes: &[u8]) -> Result<Draft, Vec<RowError>> {
    let text = text_of(file, bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut table = Table { file: file.to_owned(), ..Table::default() };
    let mut is_header = true;
    for record in reader.records() {
        let record = record.map_err(|fault| {
            let (reason, reason_en) = (format!("不是合格的 CSV：{fault}"), format!("no good CSV: {fault}"));
            vec![RowError::of_file(file, Code::R102, &reason, &reason_en)]
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells = record.iter().map(|cell| cell.trim().to_owned()).collect();
        if std::mem::take(&mut is_header) {
            table.header = cells;
        } else {
            table.rows.push((line, cells));
        }
    }
    table.read()
}

/// Reads all tables of a workbook: a list a sheet.
///
/// # Errors
/// Every fault of every row of every sheet.
pub fn read_tables(tables: &[Table]) -> Result<Draft, Vec<RowError>> {
    let (mut draft, mut faults) = (Draft::default(), Vec::new());
    for table in tables {
        match table.read() {
            Ok(read) => draft.rows.extend(read.rows),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}

impl Table {
    /// Reads all rows. Empty cells are left out; rows of empty cells are skipped.
    ///
    /// # Errors
    /// Every fault of every row.
    pub fn read(&self) -> Result<Draft, Vec<RowError>> {
        let list = self.list()?;
        let columns = self.columns(list)?;
        let mut draft = Draft::default();
        let mut faults = Vec::new();
        for (line, cells) in &self.rows {
            if cells.iter().all(String::is_empty) {
                continue;
            }
            let origin = self.at(*line);
            if cells.len() != columns.len() {
                faults.push(RowError {
                    origin,
                    list: Some(list),
                    member: None,
                    column: None,
                    code: Code::R103,
                    reason: format!("有 {} 个单元格，表头有 {} 列", cells.len(), columns.len()),
                    reason_en: format!("has {} cells, the header has {} columns", cells.len(), columns.len()),
                });
                continue;
            }
            let before = faults.len();
            let members: Map<String, Value> = columns
                .iter()
                .zip(cells)
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(column, cell)| ((*column).to_owned(), Value::String(cell.clone())))
                .collect();
            let mut row = Row {
                members: &members,
                form: Form::Table,
                origin: &origin,
                list,
                prefix: String::new(),
                faults: &mut faults,
            };
            let item = rows::item(&mut row);
            for fault in faults.iter_mut().skip(before) {
                fault.column = columns.iter().position(|c| Some(*c) == fault.member.as_deref()).map(letters);
            }
            draft.rows.extend(item.map(|item| (origin, item)));
        }
        if faults.is_empty() { Ok(draft) } else { Err(faults) }
    }

    fn at(&self, line: u64) -> Origin {
        Origin { file: self.file.clone(), sheet: self.sheet.clone(), place: Place::Line(line) }
    }

    fn fault(&self, code: Code, reason: &str, reason_en: &str) -> RowError {
        let mut fault = RowError::of_file(&self.file, code, reason, reason_en);
        fault.origin.sheet.clone_from(&self.sheet);
        fault
    }

    fn list(&self) -> Result<List, Vec<RowError>> {
        let base = self.file.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
        let headers: Vec<&str> = self.header.iter().map(String::as_str).collect();
        let named = self.sheet.as_deref().and_then(List::of_stem);
        let stem = if self.sheet.is_none() { List::of_stem(stem) } else { None };
        named.or(stem).or_else(|| List::of_headers(&headers)).ok_or_else(|| {
            let lists = List::ALL.map(List::as_str).join(", ");
            vec![self.fault(
                Code::R104,
                &format!("由文件名和表头都看不出是哪个列表；文件名请用下列之一：{lists}"),
                &format!(
                    "neither the file's name nor its headers tell which list it is; name it one of {lists}"
                ),
            )]
        })
    }

    fn columns(&self, list: List) -> Result<Vec<&'static str>, Vec<RowError>> {
        let mut columns = Vec::with_capacity(self.header.len());
        let mut faults = Vec::new();
        let mut fault = |header: &str, code, reason: &str, reason_en: &str| {
            let mut fault = self.fault(code, reason, reason_en);
            fault.origin.place = Place::Line(1);
            fault.list = Some(list);
            fault.member = Some(header.to_owned());
            faults.push(fault);
        };
        for header in &self.header {
            match list.column(header) {
                None => fault(header, Code::R105, "没有此列", "is no column of this list"),
                Some(column) if columns.contains(&column) => {
                    fault(header, Code::R109, "列重复", "stands twice in the header");
                }
                Some(column) => columns.push(column),
            }
        }
        if faults.is_empty() { Ok(columns) } else { Err(faults) }
    }
}

/// A column as spreadsheets letter it: A, B ... Z, AA.
fn letters(index: usize) -> String {
    let (mut letters, mut left) = (String::new(), index + 1);
    while left > 0 {
        left -= 1;
        letters.insert(0, char::from(b'A' + u8::try_from(left % 26).unwrap_or(0)));
        left /= 26;
    }
    letters
}
