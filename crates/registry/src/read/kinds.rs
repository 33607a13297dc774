//! The kinds of values, each with the sentence that says what it must be. Faults never repeat the value.

use chrono::NaiveDate;
use keshi_events::Millis;
use keshi_events::subject::valid_token;
use serde_json::Value;

use crate::fault::Code;
use crate::identity::check_identity;
use crate::ids::Level;
use crate::money::{NotDecimal, Share, Yuan};
use crate::read::row::{Fault, Form};

fn text_value(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| Fault::new(Code::R107, "须为文本", "must be a string"))
}

/// A text of 1 to `most` characters, without control characters.
pub(crate) fn text(most: usize) -> impl Fn(&Value, Form) -> Result<String, Fault> {
    move |value, _| {
        let text = text_value(value)?;
        let length = text.chars().count();
        if (1..=most).contains(&length) && !text.chars().any(char::is_control) {
            return Ok(text.to_owned());
        }
        Err(Fault::new(
            Code::R108,
            format!("须为 1 至 {most} 个字符，不含控制字符"),
            format!("must have 1 to {most} characters and no control characters"),
        ))
    }
}

/// Any text at all, for readers that judge nothing.
pub(crate) fn any_text(value: &Value, _: Form) -> Result<String, Fault> {
    text_value(value).map(str::to_owned)
}

/// The id of a course, video, quiz or session.
pub(crate) fn name(value: &Value, form: Form) -> Result<String, Fault> {
    text(128)(value, form)
}

/// One token of a subject: a provider or a specialty.
pub(crate) fn token(value: &Value, _: Form) -> Result<String, Fault> {
    let text = text_value(value)?;
    valid_token(text).then(|| text.to_owned()).ok_or_else(|| {
        Fault::new(
            Code::R108,
            "须为 1 至 64 个字母、数字、下划线或连字符",
            "must be 1 to 64 letters, digits, underscores or hyphens",
        )
    })
}

/// A provider's id.
pub(crate) fn provider(value: &Value, form: Form) -> Result<String, Fault> {
    let token = token(value, form)?;
    if token == "keshi" {
        return Err(Fault::new(Code::R112, "keshi 为保留名", "keshi is reserved"));
    }
    Ok(token)
}

/// A trainee's id: opaque. It stands in every event for ever, so an identity-card number is refused.
pub(crate) fn trainee(value: &Value, form: Form) -> Result<String, Fault> {
    let token = token(value, form)?;
    if check_identity(&token).is_ok() {
        return Err(Fault::new(
            Code::R108,
            "学员编号不得为身份证号",
            "must be an opaque id, never an identity-card number",
        ));
    }
    Ok(token)
}

/// A personal number. Spreadsheets turn long numbers into 3.70102E+17, which cannot be undone.
pub(crate) fn number_text(value: &Value, form: Form) -> Result<String, Fault> {
    let number = text(64)(value, form)?;
    if form == Form::Table && number.contains("E+") {
        return Err(Fault::new(
            Code::R108,
            "号码已被表格软件改为科学计数法，请将该列设为文本后重新填写",
            "a spreadsheet has turned the number into scientific notation; make the column text and enter it again",
        ));
    }
    Ok(number)
}

/// An identity-card number: its length, region, birth date and check character.
pub(crate) fn identity_number(value: &Value, form: Form) -> Result<String, Fault> {
    let number = number_text(value, form)?;
    check_identity(&number).map_err(|bad| Fault::new(Code::R113, bad.chinese(), bad.english()))
}

/// A certificate's number: part of a key, so without a slash.
pub(crate) fn certificate_number(value: &Value, form: Form) -> Result<String, Fault> {
    let number = number_text(value, form)?;
    if number.contains('/') {
        return Err(Fault::new(Code::R108, "证书编号不得含斜杠", "must not hold a slash"));
    }
    Ok(number)
}

/// A whole number within bounds, both included.
pub(crate) fn integer(least: i64, most: i64) -> impl Fn(&Value, Form) -> Result<i64, Fault> {
    move |value, form| {
        let number = match (form, value) {
            (Form::Table, Value::String(cell)) => cell.parse::<i64>().ok(),
            (_, value) => value.as_i64(),
        };
        let number = number.ok_or_else(|| Fault::new(Code::R107, "须为整数", "must be a whole number"))?;
        if (least..=most).contains(&number) {
            return Ok(number);
        }
        Err(Fault::new(
            Code::R108,
            format!("须在 {least} 与 {most} 之间"),
            format!("must lie from {least} to {most}"),
        ))
    }
}

/// A share as a quoted decimal; in tables 60% too.
pub(crate) fn share(value: &Value, form: Form) -> Result<Share, Fault> {
    let text = text_value(value).map_err(|_| unquoted())?;
    if let Some(percent) = text.strip_suffix('%').filter(|_| form == Form::Table) {
        let yuan = Yuan::parse(percent.trim_end()).map_err(not_decimal)?;
        let share = (yuan.0 / rust_decimal::Decimal::ONE_HUNDRED).normalize();
        return Share::parse(&share.to_string()).map_err(not_decimal);
    }
    Share::parse(text).map_err(not_decimal)
}

/// An amount of yuan as a quoted decimal.
pub(crate) fn yuan(value: &Value, _: Form) -> Result<Yuan, Fault> {
    Yuan::parse(text_value(value).map_err(|_| unquoted())?).map_err(not_decimal)
}

fn unquoted() -> Fault {
    Fault::new(Code::R107, "须为带引号的小数，如 \"0.60\"", "must be a quoted decimal such as \"0.60\"")
}

fn not_decimal(fault: NotDecimal) -> Fault {
    match fault {
        NotDecimal::Form => {
            Fault::new(Code::R108, "须为形如 0.60 的小数", "must be a plain decimal such as 0.60")
        }
        NotDecimal::Range => Fault::new(Code::R108, "须在 0 与 1 之间", "must lie from 0 to 1"),
    }
}

/// A date, `2020-04-01`; in tables 2020/4/1 too.
pub(crate) fn date(value: &Value, form: Form) -> Result<NaiveDate, Fault> {
    let text = text_value(value)?;
    let strict = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
    let date = match form {
        Form::Json => strict,
        Form::Table => strict.or_else(|| NaiveDate::parse_from_str(text, "%Y/%m/%d").ok()),
    };
    date.ok_or_else(|| Fault::new(Code::R108, "须为日期，如 2020-04-01", "must be a date such as 2020-04-01"))
}

/// An RFC 3339 time.
pub(crate) fn moment(value: &Value, _: Form) -> Result<Millis, Fault> {
    Millis::parse_rfc3339(text_value(value)?).ok_or_else(|| {
        Fault::new(
            Code::R108,
            "须为带时区的时间，如 2020-04-20T09:00:00+08:00",
            "must be an RFC 3339 time such as 2020-04-20T09:00:00+08:00",
        )
    })
}

/// Yes or no.
pub(crate) fn flag(value: &Value, form: Form) -> Result<bool, Fault> {
    let flag = match (form, value) {
        (Form::Json, Value::Bool(flag)) => Some(*flag),
        (Form::Table, Value::String(cell)) => match cell.to_lowercase().as_str() {
            "是" | "true" | "yes" | "1" => Some(true),
            "否" | "false" | "no" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    };
    flag.ok_or_else(|| {
        Fault::new(Code::R107, "须为 true 或 false（表格中：是 或 否）", "must be true or false")
    })
}

/// One of a set of words.
pub(crate) fn word<T: Copy + 'static>(
    words: &'static [(&'static str, T)],
) -> impl Fn(&Value, Form) -> Result<T, Fault> {
    move |value, _| {
        let text = text_value(value)?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let set = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            Fault::new(Code::R108, format!("须为下列之一：{set}"), format!("must be one of {set}"))
        })
    }
}

/// A level: a token, or a Chinese word for a national level.
pub(crate) fn level(value: &Value, _: Form) -> Result<Level, Fault> {
    level_word(text_value(value)?)
}

/// See [`level`].
pub(crate) fn level_word(text: &str) -> Result<Level, Fault> {
    Level::parse(text).ok_or_else(|| {
        Fault::new(
            Code::R108,
            "须为等级，如 junior 或 初级",
            "must be a level such as junior (letters, digits, underscores, hyphens)",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_take_what_spreadsheets_write() {
        let cell = |text: &str| Value::String(text.to_owned());
        assert_eq!(share(&cell("60%"), Form::Table).ok(), Share::parse("0.6").ok());
        assert!(share(&cell("60%"), Form::Json).is_err());
        assert!(share(&cell("101%"), Form::Table).is_err());
        assert_eq!(date(&cell("2020/4/1"), Form::Table).ok(), date(&cell("2020-04-01"), Form::Json).ok());
        assert!(date(&cell("2020/4/1"), Form::Json).is_err());
        assert_eq!(flag(&cell("是"), Form::Table).ok(), Some(true));
        assert!(number_text(&cell("3.70102E+17"), Form::Table).is_err());
    }
}
