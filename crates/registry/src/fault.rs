//! What is wrong with a registry file, row by row.

use std::fmt;

use serde::Serialize;

use crate::headers::List;

/// Stable codes of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The bytes are not UTF-8.
    R101,
    /// The text is no JSON object, or no CSV table.
    R102,
    /// A list is no list, or a row is no object, or has too many or too few cells.
    R103,
    /// The list is not known.
    R104,
    /// The member or column is not known.
    R105,
    /// A member that may not be left out is missing.
    R106,
    /// A member is of the wrong kind (a text for a number, ...).
    R107,
    /// A value is outside its range, set or form.
    R108,
    /// The key stands twice.
    R109,
    /// The row names something that is neither in the files nor in the registry.
    R110,
    /// A period ends before it begins.
    R111,
    /// The name is reserved.
    R112,
    /// An identity-card number is none.
    R113,
    /// An identity-card number belongs to another trainee.
    R114,
    /// A certificate's number belongs to another trainee.
    R115,
}

impl Code {
    /// `R101` ...
    pub fn as_str(self) -> &'static str {
        match self {
            Code::R101 => "R101",
            Code::R102 => "R102",
            Code::R103 => "R103",
            Code::R104 => "R104",
            Code::R105 => "R105",
            Code::R106 => "R106",
            Code::R107 => "R107",
            Code::R108 => "R108",
            Code::R109 => "R109",
            Code::R110 => "R110",
            Code::R111 => "R111",
            Code::R112 => "R112",
            Code::R113 => "R113",
            Code::R114 => "R114",
            Code::R115 => "R115",
        }
    }

    /// The name that stands beside the code.
    pub fn name(self) -> &'static str {
        match self {
            Code::R101 => "not-utf-8",
            Code::R102 => "unreadable",
            Code::R103 => "bad-row",
            Code::R104 => "unknown-list",
            Code::R105 => "unknown-member",
            Code::R106 => "missing-member",
            Code::R107 => "wrong-kind",
            Code::R108 => "bad-value",
            Code::R109 => "duplicate-key",
            Code::R110 => "unknown-reference",
            Code::R111 => "ends-before-it-begins",
            Code::R112 => "reserved-name",
            Code::R113 => "bad-identity-number",
            Code::R114 => "identity-number-taken",
            Code::R115 => "certificate-taken",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Where in a file a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The whole file.
    File,
    /// The n-th element of a JSON list, from 0.
    Index(usize),
    /// A line of a table, from 1 (the header's).
    Line(u64),
}

/// The file and the place in it that a row came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Origin {
    /// Name of the file, as it was given; empty when it had none.
    pub file: String,
    /// Name of the sheet, in a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Row in the file.
    pub place: Place,
}

/// One fault of one row. It never repeats the value of a personal member.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
pub struct RowError {
    /// Where.
    #[serde(flatten)]
    pub origin: Origin,
    /// Which list, where known.
    pub list: Option<List>,
    /// The member at fault; nested ones as `videos/0/duration_ms`.
    pub member: Option<String>,
    /// The table's column, as spreadsheets letter them, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The stable code.
    pub code: Code,
    /// What to mend, in Chinese.
    pub reason: String,
    /// The same in English.
    pub reason_en: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        if !self.origin.file.is_empty() {
            parts.push(self.origin.file.clone());
        }
        parts.extend(self.origin.sheet.as_ref().map(|sheet| format!("工作表 {sheet} (sheet)")));
        match (self.list, self.origin.place) {
            (Some(list), Place::Index(index)) => parts.push(format!("{}[{index}]", list.as_str())),
            (Some(list), Place::Line(line)) => {
                parts.push(format!("{} 第 {line} 行 (line {line})", list.as_str()))
            }
            (Some(list), Place::File) => parts.push(list.as_str().to_owned()),
            (None, Place::Line(line)) => parts.push(format!("第 {line} 行 (line {line})")),
            (None, _) => {}
        }
        match (&self.member, &self.column) {
            (Some(member), Some(column)) => parts.push(format!("{column} 列 {member}")),
            (member, _) => parts.extend(member.clone()),
        }
        let at = parts.join(" · ");
        write!(
            f,
            "{at}{}{} {} / {}",
            if at.is_empty() { "" } else { ": " },
            self.code,
            self.reason,
            self.reason_en
        )
    }
}

impl RowError {
    /// A second trainee has an identity-card number that is the first's.
    pub fn identity_taken(origin: Option<Origin>, trainee: &str, first: &str) -> Self {
        RowError {
            origin: origin.unwrap_or(Origin { file: String::new(), sheet: None, place: Place::File }),
            list: Some(List::Trainees),
            member: Some("id_number".to_owned()),
            column: None,
            code: Code::R114,
            reason: format!("学员 {trainee} 的身份证号已属于学员 {first}"),
            reason_en: format!("the identity-card number of {trainee} belongs to trainee {first}"),
        }
    }

    /// A second trainee has a certificate that is the first's.
    pub fn certificate_taken(origin: Option<Origin>, number: &str, trainee: &str, first: &str) -> Self {
        RowError {
            origin: origin.unwrap_or(Origin { file: String::new(), sheet: None, place: Place::File }),
            list: Some(List::Certificates),
            member: Some("certificate".to_owned()),
            column: None,
            code: Code::R115,
            reason: format!("证书 {number}（学员 {trainee}）已属于学员 {first}"),
            reason_en: format!("certificate {number} of {trainee} belongs to trainee {first}"),
        }
    }

    /// A fault of a whole file.
    pub fn of_file(file: &str, code: Code, reason: &str, reason_en: &str) -> Self {
        RowError {
            origin: Origin { file: file.to_owned(), sheet: None, place: Place::File },
            list: None,
            member: None,
            column: None,
            code,
            reason: reason.to_owned(),
            reason_en: reason_en.to_owned(),
        }
    }
}
