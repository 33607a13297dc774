//! XLSX workbooks as registry tables: a list a sheet.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx, XlsxError};
use keshi_registry::{Code, Draft, RegistryFile, RowError, Table, read_tables};

/// Reads one file of an import: XLSX by its name's end, else as [`RegistryFile::read_file`] does.
///
/// # Errors
/// Every fault of every row.
pub fn read_registry_file(name: &str, bytes: &[u8]) -> Result<Draft, Vec<RowError>> {
    let is_workbook = name.to_lowercase().ends_with(".xlsx");
    if is_workbook { read_tables(&tables(name, bytes)?) } else { RegistryFile::read_file(name, bytes) }
}

/// A workbook may hold so many cells, counted as the rectangle that a sheet spans: one far cell makes a sheet large.
const MOST_CELLS: u64 = 20_000_000;
/// A sheet has so many columns at the most; the widest list has far fewer.
const MOST_COLUMNS: u32 = 256;
/// What a workbook unpacks to, bytes: a small file can hold a great deal of nothing.
const MOST_UNPACKED: u64 = 512 * 1024 * 1024;

fn tables(file: &str, bytes: &[u8]) -> Result<Vec<Table>, Vec<RowError>> {
    let fault = |reason: &str, reason_en: &str| vec![RowError::of_file(file, Code::R102, reason, reason_en)];
    let unreadable = |error: &dyn std::fmt::Display| {
        fault(&format!("不是合格的 XLSX：{error}"), &format!("no good XLSX: {error}"))
    };
    if unpacked(bytes).map_err(|error| unreadable(&error))? > MOST_UNPACKED {
        return Err(fault("工作簿过大，请分成几个文件", "the workbook is too large: split it"));
    }
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let mut tables = Vec::new();
    for sheet in workbook.sheet_names() {
        let mut cells = match workbook.worksheet_cells_reader(&sheet) {
            Ok(cells) => cells,
            // A chart on a sheet of its own.
            Err(XlsxError::NotAWorksheet(_)) => continue,
            Err(error) => return Err(unreadable(&error)),
        };
        let mut lines: BTreeMap<u32, Vec<(u32, String)>> = BTreeMap::new();
        let (mut left, mut right) = (u32::MAX, 0);
        while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error))? {
            let (row, column) = cell.get_position();
            let value = Data::from(cell.get_value().clone());
            if value != Data::Empty {
                (left, right) = (left.min(column), right.max(column));
                lines.entry(row).or_default().push((column, text(&value)));
            }
        }
        // A sheet without a cell says nothing: new workbooks have some.
        if lines.is_empty() {
            continue;
        }
        let width = right - left + 1;
        if width > MOST_COLUMNS || u64::from(width) * lines.len() as u64 > MOST_CELLS {
            return Err(fault(
                &format!("工作表 {sheet} 过大：{width} 列，{} 行，请分成几个文件", lines.len()),
                &format!("sheet {sheet} is too large, {width} columns and {} rows: split it", lines.len()),
            ));
        }
        let mut rows = lines.into_iter().map(|(row, cells)| {
            let mut line = vec![String::new(); width as usize];
            for (column, text) in cells {
                if let Some(place) = line.get_mut((column - left) as usize) {
                    *place = text;
                }
            }
            (u64::from(row) + 1, line)
        });
        let Some((_, header)) = rows.next() else { continue };
        tables.push(Table { file: file.to_owned(), sheet: Some(sheet), header, rows: rows.collect() });
    }
    Ok(tables)
}

/// Bytes of all parts of a workbook, unpacked; what its directory says of them proves nothing.
fn unpacked(bytes: &[u8]) -> Result<u64, zip::result::ZipError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut sum = 0;
    for part in 0..archive.len() {
        sum +=
            std::io::copy(&mut archive.by_index(part)?.take(MOST_UNPACKED + 1 - sum), &mut std::io::sink())?;
        if sum > MOST_UNPACKED {
            break;
        }
    }
    Ok(sum)
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
    fn a_far_cell_makes_no_endless_sheet() {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet().set_name("trainees").expect("a name");
        sheet.write(2, 1, "trainee").expect("a cell").write(2, 2, "district").expect("a cell");
        sheet.write(1_048_575, 1, "t1").expect("a cell");
        let bytes = workbook.save_to_buffer().expect("a workbook");
        let read = tables("x.xlsx", &bytes).expect("tables");
        assert_eq!(read[0].header, ["trainee", "district"]);
        assert_eq!(read[0].rows, [(1_048_576, vec!["t1".to_owned(), String::new()])]);
        workbook.worksheet_from_index(0).expect("it").write(0, 16_383, "far").expect("a cell");
        let bytes = workbook.save_to_buffer().expect("a workbook");
        assert_eq!(tables("x.xlsx", &bytes).expect_err("too wide")[0].code, Code::R102);
    }

    #[test]
    fn what_is_no_workbook_says_so() {
        let faults = read_registry_file("学员.xlsx", b"PK no").expect_err("no workbook");
        assert_eq!(faults[0].code, Code::R102);
    }
}
