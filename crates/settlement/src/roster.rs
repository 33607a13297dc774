//! Rosters (花名册) and public lists (公示名单) as XLSX and CSV.

use keshi_person::mask_id_number;
use keshi_store::{RosterLine, RosterRow};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};

use crate::capitals::capitals;
use crate::error::SettlementError;
use crate::sheet::Sheet;

/// The columns, with their widths in characters.
pub const COLUMNS: [(&str, f64); 16] = [
    ("序号", 6.0),
    ("姓名", 10.0),
    ("身份证号", 21.0),
    ("户籍区县", 12.0),
    ("人员类别", 20.0),
    ("联系电话", 14.0),
    ("工种/课程", 26.0),
    ("线上课时(应/实)", 16.0),
    ("考核结果", 10.0),
    ("证书编号", 20.0),
    ("补贴标准", 10.0),
    ("比例", 8.0),
    ("金额", 11.0),
    ("收款单位", 24.0),
    ("收款账号", 24.0),
    ("备注", 24.0),
];
/// Where the amount stands.
const AMOUNT: usize = 12;

/// Who is going to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Somebody with the right to whole identity-card numbers.
    Official,
    /// Anybody with the right to the roster: numbers masked.
    Masked,
    /// The public (公示): numbers and names' owners masked, no telephone, no account.
    Public,
}

/// A roster, ready to be written.
#[derive(Clone, Debug)]
pub struct Roster {
    title: String,
    rows: Vec<[String; 16]>,
    places: Vec<i32>,
    amounts: Vec<Decimal>,
}

impl Roster {
    /// Puts a batch together for a reader.
    ///
    /// # Errors
    /// When a stored sheet cannot be read.
    pub fn of(batch: &RosterRow, lines: &[RosterLine], reader: Reader) -> Result<Roster, SettlementError> {
        let scheme = keshi_policy::Scheme::parse(&batch.scheme);
        let scheme = scheme.map_or(batch.scheme.as_str(), |scheme| scheme.chinese());
        let kind = if reader == Reader::Public { "公示名单" } else { "花名册" };
        let title = format!(
            "{scheme}{kind}（{} · {} · {} 至 {}）",
            batch.provider, batch.district, batch.from_day, batch.to_day
        );
        let mut rows = Vec::with_capacity(lines.len());
        for line in lines {
            rows.push(row(line, reader)?);
        }
        Ok(Roster {
            title,
            rows,
            places: lines.iter().map(|line| line.place).collect(),
            amounts: lines.iter().map(|line| line.amount_yuan).collect(),
        })
    }

    /// The sum of all lines, yuan.
    pub fn total(&self) -> Decimal {
        self.amounts.iter().sum()
    }

    /// Its heading: scheme, provider, payer district, period.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its lines, cell by cell, as the reader may see them.
    pub fn rows(&self) -> &[[String; 16]] {
        &self.rows
    }

    /// How many people and how much, in figures and in Chinese capitals.
    pub fn total_text(&self) -> String {
        format!("合计 {} 人，金额 {} 元，大写：{}", self.rows.len(), self.total(), capitals(self.total()))
    }

    /// CSV, UTF-8 with a byte order mark, without which Excel takes it for GBK.
    ///
    /// # Errors
    /// When a row cannot be written.
    pub fn csv(&self) -> Result<Vec<u8>, SettlementError> {
        let failed = |error: csv::Error| SettlementError::Unwritable(error.to_string());
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(b"\xef\xbb\xbf".to_vec());
        writer.write_record(COLUMNS.map(|(name, _)| name)).map_err(failed)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| harmless(cell))).map_err(failed)?;
        }
        writer.write_record([self.total_text()]).map_err(failed)?;
        writer.into_inner().map_err(|error| SettlementError::Unwritable(error.to_string()))
    }

    /// An XLSX workbook: title, headers, lines, totals in figures and in capitals. Numbers of people and accounts are
    /// texts, amounts are numbers.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn xlsx(&self) -> Result<Vec<u8>, SettlementError> {
        self.workbook().map_err(|error| SettlementError::Unwritable(error.to_string()))
    }

    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let bordered = Format::new().set_border(FormatBorder::Thin);
        let head = bordered.clone().set_bold().set_align(FormatAlign::Center);
        let text = bordered.clone().set_num_format("@");
        let money = bordered.clone().set_num_format("#,##0.00");
        let title = Format::new().set_bold().set_font_size(14).set_align(FormatAlign::Center);
        let sheet = workbook.add_worksheet();
        sheet.set_name("花名册")?;
        for ((_, width), column) in COLUMNS.iter().zip(0_u16..) {
            sheet.set_column_width(column, *width)?;
        }
        sheet.set_landscape().set_paper_size(9).set_repeat_rows(1, 1)?;
        sheet.set_freeze_panes(2, 0)?;
        sheet.merge_range(0, 0, 0, 15, &self.title, &title)?;
        for ((name, _), column) in COLUMNS.iter().zip(0_u16..) {
            sheet.write_string_with_format(1, column, *name, &head)?;
        }
        let mut at = 2_u32;
        for ((row, amount), place) in self.rows.iter().zip(&self.amounts).zip(&self.places) {
            for (cell, column) in row.iter().zip(0_u16..) {
                match usize::from(column) {
                    0 => sheet.write_number_with_format(at, column, f64::from(*place), &bordered)?,
                    AMOUNT => sheet.write_number_with_format(at, column, figure(*amount), &money)?,
                    _ => sheet.write_string_with_format(at, column, cell, &text)?,
                };
            }
            at += 1;
        }
        sheet.write_string_with_format(at, 0, "合计", &head)?;
        sheet.write_string_with_format(at, 1, format!("{} 人", self.rows.len()), &text)?;
        sheet.write_number_with_format(at, 12, figure(self.total()), &money)?;
        sheet.write_string_with_format(at, 13, format!("大写：{}", capitals(self.total())), &text)?;
        workbook.save_to_buffer()
    }
}

/// Spreadsheets hold binary numbers: amounts to the fen within 12 digits come back exact to the fen.
fn figure(yuan: Decimal) -> f64 {
    yuan.to_f64().unwrap_or_default()
}

/// A cell that a spreadsheet would take for a formula is led by an apostrophe.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t']) { format!("'{cell}") } else { cell.to_owned() }
}

fn row(line: &RosterLine, reader: Reader) -> Result<[String; 16], SettlementError> {
    let sheet: Sheet = serde_json::from_str(&line.sheet).map_err(|error| SettlementError::Unreadable {
        what: format!("claim {}", line.claim),
        why: error.to_string(),
    })?;
    let of = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = of(&line.id_number);
    let number = if reader == Reader::Official { number } else { mask_id_number(&number) };
    let private = |text: String| if reader == Reader::Public { String::new() } else { text };
    let hours = |hours: Option<i64>| hours.map_or_else(|| "—".to_owned(), |hours| hours.to_string());
    let trade = match (sheet.trade.is_empty(), sheet.course.is_empty()) {
        (false, false) => format!("{}/{}", sheet.trade, sheet.course),
        _ => format!("{}{}", sheet.trade, sheet.course),
    };
    let mut remark = sheet.remark;
    if let Some(back) = line.clawed_back {
        remark = format!("已追回 {back} 元{}{remark}", if remark.is_empty() { "" } else { "；" });
    }
    let payee = if sheet.payee.is_empty() { "学员本人".to_owned() } else { sheet.payee };
    Ok([
        line.place.to_string(),
        of(&line.name),
        number,
        sheet.district,
        sheet.category,
        private(of(&line.phone)),
        trade,
        format!("{}/{}", hours(sheet.hours_due), hours(sheet.hours_done)),
        sheet.result,
        sheet.certificate,
        sheet.standard,
        sheet.rate,
        line.amount_yuan.to_string(),
        payee,
        private(sheet.account),
        private(remark),
    ])
}
