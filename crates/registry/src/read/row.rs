//! One row being read: its members, where it stands, and the faults found so far.

use serde_json::{Map, Value};

use crate::fault::{Code, Origin, RowError};
use crate::headers::List;

/// How the values were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON: numbers are numbers, flags are flags.
    Json,
    /// A table: every cell is a text.
    Table,
}

/// What is wrong with one value.
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) reason: String,
    pub(crate) reason_en: String,
}

impl Fault {
    pub(crate) fn new(code: Code, reason: impl Into<String>, reason_en: impl Into<String>) -> Fault {
        Fault { code, reason: reason.into(), reason_en: reason_en.into() }
    }
}

/// A row, or a row nested in one.
pub(crate) struct Row<'a> {
    pub(crate) members: &'a Map<String, Value>,
    pub(crate) form: Form,
    pub(crate) origin: &'a Origin,
    pub(crate) list: List,
    /// Path of a nested row: `videos/0/`.
    pub(crate) prefix: String,
    pub(crate) faults: &'a mut Vec<RowError>,
}

impl Row<'_> {
    /// Notes a fault of a member.
    pub(crate) fn fault(&mut self, member: &str, fault: Fault) {
        self.faults.push(RowError {
            origin: self.origin.clone(),
            list: Some(self.list),
            member: Some(format!("{}{member}", self.prefix)),
            column: None,
            code: fault.code,
            reason: fault.reason,
            reason_en: fault.reason_en,
        });
    }

    /// Refuses every member but these.
    pub(crate) fn only(&mut self, known: &[&str]) {
        let unknown: Vec<String> =
            self.members.keys().filter(|name| !known.contains(&name.as_str())).cloned().collect();
        for name in unknown {
            let fault =
                Fault::new(Code::R105, "没有此成员", format!("is no member of {}", self.list.as_str()));
            self.fault(&name, fault);
        }
    }

    /// A member that may be left out, or null.
    pub(crate) fn get<T>(
        &mut self,
        member: &str,
        read: impl FnOnce(&Value, Form) -> Result<T, Fault>,
    ) -> Option<T> {
        let value = self.members.get(member).filter(|value| !value.is_null())?;
        read(value, self.form).map_err(|fault| self.fault(member, fault)).ok()
    }

    /// A member that may not be left out.
    pub(crate) fn need<T>(
        &mut self,
        member: &str,
        read: impl FnOnce(&Value, Form) -> Result<T, Fault>,
    ) -> Option<T> {
        if self.members.get(member).is_none_or(Value::is_null) {
            self.fault(member, Fault::new(Code::R106, "缺少此项", "is missing"));
            return None;
        }
        self.get(member, read)
    }

    /// A nested list of rows that may be left out; bad rows are dropped, their faults kept.
    pub(crate) fn rows<T>(
        &mut self,
        member: &str,
        mut read: impl FnMut(&mut Row<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let value = self.members.get(member).filter(|value| !value.is_null())?;
        let Some(elements) = value.as_array() else {
            self.fault(member, Fault::new(Code::R107, "须为列表", "must be a list"));
            return None;
        };
        let mut read_rows = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let Some(members) = element.as_object() else {
                self.fault(
                    &format!("{member}/{index}"),
                    Fault::new(Code::R103, "须为对象", "must be an object"),
                );
                continue;
            };
            let mut row = Row {
                members,
                form: self.form,
                origin: self.origin,
                list: self.list,
                prefix: format!("{}{member}/{index}/", self.prefix),
                faults: self.faults,
            };
            read_rows.extend(read(&mut row));
        }
        Some(read_rows)
    }
}
