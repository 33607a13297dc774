//! Made-up people: names of common characters, numbers that nobody has.

use rand::{Rng, RngExt};
use serde_json::{Value, json};

const SURNAMES: &[&str] = &["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙"];
const GIVEN: &[&str] =
    &["伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明"];
const DISTRICTS: &[(&str, &str)] = &[
    ("lixia", "370102"),
    ("shizhong", "370103"),
    ("huaiyin", "370104"),
    ("tianqiao", "370105"),
    ("licheng", "370112"),
];
const CATEGORIES: &[&str] = &[
    "enterprise-worker",
    "platform-worker",
    "rural-migrant",
    "registered-unemployed",
    "graduate",
    "veteran",
];
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

fn pick<'a, T>(rng: &mut impl Rng, from: &'a [T]) -> &'a T {
    let index = rng.random_range(0..from.len());
    &from[index]
}

/// A trainee's row of the registry.
pub(crate) fn registered(trainee: &str, number: usize, rng: &mut impl Rng) -> Value {
    let (district, region) = pick(rng, DISTRICTS);
    let name = format!("{}{}{}", pick(rng, SURNAMES), pick(rng, GIVEN), pick(rng, GIVEN));
    json!({"trainee": trainee, "name": name, "id_number": id_number(region, number, rng),
           "phone": format!("1000{:07}", number % 10_000_000), "district": district, "category": pick(rng, CATEGORIES)})
}

/// An identity-card number with a right check digit.
fn id_number(region: &str, number: usize, rng: &mut impl Rng) -> String {
    let (year, month, day) = (rng.random_range(1965..2001), rng.random_range(1..13), rng.random_range(1..29));
    let digits = format!("{region}{year:04}{month:02}{day:02}{:03}", number % 1000);
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize];
    format!("{digits}{check}")
}
