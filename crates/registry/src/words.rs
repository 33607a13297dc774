//! Words of the registry as people read them: what stands in files and entries as a stable English word has a Chinese one.

use crate::entry::Kind;
use crate::headers::List;
use crate::ids::Level;
use crate::lists::{
    Applicant, AuthorityLevel, BenefitKind, Category, CertificateKind, Employment, EvaluationMethod, PayTo,
    ProviderKind, Relation,
};

impl Kind {
    /// The list in which entries of the kind come.
    pub fn list(self) -> List {
        match self {
            Kind::Provider => List::Providers,
            Kind::Specialty => List::Specialties,
            Kind::Course => List::Courses,
            Kind::Trainee => List::Trainees,
            Kind::Enrolment => List::Enrolments,
            Kind::Authority => List::Authorities,
            Kind::TeachingPlan => List::TeachingPlans,
            Kind::Agreement => List::Agreements,
            Kind::Contract => List::Contracts,
            Kind::Insurance => List::Insurance,
            Kind::Evaluation => List::Evaluations,
            Kind::Practical => List::Practicals,
            Kind::Certificate => List::Certificates,
            Kind::Benefit => List::Benefits,
            Kind::Approval => List::Approvals,
        }
    }
}

/// The Chinese word for a word of an entry's member; none where the member holds no fixed words.
pub fn chinese_word(kind: Kind, member: &str, word: &str) -> Option<&'static str> {
    match (kind, member) {
        (_, "level") if kind != Kind::Authority => {
            Level::WORDS.iter().find(|(_, english)| *english == word).map(|(chinese, _)| *chinese)
        }
        (Kind::Authority, "level") => of(AuthorityLevel::WORDS, word),
        (Kind::Provider, "kind") => of(ProviderKind::WORDS, word),
        (Kind::Specialty, "category") => of(Category::WORDS, word),
        (Kind::Trainee, "employment") => of(Employment::WORDS, word),
        (Kind::Contract, "relation") => of(Relation::WORDS, word),
        (Kind::Agreement, "pay_to") => of(PayTo::WORDS, word),
        (Kind::Evaluation, "method") => of(EvaluationMethod::WORDS, word),
        (Kind::Practical, "applicant") => of(Applicant::WORDS, word),
        (Kind::Certificate, "kind") => of(CertificateKind::WORDS, word),
        (Kind::Benefit, "kind") => of(BenefitKind::WORDS, word),
        _ => None,
    }
}

fn of<T: PartialEq>(words: &[(&'static str, T)], word: &str) -> Option<&'static str> {
    let (_, meant) = words.iter().find(|(known, _)| *known == word)?;
    words.iter().find(|(known, value)| value == meant && !known.is_ascii()).map(|(known, _)| *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_entries_hold_are_told_in_chinese() {
        let kind = serde_json::to_value(ProviderKind::HumanResourcesAgency).expect("a word");
        assert_eq!(
            chinese_word(Kind::Provider, "kind", kind.as_str().expect("a text")),
            Some("人力资源服务机构")
        );
        assert_eq!(chinese_word(Kind::Course, "level", "junior"), Some("初级"));
        assert_eq!(chinese_word(Kind::Trainee, "employment", "flexible"), Some("灵活就业"));
        assert_eq!(chinese_word(Kind::Course, "title", "junior"), None);
        for kind in Kind::ALL {
            assert!(!kind.list().as_str().is_empty());
        }
    }
}
