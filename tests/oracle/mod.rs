//! A real BIRD daemon in its own network and mount namespace, asked over its control socket.
#![allow(dead_code, reason = "each test crate uses its own part of this")]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use routelint::bird::Version;

/// A daemon that ends with the test.
pub(crate) struct Daemon {
    child: Child,
    reader: BufReader<UnixStream>,
    writer: UnixStream,
    folder: tempfile::TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Daemon {
    /// Starts a daemon on a configuration; the error is what it says of it.
    pub(crate) fn start(program: &Path, configuration: &str) -> Result<Daemon, String> {
        Daemon::start_behind(program, configuration, "ip link set lo up")
    }

    /// Starts a daemon once a shell has prepared its namespaces; `$0` is the program there. Whatever the shell
    /// started ends with the daemon.
    pub(crate) fn start_behind(program: &Path, configuration: &str, setup: &str) -> Result<Daemon, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("bird.conf"), configuration).map_err(|e| e.to_string())?;
        let log = std::fs::File::create(path("log")).map_err(|e| e.to_string())?;
        let mut child = Command::new("unshare")
            .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c"])
            .arg(format!("{setup}\nexec \"$0\" \"$@\""))
            .arg(program)
            .arg("-f")
            .arg("-c")
            .arg(path("bird.conf"))
            .arg("-s")
            .arg(path("ctl"))
            .arg("-P")
            .arg(path("pid"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|e| e.to_string())?;
        let started = Instant::now();
        let stream = loop {
            if let Ok(stream) = UnixStream::connect(path("ctl")) {
                break stream;
            }
            let ended = child.try_wait().map_err(|e| e.to_string())?.is_some();
            if ended || started.elapsed() > Duration::from_secs(60) {
                let _ = child.kill();
                let _ = child.wait();
                return Err(std::fs::read_to_string(path("log")).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        stream.set_read_timeout(Some(Duration::from_secs(60))).map_err(|e| e.to_string())?;
        let writer = stream.try_clone().map_err(|e| e.to_string())?;
        let log = path("log");
        let mut daemon = Daemon { child, reader: BufReader::new(stream), writer, folder };
        match daemon.reply() {
            Ok(_) => Ok(daemon),
            Err(_) => Err(std::fs::read_to_string(log).unwrap_or_default()),
        }
    }

    /// What it has logged until now.
    #[allow(dead_code, reason = "not every test looks at the log")]
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Sends a command: the reply's text, or the error's.
    pub(crate) fn ask(&mut self, command: &str) -> Result<String, String> {
        self.writer.write_all(format!("{command}\n").as_bytes()).map_err(died)?;
        self.reply()
    }

    fn reply(&mut self) -> Result<String, String> {
        let mut text = Vec::new();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).map_err(died)? == 0 {
                return Err("the daemon died".to_owned());
            }
            let line = line.trim_end_matches('\n');
            if let Some(more) = line.strip_prefix(' ') {
                text.push(more.to_owned());
                continue;
            }
            let (code, rest) = line.split_at(line.len().min(4));
            text.push(rest.get(1..).unwrap_or_default().to_owned());
            if rest.starts_with(' ') || rest.is_empty() {
                let text = text.join("\n");
                return if code < "8000" { Ok(text) } else { Err(text) };
            }
        }
    }
}

/// A daemon that crashes may reset its socket; one that is silent for long would answer the next question with this
/// one's reply. Neither has said anything.
fn died(error: std::io::Error) -> String {
    format!("the daemon died: {error}")
}

/// The daemons to be had: Debian's own, and those of `ROUTELINT_BIRDS`.
pub(crate) fn birds() -> Vec<(Version, PathBuf)> {
    let mut birds = Vec::new();
    let own = Path::new("/usr/sbin/bird");
    if own.exists() {
        birds.extend(version_of(own).map(|version| (version, own.to_owned())));
    }
    let folder = std::env::var("ROUTELINT_BIRDS").unwrap_or_default();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(version) = name.strip_prefix("bird-").and_then(|text| text.parse().ok()) {
            birds.push((version, entry.path()));
        }
    }
    birds.sort();
    birds
}

fn version_of(program: &Path) -> Option<Version> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().find_map(|word| word.parse().ok())
}

/// Whether namespaces can be made; says so where they cannot.
#[expect(clippy::print_stdout, reason = "a test that does not run says so")]
pub(crate) fn may_run() -> bool {
    let made = Command::new("unshare").args(["--net", "--mount", "true"]).status();
    let may = made.is_ok_and(|status| status.success());
    if !may {
        println!("skipped: no right to make namespaces");
    }
    may
}

/// How long this thread has kept a processor busy: what a loaded machine does not lengthen.
pub(crate) fn processor_time() -> Duration {
    let clock = nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID;
    nix::time::clock_gettime(clock).map_or(Duration::ZERO, Duration::from)
}
