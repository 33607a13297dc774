//! Chinese first, English on a switch.

/// The language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lang {
    /// 中文
    #[default]
    Chinese,
    /// English
    English,
}

impl Lang {
    /// One of two texts.
    pub(crate) fn of<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Lang::Chinese => chinese,
            Lang::English => english,
        }
    }

    pub(crate) fn tag(self) -> &'static str {
        match self {
            Lang::Chinese => "zh-CN",
            Lang::English => "en",
        }
    }

    pub(crate) fn parse(text: &str) -> Lang {
        if text.starts_with("en") { Lang::English } else { Lang::Chinese }
    }
}

/// The half of an error's text that is in this language: errors say both, with ` / ` between them.
pub(crate) fn half(text: &str, lang: Lang) -> String {
    let Some((code, said)) = text.split_once([':', ' ']).filter(|(code, _)| is_code(code)) else {
        return text.to_owned();
    };
    let halves: Vec<&str> = said.splitn(2, " / ").collect();
    let is_chinese = |half: &&&str| half.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let fitting = match lang {
        Lang::Chinese => halves.iter().find(is_chinese),
        Lang::English => halves.iter().find(|half| !is_chinese(half)),
    };
    format!("{}（{code}）", fitting.copied().unwrap_or(said).trim())
}

fn is_code(text: &str) -> bool {
    text.len() == 4
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().skip(1).all(|b| b.is_ascii_digit())
}

/// `1:02:03` or `2:03`, of milliseconds.
pub(crate) fn clock(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h > 0 { format!("{h}:{m:02}:{s:02}") } else { format!("{m}:{s:02}") }
}

/// `0:02:03`, of milliseconds.
pub(crate) fn hours(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `12.345`, of milliseconds as seconds.
pub(crate) fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000))
}

/// A share in whole percent, cut off.
pub(crate) fn percent(part: i64, whole: i64) -> i64 {
    if whole <= 0 { 0 } else { (i128::from(part) * 100 / i128::from(whole)) as i64 }
}

/// Shares of a whole in percent with one decimal, which add up to exactly 100.0: what is cut off goes to those that lost most by
/// it (largest remainder). Nothing of nothing.
pub(crate) fn shares(parts: &[i64]) -> Vec<String> {
    let whole: i128 = parts.iter().map(|part| i128::from(*part)).sum();
    if whole <= 0 {
        return vec![String::new(); parts.len()];
    }
    let exact = |part: &i64| (i128::from(*part) * 1000 / whole, i128::from(*part) * 1000 % whole);
    let mut tenths: Vec<i128> = parts.iter().map(|part| exact(part).0).collect();
    let mut losers: Vec<usize> = (0..parts.len()).collect();
    losers.sort_by_key(|place| std::cmp::Reverse(parts.get(*place).map(|part| exact(part).1)));
    let missing = usize::try_from(1000 - tenths.iter().sum::<i128>()).unwrap_or(0);
    for place in losers.into_iter().take(missing) {
        if let Some(tenth) = tenths.get_mut(place) {
            *tenth += 1;
        }
    }
    tenths.into_iter().map(|tenths| format!("{}.{}", tenths / 10, tenths % 10)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        assert_eq!(shares(&[11_654_204, 119_605_542]), ["8.9", "91.1"]);
        assert_eq!(shares(&[1, 1, 1]), ["33.4", "33.3", "33.3"]);
        assert_eq!(shares(&[0, 5]), ["0.0", "100.0"]);
        assert_eq!(shares(&[0, 0]), ["", ""]);
        let mut seed: u64 = 7;
        for round in 1..2000 {
            let parts: Vec<i64> = (0..round % 12 + 1)
                .map(|_| {
                    seed =
                        seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (seed >> 33) as i64 % 1_000_000 + 1
                })
                .collect();
            let whole: i64 = parts.iter().sum();
            let told: Vec<i64> =
                shares(&parts).iter().map(|share| share.replace('.', "").parse().expect("tenths")).collect();
            assert_eq!(told.iter().sum::<i64>(), 1000, "{parts:?}");
            for (part, tenths) in parts.iter().zip(&told) {
                assert!(
                    (part * 1000 / whole..=part * 1000 / whole + 1).contains(tenths),
                    "{parts:?} {told:?}"
                );
            }
        }
    }

    #[test]
    fn an_error_speaks_one_language_on_a_page() {
        let said = "S104: the publicity period is not over / 公示期未满";
        assert_eq!(half(said, Lang::Chinese), "公示期未满（S104）");
        assert_eq!(half(said, Lang::English), "the publicity period is not over（S104）");
        assert_eq!(half("no code", Lang::Chinese), "no code");
    }
}
