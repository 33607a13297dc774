//! From facts to a verdict, with every step on the way.

use keshi_registry::Yuan;
use serde::{Deserialize, Serialize};

use crate::amount::AmountStep;
use crate::facts::ClaimFacts;
use crate::pack::Pack;
use crate::rule::{Case, Outcome, RuleId, RuleResult, Severity};
use crate::scheme::Scheme;
use crate::schemes;

/// Why a claim is owed, or not (yet).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation {
    /// By which scheme.
    pub scheme: Scheme,
    /// By which pack.
    pub pack: String,
    /// SHA-256 of that pack's text.
    pub pack_sha256: String,
    /// Rule by rule.
    pub rules: Vec<RuleResult>,
    /// What is owed; a refused claim shows what it would have been.
    pub amount: Option<Yuan>,
    /// How it was worked out.
    pub amount_steps: Vec<AmountStep>,
    /// Whether a hold stands; it does not stop the draft, only the steps after it.
    pub held: bool,
    /// What follows.
    pub verdict: Verdict,
}

/// What follows from a derivation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "because")]
pub enum Verdict {
    /// A claim is drafted.
    Draft,
    /// Something is not known yet.
    Waits(Vec<Wait>),
    /// These rules say no.
    Refused(Vec<RuleId>),
}

/// What a claim waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The rule that cannot be judged; `None`: the amount.
    pub rule: Option<RuleId>,
    /// What is missing, in Chinese.
    pub what: String,
    /// The same in English.
    pub what_en: String,
}

/// Judges a claim by a scheme of a pack.
pub fn derive(pack: &Pack, scheme: Scheme, facts: &ClaimFacts) -> Derivation {
    let case = Case { pack, scheme, facts };
    let mut derivation = Derivation {
        scheme,
        pack: pack.id.clone(),
        pack_sha256: pack.sha256().to_owned(),
        rules: Vec::new(),
        amount: None,
        amount_steps: Vec::new(),
        held: false,
        verdict: Verdict::Waits(vec![wait(
            None,
            "本版本支持该补贴项目",
            "a version that judges this scheme",
        )]),
    };
    if !pack.schemes.contains_key(&scheme) {
        derivation.verdict =
            Verdict::Waits(vec![wait(None, "含有该补贴项目的政策包", "a pack that pays this scheme")]);
        return derivation;
    }
    let Some(definition) = schemes::definition(scheme) else { return derivation };
    let amount = (definition.amount)(case);
    derivation.rules = definition.rules.iter().map(|rule| rule.apply(case)).collect();
    derivation.held = derivation.is(RuleId::NotHeld, Outcome::NotMet);
    derivation.verdict = derivation.judge(amount.waits_for);
    derivation.amount = amount.yuan;
    derivation.amount_steps = amount.steps;
    derivation
}

fn wait(rule: Option<RuleId>, what: &str, what_en: &str) -> Wait {
    Wait { rule, what: what.to_owned(), what_en: what_en.to_owned() }
}

impl Derivation {
    fn is(&self, rule: RuleId, outcome: Outcome) -> bool {
        self.rules.iter().any(|result| result.rule == rule && result.outcome == outcome)
    }

    /// Warnings that go with the claim.
    pub fn warnings(&self) -> impl Iterator<Item = &RuleResult> {
        self.rules
            .iter()
            .filter(|result| result.severity == Severity::Warning && result.outcome != Outcome::Met)
    }

    fn judge(&self, amount_waits_for: Option<(String, String)>) -> Verdict {
        let stops = |outcome| {
            self.rules
                .iter()
                .filter(move |result| result.severity == Severity::Error && result.outcome == outcome)
        };
        // A hold is a mark beside the state: it stops steps, not the draft.
        let refused: Vec<RuleId> = stops(Outcome::NotMet)
            .map(|result| result.rule)
            .filter(|rule| *rule != RuleId::NotHeld)
            .collect();
        if !refused.is_empty() {
            return Verdict::Refused(refused);
        }
        let unknown = stops(Outcome::Undetermined);
        let mut waits: Vec<Wait> =
            unknown.map(|result| wait(Some(result.rule), &result.sentence, &result.sentence_en)).collect();
        waits.extend(amount_waits_for.map(|(what, what_en)| Wait { rule: None, what, what_en }));
        if waits.is_empty() { Verdict::Draft } else { Verdict::Waits(waits) }
    }
}
