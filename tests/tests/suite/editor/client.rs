//! A client of rust-analyzer: as much of LSP as the tests of hovers, completions and definitions need.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long an answer may take: the first needs the whole of keras-core read.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the crates of the fixture need of the standard library, which may not be installed as source.
const STD: &str = "
#[rustc_builtin_macro] #[macro_export] macro_rules! concat { ($($e:expr),* $(,)?) => {}; }
#[rustc_builtin_macro] #[macro_export] macro_rules! stringify { ($($t:tt)*) => {}; }
pub mod prelude { pub mod rust_2024 { pub use crate::{concat, stringify, option::Option::{self, Some, None}}; } }
pub mod option { pub enum Option<T> { None, Some(T) } }
";

/// A running rust-analyzer with one file open.
pub struct Client {
    server: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    root: tempfile::TempDir,
    requests: usize,
    version: usize,
}

/// The programs and files that a client needs.
pub struct Installed {
    analyzer: PathBuf,
    macro_server: PathBuf,
    macros: PathBuf,
}

/// Looks for what is needed; says what is missing. rust-analyzer is `$RUST_ANALYZER`, or that of `PATH`.
pub fn installed() -> Result<Installed, String> {
    let analyzer = PathBuf::from(std::env::var_os("RUST_ANALYZER").unwrap_or_else(|| "rust-analyzer".into()));
    let version = Command::new(&analyzer).arg("--version").output();
    if !version.is_ok_and(|output| output.status.success()) {
        return Err(format!("`{}` does not run", analyzer.display()));
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = Command::new(rustc).args(["--print", "sysroot"]).output().map_err(|e| e.to_string())?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    let macro_server = sysroot.join("libexec/rust-analyzer-proc-macro-srv");
    if !macro_server.exists() {
        return Err(format!("{} is missing", macro_server.display()));
    }
    // The macro as it was built for this test.
    let exe = std::env::current_exe().map_err(|e| e.to_string())?;
    let deps = exe.parent().unwrap_or(Path::new("."));
    let files =
        std::fs::read_dir(deps).map_err(|e| e.to_string())?.filter_map(|entry| Some(entry.ok()?.path()));
    let is_macro = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.contains("keras_macros-") && [".so", ".dylib", ".dll"].iter().any(|end| name.ends_with(end))
    };
    let changed = |path: &PathBuf| path.metadata().and_then(|data| data.modified()).ok();
    let macros = files.filter(is_macro).max_by_key(changed);
    let macros = macros.ok_or_else(|| format!("no library of keras-macros in {}", deps.display()))?;
    Ok(Installed { analyzer, macro_server, macros })
}

impl Client {
    /// Starts rust-analyzer on a crate of one empty file that depends on keras-core.
    pub fn start(installed: &Installed) -> Client {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("main.rs"), "").unwrap();
        std::fs::write(root.path().join("std.rs"), STD).unwrap();
        let mut server = Command::new(&installed.analyzer)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = server.stdin.take().unwrap();
        let stdout = server.stdout.take().unwrap();
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            while let Some(message) = read(&mut reader)
                && sender.send(message).is_ok()
            {}
        });
        let mut client = Client { server, to, from, root, requests: 0, version: 0 };
        let uri = client.uri("");
        client.request(
            "initialize",
            json!({
                "processId": std::process::id(),
                "rootUri": uri,
                "capabilities": {
                    "textDocument": { "hover": { "contentFormat": ["markdown"] } },
                    "experimental": { "serverStatusNotification": true },
                },
                "initializationOptions": {
                    "linkedProjects": [client.project(installed)],
                    "checkOnSave": false,
                    "cachePriming": { "enable": false },
                    "procMacro": { "enable": true, "server": installed.macro_server },
                    "files": { "watcher": "client" },
                },
            }),
        );
        client.notify("initialized", json!({}));
        client.open("");
        loop {
            let message = client.next();
            if message["method"] == "experimental/serverStatus" && message["params"]["quiescent"] == true {
                return client;
            }
        }
    }

    /// The crates, named by hand: what Cargo would say needs hundreds of dependencies to be read.
    fn project(&self, installed: &Installed) -> Value {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let std = json!({ "crate": 4, "name": "std" });
        let shape = json!({ "crate": 0, "name": "keras_shape" });
        let krate = |root: PathBuf, name: &str, deps: Vec<&Value>| json!({ "root_module": root, "edition": "2024", "display_name": name, "deps": deps });
        let mut macros = krate(workspace.join("keras-macros/src/lib.rs"), "keras_macros", vec![&shape]);
        macros["is_proc_macro"] = json!(true);
        macros["proc_macro_dylib_path"] = json!(installed.macros);
        let macros_dep = json!({ "crate": 1, "name": "keras_macros" });
        let core = json!({ "crate": 2, "name": "keras_core" });
        json!({ "crates": [
            krate(workspace.join("keras-shape/src/lib.rs"), "keras_shape", vec![&std]),
            macros,
            krate(workspace.join("keras-core/src/lib.rs"), "keras_core", vec![&shape, &macros_dep, &std]),
            krate(self.root.path().join("main.rs"), "main", vec![&core, &std]),
            krate(self.root.path().join("std.rs"), "std", vec![]),
        ] })
    }

    fn uri(&self, file: &str) -> String {
        format!("file://{}", self.root.path().join(file).display())
    }

    fn open(&mut self, text: &str) {
        let uri = self.uri("main.rs");
        self.version += 1;
        if self.version == 1 {
            let document = json!({ "uri": uri, "languageId": "rust", "version": 1, "text": text });
            self.notify("textDocument/didOpen", json!({ "textDocument": document }));
        } else {
            let document = json!({ "uri": uri, "version": self.version });
            let changes = json!([{ "text": text }]);
            self.notify(
                "textDocument/didChange",
                json!({ "textDocument": document, "contentChanges": changes }),
            );
        }
    }

    /// Opens `text` and asks about the place where `|>` stands in it.
    fn ask(&mut self, text: &str, what: &str) -> Value {
        let at = text.find("|>").unwrap();
        let (before, after) = (&text[..at], &text[at + 2..]);
        self.open(&format!("{before}{after}"));
        let line = before.matches('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
        let uri = self.uri("main.rs");
        let position = json!({ "line": line, "character": column });
        self.request(what, json!({ "textDocument": { "uri": uri }, "position": position }))
    }

    /// What is shown of the token at `|>`.
    pub fn hover(&mut self, text: &str) -> String {
        self.ask(text, "textDocument/hover")["contents"]["value"].as_str().unwrap_or_default().to_string()
    }

    /// What is offered at `|>`.
    pub fn completions(&mut self, text: &str) -> Vec<String> {
        let answer = self.ask(text, "textDocument/completion");
        let items = answer.get("items").unwrap_or(&answer).as_array().cloned().unwrap_or_default();
        let label = |item: &Value| Some(item["label"].as_str()?.split('(').next()?.trim().to_string());
        items.iter().filter_map(label).collect()
    }

    /// The text to which the token at `|>` leads: the end of the file's path, and the line there.
    pub fn definition(&mut self, text: &str) -> Vec<(String, usize)> {
        let answer = self.ask(text, "textDocument/definition");
        let places = answer.as_array().cloned().unwrap_or_default();
        let place = |place: &Value| {
            let file = place["uri"].as_str()?.rsplit('/').next()?.to_string();
            Some((file, place["range"]["start"]["line"].as_u64()? as usize))
        };
        places.iter().filter_map(place).collect()
    }

    /// Where rust-analyzer itself finds something wrong.
    pub fn lines_of_mistakes(&mut self, text: &str) -> Vec<(usize, String)> {
        self.open(text);
        let uri = self.uri("main.rs");
        let answer = self.request("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
        let items = answer["items"].as_array().cloned().unwrap_or_default();
        let line = |item: &Value| {
            let line = item["range"]["start"]["line"].as_u64()? as usize;
            Some((line, item["message"].as_str()?.to_string()))
        };
        items.iter().filter_map(line).collect()
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let mut message = self.next();
            if message["id"] == id && message.get("method").is_none() {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].take();
            }
        }
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next message; what the server asks is answered with nothing.
    fn next(&mut self) -> Value {
        let message = self.from.recv_timeout(PATIENCE).expect("an answer of rust-analyzer");
        if message.get("method").is_some() && message.get("id").is_some() {
            let count = message["params"]["items"].as_array().map(Vec::len);
            let nothing = count.map_or(Value::Null, |count| vec![Value::Null; count].into());
            self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": nothing }));
        }
        message
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.to.flush().unwrap();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn read(reader: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut text = vec![0; length];
    reader.read_exact(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}
