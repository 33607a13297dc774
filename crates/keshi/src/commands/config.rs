//! `keshi config`

use anyhow::Result;
use serde_json::json;

use crate::settings::Settings;
use crate::show;

pub(crate) fn config(settings: &Settings, json: bool) -> Result<()> {
    let shown = settings.shown();
    if json {
        let all: Vec<_> =
            shown.iter().map(|s| json!({"name": s.name, "value": s.value, "source": s.source})).collect();
        return show::json(&all);
    }
    let mut table = show::table(&["设置 setting", "值 value", "来源 source", "用途 what for"]);
    for setting in shown {
        table.add_row(vec![setting.name.to_owned(), setting.value, setting.source, setting.what.to_owned()]);
    }
    show::line(table)
}
