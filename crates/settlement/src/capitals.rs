//! Amounts in Chinese capitals (大写金额), as the rules for vouchers have them.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
const GROUPS: [&str; 4] = ["", "万", "亿", "万亿"];

/// `壹仟贰佰元整`, `贰拾元零伍分`: an amount of at most 12 whole digits, to the fen.
pub fn capitals(yuan: Decimal) -> String {
    let fen = (yuan.abs().round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
        * Decimal::ONE_HUNDRED)
        .to_u64()
        .unwrap_or(0);
    let (whole, jiao, fen) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut text = if yuan.is_sign_negative() && !yuan.is_zero() { "负" } else { "" }.to_owned();
    let figures = integer(whole);
    match (whole, jiao, fen) {
        (0, 0, 0) => return "零元整".to_owned(),
        (0, ..) => {}
        _ => text.push_str(&format!("{figures}元")),
    }
    match (jiao, fen) {
        (0, 0) => text.push('整'),
        (0, fen) => {
            if whole > 0 {
                text.push('零');
            }
            text.push_str(&format!("{}分", digit(fen)));
        }
        (jiao, 0) => text.push_str(&format!("{}角整", digit(jiao))),
        (jiao, fen) => text.push_str(&format!("{}角{}分", digit(jiao), digit(fen))),
    }
    text
}

fn digit(value: u64) -> &'static str {
    usize::try_from(value).ok().and_then(|at| DIGITS.get(at)).copied().unwrap_or("")
}

fn integer(whole: u64) -> String {
    let mut groups = Vec::new();
    let mut left = whole;
    while left > 0 {
        groups.push(left % 10_000);
        left /= 10_000;
    }
    let mut text = String::new();
    let mut gap = false;
    for (at, group) in groups.iter().enumerate().rev() {
        if *group == 0 {
            gap = !text.is_empty();
            continue;
        }
        if (gap || *group < 1_000) && !text.is_empty() {
            text.push('零');
        }
        text.push_str(&four(*group));
        text.push_str(GROUPS.get(at).copied().unwrap_or(""));
        gap = false;
    }
    text
}

/// A group of four digits; zeros in it are said once, those at its end not at all.
fn four(group: u64) -> String {
    let mut text = String::new();
    let mut gap = false;
    for place in (0..4_u32).rev() {
        let value = group / 10_u64.pow(place) % 10;
        if value == 0 {
            gap = !text.is_empty();
            continue;
        }
        if gap {
            text.push('零');
        }
        text.push_str(digit(value));
        text.push_str(PLACES.get(place as usize).copied().unwrap_or(""));
        gap = false;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_on_vouchers() {
        for (yuan, text) in [
            ("0", "零元整"),
            ("0.05", "伍分"),
            ("0.50", "伍角整"),
            ("1.05", "壹元零伍分"),
            ("10", "壹拾元整"),
            ("200.00", "贰佰元整"),
            ("1005.30", "壹仟零伍元叁角整"),
            ("10000", "壹万元整"),
            ("10001", "壹万零壹元整"),
            ("100500.99", "壹拾万零伍佰元玖角玖分"),
            ("1020304", "壹佰零贰万零叁佰零肆元整"),
            ("100000000", "壹亿元整"),
            ("100000001.10", "壹亿零壹元壹角整"),
            ("20005000", "贰仟万伍仟元整"),
            ("-12.3", "负壹拾贰元叁角整"),
        ] {
            assert_eq!(capitals(yuan.parse().expect("a decimal")), text, "{yuan}");
        }
    }
}
