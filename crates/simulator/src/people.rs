//! Made-up people: names of common characters, numbers that nobody has.

use keshi_events::Millis;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "胡", "朱", "郭", "何",
    "高", "林", "罗",
];
const GIVEN: &[&str] = &[
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超",
    "霞", "平", "刚",
];
/// Districts and counties of Jinan with their codes of administrative divisions (行政区划代码).
const DISTRICTS: &[(&str, &str)] = &[
    ("lixia", "370102"),
    ("shizhong", "370103"),
    ("huaiyin", "370104"),
    ("tianqiao", "370105"),
    ("licheng", "370112"),
    ("changqing", "370113"),
    ("zhangqiu", "370114"),
    ("jiyang", "370115"),
    ("laiwu", "370116"),
    ("gangcheng", "370117"),
    ("pingyin", "370124"),
    ("shanghe", "370126"),
];
const CATEGORIES: &[&str] = &[
    "enterprise-worker",
    "platform-worker",
    "rural-migrant",
    "registered-unemployed",
    "graduate",
    "veteran",
];
/// GB 11643: weights of the 17 digits, and the check character of each remainder.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";
/// Birthdays lie on so many days from 1965-01-01 on; a prime, so that steps through them meet every day.
const BIRTHDAYS: u64 = 11_987;
const FIRST_BIRTHDAY: i64 = -1_826;

/// A person.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) id_number: String,
    pub(crate) phone: String,
    pub(crate) district: &'static str,
    pub(crate) category: &'static str,
}

impl Person {
    /// Makes somebody up. No two people of a class have the same numbers.
    pub(crate) fn make_up(who: u32, seed: u64, rng: &mut impl Rng) -> Person {
        let (district, region) = pick(rng, DISTRICTS).unwrap_or(("lixia", "370102"));
        let mut name = pick(rng, SURNAMES).unwrap_or_default().to_owned();
        for _ in 0..rng.random_range(1..3) {
            name.push_str(pick(rng, GIVEN).unwrap_or_default());
        }
        Person {
            name,
            id_number: id_number(region, who, seed),
            // No number of the Chinese numbering plan with eleven digits begins with 100.
            phone: format!("100{:08}", u64::from(who) + 1),
            district,
            category: pick(rng, CATEGORIES).unwrap_or_default(),
        }
    }
}

fn pick<T: Copy>(rng: &mut impl Rng, from: &[T]) -> Option<T> {
    from.choose(rng).copied()
}

/// An identity-card number with a right check digit. Birthday and serial number together are the person's own.
fn id_number(region: &str, who: u32, seed: u64) -> String {
    let who = u64::from(who);
    let day = (who * 7_919 + seed % BIRTHDAYS) % BIRTHDAYS;
    let serial = who / BIRTHDAYS % 999 + 1;
    let born = Millis::of_beijing_day(FIRST_BIRTHDAY + day.cast_signed())
        .beijing_date()
        .to_string()
        .replace('-', "");
    let digits = format!("{region}{born}{serial:03}");
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = CHECKS.get(sum as usize % CHECKS.len()).map_or('0', |check| char::from(*check));
    format!("{digits}{check}")
}
