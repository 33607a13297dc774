//! The rows of enterprises, practical training and authorities, member by member.

use chrono::NaiveDate;

use crate::lists::*;
use crate::read::kinds;
use crate::read::row::Row;
use crate::read::rows::ends_early;

pub(crate) fn authority(row: &mut Row<'_>) -> Option<Authority> {
    row.only(&["authority", "name", "level"]);
    let authority = row.need("authority", kinds::token);
    let name = row.get("name", kinds::text(128));
    let level = row.need("level", kinds::word(AuthorityLevel::WORDS));
    Some(Authority { authority: authority?, name, level: level? })
}

pub(crate) fn teaching_plan(row: &mut Row<'_>) -> Option<TeachingPlan> {
    row.only(&["provider", "course", "practical_hours"]);
    let provider = row.need("provider", kinds::provider);
    let course = row.need("course", kinds::name);
    let hours = row.get("practical_hours", kinds::integer(0, 10_000));
    let practical_hours = hours.and_then(|hours| u32::try_from(hours).ok());
    Some(TeachingPlan { provider: provider?.into(), course: course?.into(), practical_hours })
}

pub(crate) fn agreement(row: &mut Row<'_>) -> Option<Agreement> {
    row.only(&["agreement", "enterprise", "provider", "from", "to", "course", "pay_to"]);
    let agreement = row.need("agreement", kinds::name);
    let enterprise = row.need("enterprise", kinds::provider);
    let provider = row.need("provider", kinds::provider);
    let from = row.need("from", kinds::date);
    let to = row.get("to", kinds::date);
    let course = row.get("course", kinds::name).map(Into::into);
    let pay_to = row.get("pay_to", kinds::word(PayTo::WORDS));
    in_order(row, "to", from, to);
    Some(Agreement {
        agreement: agreement?,
        enterprise: enterprise?.into(),
        provider: provider?.into(),
        from: from?,
        to,
        course,
        pay_to,
    })
}

pub(crate) fn contract(row: &mut Row<'_>) -> Option<Contract> {
    row.only(&["trainee", "enterprise", "signed_on", "relation", "from", "to", "open_ended"]);
    let trainee = row.need("trainee", kinds::trainee);
    let enterprise = row.need("enterprise", kinds::provider);
    let signed_on = row.need("signed_on", kinds::date);
    let relation = row.get("relation", kinds::word(Relation::WORDS));
    let from = row.get("from", kinds::date);
    let to = row.get("to", kinds::date);
    let open_ended = row.get("open_ended", kinds::flag);
    in_order(row, "to", from, to);
    Some(Contract {
        trainee: trainee?.into(),
        enterprise: enterprise?.into(),
        signed_on: signed_on?,
        relation,
        from,
        to,
        open_ended,
    })
}

pub(crate) fn insurance(row: &mut Row<'_>) -> Option<Insurance> {
    row.only(&["trainee", "enterprise", "from", "to", "paid", "skill_subsidy"]);
    let trainee = row.need("trainee", kinds::trainee);
    let enterprise = row.need("enterprise", kinds::provider);
    let from = row.need("from", kinds::date);
    let to = row.get("to", kinds::date);
    let paid = row.get("paid", kinds::flag);
    let skill_subsidy = row.get("skill_subsidy", kinds::flag);
    in_order(row, "to", from, to);
    Some(Insurance {
        trainee: trainee?.into(),
        enterprise: enterprise?.into(),
        from: from?,
        to,
        paid,
        skill_subsidy,
    })
}

pub(crate) fn evaluation(row: &mut Row<'_>) -> Option<Evaluation> {
    row.only(&["trainee", "course", "on", "method", "passed"]);
    let trainee = row.need("trainee", kinds::trainee);
    let course = row.need("course", kinds::name);
    let on = row.get("on", kinds::date);
    let method = row.get("method", kinds::word(EvaluationMethod::WORDS));
    let passed = row.get("passed", kinds::flag);
    Some(Evaluation { trainee: trainee?.into(), course: course?.into(), on, method, passed })
}

pub(crate) fn practical(row: &mut Row<'_>) -> Option<Practical> {
    row.only(&["trainee", "course", "provider", "from", "to", "passed", "applicant"]);
    let trainee = row.need("trainee", kinds::trainee);
    let course = row.need("course", kinds::name);
    let provider = row.need("provider", kinds::provider);
    let from = row.get("from", kinds::date);
    let to = row.get("to", kinds::date);
    let passed = row.get("passed", kinds::flag);
    let applicant = row.get("applicant", kinds::word(Applicant::WORDS));
    in_order(row, "to", from, to);
    Some(Practical {
        trainee: trainee?.into(),
        course: course?.into(),
        provider: provider?.into(),
        from,
        to,
        passed,
        applicant,
    })
}

pub(crate) fn certificate(row: &mut Row<'_>) -> Option<Certificate> {
    row.only(&[
        "certificate",
        "trainee",
        "kind",
        "specialty",
        "level",
        "course",
        "provider",
        "issued_on",
        "trained_from",
        "trained_to",
        "competent_department",
    ]);
    let certificate = row.need("certificate", kinds::certificate_number);
    let trainee = row.need("trainee", kinds::trainee);
    let kind = row.get("kind", kinds::word(CertificateKind::WORDS));
    let specialty = row.get("specialty", kinds::token).map(Into::into);
    let level = row.get("level", kinds::level);
    let course = row.get("course", kinds::name).map(Into::into);
    let provider = row.get("provider", kinds::provider).map(Into::into);
    let issued_on = row.get("issued_on", kinds::date);
    let trained_from = row.get("trained_from", kinds::date);
    let trained_to = row.get("trained_to", kinds::date);
    let competent_department = row.get("competent_department", kinds::text(128));
    in_order(row, "trained_to", trained_from, trained_to);
    Some(Certificate {
        certificate: certificate?,
        trainee: trainee?.into(),
        kind,
        specialty,
        level,
        course,
        provider,
        issued_on,
        trained_from,
        trained_to,
        competent_department,
    })
}

pub(crate) fn benefit(row: &mut Row<'_>) -> Option<Benefit> {
    row.only(&["benefit", "trainee", "kind", "certificate", "specialty", "level", "on", "amount_yuan"]);
    let benefit = row.need("benefit", kinds::name);
    let trainee = row.need("trainee", kinds::trainee);
    let kind = row.need("kind", kinds::word(BenefitKind::WORDS));
    let certificate = row.get("certificate", kinds::certificate_number);
    let specialty = row.get("specialty", kinds::token).map(Into::into);
    let level = row.get("level", kinds::level);
    let on = row.get("on", kinds::date);
    let amount_yuan = row.get("amount_yuan", kinds::yuan);
    Some(Benefit {
        benefit: benefit?,
        trainee: trainee?.into(),
        kind: kind?,
        certificate,
        specialty,
        level,
        on,
        amount_yuan,
    })
}

fn in_order(row: &mut Row<'_>, member: &str, from: Option<NaiveDate>, to: Option<NaiveDate>) {
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        row.fault(member, ends_early());
    }
}
