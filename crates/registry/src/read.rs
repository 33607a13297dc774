//! Strict reading: JSON and tables become the same rows, and every fault of every row is named.

pub(crate) mod json;
pub(crate) mod kinds;
pub(crate) mod more;
pub(crate) mod row;
pub(crate) mod rows;

use crate::fault::{Code, RowError};

/// The text of a file, without its byte order mark.
pub(crate) fn text_of<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Vec<RowError>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|fault| {
        let at = fault.valid_up_to();
        vec![RowError::of_file(
            file,
            Code::R101,
            &format!("文件不是 UTF-8 编码（第 {at} 字节处）；Excel 请另存为“CSV UTF-8（逗号分隔）”"),
            &format!("the file must be UTF-8 and is not (byte {at}); in Excel, save as \"CSV UTF-8\" instead of plain CSV (GBK)"),
        )]
    })
}
