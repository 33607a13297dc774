//! A browser of a test's own: HTTP/1.1 over one connection a request, with a cookie or a token.

use std::io::{Read, Write};
use std::net::TcpStream;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Somebody who asks.
pub(crate) struct Browser {
    address: String,
    extra: String,
}

impl Browser {
    pub(crate) fn new(url: &str) -> Browser {
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Browser { address, extra: String::new() }
    }

    pub(crate) fn bearing(url: &str, token: &str) -> Browser {
        Browser { extra: format!("Authorization: Bearer {token}\r\n"), ..Browser::new(url) }
    }

    pub(crate) fn log_in(&mut self, name: &str, password: &str) {
        let encoded: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = self.ask("POST", "/login", Some(&format!("name={name}&password={encoded}")));
        let cookie = answer
            .header("set-cookie")
            .unwrap_or_else(|| panic!("{name}: {} {}", answer.status, answer.body));
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        let pair = cookie.split(';').next().expect("a pair").to_owned();
        self.extra = format!("Cookie: {pair}\r\n");
    }

    /// Sends a form with the proof that this session's pages carry.
    pub(crate) fn send(&self, path: &str, form: &str) -> Answer {
        let home = self.ask("GET", "/password", None).body;
        let (_, rest) = home.split_once("name=\"csrf\" value=\"").expect("a form");
        let (csrf, _) = rest.split_once('"').expect("its proof");
        self.ask("POST", path, Some(&format!("csrf={csrf}&{form}")))
    }

    /// Sends a form with files.
    pub(crate) fn send_files(&self, path: &str, texts: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
        const EDGE: &str = "----keshi-form";
        let home = self.ask("GET", "/password", None).body;
        let (_, rest) = home.split_once("name=\"csrf\" value=\"").expect("a form");
        let (csrf, _) = rest.split_once('"').expect("its proof");
        let mut body = Vec::new();
        for (name, text) in [("csrf", csrf)].iter().chain(texts) {
            body.extend(
                format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
                    .bytes(),
            );
        }
        for (name, bytes) in files {
            body.extend(
                format!(
                    "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
                )
                .bytes(),
            );
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{EDGE}--\r\n").bytes());
        self.request("POST", path, &format!("multipart/form-data; boundary={EDGE}"), &body)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, form: Option<&str>) -> Answer {
        let body = form.filter(|_| method == "POST").unwrap_or_default();
        self.request(method, path, "application/x-www-form-urlencoded", body.as_bytes())
    }

    fn request(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).expect("the console");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            self.extra,
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("sent");
        // A server that has read enough answers, and hangs up.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer");
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        Answer { status: status.expect("a status"), headers, body: body.to_owned() }
    }
}
