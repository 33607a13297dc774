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

/// `1:02:03` or `2:03`, of milliseconds.
pub(crate) fn clock(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h > 0 { format!("{h}:{m:02}:{s:02}") } else { format!("{m}:{s:02}") }
}

/// `12.345`, of milliseconds as seconds.
pub(crate) fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000))
}

/// A share in whole percent, cut off.
pub(crate) fn percent(part: i64, whole: i64) -> i64 {
    if whole <= 0 { 0 } else { (i128::from(part) * 100 / i128::from(whole)) as i64 }
}
