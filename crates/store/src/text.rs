//! Texts that platforms set may hold U+0000, which PostgreSQL's text cannot: `\` becomes `\\` and U+0000 becomes `\0`.

use std::borrow::Cow;

/// The text as a column holds it.
pub fn escape(text: &str) -> Cow<'_, str> {
    if text.contains(['\\', '\0']) {
        Cow::Owned(text.replace('\\', "\\\\").replace('\0', "\\0"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that a column holds.
pub fn unescape(column: &str) -> String {
    let mut text = String::with_capacity(column.len());
    let mut characters = column.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(if characters.next() == Some('0') { '\0' } else { '\\' }),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back() {
        for text in ["", "C1", "a\\b", "a\0b", "\\0", "\\\0\\", "课程\0"] {
            let column = escape(text);
            assert!(!column.contains('\0'));
            assert_eq!(unescape(&column), text);
        }
    }
}
