//! The JSON form, as an import reads it: nothing unknown, nothing twice.

use serde_json::Value;

use crate::fault::{Code, Origin, Place, RowError};
use crate::headers::List;
use crate::merge::Draft;
use crate::read::row::{Form, Row};
use crate::read::{rows, text_of};

/// The lists that stand at the top of the JSON form; the others are nested.
const TOP: [List; 15] = [
    List::Authorities,
    List::Providers,
    List::Specialties,
    List::Courses,
    List::TeachingPlans,
    List::Agreements,
    List::Trainees,
    List::Enrolments,
    List::Contracts,
    List::Insurance,
    List::Evaluations,
    List::Practicals,
    List::Certificates,
    List::Benefits,
    List::Approvals,
];

/// Reads a JSON object or says at which line it breaks.
pub(crate) fn object(file: &str, bytes: &[u8]) -> Result<serde_json::Map<String, Value>, Vec<RowError>> {
    let text = text_of(file, bytes)?;
    let unreadable =
        |reason: &str, reason_en: &str| vec![RowError::of_file(file, Code::R102, reason, reason_en)];
    // serde_json takes the last of two equal members; a registry must not be ambiguous.
    keshi_events::Document::parse(text.as_bytes()).map_err(|fault| {
        unreadable(&format!("不是合格的 JSON：{fault}"), &format!("no good JSON: {fault}"))
    })?;
    match serde_json::from_str(text) {
        Ok(Value::Object(lists)) => Ok(lists),
        Ok(_) => Err(unreadable("须为 JSON 对象", "must be a JSON object of lists")),
        Err(fault) => {
            Err(unreadable(&format!("不是合格的 JSON：{fault}"), &format!("no good JSON: {fault}")))
        }
    }
}

/// Reads all rows of a file.
pub(crate) fn read(file: &str, bytes: &[u8]) -> Result<Draft, Vec<RowError>> {
    let lists = object(file, bytes)?;
    let mut faults = Vec::new();
    let mut draft = Draft::default();
    for name in lists.keys() {
        if !TOP.iter().any(|list| list.as_str() == name) {
            let mut fault =
                RowError::of_file(file, Code::R104, "没有此列表", "is no list of a registry file");
            fault.member = Some(name.clone());
            faults.push(fault);
        }
    }
    for list in TOP {
        match lists.get(list.as_str()) {
            None | Some(Value::Null) => {}
            Some(Value::Array(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    let origin = Origin { file: file.to_owned(), sheet: None, place: Place::Index(index) };
                    read_row(element, list, origin, &mut draft, &mut faults);
                }
            }
            Some(_) => {
                let mut fault = RowError::of_file(file, Code::R103, "须为列表", "must be a list");
                fault.list = Some(list);
                faults.push(fault);
            }
        }
    }
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}

fn read_row(element: &Value, list: List, origin: Origin, draft: &mut Draft, faults: &mut Vec<RowError>) {
    let Some(members) = element.as_object() else {
        let mut fault = RowError::of_file(&origin.file, Code::R103, "须为对象", "must be an object");
        fault.origin = origin;
        fault.list = Some(list);
        faults.push(fault);
        return;
    };
    let mut row = Row { members, form: Form::Json, origin: &origin, list, prefix: String::new(), faults };
    if let Some(item) = rows::item(&mut row) {
        draft.rows.push((origin, item));
    }
}
