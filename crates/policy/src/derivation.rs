//! From facts to a verdict, with every step on the way.

use keshi_registry::{ProviderId, Yuan};
use serde::{Deserialize, Serialize};

use crate::amount::AmountStep;
use crate::facts::ClaimFacts;
use crate::pack::Pack;
use crate::rule::{Case, Outcome, RuleId, RuleResult, Severity};
use crate::scheme::Scheme;
use crate::schemes::{self, Payee, applicant, payee};

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
    /// The district that pays, by its token.
    #[serde(default)]
    pub payer: Option<String>,
    /// Who receives the money.
    #[serde(default)]
    pub payee: Option<Payee>,
    /// Who hands the claim in.
    #[serde(default)]
    pub applicant: Option<ProviderId>,
    /// The register's number of the course's version that was judged.
    #[serde(default)]
    pub course_version: Option<i64>,
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
    /// Owed by the unemployment insurance: the trainee applies to the social-insurance agency, no amount here (四(三)).
    Referred,
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
        payer: None,
        payee: payee(case),
        applicant: applicant(case),
        course_version: facts.course_version,
        held: false,
        verdict: Verdict::Refused(Vec::new()),
    };
    if !pack.schemes.contains_key(&scheme) {
        derivation.verdict =
            Verdict::Waits(vec![wait(None, "含有该补贴项目的政策包", "a pack that pays this scheme")]);
        return derivation;
    }
    let definition = schemes::definition(scheme);
    let amount = (definition.amount)(case);
    derivation.rules = definition.rules.iter().map(|rule| rule.apply(case)).collect();
    derivation.held = derivation.is(RuleId::NotHeld, Outcome::NotMet);
    let district = facts.trainee.as_ref().and_then(|trainee| trainee.district.as_deref());
    derivation.payer = district.and_then(|word| pack.district(word)).map(|district| district.id.clone());
    derivation.verdict = derivation.judge(case, amount.waits_for);
    if derivation.verdict != Verdict::Referred {
        derivation.amount = amount.yuan;
        derivation.amount_steps = amount.steps;
    }
    derivation
}

fn wait(rule: Option<RuleId>, what: &str, what_en: &str) -> Wait {
    Wait { rule, what: what.to_owned(), what_en: what_en.to_owned() }
}

/// To whom the practical subsidy of an enterprise's worker is asked for (四(三)).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    /// To the public employment service: a claim.
    EmploymentService,
    /// To the social-insurance agency: a referral.
    SocialInsurance,
    /// Nobody can say.
    Unknown,
}

/// A referral pays nothing here: when, where and how practice is paid is the agency's to ask. What clause 四(三) itself asks of
/// those whom it sends there is that they were assessed and got a certificate, and did not receive the subsidy already.
const ASKED_OF_REFERRALS: [RuleId; 5] = [
    RuleId::TraineeEligible,
    RuleId::EvaluationPassed,
    RuleId::CertificateKind,
    RuleId::CertificateAfterTraining,
    RuleId::NoDoubleBenefit,
];

impl Route {
    fn of(case: Case<'_>) -> Route {
        let qualifies = || case.facts.insurance.iter().map(|row| row.skill_subsidy);
        if case.scheme != Scheme::PracticalEnterprise {
            Route::EmploymentService
        } else if qualifies().any(|it| it == Some(true)) {
            Route::SocialInsurance
        } else if qualifies().any(|it| it == Some(false)) {
            Route::EmploymentService
        } else {
            Route::Unknown
        }
    }
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

    fn judge(&self, case: Case<'_>, amount_waits_for: Option<(String, String)>) -> Verdict {
        let route = Route::of(case);
        let stops = |outcome| {
            self.rules.iter().filter(move |result| {
                result.severity == Severity::Error
                    && result.outcome == outcome
                    && (route != Route::SocialInsurance || ASKED_OF_REFERRALS.contains(&result.rule))
            })
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
        if route == Route::Unknown {
            waits.push(wait(
                None,
                "是否符合失业保险技能提升补贴条件",
                "whether the trainee qualifies for the unemployment insurance's skill subsidy",
            ));
        }
        if route != Route::SocialInsurance {
            waits.extend(amount_waits_for.map(|(what, what_en)| Wait { rule: None, what, what_en }));
            if self.payee.is_none() {
                waits.push(wait(None, "收款方", "who is paid"));
            }
        }
        match (waits.is_empty(), route) {
            (false, _) => Verdict::Waits(waits),
            (true, Route::SocialInsurance) => Verdict::Referred,
            (true, _) => Verdict::Draft,
        }
    }
}
