//! Who and what stands in the published catalogue (职业培训目录清单).

use chrono::NaiveDate;
use keshi_registry::{Course, Listing, Provider, ProviderKind};

use crate::days::Days;
use crate::pack::{AuthorityLevel, Pack};
use crate::rule::{Case, Finding, Outcome, Rule, RuleId};
use crate::rules::employment::is_own;

/// Who trains stands in the catalogue on every day of that training: of the online study, or of the practical part. The
/// city assesses platforms; a district assesses the others.
pub(crate) const PROVIDER_LISTED: Rule = Rule { id: RuleId::ProviderListed, judge: provider_listed };

/// The online course stands in the catalogue on every day of its study, and a district's listing was filed with the city. A
/// platform is assessed as a whole, so its own listing decides; a listing of the course is shown.
pub(crate) const COURSE_LISTED: Rule = Rule { id: RuleId::CourseListed, judge: course_listed };

/// The specialty stands in the catalogue, or the city's experts assessed it before the training began.
pub(crate) const SPECIALTY_IN_CATALOGUE: Rule =
    Rule { id: RuleId::SpecialtyInCatalogue, judge: specialty_in_catalogue };

/// The provider developed the course itself. Of an entrusted course this is not asked.
pub(crate) const OWN_DEVELOPED: Rule = Rule { id: RuleId::OwnDeveloped, judge: own_developed };

fn own_developed(case: Case<'_>) -> Finding {
    let own = case.facts.course.as_ref().and_then(|course| course.own_developed);
    let entrusted = case.scheme.is_of_enterprise() && is_own(case) == Some(false);
    let finding = match own {
        _ if entrusted => Finding::met(
            "委托培训课程，不作要求",
            "the course is an entrusted provider's: this is asked of one's own",
        ),
        Some(true) => Finding::met("课程为自主开发", "the provider developed the course itself"),
        Some(false) => Finding::not_met("课程不是自主开发", "the provider did not develop the course itself"),
        None => Finding::undetermined("待登记课程是否自主开发", "who developed the course is not registered"),
    };
    finding.saw("own_developed", own)
}

fn provider_listed(case: Case<'_>) -> Finding {
    let Some(provider) = &case.facts.provider else {
        return Finding::undetermined("待登记培训主体", "the provider is not registered");
    };
    let finding = match (provider.kind, &provider.listings) {
        (None, _) => Finding::undetermined("待登记培训主体类型", "the provider's kind is not registered"),
        (_, None) => Finding::undetermined(
            "待登记培训主体的目录清单信息",
            "the provider's listings are not registered",
        ),
        (Some(kind), Some(listings)) => {
            listed(case.pack, Days::of_training(case), listings, assessed_by(kind))
        }
    };
    shown(finding, provider)
}

/// The listing of the platform that gives the online course.
fn platform_listed(case: Case<'_>, provider: &Provider) -> Finding {
    let finding = match &provider.listings {
        None => {
            Finding::undetermined("待登记平台的目录清单信息", "the platform's listings are not registered")
        }
        Some(listings) => listed(case.pack, Days::of_study(case), listings, AuthorityLevel::City),
    };
    shown(finding, provider)
}

fn course_listed(case: Case<'_>) -> Finding {
    let Some(course) = &case.facts.course else {
        return Finding::undetermined("待登记课程", "the course is not registered");
    };
    let provider = case.course_provider();
    let finding = match (provider, provider.and_then(|provider| provider.kind), &course.listings) {
        (None, ..) | (_, None, _) => {
            Finding::undetermined("待登记培训主体类型", "the kind of the course's provider is not registered")
        }
        (Some(provider), Some(ProviderKind::Platform), _) => platform_listed(case, provider),
        (.., None) => {
            Finding::undetermined("待登记课程的目录清单信息", "the course's listings are not registered")
        }
        (.., Some(listings)) => assessed_and_filed(case, listings),
    };
    own_listing_shown(finding, course)
}

/// A district files what it assessed with the city (备案); what the city itself assessed needs no filing.
fn assessed_and_filed(case: Case<'_>, listings: &[Listing]) -> Finding {
    let is_of_city = |it: &Listing| {
        case.pack.authority(&it.authority).is_some_and(|authority| authority.level == AuthorityLevel::City)
    };
    let filed: Vec<Listing> =
        listings.iter().filter(|it| it.filed_on.is_some() || is_of_city(it)).cloned().collect();
    let days = Days::of_study(case);
    let finding = listed(case.pack, days, &filed, AuthorityLevel::District);
    let would_do = || listed(case.pack, days, listings, AuthorityLevel::District).outcome == Outcome::Met;
    if finding.outcome == Outcome::NotMet && would_do() {
        Finding::undetermined("待报市备案", "the listing has not been filed with the city")
    } else {
        finding
    }
}

fn specialty_in_catalogue(case: Case<'_>) -> Finding {
    let Some(specialty) = &case.facts.specialty else {
        return Finding::undetermined("待登记专业", "the specialty is not registered");
    };
    let finding = match (&specialty.listings, specialty.expert_approved_on) {
        (None, None) => Finding::met(
            "专业已登记，未另列期间，视为在目录清单内（实践做法）",
            "the specialty is registered without a period of its own: taken as in the catalogue (practice)",
        ),
        (_, Some(approved_on)) => match Days::of_training(case).first {
            Some(first) if approved_on <= first => Finding::met(
                "专业在培训前经专家评估确定",
                "experts assessed the specialty before the training began",
            ),
            None => Finding::undetermined("待确认培训首日", "the first day of the training is not known"),
            // A specialty may have entered the catalogue as well.
            Some(_) => match &specialty.listings {
                Some(listings) => listed(case.pack, Days::of_training(case), listings, AuthorityLevel::City),
                None => Finding::not_met(
                    "专家评估晚于培训开始",
                    "experts assessed the specialty after the training began",
                ),
            },
        },
        (Some(listings), None) => listed(case.pack, Days::of_training(case), listings, AuthorityLevel::City),
    };
    finding
        .saw("specialty", Some(&specialty.specialty))
        .saw("expert_approved_on", specialty.expert_approved_on)
}

fn assessed_by(kind: ProviderKind) -> AuthorityLevel {
    match kind {
        ProviderKind::Platform => AuthorityLevel::City,
        ProviderKind::Institution | ProviderKind::Enterprise | ProviderKind::HumanResourcesAgency => {
            AuthorityLevel::District
        }
    }
}

/// Whether listings by an authority of this level (the city's always count) cover every one of the days.
fn listed(pack: &Pack, days: Days, listings: &[Listing], level: AuthorityLevel) -> Finding {
    let (own, strange): (Vec<&Listing>, Vec<&Listing>) =
        listings.iter().partition(|listing| is_by(pack, listing, level));
    let finding = match (days.first, days.last) {
        (None, None) => Finding::undetermined("待确认培训起止日期", "the days of the training are not known"),
        (first, last) => {
            // Of a day that is not known the other one stands in; not listed then is not listed at all.
            let known = first.or(last).zip(last.or(first));
            match known.and_then(|(first, last)| uncovered(&own, first, last)) {
                None if first.is_none() || last.is_none() => {
                    Finding::undetermined("待确认培训起止日期", "the days of the training are not all known")
                }
                None => Finding::met("培训期间在目录清单内", "listed on every day of the training"),
                Some(day)
                    if strange.iter().any(|listing| {
                        pack.authority(&listing.authority).is_none() && listing.covers(day)
                    }) =>
                {
                    Finding::undetermined(
                        "待确认目录清单的评估单位",
                        "a listing names an authority that the pack does not know",
                    )
                }
                Some(day) => {
                    Finding::not_met(format!("{day} 不在目录清单内"), format!("not listed on {day}"))
                }
            }
        }
    };
    let texts: Vec<String> = listings.iter().map(text).collect();
    finding.saw("listings", Some(texts.join("; ")))
}

fn is_by(pack: &Pack, listing: &Listing, level: AuthorityLevel) -> bool {
    pack.authority(&listing.authority)
        .is_some_and(|authority| authority.level == level || authority.level == AuthorityLevel::City)
}

/// The first day from `first` to `last` that no listing covers.
fn uncovered(listings: &[&Listing], first: NaiveDate, last: NaiveDate) -> Option<NaiveDate> {
    let mut day = first;
    while day <= last {
        let covering = listings.iter().filter(|listing| listing.covers(day));
        match covering.map(|listing| listing.to.unwrap_or(last)).max() {
            None => return Some(day),
            Some(to) => day = to.succ_opt()?,
        }
    }
    None
}

fn text(listing: &Listing) -> String {
    let to = listing.to.map_or_else(String::new, |to| to.to_string());
    format!("{} {}..{to}", listing.authority, listing.from)
}

fn shown(finding: Finding, provider: &Provider) -> Finding {
    finding.saw("provider", Some(&provider.provider)).saw("kind", provider.kind.map(ProviderKind::as_str))
}

fn own_listing_shown(finding: Finding, course: &Course) -> Finding {
    let listings = course.listings.as_ref();
    let texts = listings.map(|listings| listings.iter().map(text).collect::<Vec<_>>().join("; "));
    finding.saw("course", Some(&course.course)).saw("course listings", texts)
}
