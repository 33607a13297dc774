//! The rows of each list, member by member.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::Kind;
use crate::fault::Code;
use crate::file::MAX_VIDEO_MS;
use crate::headers::List;
use crate::ids::Level;
use crate::lists::*;
use crate::merge::{Item, Part};
use crate::money::Yuan;
use crate::read::kinds;
use crate::read::more;
use crate::read::row::{Fault, Form, Row};

/// Reads one row of a list.
pub(crate) fn item(row: &mut Row<'_>) -> Option<Item> {
    Some(match row.list {
        List::Providers => Item::Provider(provider(row)?),
        List::Specialties => Item::Specialty(specialty(row)?),
        List::Courses => Item::Course(course(row)?),
        List::Trainees => Item::Trainee(trainee(row)?),
        List::Enrolments => Item::Enrolment(enrolment(row)?),
        List::Approvals => Item::Approval(approval(row)?),
        List::Authorities => Item::Authority(more::authority(row)?),
        List::TeachingPlans => Item::TeachingPlan(more::teaching_plan(row)?),
        List::Agreements => Item::Agreement(more::agreement(row)?),
        List::Contracts => Item::Contract(more::contract(row)?),
        List::Insurance => Item::Insurance(more::insurance(row)?),
        List::Evaluations => Item::Evaluation(more::evaluation(row)?),
        List::Practicals => Item::Practical(more::practical(row)?),
        List::Certificates => Item::Certificate(more::certificate(row)?),
        List::Benefits => Item::Benefit(more::benefit(row)?),
        List::Videos => {
            row.only(&["course", "video", "duration_ms"]);
            let course = row.need("course", kinds::name);
            part(Kind::Course, course, Part::Video(video(row)?))?
        }
        List::Quizzes => {
            row.only(&["course", "quiz", "pass"]);
            let course = row.need("course", kinds::name);
            part(Kind::Course, course, Part::Quiz(quiz(row)?))?
        }
        List::Listings => {
            row.only(&["provider", "course", "specialty", "authority", "from", "to", "filed_on"]);
            let owner = listing_owner(row);
            Item::Part(owner?, Part::Listing(listing(row)?))
        }
        List::Standards => {
            row.only(&["specialty", "level", "standard_yuan"]);
            let specialty = row.need("specialty", kinds::token);
            let level = row.need("level", kinds::level);
            let yuan = row.need("standard_yuan", kinds::yuan);
            part(Kind::Specialty, specialty, Part::Standard(level?, yuan?))?
        }
    })
}

fn part(kind: Kind, key: Option<String>, part: Part) -> Option<Item> {
    Some(Item::Part((kind, key?), part))
}

fn provider(row: &mut Row<'_>) -> Option<Provider> {
    row.only(&[
        "provider",
        "kind",
        "name",
        "listings",
        "max_stretch_ms",
        "registered_here",
        "main_business",
        "training_qualified",
        "account",
    ]);
    let provider = row.need("provider", kinds::provider);
    let kind = row.get("kind", kinds::word(ProviderKind::WORDS));
    let name = row.get("name", kinds::text(256));
    let listings = listings(row);
    let max_stretch_ms = row.get("max_stretch_ms", kinds::integer(1, MAX_VIDEO_MS));
    let registered_here = row.get("registered_here", kinds::flag);
    let main_business = row.get("main_business", kinds::text(256));
    let training_qualified = row.get("training_qualified", kinds::flag);
    let account = row.get("account", kinds::number_text);
    Some(Provider {
        provider: provider?.into(),
        kind,
        name,
        listings,
        max_stretch_ms,
        registered_here,
        main_business,
        training_qualified,
        account,
    })
}

fn specialty(row: &mut Row<'_>) -> Option<Specialty> {
    row.only(&[
        "specialty",
        "name",
        "category",
        "standard_yuan",
        "practical_share",
        "listings",
        "expert_approved_on",
        "competent_department",
    ]);
    let specialty = row.need("specialty", kinds::token);
    let name = row.get("name", kinds::text(256));
    let category = row.get("category", kinds::word(Category::WORDS));
    let standard_yuan = standards(row);
    let practical_share = row.get("practical_share", kinds::share);
    let listings = listings(row);
    let expert_approved_on = row.get("expert_approved_on", kinds::date);
    let competent_department = row.get("competent_department", kinds::text(128));
    Some(Specialty {
        specialty: specialty?.into(),
        name,
        category,
        standard_yuan,
        practical_share,
        listings,
        expert_approved_on,
        competent_department,
    })
}

fn standards(row: &mut Row<'_>) -> BTreeMap<Level, Yuan> {
    let members = row.members;
    let mut standards = BTreeMap::new();
    let levels = match members.get("standard_yuan") {
        None | Some(serde_json::Value::Null) => return standards,
        Some(serde_json::Value::Object(levels)) => levels,
        Some(_) => {
            let fault =
                Fault::new(Code::R107, "须为“等级: 金额”的对象", "must be an object of amounts by level");
            row.fault("standard_yuan", fault);
            return standards;
        }
    };
    for (word, amount) in levels {
        let level = kinds::level_word(word);
        match level.and_then(|level| Ok((level, kinds::yuan(amount, Form::Json)?))) {
            Ok((level, yuan)) => {
                if standards.insert(level, yuan).is_some() {
                    row.fault(&format!("standard_yuan/{word}"), twice());
                }
            }
            Err(fault) => row.fault(&format!("standard_yuan/{word}"), fault),
        }
    }
    standards
}

fn course(row: &mut Row<'_>) -> Option<Course> {
    row.only(&[
        "course",
        "provider",
        "specialty",
        "level",
        "title",
        "videos",
        "quizzes",
        "questions",
        "listings",
        "own_developed",
        "main_business",
        "valid_from",
    ]);
    let course = row.need("course", kinds::name);
    let provider = row.get("provider", kinds::token);
    let specialty = row.get("specialty", kinds::token);
    let level = row.get("level", kinds::level);
    let title = row.get("title", kinds::text(256));
    let mut seen = BTreeSet::new();
    let videos = row.rows("videos", |row| {
        row.only(&["video", "duration_ms"]);
        let video = video(row)?;
        once(row, "video", seen.insert(video.video.to_string())).then_some(video)
    });
    let mut seen = BTreeSet::new();
    let quizzes = row.rows("quizzes", |row| {
        row.only(&["quiz", "pass"]);
        let quiz = quiz(row)?;
        once(row, "quiz", seen.insert(quiz.quiz.to_string())).then_some(quiz)
    });
    let questions = row.get("questions", kinds::integer(0, 10_000));
    let listings = listings(row);
    let own_developed = row.get("own_developed", kinds::flag);
    let main_business = row.get("main_business", kinds::flag);
    let valid_from = row.get("valid_from", kinds::date);
    Some(Course {
        course: course?.into(),
        provider: provider.map(Into::into),
        specialty: specialty.map(Into::into),
        level,
        title,
        videos: videos.unwrap_or_default(),
        quizzes: quizzes.unwrap_or_default(),
        questions: questions.and_then(|questions| u32::try_from(questions).ok()),
        listings,
        own_developed,
        main_business,
        valid_from,
    })
}

fn once(row: &mut Row<'_>, member: &str, first: bool) -> bool {
    if !first {
        row.fault(member, twice());
    }
    first
}

fn twice() -> Fault {
    Fault::new(Code::R109, "重复", "stands twice")
}

fn video(row: &mut Row<'_>) -> Option<Video> {
    let video = row.need("video", kinds::name);
    let duration_ms = row.need("duration_ms", kinds::integer(1, MAX_VIDEO_MS));
    Some(Video { video: video?.into(), duration_ms: duration_ms? })
}

fn quiz(row: &mut Row<'_>) -> Option<Quiz> {
    let quiz = row.need("quiz", kinds::name);
    let pass = row.get("pass", kinds::share);
    Some(Quiz { quiz: quiz?.into(), pass })
}

fn listings(row: &mut Row<'_>) -> Option<Vec<Listing>> {
    row.rows("listings", |row| {
        row.only(&["authority", "from", "to", "filed_on"]);
        listing(row)
    })
}

fn listing(row: &mut Row<'_>) -> Option<Listing> {
    let authority = row.need("authority", kinds::text(128));
    let from = row.need("from", kinds::date);
    let to = row.get("to", kinds::date);
    let filed_on = row.get("filed_on", kinds::date);
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        row.fault("to", ends_early());
    }
    Some(Listing { authority: authority?, from: from?, to, filed_on })
}

pub(crate) fn ends_early() -> Fault {
    Fault::new(Code::R111, "结束早于开始", "is before from")
}

fn listing_owner(row: &mut Row<'_>) -> Option<(Kind, String)> {
    let owners = [
        (Kind::Provider, row.get("provider", kinds::token)),
        (Kind::Course, row.get("course", kinds::name)),
        (Kind::Specialty, row.get("specialty", kinds::token)),
    ];
    let mut named = owners.into_iter().filter_map(|(kind, key)| Some((kind, key?)));
    let (first, second) = (named.next(), named.next());
    if first.is_none() || second.is_some() {
        row.fault(
            "provider",
            Fault::new(
                Code::R106,
                "机构编号、课程编号、专业编号须填且只填一项",
                "exactly one of provider, course, specialty must be given",
            ),
        );
        return None;
    }
    first
}

fn trainee(row: &mut Row<'_>) -> Option<TraineeRow> {
    row.only(&["trainee", "name", "id_number", "phone", "district", "category", "employment"]);
    let trainee = row.need("trainee", kinds::trainee);
    let name = row.get("name", kinds::text(128));
    let id_number = row.get("id_number", kinds::identity_number);
    let phone = row.get("phone", kinds::number_text);
    let district = row.get("district", kinds::text(64));
    let category = row.get("category", kinds::text(64));
    let employment = row.get("employment", kinds::word(Employment::WORDS));
    Some(TraineeRow {
        trainee: Trainee { trainee: trainee?.into(), district, category, employment },
        person: Person { name, id_number, phone },
    })
}

fn enrolment(row: &mut Row<'_>) -> Option<Enrolment> {
    row.only(&["trainee", "course", "on", "free", "enterprise"]);
    let trainee = row.need("trainee", kinds::trainee);
    let course = row.need("course", kinds::name);
    let on = row.get("on", kinds::date);
    let free = row.get("free", kinds::flag);
    let enterprise = row.get("enterprise", kinds::provider).map(Into::into);
    Some(Enrolment { trainee: trainee?.into(), course: course?.into(), on, free, enterprise })
}

/// A session's approval names trainee and session, an outage's names from and to; never both.
fn approval(row: &mut Row<'_>) -> Option<Approval> {
    row.only(&["platform", "trainee", "session", "from", "to"]);
    let platform = row.need("platform", kinds::token);
    let given = |row: &Row<'_>, member| row.members.get(member).is_some_and(|value| !value.is_null());
    if !given(row, "from") && !given(row, "to") {
        let trainee = row.need("trainee", kinds::trainee);
        let session = row.need("session", kinds::name);
        return Some(Approval::Session {
            platform: platform?.into(),
            trainee: trainee?.into(),
            session: session?.into(),
        });
    }
    let from = row.need("from", kinds::moment);
    let to = row.need("to", kinds::moment);
    for member in ["trainee", "session"] {
        if given(row, member) {
            let fault = Fault::new(
                Code::R108,
                "批准会话与批准中断时段不能写在同一行",
                "an approval is either of a session or of an outage",
            );
            row.fault(member, fault);
        }
    }
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        row.fault("to", ends_early());
    }
    Some(Approval::Outage { platform: platform?.into(), from: from?, to: to? })
}
