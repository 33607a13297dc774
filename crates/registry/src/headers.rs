//! The lists of a registry, their columns, and the Chinese names of both.
//!
//! A table file (CSV) carries one list. Its list is known by the file's stem, or else by its headers.
//!
//! | list | file stems | columns (中文表头) |
//! |---|---|---|
//! | providers | providers, 培训主体, 培训机构, 平台 | provider 机构编号 · kind 机构类型 · name 机构名称 · max_stretch_ms 最长片段毫秒 |
//! | specialties | specialties, 专业, 工种 | specialty 专业编号 · name 专业名称 · category 专业类别 · practical_share 实操占比 · expert_approved_on 专家评估日期 |
//! | courses | courses, 课程 | course 课程编号 · provider 机构编号 · specialty 专业编号 · level 等级 · title 课程名称 · questions 提问要求 · own_developed 自主开发 |
//! | trainees | trainees, 学员 | trainee 学员编号 · name 姓名 · id_number 身份证号 · phone 联系电话 · district 户籍区县 · category 人员类别 |
//! | enrolments | enrolments, 报名 | trainee 学员编号 · course 课程编号 · on 报名日期 · free 是否免费 |
//! | approvals | approvals, 补录批准 | platform 平台编号 · trainee 学员编号 · session 会话编号 · from 开始时间 · to 结束时间 |
//! | videos | videos, 视频 | course 课程编号 · video 视频编号 · duration_ms 时长毫秒 |
//! | quizzes | quizzes, 测验 | course 课程编号 · quiz 测验编号 · pass 及格线 |
//! | listings | listings, 目录清单 | provider 机构编号 or course 课程编号 or specialty 专业编号 · authority 评估单位 · from 开始日期 · to 结束日期 · filed_on 备案日期 |
//! | standards | standards, 补贴标准 | specialty 专业编号 · level 等级 · standard_yuan 补贴标准 |
//!
//! The last four are nested in JSON and lists of their own in tables. 机构名称 and 专业名称 and 姓名 all mean `name`.

use serde::Serialize;

/// A list of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum List {
    /// Providers of training.
    Providers,
    /// Specialties of the catalogue.
    Specialties,
    /// Courses.
    Courses,
    /// Trainees.
    Trainees,
    /// Who takes which course.
    Enrolments,
    /// Approvals of back-filled time.
    Approvals,
    /// Videos of courses (tables only).
    Videos,
    /// Quizzes of courses (tables only).
    Quizzes,
    /// Listings of providers, courses and specialties (tables only).
    Listings,
    /// Subsidy standards of specialties by level (tables only).
    Standards,
}

/// What a list looks like as a table.
struct Shape {
    name: &'static str,
    stems: &'static [&'static str],
    columns: &'static [(&'static str, &'static str)],
    /// Columns without which the file is not of this list.
    needs: &'static [&'static str],
}

impl List {
    /// All lists, in the order of the documentation.
    pub const ALL: [List; 10] = [
        List::Providers,
        List::Specialties,
        List::Courses,
        List::Trainees,
        List::Enrolments,
        List::Approvals,
        List::Videos,
        List::Quizzes,
        List::Listings,
        List::Standards,
    ];

    /// The list's name in files.
    pub fn as_str(self) -> &'static str {
        self.shape().name
    }

    /// The list of a file's stem.
    pub fn of_stem(stem: &str) -> Option<List> {
        let stem = stem.trim().to_lowercase();
        List::ALL.into_iter().find(|list| {
            let shape = list.shape();
            shape.name == stem || shape.stems.contains(&stem.as_str())
        })
    }

    /// The only list that has all these columns, and none missing that it needs. Headers may be of either language.
    pub fn of_headers(headers: &[&str]) -> Option<List> {
        let mut fitting = List::ALL.into_iter().filter(|list| {
            let columns: Vec<_> = headers.iter().map(|header| list.column(header)).collect();
            columns.iter().all(Option::is_some)
                && list.shape().needs.iter().all(|need| columns.contains(&Some(need)))
        });
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    }

    /// The column that a header names, in either language.
    pub fn column(self, header: &str) -> Option<&'static str> {
        self.shape()
            .columns
            .iter()
            .find(|(name, chinese)| name.eq_ignore_ascii_case(header) || *chinese == header)
            .map(|(name, _)| *name)
    }

    fn shape(self) -> Shape {
        const COURSE: (&str, &str) = ("course", "课程编号");
        const PROVIDER: (&str, &str) = ("provider", "机构编号");
        const SPECIALTY: (&str, &str) = ("specialty", "专业编号");
        const TRAINEE: (&str, &str) = ("trainee", "学员编号");
        match self {
            List::Providers => Shape {
                name: "providers",
                stems: &["培训主体", "培训机构", "平台"],
                columns: &[
                    PROVIDER,
                    ("kind", "机构类型"),
                    ("name", "机构名称"),
                    ("max_stretch_ms", "最长片段毫秒"),
                ],
                needs: &["provider"],
            },
            List::Specialties => Shape {
                name: "specialties",
                stems: &["专业", "工种"],
                columns: &[
                    SPECIALTY,
                    ("name", "专业名称"),
                    ("category", "专业类别"),
                    ("practical_share", "实操占比"),
                    ("expert_approved_on", "专家评估日期"),
                ],
                needs: &["specialty"],
            },
            List::Courses => Shape {
                name: "courses",
                stems: &["课程"],
                columns: &[
                    COURSE,
                    PROVIDER,
                    SPECIALTY,
                    ("level", "等级"),
                    ("title", "课程名称"),
                    ("questions", "提问要求"),
                    ("own_developed", "自主开发"),
                ],
                needs: &["course"],
            },
            List::Trainees => Shape {
                name: "trainees",
                stems: &["学员"],
                columns: &[
                    TRAINEE,
                    ("name", "姓名"),
                    ("id_number", "身份证号"),
                    ("phone", "联系电话"),
                    ("district", "户籍区县"),
                    ("category", "人员类别"),
                ],
                needs: &["trainee"],
            },
            List::Enrolments => Shape {
                name: "enrolments",
                stems: &["报名"],
                columns: &[TRAINEE, COURSE, ("on", "报名日期"), ("free", "是否免费")],
                needs: &["trainee", "course"],
            },
            List::Approvals => Shape {
                name: "approvals",
                stems: &["补录批准"],
                columns: &[
                    ("platform", "平台编号"),
                    TRAINEE,
                    ("session", "会话编号"),
                    ("from", "开始时间"),
                    ("to", "结束时间"),
                ],
                needs: &["platform"],
            },
            List::Videos => Shape {
                name: "videos",
                stems: &["视频"],
                columns: &[COURSE, ("video", "视频编号"), ("duration_ms", "时长毫秒")],
                needs: &["course", "video", "duration_ms"],
            },
            List::Quizzes => Shape {
                name: "quizzes",
                stems: &["测验"],
                columns: &[COURSE, ("quiz", "测验编号"), ("pass", "及格线")],
                needs: &["course", "quiz"],
            },
            List::Listings => Shape {
                name: "listings",
                stems: &["目录清单"],
                columns: &[
                    PROVIDER,
                    COURSE,
                    SPECIALTY,
                    ("authority", "评估单位"),
                    ("from", "开始日期"),
                    ("to", "结束日期"),
                    ("filed_on", "备案日期"),
                ],
                needs: &["authority", "from"],
            },
            List::Standards => Shape {
                name: "standards",
                stems: &["补贴标准"],
                columns: &[SPECIALTY, ("level", "等级"), ("standard_yuan", "补贴标准")],
                needs: &["specialty", "level", "standard_yuan"],
            },
        }
    }
}

/// (column, Chinese header) of a list, in order: for templates and documentation.
pub fn chinese_headers(list: List) -> &'static [(&'static str, &'static str)] {
    list.shape().columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_known_by_stem_or_headers() {
        assert_eq!(List::of_stem("学员"), Some(List::Trainees));
        assert_eq!(List::of_stem(" Courses "), Some(List::Courses));
        assert_eq!(List::of_stem("名单"), None);
        assert_eq!(List::of_headers(&["学员编号", "姓名", "身份证号"]), Some(List::Trainees));
        assert_eq!(List::of_headers(&["trainee", "course"]), Some(List::Enrolments));
        assert_eq!(List::of_headers(&["课程编号", "视频编号", "时长毫秒"]), Some(List::Videos));
        assert_eq!(List::of_headers(&["course"]), Some(List::Courses));
        assert_eq!(List::of_headers(&["学员编号", "身高"]), None);
    }

    #[test]
    fn every_full_header_names_its_own_list() {
        for list in List::ALL {
            let (english, chinese): (Vec<&str>, Vec<&str>) = chinese_headers(list).iter().copied().unzip();
            assert_eq!(List::of_headers(&english), Some(list));
            assert_eq!(List::of_headers(&chinese), Some(list));
        }
    }
}
