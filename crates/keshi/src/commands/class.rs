//! `keshi class`: a course's board.

use anyhow::Result;
use clap::Args;
use keshi_events::CourseId;
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Args)]
pub(crate) struct Class {
    /// 课程 / the course
    course: String,
    /// 最多 / at most so many lines of the table; the sums are of all
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

impl Class {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let store = connect::store(settings).await?;
        let rows = store.board(&self.course).await?;
        if json {
            let all: Vec<_> = rows
                .iter()
                .map(|row| {
                    json!({"trainee": row.trainee, "verified_seconds": row.verified_seconds, "class_hours": row.class_hours,
                           "studied": row.studied, "assessed": row.assessed, "flags": row.flags})
                })
                .collect();
            return show::json(&all);
        }
        let catalogue = connect::catalogue(&store).await?;
        let course = catalogue.course(&CourseId::from(self.course.as_str()));
        let needed = course.map_or(0, |course| course.duration_ms() / 1000);
        let mut table = show::table(&[
            "学员 trainee",
            "核定时长 verified",
            "课时 hours",
            "进度 progress",
            "学完 studied",
            "考核 assessed",
            "标记 flags",
        ]);
        for row in rows.iter().take(self.limit) {
            table.add_row(vec![
                row.trainee.clone(),
                show::clock(row.verified_seconds),
                row.class_hours.to_string(),
                show::share(row.verified_seconds, needed),
                show::yes_no(Some(row.studied)).to_owned(),
                show::yes_no(row.assessed).to_owned(),
                row.flags.join(" "),
            ]);
        }
        show::line(&table)?;
        let count = |of: &dyn Fn(&keshi_store::BoardRow) -> bool| rows.iter().filter(|row| of(row)).count();
        show::line(format!(
            "共 {} 人 · 学完 studied {} · 考核合格 assessed {} · 有标记 flagged {} · 课程 {} 课时 class hours",
            rows.len(),
            count(&|row| row.studied),
            count(&|row| row.assessed == Some(true)),
            count(&|row| !row.flags.is_empty()),
            keshi_record::class_hours(needed),
        ))
    }
}
