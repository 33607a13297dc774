//! What everybody may see of a person.

use crate::lookup::surname;

/// `张*`: the surname and one star, whatever the length.
pub fn mask_name(name: &str) -> String {
    format!("{}*", surname(name))
}

/// `370102********1234`: the first six and the last four; a shorter number is hidden whole.
pub fn mask_id_number(number: &str) -> String {
    ends(number, 6, 4)
}

/// `138****1234`: the first three and the last four; a shorter number is hidden whole.
pub fn mask_phone(number: &str) -> String {
    ends(number, 3, 4)
}

fn ends(text: &str, first: usize, last: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let hidden = characters.len().saturating_sub(first + last);
    if hidden < 4 {
        return "*".repeat(characters.len().max(4));
    }
    let shown = |c: &[char]| c.iter().collect::<String>();
    let (head, rest) = characters.split_at(first);
    let (_, tail) = rest.split_at(hidden);
    format!("{}{}{}", shown(head), "*".repeat(hidden), shown(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_show_what_is_agreed_and_no_more() {
        assert_eq!(mask_name("张三丰"), "张*");
        assert_eq!(mask_name("欧阳修"), "欧阳*");
        assert_eq!(mask_id_number("370102199001011234"), "370102********1234");
        assert_eq!(mask_phone("13800001234"), "138****1234");
        for short in ["", "12", "1234567890", "二三四五六七八九十甲"] {
            assert!(mask_id_number(short).chars().all(|c| c == '*'), "{short}");
        }
    }
}
