//! A pack as a table for people.

use serde::Serialize;

use crate::pack::{PRACTICE, Pack};
use crate::rule::Severity;

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The notice's clause, or `practice`.
    pub clause: String,
    /// What the row is about: a member of the pack, or a rule's id.
    pub rule: String,
    /// The value.
    pub value: String,
    /// What it means, in Chinese.
    pub chinese: String,
    /// What it means, in English.
    pub english: String,
}

fn row(
    clause: &str,
    rule: impl Into<String>,
    value: impl ToString,
    chinese: impl Into<String>,
    english: impl Into<String>,
) -> Explained {
    Explained {
        clause: clause.to_owned(),
        rule: rule.into(),
        value: value.to_string(),
        chinese: chinese.into(),
        english: english.into(),
    }
}

impl Pack {
    /// The whole pack, row by row: terms and rates, standards, hours, people, authorities, calendar, schemes, rules.
    pub fn explain(&self) -> Vec<Explained> {
        let mut rows = self.terms();
        rows.extend(self.standards.iter().map(|standard| {
            let level = standard.level.as_ref().map_or("*", |level| level.as_str());
            let name = format!("standard {} {level}", standard.category.as_str());
            let chinese = format!("{}补贴标准（元/人）", standard.category.chinese());
            row(&standard.clause, name, standard.yuan, chinese, "Subsidy standard, yuan a person")
        }));
        rows.extend(self.practical_shares.iter().map(|share| {
            let specialty = share.specialty.as_ref().map(|it| it.as_str());
            let whose = specialty.or(share.category.map(|it| it.as_str())).unwrap_or("*");
            let name = format!("practical_share {whose}");
            row(
                &share.clause,
                name,
                share.share,
                "实操占补贴标准的比例",
                "Share of the standard for the practical part",
            )
        }));
        rows.extend(self.min_hours.iter().map(|hours| {
            let categories = hours.categories.iter().map(|category| category.as_str());
            let who = categories.chain(hours.schemes.iter().map(|scheme| scheme.as_str()));
            let who = who.collect::<Vec<_>>().join(", ");
            let practical = hours.practical.map_or_else(|| "-".to_owned(), |hours| hours.to_string());
            let normally = hours.severity == Severity::Warning;
            row(
                &hours.clause,
                format!("min_hours {who}"),
                format!("{}/{practical}", hours.online),
                if normally { "线上/实操课时一般不低于" } else { "线上/实操课时不低于" },
                if normally {
                    "Least online/practical class hours, normally"
                } else {
                    "Least online/practical class hours"
                },
            )
        }));
        rows.extend(
            self.eligible
                .iter()
                .map(|group| row(&group.clause, "eligible", &group.id, &group.name, "May be subsidised")),
        );
        rows.extend(self.authorities.iter().map(|authority| {
            let english = match authority.level {
                crate::pack::AuthorityLevel::City => "Assesses platforms, decides",
                crate::pack::AuthorityLevel::District => "Assesses courses, pays for its residents",
            };
            row(
                self.clause_of(crate::rule::RuleId::ProviderListed),
                "authority",
                &authority.id,
                &authority.name,
                english,
            )
        }));
        rows.extend(self.days());
        for (scheme, terms) in &self.schemes {
            let english = "Scheme, with the document of its procedure";
            rows.push(row(&terms.clause, scheme.as_str(), &terms.procedure, scheme.chinese(), english));
            rows.extend(terms.rules.iter().map(|(rule, clause)| {
                row(clause, format!("{scheme} {rule}"), "", rule.chinese(), rule.english())
            }));
        }
        rows.extend(
            self.rules
                .iter()
                .map(|(rule, clause)| row(clause, rule.as_str(), "", rule.chinese(), rule.english())),
        );
        rows.extend(self.checks());
        rows
    }

    /// Parameters of the attendance checks, each with the flag that it decides over.
    fn checks(&self) -> Vec<Explained> {
        let members = toml::Table::try_from(&self.integrity).unwrap_or_default();
        let explained = members.iter().map(|(member, value)| {
            let flag = keshi_integrity::Rules::decides(member);
            let (chinese, english) = flag.map_or(("", ""), |flag| (flag.chinese(), flag.as_str()));
            row(
                PRACTICE,
                format!("integrity {member}"),
                value,
                format!("学习诚信：{chinese}"),
                format!("Attendance check: {english}"),
            )
        });
        explained.collect()
    }

    fn terms(&self) -> Vec<Explained> {
        let clauses = &self.rates.clauses;
        let practical_from = self.practical.from.map_or_else(|| "-".to_owned(), |day| day.to_string());
        vec![
            row(
                &self.valid_clause,
                "valid",
                format!("{} .. {}", self.valid_from, self.valid_to),
                "完成日期在此期间的适用本政策包",
                "Completions of these days are judged by this pack",
            ),
            row(
                &self.online_window.clause,
                "online_window",
                self.online_window.until,
                "线上培训政策执行至此日",
                "Online training is paid until this day",
            ),
            row(
                &self.practical.clause,
                "practical",
                practical_from,
                "实操培训自此日起（未定则待定）",
                "Practical training is paid from this day; not set is undetermined",
            ),
            row(
                &clauses.online_rate,
                "online_rate",
                self.rates.online_rate,
                "线上培训占补贴标准的比例",
                "Share of the standard for online training",
            ),
            row(
                &clauses.practical_share_ceiling,
                "practical_share_ceiling",
                self.rates.practical_share_ceiling,
                "实操培训占补贴标准的最高比例",
                "Highest share of the standard for practical training",
            ),
            row(
                &clauses.special_operations,
                "special_operations",
                self.rates.special_operations,
                "特种作业（元/人）",
                "Special operations, yuan a person",
            ),
            row(
                &clauses.pre_job,
                "pre_job",
                self.rates.pre_job,
                "岗前培训（元/人）",
                "Pre-job training, yuan a person",
            ),
        ]
    }

    fn days(&self) -> Vec<Explained> {
        let calendar = &self.calendar;
        let mut rows = vec![row(
            &self.publicity.clause,
            "publicity",
            self.publicity.working_days,
            "公示工作日数（公示当日不计）",
            "Working days of publicity; the day of publication does not count",
        )];
        rows.extend(calendar.holidays.iter().map(|holiday| {
            let days = format!("{} .. {}", holiday.from, holiday.to);
            row(&calendar.clause, "holiday", days, &holiday.name, "Days off")
        }));
        rows.extend(
            calendar
                .working
                .iter()
                .map(|day| row(&calendar.clause, "working", day, "调休上班", "Worked in exchange")),
        );
        rows
    }
}
