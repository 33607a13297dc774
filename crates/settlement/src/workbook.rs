//! XLSX workbooks as registry tables: a list a sheet.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use keshi_registry::{Code, Draft, RegistryFile, RowError, Table, read_tables};

/// Reads one file of an import: XLSX by its name's end, else as [`RegistryFile::read_file`] does.
///
/// # Errors
/// Every fault of every row.
pub fn read_registry_file(name: &str, bytes: &[u8]) -> Result<Draft, Vec<RowError>> {
    let is_workbook = name.to_lowercase().ends_with(".xlsx");
    if is_workbook { read_tables(&tables(name, bytes)?) } else { RegistryFile::read_file(name, bytes) }
}

fn tables(file: &str, bytes: &[u8]) -> Result<Vec<Table>, Vec<RowError>> {
    let unreadable = |error: calamine::XlsxError| {
        let (reason, reason_en) = (format!("不是合格的 XLSX：{error}"), format!("no good XLSX: {error}"));
        vec![RowError::of_file(file, Code::R102, &reason, &reason_en)]
    };
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut tables = Vec::new();
    for sheet in workbook.sheet_names() {
        let range = workbook.worksheet_range(&sheet).map_err(unreadable)?;
        let first = range.start().map_or(0, |(row, _)| u64::from(row));
        let mut rows =
            range.rows().zip(first + 1..).map(|(cells, line)| (line, cells.iter().map(text).collect()));
        // A sheet without a cell says nothing: new workbooks have some.
        let Some((_, header)) = rows.next() else { continue };
        tables.push(Table { file: file.to_owned(), sheet: Some(sheet), header, rows: rows.collect() });
    }
    Ok(tables)
}

/// A cell as a CSV file would have it.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.trim().to_owned(),
        Data::Bool(flag) => flag.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => plain(*number),
        Data::DateTime(moment) => date(moment.as_f64()),
        Data::Error(error) => format!("{error:?}"),
    }
}

/// A number of more than 15 digits has lost some in the spreadsheet: shown as one, so that readers of long numbers refuse.
fn plain(number: f64) -> String {
    if number.abs() >= 1e15 { format!("{number:E}").replace('E', "E+") } else { number.to_string() }
}

/// Spreadsheets count days from 1899-12-30.
fn date(days: f64) -> String {
    let epoch = chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default();
    let day = epoch.checked_add_signed(chrono::Duration::days(days.floor() as i64));
    day.map_or_else(|| plain(days), |day| day.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_people_typed() {
        assert_eq!(text(&Data::Float(1.0)), "1");
        assert_eq!(text(&Data::Float(0.6)), "0.6");
        assert_eq!(date(43_922.0), "2020-04-01");
        assert!(text(&Data::Float(370_102_199_001_011_234.0)).contains("E+"));
    }

    #[test]
    fn what_is_no_workbook_says_so() {
        let faults = read_registry_file("学员.xlsx", b"PK no").expect_err("no workbook");
        assert_eq!(faults[0].code, Code::R102);
    }
}
