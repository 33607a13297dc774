//! Identity-card numbers (公民身份号码, GB 11643): 18 characters, region, birth date, serial number, check character.

use chrono::{Datelike, NaiveDate};

/// What is wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadIdentity {
    /// Not 18 characters, 17 digits and then a digit or X.
    Length,
    /// The first two digits are no province (行政区划代码).
    Region,
    /// Digits 7 to 14 are no date from 1900 on.
    Birth,
    /// The last character does not follow from the others.
    Check,
}

impl BadIdentity {
    /// What to mend, in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            BadIdentity::Length => "身份证号须为 18 位：17 位数字和一位校验码",
            BadIdentity::Region => "身份证号的地区码不存在",
            BadIdentity::Birth => "身份证号中的出生日期不存在",
            BadIdentity::Check => "身份证号的校验码不符，请核对是否录错",
        }
    }

    /// What to mend, in English.
    pub fn english(self) -> &'static str {
        match self {
            BadIdentity::Length => {
                "an identity-card number has 18 characters: 17 digits and a check character"
            }
            BadIdentity::Region => "the identity-card number's region does not exist",
            BadIdentity::Birth => "the identity-card number's birth date does not exist",
            BadIdentity::Check => {
                "the identity-card number's check character does not fit: look for a typing error"
            }
        }
    }
}

/// Provinces and their like, by the first two digits.
const REGIONS: [u32; 34] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
    61, 62, 63, 64, 65, 81, 82, 83,
];
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// Checks a number, and gives it with a capital X.
///
/// # Errors
/// The first thing that is wrong, in the order of [`BadIdentity`].
pub fn check_identity(text: &str) -> Result<String, BadIdentity> {
    let number = text.to_ascii_uppercase();
    let digits: Vec<u32> = number.chars().take(17).filter_map(|c| c.to_digit(10)).collect();
    let last = number.chars().last().filter(|c| c.is_ascii_digit() || *c == 'X');
    if number.len() != 18 || digits.len() != 17 || last.is_none() {
        return Err(BadIdentity::Length);
    }
    let region = digits.iter().take(2).fold(0, |sum, digit| sum * 10 + digit);
    if !REGIONS.contains(&region) {
        return Err(BadIdentity::Region);
    }
    let born = number.get(6..14).and_then(|date| NaiveDate::parse_from_str(date, "%Y%m%d").ok());
    if born.is_none_or(|born| !(1900..=2100).contains(&born.year())) {
        return Err(BadIdentity::Birth);
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    if CHECKS.get((sum % 11) as usize).copied() != last {
        return Err(BadIdentity::Check);
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_number_is_checked() {
        assert_eq!(check_identity("11010519491231002x"), Ok("11010519491231002X".to_owned()));
        for (bad, why) in [
            ("1101051949123100", BadIdentity::Length),
            ("110105194912310029X", BadIdentity::Length),
            ("11010519491231002Y", BadIdentity::Length),
            ("１10105194912310", BadIdentity::Length),
            ("99010519491231002X", BadIdentity::Region),
            ("11010519490231002X", BadIdentity::Birth),
            ("11010518991231002X", BadIdentity::Birth),
            ("110105194912310021", BadIdentity::Check),
            ("11010519491231003X", BadIdentity::Check),
        ] {
            assert_eq!(check_identity(bad), Err(why), "{bad}");
        }
    }
}
