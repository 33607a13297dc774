//! Registry files as people write them: what is taken, what is refused, and where the fault is said to be.
#![allow(clippy::expect_used, reason = "helpers of tests stop a test as tests do")]

use keshi_registry::{
    Approval, Code, Course, Kind, Known, NothingKnown, Place, Registry, RegistryFile, RowError, Table,
    export_for_platform, merge, read_tables,
};

const GOOD: &str = r#"{"providers": [{"provider": "p7", "kind": "platform", "name": "泉城学习", "max_stretch_ms": 60000,
    "listings": [{"authority": "jinan", "from": "2020-03-01", "to": "2020-06-30"}]}],
 "specialties": [{"specialty": "electrician", "category": "skill", "standard_yuan": {"junior": "1000", "中级": "1500"},
    "practical_share": "0.60"}],
 "courses": [{"course": "C1", "provider": "p7", "specialty": "electrician", "level": "junior", "title": "电工",
   "videos": [{"video": "v1", "duration_ms": 600000}], "quizzes": [{"quiz": "q1", "pass": "0.60"}], "questions": 1,
   "listings": [{"authority": "jinan", "from": "2020-03-01", "to": "2020-06-30"}]}],
 "trainees": [{"trainee": "t1", "name": "张三", "id_number": "11010519491231002X", "phone": "y", "district": "lixia", "category": "农民工"}],
 "enrolments": [{"trainee": "t1", "course": "C1", "on": "2020-04-01", "free": true}],
 "approvals": [{"platform": "p7", "trainee": "t1", "session": "s1"},
   {"platform": "p7", "from": "2020-04-20T09:19:00+08:00", "to": "2020-04-20T01:21:00Z"}]}"#;

fn strict(text: &str) -> RegistryFile {
    RegistryFile::parse_strict(text.as_bytes()).expect("a good file")
}

fn faults(text: &str) -> Vec<(Code, Option<String>)> {
    let faults = RegistryFile::parse_strict(text.as_bytes()).expect_err("a bad file");
    faults.into_iter().map(|fault| (fault.code, fault.member)).collect()
}

fn csv(files: &[(&str, &str)], current: &Registry) -> Result<RegistryFile, Vec<RowError>> {
    let mut drafts = Vec::new();
    for (name, text) in files {
        drafts.push(RegistryFile::read_file(name, text.as_bytes())?);
    }
    merge(drafts, current)
}

#[test]
fn the_documented_example_is_taken_whole() {
    let file = strict(GOOD);
    assert_eq!(file.validate(&NothingKnown), []);
    assert!(file.references().is_empty());
    let catalogue = file.catalogue();
    assert_eq!(catalogue.approvals.len(), 2);
    assert_eq!(catalogue.max_stretch_ms.values().copied().collect::<Vec<_>>(), [60_000]);
    let course = catalogue.course(&"C1".into()).expect("C1");
    assert_eq!((course.duration_ms(), course.questions), (600_000, 1));
    assert_eq!(course.quizzes.values().map(ToString::to_string).collect::<Vec<_>>(), ["3/5"]);
}

#[test]
fn an_empty_file_and_rows_with_keys_alone_are_good() {
    assert_eq!(strict("{}"), RegistryFile::default());
    let file =
        strict(r#"{"courses": [{"course": "课程 1"}], "providers": [{"provider": "p", "name": null}]}"#);
    assert_eq!(file.validate(&NothingKnown), []);
    assert_eq!(file.catalogue().courses.map(|courses| courses.len()), Some(1));
}

#[test]
fn entries_fold_back_and_name_nobody() {
    let file = strict(GOOD);
    let entries: Vec<_> = file.entries().collect();
    let keys: Vec<_> = entries.iter().map(|entry| format!("{} {}", entry.kind.as_str(), entry.key)).collect();
    assert_eq!(
        keys,
        [
            "provider p7",
            "specialty electrician",
            "course C1",
            "trainee t1",
            "enrolment t1/C1",
            "approval session/p7/t1/s1",
            "approval outage/p7/1587345540000/1587345660000"
        ]
    );
    let text = serde_json::to_string(&entries).expect("json");
    for personal in ["张三", "id_number", "phone"] {
        assert!(!text.contains(personal), "{personal}");
    }
    assert_eq!(file.persons().count(), 1);
    assert!(!format!("{file:?}").contains("张三"));

    let mut registry = Registry::from_entries(&entries).expect("folds");
    assert_eq!(registry.catalogue(), file.catalogue());
    assert_eq!(registry.to_file().entries().map(|e| e.key).collect::<Vec<_>>().len(), entries.len());
    assert!(matches!(registry.approvals.values().next(), Some(Approval::Outage { .. })));
    registry.apply(&keshi_registry::Entry::retraction(Kind::Enrolment, "t1/C1")).expect("retracts");
    assert!(registry.enrolments.is_empty());
    assert!(registry.knows(Kind::Course, "C1") && !registry.knows(Kind::Enrolment, "t1/C1"));
}

#[test]
fn the_json_form_is_read_back_as_written() {
    let file = strict(GOOD);
    let again = strict(&serde_json::to_string(&file).expect("json"));
    assert_eq!(again.entries().collect::<Vec<_>>(), file.entries().collect::<Vec<_>>());
    assert_eq!(again.trainees, file.trainees);
}

#[test]
fn every_fault_of_every_row_is_named() {
    let bad = r#"{"providers": [{"provider": "keshi"}, {"provider": "a b", "kind": "school", "colour": 1}, 7],
      "courses": [{"course": "C1", "videos": [{"video": "v1"}, {"video": "v2", "duration_ms": 0}, {"video": "v2", "duration_ms": 1.5},
          {"video": "v3", "duration_ms": 9}, {"video": "v3", "duration_ms": 9}],
        "quizzes": [{"quiz": "q", "pass": 0.6}], "listings": [{"authority": "x", "from": "2020-07-01", "to": "2020-06-30"}]},
        {"title": "no id"}],
      "trainees": [{"trainee": "11010519491231002X"}], "approvals": [{"platform": "p", "from": "2020-04-20"}],
      "colours": []}"#;
    let expected = [
        (Code::R104, "colours"),
        (Code::R112, "provider"),
        (Code::R105, "colour"),
        (Code::R108, "provider"),
        (Code::R108, "kind"),
        (Code::R103, ""),
        (Code::R106, "videos/0/duration_ms"),
        (Code::R108, "videos/1/duration_ms"),
        (Code::R107, "videos/2/duration_ms"),
        (Code::R109, "videos/4/video"),
        (Code::R107, "quizzes/0/pass"),
        (Code::R111, "listings/0/to"),
        (Code::R106, "course"),
        (Code::R108, "trainee"),
        (Code::R108, "from"),
        (Code::R106, "to"),
    ];
    let found = faults(bad);
    let found: Vec<_> = found.iter().map(|(code, member)| (*code, member.as_deref().unwrap_or(""))).collect();
    assert_eq!(found, expected);
}

const REST: &str = r#"{"authorities": [{"authority": "xianxing-2", "name": "先行二区", "level": "district"}],
 "providers": [{"provider": "e1", "kind": "enterprise", "registered_here": true, "main_business": "电力设备", "account": "6222000000000001"}],
 "courses": [{"course": "C1", "provider": "e1", "main_business": true, "valid_from": "2020-05-01"}],
 "trainees": [{"trainee": "t1", "employment": "employed"}],
 "enrolments": [{"trainee": "t1", "course": "C1", "enterprise": "e1"}],
 "teaching_plans": [{"provider": "e1", "course": "C1", "practical_hours": 24}],
 "agreements": [{"agreement": "A1", "enterprise": "e1", "provider": "e1", "from": "2020-03-01", "course": "C1", "pay_to": "provider"}],
 "contracts": [{"trainee": "t1", "enterprise": "e1", "signed_on": "2020-04-01", "relation": "labour", "from": "2020-04-20", "to": "2021-04-19"}],
 "insurance": [{"trainee": "t1", "enterprise": "e1", "from": "2020-04-01", "paid": true, "skill_subsidy": false}],
 "evaluations": [{"trainee": "t1", "course": "C1", "on": "2020-05-20", "method": "theory-test", "passed": true}],
 "practicals": [{"trainee": "t1", "course": "C1", "provider": "e1", "from": "2020-08-01", "to": "2020-08-04", "passed": true, "applicant": "enterprise"}],
 "certificates": [{"certificate": "Z1", "trainee": "t1", "kind": "skill-level", "course": "C1", "provider": "e1", "issued_on": "2020-08-10"}],
 "benefits": [{"benefit": "B1", "trainee": "t1", "kind": "unemployment-insurance", "certificate": "Z1", "amount_yuan": "1000"}]}"#;

#[test]
fn every_list_folds_back_and_is_read_as_written() {
    let file = strict(REST);
    assert_eq!(file.validate(&NothingKnown), []);
    let entries: Vec<_> = file.entries().collect();
    let kinds: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds.len(), Kind::ALL.len() - 2, "all but specialties and approvals");
    for entry in entries.iter().filter(|entry| Kind::OF_TRAINEE.contains(&entry.kind)) {
        assert_eq!(entry.key.split('/').next(), Some("t1"), "{entry:?}");
    }
    let registry = Registry::from_entries(&entries).expect("folds");
    assert!(entries.iter().all(|entry| registry.knows(entry.kind, &entry.key)));
    assert_eq!(registry.to_file().entries().collect::<Vec<_>>(), entries);
    let mut emptied = registry.clone();
    for entry in &entries {
        emptied.apply(&keshi_registry::Entry::retraction(entry.kind, entry.key.clone())).expect("retracts");
    }
    assert_eq!(emptied, Registry::default());
}

#[test]
fn lists_of_enterprises_name_what_is_registered() {
    let lost = strict(&REST.replace("\"provider\": \"e1\", \"kind\"", "\"provider\": \"e9\", \"kind\""));
    let found = lost.validate(&NothingKnown);
    let lists: std::collections::BTreeSet<_> = found.iter().filter_map(|fault| fault.list).collect();
    assert_eq!(lists.len(), 8, "{found:?}");
    assert!(found.iter().all(|fault| fault.code == Code::R110));
}

#[test]
fn an_identity_number_is_checked_and_belongs_to_one_trainee() {
    let trainee = |id: &str, number: &str| format!(r#"{{"trainee": "{id}", "id_number": "{number}"}}"#);
    let file = |rows: &[String]| format!(r#"{{"trainees": [{}]}}"#, rows.join(","));
    assert_eq!(
        faults(&file(&[trainee("t1", "110105194912310021")])),
        [(Code::R113, Some("id_number".into()))]
    );
    let twice = file(&[trainee("t1", "11010519491231002X"), trainee("t2", "11010519491231002x")]);
    let found = RegistryFile::parse_strict(twice.as_bytes()).expect_err("one number, two people");
    assert_eq!((found.len(), found[0].code, found[0].origin.place), (1, Code::R114, Place::Index(1)));
    assert!(found[0].reason.contains("t1") && !found[0].to_string().contains("110105"), "{}", found[0]);
}

#[test]
fn a_sheet_names_its_list_and_faults_name_sheet_line_and_column() {
    let sheet = |name: &str, rows: &[&[&str]]| {
        let cells = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let lines = rows.iter().zip(1..).map(|(row, line)| (line, cells(row)));
        let mut lines = lines.collect::<Vec<_>>().into_iter();
        let header = lines.next().expect("a header").1;
        Table { file: "登记.xlsx".to_owned(), sheet: Some(name.to_owned()), header, rows: lines.collect() }
    };
    let tables = [
        sheet("学员", &[&["学员编号", "姓名", "身份证号"], &["t1", "张三", "11010519491231002X"]]),
        sheet(
            "劳动合同",
            &[&["学员编号", "企业编号", "签订日期"], &["t1", "e1", "2020/4/1"], &["t1", "e1", "昨天"]],
        ),
    ];
    let found = read_tables(&tables).expect_err("a bad date");
    assert_eq!(found.len(), 1);
    let said = serde_json::to_value(&found[0]).expect("json");
    assert_eq!(said["sheet"], "劳动合同");
    assert_eq!(
        (&said["place"]["line"], &said["column"], &said["member"]),
        (&3.into(), &"C".into(), &"signed_on".into())
    );
    assert!(found[0].to_string().contains("工作表 劳动合同") && found[0].to_string().contains("C 列"));
}

#[test]
fn a_version_of_a_course_judges_the_completions_of_its_days() {
    let version = |from: Option<&str>, title: &str| Course {
        title: Some(title.to_owned()),
        valid_from: from.map(|day| day.parse().expect("a day")),
        ..Course::new("C1".into())
    };
    let versions = [
        version(None, "first"),
        version(Some("2020-05-01"), "second"),
        version(Some("2020-05-01"), "second, mended"),
        version(None, "first, mended"),
    ];
    let on = |day: &str| {
        Course::version_on(versions.iter(), day.parse().expect("a day"))
            .and_then(|at| versions[at].title.clone())
    };
    assert_eq!(on("2020-04-30").as_deref(), Some("first, mended"));
    assert_eq!(on("2020-05-01").as_deref(), Some("second, mended"));
    assert_eq!(Course::version_on(versions[1..3].iter(), "2020-01-01".parse().expect("a day")), Some(0));
}

#[test]
fn faults_never_repeat_personal_values() {
    let bad = r#"{"trainees": [{"trainee": "t1", "name": "张三\u0007", "id_number": 370102199001011234, "phone": []}]}"#;
    let faults = RegistryFile::parse_strict(bad.as_bytes()).expect_err("a bad file");
    assert_eq!(faults.len(), 3);
    let said = faults.iter().map(ToString::to_string).collect::<String>();
    assert!(!said.contains("张三") && !said.contains("3701"), "{said}");
}

#[test]
fn keys_stand_once_and_references_are_known() {
    assert_eq!(faults(r#"{"trainees": [{"trainee": "t1"}, {"trainee": "t1"}]}"#), [(Code::R109, None)]);
    assert_eq!(faults(r#"{"trainees": [], "trainees": []}"#), [(Code::R102, None)]);
    let file = strict(
        r#"{"courses": [{"course": "C1", "provider": "p9"}], "enrolments": [{"trainee": "t9", "course": "C1"}]}"#,
    );
    let found = file.validate(&NothingKnown);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|fault| fault.code == Code::R110 && fault.origin.place == Place::Index(0)));
    let known = file.references();
    assert_eq!(known.len(), 2);
    assert_eq!(file.validate(&known), []);
}

#[test]
fn recompute_reads_what_it_needs_and_ignores_the_rest() {
    let odd = r#"{"providers": [{"provider": "keshi", "kind": 7}, {"provider": "p7", "max_stretch_ms": 60000}, 5],
      "trainees": "none", "colours": {}, "courses": [{"course": "C1", "title": 9, "listings": "?", "videos":
        [{"video": "v1", "duration_ms": 600000, "hue": 1}], "quizzes": [{"quiz": "q1", "pass": 7}, 1]}],
      "approvals": [{"platform": "p7", "trainee": "t1", "session": "s1", "by": "x"}]}"#;
    let file = RegistryFile::parse_lenient(odd.as_bytes()).expect("readable");
    let catalogue = file.catalogue();
    assert_eq!((catalogue.max_stretch_ms.len(), catalogue.approvals.len()), (1, 1));
    assert_eq!(catalogue.course(&"C1".into()).map(keshi_record::Course::duration_ms), Some(600_000));
    for bad in [
        "[]",
        "{",
        r#"{"courses": [{"course": "C1", "videos": [{"video": "v1"}]}]}"#,
        r#"{"courses": [{"course": "C1"}, {"course": "C1"}]}"#,
        r#"{"courses": {"C1": {}}}"#,
        r#"{"courses": ["C1"]}"#,
        r#"{"approvals": [{"platform": "p7"}]}"#,
        r#"{"providers": [{"provider": "p7", "max_stretch_ms": 86400001}]}"#,
    ] {
        assert!(RegistryFile::parse_lenient(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn chinese_tables_say_the_same_as_json() {
    let files = [
        (
            "学员.csv",
            "\u{feff}学员编号,姓名,身份证号,联系电话,户籍区县,人员类别\nt1,张三,11010519491231002X,y,lixia,农民工\n,,,,,\n",
        ),
        ("a/b/list1.csv", "机构编号,机构类型,机构名称,最长片段毫秒\np7,平台,泉城学习,60000\n"),
        ("specialties.csv", "specialty,category,practical_share\nelectrician,技能类,0.60\n"),
        ("standards.csv", "专业编号,等级,补贴标准\nelectrician,初级,1000\nelectrician,intermediate,1500\n"),
        ("课程.csv", "课程编号,机构编号,专业编号,等级,课程名称,提问要求\nC1,p7,electrician,初级,电工,1\n"),
        ("videos.csv", "course,video,duration_ms\nC1,v1,600000\n"),
        ("quizzes.csv", "course,quiz,pass\nC1,q1,0.60\n"),
        (
            "listings.csv",
            "provider,course,authority,from,to\np7,,jinan,2020/3/1,2020/6/30\n,C1,jinan,2020-03-01,2020-06-30\n",
        ),
        ("报名.csv", "学员编号,课程编号,报名日期,是否免费\nt1,C1,2020-04-01,是\n"),
        (
            "补录批准.csv",
            "平台编号,学员编号,会话编号,开始时间,结束时间\np7,t1,s1,,\np7,,,2020-04-20T09:19:00+08:00,2020-04-20T01:21:00Z\n",
        ),
    ];
    let file = csv(&files, &Registry::default()).expect("good tables");
    let json = strict(GOOD);
    assert_eq!(file.entries().collect::<Vec<_>>(), json.entries().collect::<Vec<_>>());
    assert_eq!(file.trainees, json.trainees);
}

#[test]
fn bad_table_rows_are_named_with_their_line() {
    let text = "trainee,course,on,free\nt1,C1,2020-04-01,是\nt 2,C1,昨天,也许\nt3\n";
    let found = csv(&[("enrolments.csv", text)], &Registry::default()).expect_err("bad rows");
    let found: Vec<_> =
        found.iter().map(|f| (f.origin.place, f.code, f.member.as_deref().unwrap_or(""))).collect();
    assert_eq!(
        found,
        [
            (Place::Line(3), Code::R108, "trainee"),
            (Place::Line(3), Code::R108, "on"),
            (Place::Line(3), Code::R107, "free"),
            (Place::Line(4), Code::R103, ""),
        ]
    );
    let unknown = csv(&[("x.csv", "学员编号,身高\nt1,180\n")], &Registry::default()).expect_err("no list");
    assert_eq!(unknown[0].code, Code::R104);
    let column =
        csv(&[("trainees.csv", "trainee,height\nt1,180\n")], &Registry::default()).expect_err("no column");
    assert_eq!((column[0].code, column[0].origin.place), (Code::R105, Place::Line(1)));
}

#[test]
fn a_table_that_is_not_utf_8_says_so() {
    let gbk = b"\xd1\xa7\xd4\xb1\xb1\xe0\xba\xc5\nt1\n";
    let found = RegistryFile::read_file("trainees.csv", gbk).expect_err("GBK");
    assert_eq!(found[0].code, Code::R101);
    assert!(found[0].to_string().contains("CSV UTF-8"));
}

#[test]
fn nested_tables_alone_replace_that_list_of_a_known_owner() {
    let entries: Vec<_> = strict(GOOD).entries().collect();
    let registry = Registry::from_entries(&entries).expect("folds");
    let videos = "course,video,duration_ms\nC1,v8,1000\nC1,v9,2000\n";
    let file = csv(&[("videos.csv", videos)], &registry).expect("known owner");
    let course = file.courses.first().expect("C1");
    assert_eq!(course.duration_ms(), Some(3000));
    assert_eq!((course.quizzes.len(), course.title.as_deref()), (1, Some("电工")));
    let lost = csv(&[("videos.csv", videos)], &Registry::default()).expect_err("no owner");
    assert_eq!(lost.iter().map(|f| (f.code, f.origin.place)).collect::<Vec<_>>().len(), 2);
    let twice = csv(&[("videos.csv", "course,video,duration_ms\nC1,v8,1\nC1,v8,2\n")], &registry);
    assert_eq!(twice.expect_err("twice")[0].origin.place, Place::Line(3));
}

#[test]
fn a_platform_gets_its_own_ids_and_no_names() {
    let registry = Registry::from_entries(&strict(GOOD).entries().collect::<Vec<_>>()).expect("folds");
    let export = export_for_platform(&registry, &"p7".into()).expect("p7");
    let text = serde_json::to_string(&export).expect("json");
    assert_eq!(
        text,
        r#"{"platform":"p7","courses":[{"course":"C1","title":"电工","videos":[{"video":"v1","duration_ms":600000}],"quizzes":["q1"],"questions":1}],"trainees":[{"trainee":"t1","courses":["C1"]}]}"#
    );
    assert_eq!(export_for_platform(&registry, &"p8".into()), None);
}
