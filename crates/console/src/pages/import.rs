//! Registry files taken in on a page: checked first, then entered with the same files.

use axum::extract::{Extension, State};
use axum::response::Response;
use keshi_registry::{Place, RowError};
use keshi_settlement::{Intake, IntakeError};
use keshi_store::Registered;
use keshi_trail::Hash;
use maud::{Markup, html};

use crate::app::App;
use crate::fault::Fault;
use crate::lang::Lang;
use crate::layout::{csrf, page as frame};
use crate::pages::registry::chinese;
use crate::seat::Seat;
use crate::upload::Upload;

/// The most faults that are shown; the others are counted.
const MOST_FAULTS: usize = 200;

pub(crate) async fn page(Extension(seat): Extension<Seat>) -> Response {
    show(&seat, html! {}, "", "")
}

/// A dry run, or, where the form carries what a dry run has found good, the import itself.
pub(crate) async fn take(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    upload: Upload,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    if upload.files.is_empty() {
        return Err(Fault::Bad("没有选择文件 / no file was chosen".into()));
    }
    let digest = digest(&upload.files);
    let (checked, why) = (upload.text("checked"), upload.text("why").trim());
    if !checked.is_empty() {
        if checked != digest {
            return Err(Fault::Refused(
                "所选文件与检查过的不同，请重新检查 / these are not the files that were checked: check them first"
                    .into(),
            ));
        }
        if why.is_empty() {
            return Err(Fault::Bad("请填写事由 / give a reason".into()));
        }
    }
    let action = if checked.is_empty() { "registry.check" } else { "registry.import" };
    let mut line = seat.audited(action, Some(&digest));
    line.why = Some(why).filter(|why| !why.is_empty());
    // Noted before it is done: what cannot be noted does not happen.
    app.store.audit(line).await?;
    let files = upload.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let outcome = match Intake::read(&app.store, files).await {
        Ok(intake) if checked.is_empty() => {
            let found = found_good(&app, &intake, lang).await?;
            return Ok(show(&seat, html! { (names(&upload.files, lang)) (found) }, &digest, why));
        }
        Ok(intake) => intake.enter(&app.store, seat.actor.name(), why, |_| ()).await,
        Err(error) => Err(error),
    };
    let said = match outcome {
        Ok(done) => entered(done, lang),
        Err(IntakeError::Faults(faults)) => faults_of(&faults, lang),
        Err(IntakeError::Store(error @ keshi_store::StoreError::NoMasterKey)) => {
            return Err(Fault::Refused(error.to_string()));
        }
        Err(IntakeError::Store(error)) => return Err(error.into()),
    };
    Ok(show(&seat, html! { (names(&upload.files, lang)) (said) }, "", ""))
}

/// What `sha256sum` prints of each file, in an order of its own: the same files are the same text.
fn digest(files: &[(String, Vec<u8>)]) -> String {
    let mut digests: Vec<String> = files.iter().map(|(_, bytes)| Hash::of(bytes).to_string()).collect();
    digests.sort_unstable();
    digests.join("+")
}

/// The page: what came of the files, and the form for the next step.
fn show(seat: &Seat, outcome: Markup, digest: &str, why: &str) -> Response {
    let lang = seat.lang();
    let is_checked = !digest.is_empty();
    let body = html! {
        h1 { (lang.of("导入登记表", "Import into the registry")) }
        ol.steps {
            li aria-current=[(!is_checked).then_some("step")] { (lang.of("选择文件，检查", "Choose files, check")) }
            li aria-current=[is_checked.then_some("step")] { (lang.of("同一文件，确认导入", "The same files, import")) }
        }
        (outcome)
        form.card method="post" action="/registry/import" enctype="multipart/form-data" {
            (csrf(seat))
            input type="hidden" name="checked" value=(digest);
            div.line {
                div {
                    label for="file" { @if is_checked { (lang.of("再次选择同一文件（按 SHA-256 核对）", "Choose the same files again (held against their SHA-256)")) }
                        @else { (lang.of("文件：JSON、CSV 或 XLSX，可多选，合计不超过 8 MiB", "Files: JSON, CSV or XLSX, several at once, 8 MiB together")) } }
                    input #file type="file" name="file" multiple required accept=".json,.csv,.xlsx";
                }
                @if is_checked { div {
                    label for="why" { (lang.of("事由（必填，写入登记簿）", "Reason (required, kept in the register)")) }
                    input #why name="why" required size="36" value=(why);
                } }
                button { @if is_checked { (lang.of("确认导入", "Import")) } @else { (lang.of("检查（不登记）", "Check, register nothing")) } }
            }
        }
        @if is_checked { p { a href="/registry/import" { (lang.of("换别的文件", "Choose other files")) } } }
        @else { p.soft { (lang.of("全部无误才登记，一行有错则一行也不登记；规则与 keshi registry import 相同。CSV 一个文件一张表（如 学员.csv），XLSX 一个工作表一张表，表头用中文或英文。更大的文件请用命令行。", "All rows are registered or none, by the rules of keshi registry import. CSV holds one list a file (trainees.csv), XLSX one a sheet, under Chinese or English headings. Larger files are for the command line.")) } }
    };
    frame(seat, lang.of("导入登记表", "Import into the registry"), body)
}

fn names(files: &[(String, Vec<u8>)], lang: Lang) -> Markup {
    html! {
        div.scroll { table {
            caption { (lang.of("收到的文件", "Files that arrived")) }
            thead { tr { th { (lang.of("文件", "File")) } th.n { (lang.of("字节", "Bytes")) } th { "SHA-256" } } }
            tbody { @for (name, bytes) in files { tr { td { (name) } td.n { (bytes.len()) } td.id { (Hash::of(bytes)) } } } }
        } }
    }
}

async fn found_good(app: &App, intake: &Intake, lang: Lang) -> Result<Markup, Fault> {
    let changes = intake.changes(&app.store).await?;
    let named = |kind: &str| {
        keshi_registry::Kind::parse(kind)
            .map_or_else(|| kind.to_owned(), |kind| lang.of(chinese(kind), kind.as_str()).to_owned())
    };
    Ok(html! {
        p.notice #checked { strong { (lang.of("检查通过，尚未登记。", "No faults; nothing is registered yet.")) } " "
            (lang.of("行数", "Rows")) " " (intake.entries()) " · " (lang.of("含个人信息的学员", "people with personal data")) " " (intake.persons()) }
        div.scroll { table {
            caption { (lang.of("导入之后登记表会怎样变化", "What an import would change")) }
            thead { tr { th { (lang.of("表", "List")) } th.n { (lang.of("新增", "New")) } th.n { (lang.of("更改", "Changed")) } th.n { (lang.of("未变", "The same")) } } }
            tbody { @for (kind, change) in &changes { tr { td { (named(kind)) } td.n { (change.fresh) } td.n { (change.changed) } td.n { (change.unchanged) } } } }
        } }
    })
}

fn entered(done: Registered, lang: Lang) -> Markup {
    html! {
        p.notice #entered { strong { (lang.of("已登记。", "Registered.")) } " "
            (lang.of("新写入", "Entries added")) " " (done.added) " · " (lang.of("未变", "the same as before")) " " (done.unchanged) " · "
            (lang.of("登记簿号", "register number")) " " (done.number) " · " a href="/registry" { (lang.of("查看登记表", "See the registry")) } }
    }
}

/// Every bad row: where it stands, the stable code, and what to mend.
fn faults_of(faults: &[RowError], lang: Lang) -> Markup {
    let place = |fault: &RowError| match fault.origin.place {
        Place::Line(line) => line.to_string(),
        Place::Index(index) => format!("[{index}]"),
        Place::File => "—".to_owned(),
    };
    html! {
        p.notice.bad #faults { strong { (faults.len()) " " (lang.of("处错误，未登记任何内容。", "faults; nothing was registered.")) } " " (lang.of("请在文件中改正后再检查。", "Mend them in the file, and check again.")) }
        div.scroll { table {
            caption { (lang.of("表格的行号自表头起为 1；JSON 的序号自 0 起，写作 [0]。", "Lines of tables are counted from the heading, which is 1; rows of JSON from 0, as [0].")) }
            thead { tr { th { (lang.of("文件 · 工作表", "File · sheet")) } th { (lang.of("表", "List")) } th.n { (lang.of("行", "Row")) } th { (lang.of("列", "Column")) } th { (lang.of("代码", "Code")) } th { (lang.of("怎样改正", "What to mend")) } } }
            tbody { @for fault in faults.iter().take(MOST_FAULTS) { tr {
                td { (fault.origin.file) @if let Some(sheet) = &fault.origin.sheet { " · " (sheet) } }
                td.name { (fault.list.map_or("—", keshi_registry::List::as_str)) } td.n { (place(fault)) }
                td.name { @if let Some(column) = &fault.column { (column) " · " } (fault.member.as_deref().unwrap_or("—")) }
                td.name { (fault.code) " " span.soft { (fault.code.name()) } } td { (lang.of(&fault.reason, &fault.reason_en)) }
            } } }
        } }
        @if faults.len() > MOST_FAULTS { p.soft { (lang.of("其余未列出：", "Not listed: ")) (faults.len() - MOST_FAULTS) } }
    }
}
