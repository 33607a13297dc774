//! What a person can be found by, written in one way.

/// What a person is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// The identity-card number.
    IdNumber,
    /// The telephone number.
    Phone,
    /// The whole name.
    Name,
    /// The surname alone.
    Surname,
}

/// Surnames of two characters that are borne today.
const COMPOUND: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "司徒", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "尉迟", "公羊",
    "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙",
    "宇文", "鲜于", "闾丘", "令狐", "端木", "百里", "呼延", "西门", "轩辕", "拓跋", "左丘", "梁丘", "东郭",
    "第五",
];

/// The surname of a Chinese name; for others the first word.
pub fn surname(name: &str) -> &str {
    let name = name.trim();
    if let Some((first, _)) = name.split_once([' ', '·']) {
        return first;
    }
    let characters = name.chars().count();
    if characters > 2
        && let Some(compound) = COMPOUND.iter().find(|compound| name.starts_with(*compound))
    {
        return name.get(..compound.len()).unwrap_or(name);
    }
    name.chars().next().and_then(|first| name.get(..first.len_utf8())).unwrap_or(name)
}

impl LookUp {
    pub(crate) fn word(self) -> &'static str {
        match self {
            LookUp::IdNumber => "id_number",
            LookUp::Phone => "phone",
            LookUp::Name => "name",
            LookUp::Surname => "surname",
        }
    }

    /// The same person is written in one way, whatever spaces and hyphens stand between.
    pub(crate) fn normal(self, text: &str) -> String {
        let kept: String = text.chars().filter(|c| !c.is_whitespace() && !"-·".contains(*c)).collect();
        match self {
            LookUp::Phone => kept.strip_prefix("+86").map_or(kept.clone(), str::to_owned),
            _ => kept.to_uppercase(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames() {
        for (name, expected) in [
            ("张三", "张"),
            ("欧阳修", "欧阳"),
            ("欧阳", "欧"),
            ("阿依努尔·买买提", "阿依努尔"),
            ("", ""),
            ("Li Na", "Li"),
        ] {
            assert_eq!(surname(name), expected, "{name}");
        }
    }

    #[test]
    fn one_way_of_writing() {
        assert_eq!(LookUp::IdNumber.normal(" 37010219900101123x "), "37010219900101123X");
        assert_eq!(LookUp::Phone.normal("+86 138-0000-1234"), "13800001234");
    }
}
