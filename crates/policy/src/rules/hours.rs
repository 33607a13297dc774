//! Least class hours, asked of the course, never of a trainee's verified hours.

use keshi_record::class_hours;

use crate::pack::MinHours;
use crate::rule::{Case, Finding, Rule, RuleId, Severity};

/// The registered videos of the course last at least as many class hours as the pack asks.
pub(crate) const MINIMUM_ONLINE_HOURS: Rule =
    Rule { id: RuleId::MinimumOnlineHours, judge: minimum_online_hours };

/// The teaching plan has at least as many practical class hours as the pack asks.
pub(crate) const MINIMUM_PRACTICAL_HOURS: Rule =
    Rule { id: RuleId::MinimumPracticalHours, judge: minimum_practical_hours };

fn minimum_practical_hours(case: Case<'_>) -> Finding {
    let hours = case.facts.plan.as_ref().and_then(|plan| plan.practical_hours);
    let category = case.facts.specialty.as_ref().and_then(|specialty| specialty.category);
    let asks = case.pack.min_hours.iter().filter(|row| category.is_some_and(|c| row.categories.contains(&c)));
    let least = asks.filter_map(|row| Some((row.practical?, row.severity))).max();
    let finding = match (hours, category, least) {
        (None, ..) => {
            Finding::undetermined("待登记教学计划的实操课时", "the teaching plan's hours are not registered")
        }
        (_, None, _) => Finding::undetermined("待登记专业类别", "the specialty's category is not registered"),
        (Some(hours), _, Some((least, severity))) if i64::from(hours) < least => Finding::not_met(
            format!("教学计划 {hours} 课时，应不低于 {least} 课时"),
            format!("the plan has {hours} class hours, {least} are asked for"),
        )
        .severity(severity),
        (Some(hours), ..) => Finding::met(
            format!("教学计划 {hours} 课时，符合规定"),
            format!("the plan has {hours} class hours"),
        ),
    };
    finding.saw("practical_hours", hours).saw("least", least.map(|(least, _)| least))
}

fn minimum_online_hours(case: Case<'_>) -> Finding {
    let duration_ms = case.facts.course.as_ref().and_then(|course| course.duration_ms());
    let hours = duration_ms.map(|ms| class_hours(ms / 1000));
    let category = case.facts.specialty.as_ref().and_then(|specialty| specialty.category);
    let asks: Vec<&MinHours> = case
        .pack
        .min_hours
        .iter()
        .filter(|row| {
            row.schemes.contains(&case.scheme) || category.is_some_and(|c| row.categories.contains(&c))
        })
        .collect();
    let missed = |hours: i64| {
        let missed = asks.iter().filter(|row| hours < row.online);
        missed.max_by_key(|row| (row.severity, row.online))
    };
    let finding = match (hours, category) {
        (None, _) => Finding::undetermined("待登记课程视频时长", "the course has no registered videos"),
        (_, None) => Finding::undetermined("待登记专业类别", "the specialty's category is not registered"),
        (Some(hours), Some(_)) => match missed(hours) {
            None => Finding::met(
                format!("课程 {hours} 课时，符合规定"),
                format!("the course has {hours} class hours"),
            ),
            Some(row) => Finding::not_met(
                format!(
                    "课程 {hours} 课时，{}不低于 {} 课时",
                    if row.severity == Severity::Warning { "一般应" } else { "应" },
                    row.online
                ),
                format!("the course has {hours} class hours, {} are asked for", row.online),
            )
            .severity(row.severity),
        },
    };
    let least = asks.iter().map(|row| row.online).max();
    finding
        .saw("course_hours", hours)
        .saw("least", least)
        .saw("category", category.map(|category| category.as_str()))
}
