//! Telling a server of every epoch.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::format::repr;
use super::message::warn;
use super::{Callback, Control, Logs};
use crate::setters::setters;
use crate::{Error, Result};

/// Sends loss and metrics to a server at the end of every epoch, by an HTTP `POST` to `root` and `path` behind it: a form
/// whose field `data` has an object of JSON, or that object itself with `send_as_json`. A server that cannot be reached is a
/// warning.
///
/// The connection is not encrypted: `https` is refused, as is a proxy; the environment has no say.
///
/// ```
/// use keras_core::training::callbacks::RemoteMonitor;
///
/// let monitor = RemoteMonitor::new().root("http://localhost:9000").send_as_json(true);
/// # let _ = monitor;
/// ```
///
/// Source: <https://keras.io/api/callbacks/remote_monitor/>.
#[derive(Clone, Debug)]
pub struct RemoteMonitor {
    root: String,
    path: String,
    field: String,
    headers: Vec<(String, String)>,
    send_as_json: bool,
}

impl RemoteMonitor {
    /// With Keras's defaults: `http://localhost:9000/publish/epoch/end/`.
    pub fn new() -> Self {
        RemoteMonitor {
            root: "http://localhost:9000".into(),
            path: "/publish/epoch/end/".into(),
            field: "data".into(),
            headers: Vec::new(),
            send_as_json: false,
        }
    }

    /// The server: `http://localhost:9000`.
    #[must_use]
    pub fn root(mut self, root: impl Into<String>) -> Self {
        self.root = root.into();
        self
    }

    /// The path behind `root`: `/publish/epoch/end/`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The field of the form: `data`. It is not used with `send_as_json`.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }

    /// Further headers of the request, each with its value.
    #[must_use]
    pub fn headers<K: Into<String>, V: Into<String>>(
        mut self,
        headers: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.headers = headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self
    }

    /// Host and port, and the path of the request.
    fn address(&self) -> Result<(String, String)> {
        let url = format!("{}{}", self.root, self.path);
        let wrong = |what: &str| Err(Error::Argument(format!("RemoteMonitor: {what}: `{url}`")));
        let Some((scheme, rest)) = url.split_once("://") else {
            return wrong("`root` begins with `http://`, found no protocol");
        };
        match scheme.to_ascii_lowercase().as_str() {
            "http" => {}
            "https" => return wrong("nothing here encrypts; `root` must be `http://`, found `https`"),
            _ => return wrong("`root` must be `http://`, found another protocol"),
        }
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(at);
        if host.is_empty() || host.contains('@') {
            return wrong("`root` names a host, without a user");
        }
        if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return wrong("an address has no spaces");
        }
        let path = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        Ok((if has_port { host.to_string() } else { format!("{host}:80") }, path))
    }

    fn check(&self) -> Result<()> {
        self.address()?;
        for (name, value) in &self.headers {
            let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if name.is_empty() || !name.chars().all(token) || value.contains(['\r', '\n', '\0']) {
                return Err(Error::Argument(format!(
                    "RemoteMonitor: {name:?} with the value {value:?} is no header of HTTP"
                )));
            }
        }
        Ok(())
    }

    /// The bytes of a request.
    fn request(&self, host: &str, path: &str, json: &str) -> Vec<u8> {
        let (kind, body) = match self.send_as_json {
            true => ("application/json", json.to_string()),
            false => ("application/x-www-form-urlencoded", format!("{}={}", form(&self.field), form(json))),
        };
        let length = body.len();
        let host = host.strip_suffix(":80").unwrap_or(host);
        let mut text =
            format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: */*\r\n");
        let given = |name: &str| self.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        if !given("content-type") {
            text.push_str(&format!("Content-Type: {kind}\r\n"));
        }
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {length}\r\n\r\n{body}"));
        text.into_bytes()
    }

    fn send(&self, json: &str) -> std::io::Result<()> {
        const PATIENCE: Duration = Duration::from_secs(5);
        let (host, path) = self.address().map_err(std::io::Error::other)?;
        let mut stream = Err(std::io::Error::other("the host has no address"));
        for address in host.to_socket_addrs()? {
            stream = TcpStream::connect_timeout(&address, PATIENCE);
            if stream.is_ok() {
                break;
            }
        }
        let mut stream = stream?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(&self.request(&host, &path, json))?;
        // What it answers says nothing, but that it has read.
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        if status.starts_with(b"HTTP/") { Ok(()) } else { Err(std::io::Error::other("no answer of HTTP")) }
    }
}

setters! { RemoteMonitor:
    /// Whether the object itself is sent, as `application/json`: false.
    send_as_json: bool,
}

impl Default for RemoteMonitor {
    fn default() -> Self {
        Self::new()
    }
}

/// The epoch and its logs as Python writes them.
fn object(epoch: usize, logs: &Logs) -> String {
    let mut text = format!("{{\"epoch\": {epoch}");
    for (name, value) in logs {
        let value = match value {
            value if value.is_nan() => "NaN".to_string(),
            value if value.is_infinite() => if *value > 0.0 { "Infinity" } else { "-Infinity" }.to_string(),
            value => repr(*value),
        };
        text.push_str(&format!(", {}: {value}", quoted(name)));
    }
    text + "}"
}

/// A text of JSON, all of it ASCII.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out + "\""
}

/// A text in a form.
fn form(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[diagnostic::do_not_recommend]
impl Callback for RemoteMonitor {
    fn writes(&self) -> bool {
        true
    }

    fn on_train_begin(&mut self, _control: &mut Control<'_>) -> Result<()> {
        self.check()
    }

    fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, _control: &mut Control<'_>) -> Result<()> {
        if let Err(error) = self.send(&object(epoch, logs)) {
            warn(&format!("Could not reach RemoteMonitor root server at {}: {error}", self.root));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::message::said;
    use super::super::testing::{Bench, logs};
    use super::*;

    /// What a server on this machine is sent.
    fn sent(monitor: impl FnOnce(String) -> RemoteMonitor) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let root = format!("http://{}", listener.local_addr().expect("an address"));
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a request");
            let (mut text, mut part) = (String::new(), [0; 4096]);
            loop {
                let n = stream.read(&mut part).expect("bytes");
                text.push_str(&String::from_utf8_lossy(&part[..n]));
                let length = text.split("Content-Length: ").nth(1).and_then(|t| t.split("\r\n").next());
                let body = text.split("\r\n\r\n").nth(1);
                if let (Some(length), Some(body)) = (length, body)
                    && length.parse() == Ok(body.len())
                {
                    break;
                }
            }
            stream.write_all(b"HTTP/1.1 500 no\r\n\r\n").expect("an answer");
            text
        });
        let mut monitor = monitor(root);
        let shown = logs(&[("loss", 0.5), ("val \"ä\"", f64::NAN)]);
        let mut bench = Bench::new();
        bench.with(|control| {
            monitor.on_train_begin(control)?;
            monitor.on_epoch_end(3, &shown, control)
        });
        server.join().expect("the server")
    }

    /// Bodies by `requests.post(..., {"data": json.dumps(send)})` and `requests.post(..., data = json.dumps(send))`.
    #[test]
    fn a_server_is_told_of_the_epoch() {
        let text = sent(|root| RemoteMonitor::new().root(root).headers([("X-Run", "7")]));
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("POST /publish/epoch/end/ HTTP/1.1\r\nHost: 127.0.0.1:"), "{head}");
        assert!(head.contains("\r\nX-Run: 7\r\n") && head.contains("x-www-form-urlencoded"), "{head}");
        let wanted =
            "data=%7B%22epoch%22%3A+3%2C+%22loss%22%3A+0.5%2C+%22val+%5C%22%5Cu00e4%5C%22%22%3A+NaN%7D";
        assert_eq!(body, wanted);
        let text = sent(|root| RemoteMonitor::new().root(root).path("/here?run=1").send_as_json(true));
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("POST /here?run=1 HTTP/1.1") && head.contains("application/json"), "{head}");
        assert_eq!(body, "{\"epoch\": 3, \"loss\": 0.5, \"val \\\"\\u00e4\\\"\": NaN}");
    }

    #[test]
    fn a_server_that_is_not_there_is_a_warning() {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let mut monitor = RemoteMonitor::new().root(format!("http://127.0.0.1:{port}"));
        Bench::new().with(|control| monitor.on_epoch_end(0, &logs(&[]), control));
        let said = said();
        assert!(said.len() == 1 && said[0].contains("Could not reach RemoteMonitor root server"), "{said:?}");
    }

    #[test]
    fn addresses_that_cannot_be_are_refused() {
        for (root, wanted) in [
            ("https://example.org", "found `https`"),
            ("example.org", "found no protocol"),
            ("ftp://example.org", "another protocol"),
            ("http://", "names a host"),
            ("http://a b", "no spaces"),
        ] {
            let error = RemoteMonitor::new().root(root).check().expect_err(root).to_string();
            assert!(error.contains(wanted), "{error}");
        }
        let split = RemoteMonitor::new().headers([("A", "b\r\nC: d")]);
        assert!(split.check().is_err());
    }
}
