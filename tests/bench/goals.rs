//! The goals: what is measured, the first bar, and the aim.

use serde_json::{Value, json};

/// One goal of the table.
#[derive(Clone, Copy)]
pub(crate) struct Goal {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) first_bar: f64,
    pub(crate) aim: f64,
    /// More is better.
    pub(crate) more: bool,
}

/// A goal.
pub(crate) const fn goal(
    name: &'static str,
    unit: &'static str,
    first_bar: f64,
    aim: f64,
    more: bool,
) -> Goal {
    Goal { name, unit, first_bar, aim, more }
}

/// The goals in the order of the table.
pub(crate) const GOALS: [Goal; 9] = [
    goal("projection", "of the bare program's events/s", 0.6, 1.0, true),
    goal("cpu", "CPU s per million events", 12.0, 5.0, false),
    goal("freshness", "ms, p99", 500.0, 100.0, false),
    goal("record", "ms, p99", 50.0, 10.0, false),
    goal("memory", "MiB", 512.0, 256.0, false),
    goal("rebuild", "of projection's events/s", 1.0, 2.0, true),
    goal("restart", "s", 10.0, 2.0, false),
    goal("growth", "of the events/s at a tenth", 0.8, 0.95, true),
    goal("scale-out", "of one projector's CPU per event", 1.1, 1.02, false),
];

/// What looks cost: measured by `keshi-bench integrity`.
pub(crate) const LOOKS: [Goal; 2] = [
    goal("checks", "of the projector's CPU per event", 0.15, 0.15, false),
    goal("look-memory", "MiB", 512.0, 256.0, false),
];

impl Goal {
    pub(crate) fn of(name: &str) -> Option<Goal> {
        GOALS.into_iter().find(|goal| goal.name == name)
    }

    /// The row for machines.
    pub(crate) fn json(&self, value: f64) -> Value {
        let value = (value * 1000.0).round() / 1000.0;
        json!({"goal": self.name, "value": value, "unit": self.unit, "first_bar": self.first_bar, "aim": self.aim})
    }

    /// The row for people.
    pub(crate) fn line(&self, value: f64) -> String {
        let reaches = |bar: f64| if self.more { value >= bar } else { value <= bar };
        let verdict = match (reaches(self.first_bar), reaches(self.aim)) {
            (_, true) => "达到目标 aim",
            (true, false) => "过线 first bar",
            (false, _) => "未过线 below",
        };
        let sign = if self.more { "≥" } else { "≤" };
        format!(
            "{:<20} {value:>10.3}  {sign} {:<6} {sign} {:<6} {verdict}  ({})",
            self.name, self.first_bar, self.aim, self.unit
        )
    }
}
