//! Files that somebody sends with a form, and the proof that this console made the form.

use axum::extract::{FromRequest, Multipart, Request};

use crate::fault::Fault;
use crate::seat::Seat;

/// The most files of one form.
const MOST_FILES: usize = 20;

/// A form with files: its texts by name, its files as (name, bytes). The form's proof stands first in it, so that nothing
/// of a stranger's form is read.
pub(crate) struct Upload {
    texts: Vec<(String, String)>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Upload {
    /// The text of a field; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.texts.iter().find(|(found, _)| found == name).map_or("", |(_, text)| text.as_str())
    }
}

impl FromRequest<crate::app::App> for Upload {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &crate::app::App) -> Result<Self, Fault> {
        let expected = request.extensions().get::<Seat>().and_then(|seat| seat.csrf.clone());
        let mut form = Multipart::from_request(request, app).await.map_err(|_| Fault::expired())?;
        let mut upload = Upload { texts: Vec::new(), files: Vec::new() };
        let mut is_proven = false;
        let bad = |error: axum::extract::multipart::MultipartError| {
            match error.status().as_u16() {
            413 => Fault::Bad(
                "文件合计超过 8 MiB，请分开导入 / the files are larger than 8 MiB together: import them one by one".into(),
            ),
            _ => Fault::Bad(error.body_text()),
        }
        };
        while let Some(field) = form.next_field().await.map_err(bad)? {
            let name = field.name().unwrap_or_default().to_owned();
            if !is_proven {
                let proof = if name == "csrf" { field.text().await.map_err(bad)? } else { String::new() };
                if expected.as_ref().is_none_or(|expected| *expected != proof) {
                    return Err(Fault::expired());
                }
                is_proven = true;
                continue;
            }
            match field.file_name().map(str::to_owned) {
                None => {
                    let text = field.text().await.map_err(bad)?;
                    // PostgreSQL's texts hold no U+0000.
                    if text.contains('\0') {
                        return Err(Fault::Bad("表单含有空字符 / the form holds a null character".into()));
                    }
                    upload.texts.push((name, text));
                }
                Some(file) => {
                    let bytes = field.bytes().await.map_err(bad)?;
                    // A browser sends a nameless, empty file where none was chosen.
                    if file.is_empty() {
                        continue;
                    }
                    if upload.files.len() == MOST_FILES {
                        return Err(Fault::Bad(
                            "一次最多 20 个文件，请分次导入 / at most 20 files at once: import the others after these".into(),
                        ));
                    }
                    upload.files.push((file.replace('\0', ""), bytes.to_vec()));
                }
            }
        }
        if is_proven { Ok(upload) } else { Err(Fault::expired()) }
    }
}
