//! The lists of a registry, their columns, and the Chinese names of both.
//!
//! A table file (CSV) carries one list. Its list is known by the file's stem, or else by its headers.
//!
//! | list | file stems | columns (中文表头) |
//! |---|---|---|
//! | providers | providers, 培训主体, 培训机构, 平台 | provider 机构编号 · kind 机构类型 · name 机构名称 · max_stretch_ms 最长片段毫秒 · registered_here 在本市注册 · main_business 主营业务 · training_qualified 具有培训资质 · account 收款账号 |
//! | specialties | specialties, 专业, 工种 | specialty 专业编号 · name 专业名称 · category 专业类别 · practical_share 实操占比 · expert_approved_on 专家评估日期 · competent_department 业务主管部门 |
//! | courses | courses, 课程 | course 课程编号 · provider 机构编号 · specialty 专业编号 · level 等级 · title 课程名称 · questions 提问要求 · own_developed 自主开发 · main_business 与主营业务相关 · valid_from 版本启用日期 |
//! | trainees | trainees, 学员 | trainee 学员编号 · name 姓名 · id_number 身份证号 · phone 联系电话 · district 户籍区县 · category 人员类别 · employment 就业状态 |
//! | enrolments | enrolments, 报名 | trainee 学员编号 · course 课程编号 · on 报名日期 · free 是否免费 · enterprise 企业编号 |
//! | approvals | approvals, 补录批准 | platform 平台编号 · trainee 学员编号 · session 会话编号 · from 开始时间 · to 结束时间 |
//! | authorities | authorities, 区县, 评估单位 | authority 单位编号 · name 单位名称 · level 单位层级 |
//! | teaching_plans | teaching_plans, 教学计划 | provider 机构编号 · course 课程编号 · practical_hours 实操课时 |
//! | agreements | agreements, 委托协议 | agreement 协议编号 · enterprise 企业编号 · provider 机构编号 · from 开始日期 · to 结束日期 · course 课程编号 · pay_to 收款方 |
//! | contracts | contracts, 劳动合同 | trainee 学员编号 · enterprise 企业编号 · signed_on 签订日期 · relation 用工关系 · from 开始日期 · to 结束日期 · open_ended 无固定期限 |
//! | insurance | insurance, 社会保险 | trainee 学员编号 · enterprise 企业编号 · from 开始日期 · to 结束日期 · paid 已缴纳 · skill_subsidy 符合技能提升补贴条件 |
//! | evaluations | evaluations, 综合评价 | trainee 学员编号 · course 课程编号 · on 评价日期 · method 评价方式 · passed 是否合格 |
//! | practicals | practicals, 实操培训 | trainee 学员编号 · course 课程编号 · provider 机构编号 · from 开始日期 · to 结束日期 · passed 是否合格 · applicant 申领方式 |
//! | certificates | certificates, 证书 | certificate 证书编号 · trainee 学员编号 · kind 证书种类 · specialty 专业编号 · level 等级 · course 课程编号 · provider 机构编号 · issued_on 发证日期 · trained_from 培训开始日期 · trained_to 培训结束日期 · competent_department 业务主管部门 |
//! | benefits | benefits, 已享受补贴 | benefit 补贴编号 · trainee 学员编号 · kind 补贴种类 · certificate 证书编号 · specialty 专业编号 · level 等级 · on 享受日期 · amount_yuan 金额 |
//! | videos | videos, 视频 | course 课程编号 · video 视频编号 · duration_ms 时长毫秒 |
//! | quizzes | quizzes, 测验 | course 课程编号 · quiz 测验编号 · pass 及格线 |
//! | listings | listings, 目录清单 | provider 机构编号 or course 课程编号 or specialty 专业编号 · authority 评估单位 · from 开始日期 · to 结束日期 · filed_on 备案日期 |
//! | standards | standards, 补贴标准 | specialty 专业编号 · level 等级 · standard_yuan 补贴标准 |
//!
//! The last four are nested in JSON and lists of their own in tables. 机构名称 and 专业名称 and 姓名 all mean `name`. A workbook (XLSX) carries one list a
//! sheet, named like a file.

use serde::Serialize;

/// A list of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
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
    /// Who assesses and pays.
    Authorities,
    /// Plans for practical parts.
    TeachingPlans,
    /// Entrustment agreements.
    Agreements,
    /// Labour contracts.
    Contracts,
    /// Social insurance.
    Insurance,
    /// Evaluations after pre-job training.
    Evaluations,
    /// Practical training.
    Practicals,
    /// Certificates.
    Certificates,
    /// Benefits received elsewhere.
    Benefits,
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
    pub const ALL: [List; 19] = [
        List::Providers,
        List::Specialties,
        List::Courses,
        List::Trainees,
        List::Enrolments,
        List::Approvals,
        List::Authorities,
        List::TeachingPlans,
        List::Agreements,
        List::Contracts,
        List::Insurance,
        List::Evaluations,
        List::Practicals,
        List::Certificates,
        List::Benefits,
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
        const ENTERPRISE: (&str, &str) = ("enterprise", "企业编号");
        const LEVEL: (&str, &str) = ("level", "等级");
        const FROM: (&str, &str) = ("from", "开始日期");
        const TO: (&str, &str) = ("to", "结束日期");
        const PASSED: (&str, &str) = ("passed", "是否合格");
        const CERTIFICATE: (&str, &str) = ("certificate", "证书编号");
        match self {
            List::Providers => Shape {
                name: "providers",
                stems: &["培训主体", "培训机构", "平台"],
                columns: &[
                    PROVIDER,
                    ("kind", "机构类型"),
                    ("name", "机构名称"),
                    ("max_stretch_ms", "最长片段毫秒"),
                    ("registered_here", "在本市注册"),
                    ("main_business", "主营业务"),
                    ("training_qualified", "具有培训资质"),
                    ("account", "收款账号"),
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
                    ("competent_department", "业务主管部门"),
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
                    ("main_business", "与主营业务相关"),
                    ("valid_from", "版本启用日期"),
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
                    ("employment", "就业状态"),
                ],
                needs: &["trainee"],
            },
            List::Enrolments => Shape {
                name: "enrolments",
                stems: &["报名"],
                columns: &[TRAINEE, COURSE, ("on", "报名日期"), ("free", "是否免费"), ENTERPRISE],
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
            List::Authorities => Shape {
                name: "authorities",
                stems: &["区县", "评估单位"],
                columns: &[("authority", "单位编号"), ("name", "单位名称"), ("level", "单位层级")],
                needs: &["authority", "level"],
            },
            List::TeachingPlans => Shape {
                name: "teaching_plans",
                stems: &["教学计划"],
                columns: &[PROVIDER, COURSE, ("practical_hours", "实操课时")],
                needs: &["provider", "course", "practical_hours"],
            },
            List::Agreements => Shape {
                name: "agreements",
                stems: &["委托协议"],
                columns: &[
                    ("agreement", "协议编号"),
                    ENTERPRISE,
                    PROVIDER,
                    FROM,
                    TO,
                    COURSE,
                    ("pay_to", "收款方"),
                ],
                needs: &["agreement"],
            },
            List::Contracts => Shape {
                name: "contracts",
                stems: &["劳动合同"],
                columns: &[
                    TRAINEE,
                    ENTERPRISE,
                    ("signed_on", "签订日期"),
                    ("relation", "用工关系"),
                    FROM,
                    TO,
                    ("open_ended", "无固定期限"),
                ],
                needs: &["trainee", "enterprise", "signed_on"],
            },
            List::Insurance => Shape {
                name: "insurance",
                stems: &["社会保险"],
                columns: &[
                    TRAINEE,
                    ENTERPRISE,
                    FROM,
                    TO,
                    ("paid", "已缴纳"),
                    ("skill_subsidy", "符合技能提升补贴条件"),
                ],
                needs: &["trainee", "enterprise", "from"],
            },
            List::Evaluations => Shape {
                name: "evaluations",
                stems: &["综合评价"],
                columns: &[TRAINEE, COURSE, ("on", "评价日期"), ("method", "评价方式"), PASSED],
                needs: &["trainee", "course", "passed"],
            },
            List::Practicals => Shape {
                name: "practicals",
                stems: &["实操培训"],
                columns: &[TRAINEE, COURSE, PROVIDER, FROM, TO, PASSED, ("applicant", "申领方式")],
                needs: &["trainee", "course", "provider"],
            },
            List::Certificates => Shape {
                name: "certificates",
                stems: &["证书"],
                columns: &[
                    CERTIFICATE,
                    TRAINEE,
                    ("kind", "证书种类"),
                    SPECIALTY,
                    LEVEL,
                    COURSE,
                    PROVIDER,
                    ("issued_on", "发证日期"),
                    ("trained_from", "培训开始日期"),
                    ("trained_to", "培训结束日期"),
                    ("competent_department", "业务主管部门"),
                ],
                needs: &["certificate", "trainee"],
            },
            List::Benefits => Shape {
                name: "benefits",
                stems: &["已享受补贴"],
                columns: &[
                    ("benefit", "补贴编号"),
                    TRAINEE,
                    ("kind", "补贴种类"),
                    CERTIFICATE,
                    SPECIALTY,
                    LEVEL,
                    ("on", "享受日期"),
                    ("amount_yuan", "金额"),
                ],
                needs: &["benefit", "trainee", "kind"],
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
