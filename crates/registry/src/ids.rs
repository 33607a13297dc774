//! Names that only the registry gives. (Those that platforms repeat are in `keshi-events`.)

use keshi_events::PlatformId;

keshi_events::text_ids! {
    /// A provider of training (培训主体): a token of a subject, since every provider may publish as a platform.
    ProviderId,
    /// A specialty or trade (专业/工种) of the vocational-training catalogue.
    SpecialtyId,
    /// A level (等级), such as `junior`; open, since cities and years differ in what they grade.
    Level,
}

impl ProviderId {
    /// The same provider as the source of events.
    pub fn platform(&self) -> PlatformId {
        PlatformId::from(self.as_str())
    }
}

impl Level {
    /// Chinese words for the national levels, which files may use instead.
    pub(crate) const WORDS: &'static [(&'static str, &'static str)] = &[
        ("初级", "junior"),
        ("初级工", "junior"),
        ("五级", "junior"),
        ("中级", "intermediate"),
        ("中级工", "intermediate"),
        ("四级", "intermediate"),
        ("高级", "senior"),
        ("高级工", "senior"),
        ("三级", "senior"),
        ("技师", "technician"),
        ("二级", "technician"),
        ("高级技师", "senior-technician"),
        ("一级", "senior-technician"),
        ("专项职业能力", "single-skill"),
        ("培训合格", "completion"),
    ];

    /// Reads a level's token, or one of its Chinese words.
    pub fn parse(text: &str) -> Option<Level> {
        let known = Level::WORDS.iter().find(|(chinese, _)| *chinese == text);
        match known {
            Some((_, token)) => Some(Level::from(*token)),
            None => keshi_events::subject::valid_token(text).then(|| Level::from(text)),
        }
    }
}
