//! BIRD's control socket: what is said to it, and how its answers are framed.
//!
//! The first word is `restrict`, after which the daemon itself refuses whatever would change it. Then only what shows
//! follows. Must not know what an answer means, beyond the names and numbers that decide what is asked next.

use std::io;

use super::super::gap;
use super::super::stream::Stream;
use crate::snapshot::{BirdAnswer, Gap};

/// The reply that says that the session is restricted.
const RESTRICTED: u16 = 16;
/// More routes than this are not listed: the kernel's own table says what counts.
const MANY_ROUTES: u64 = 50_000;
/// More than 50,000 routes with all attributes.
const LARGEST: usize = 64 << 20;

/// Lists of names in the running configuration, to hold against the file.
const SYMBOLS: [&str; 5] = ["table", "template", "protocol", "filter", "function"];

/// What one daemon said.
#[derive(Default)]
pub(super) struct Said {
    /// Its version, as it greets.
    pub(super) version: Option<String>,
    /// Its answers, in the order of asking.
    pub(super) answers: Vec<BirdAnswer>,
    /// What it did not say.
    pub(super) missing: Vec<Missing>,
}

/// An answer that could not be had.
pub(super) struct Missing {
    command: String,
    why: String,
}

impl Missing {
    /// The gap that it leaves; `socket` is the path of the socket.
    pub(super) fn gap(self, socket: &str) -> Gap {
        let reason = format!("BIRD at `{socket}` did not answer `{}`: {}", self.command, self.why);
        gap(self.command, reason, "ask again when the daemon is less busy, with a longer `--deadline`")
    }
}

/// The gap that a socket leaves that cannot be connected to.
pub(super) fn unreachable(socket: &str, error: &io::Error) -> Gap {
    let reason = format!("BIRD's control socket `{socket}` cannot be asked: {error}");
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "run as root, or as a member of the socket's group (usually `bird`)"
        }
        io::ErrorKind::TimedOut => "restart BIRD: it runs, but does not answer",
        _ => "start BIRD, or tell it where its socket is with `-s`",
    };
    gap(socket, reason, remedy)
}

/// Asks everything that rules need.
pub(super) fn ask(stream: Stream) -> Said {
    let mut session = Session { stream, line: Vec::new(), said: Said::default() };
    let failed = session.run().err();
    let mut said = session.said;
    said.missing.extend(failed);
    said
}

struct Session {
    stream: Stream,
    /// Bytes received beyond the last line that was read.
    line: Vec<u8>,
    said: Said,
}

/// One whole answer.
struct Reply {
    /// The code of its last line.
    code: u16,
    /// Its text as `birdc` prints it.
    text: String,
}

impl Session {
    fn run(&mut self) -> Result<(), Missing> {
        let greeting = self.answer("").map_err(|error| missing("", &error))?;
        self.said.version = version(&greeting.text);
        if self.exchange("restrict")?.code != RESTRICTED {
            let error = io::Error::other("the session could not be restricted, so nothing else was asked");
            return Err(missing("restrict", &error));
        }
        // Before 2.16 the format cannot be set for one session: then times stand as the daemon is told to show them.
        self.exchange("timeformat iso long ms")?;
        self.keep("show status")?;
        let protocols = self.keep("show protocols all")?;
        self.keep("show interfaces")?;
        self.routes(&kernel_protocols(&protocols))?;
        for class in SYMBOLS {
            self.keep(&format!("show symbols {class}"))?;
        }
        self.keep("configure status").map(drop)
    }

    /// Lists routes where they are not too many.
    fn routes(&mut self, kernels: &[String]) -> Result<(), Missing> {
        let count = most_routes(&self.keep("show route count")?);
        let exports = kernels.iter().map(|name| format!("show route export {}", symbol(name)));
        for command in std::iter::once("show route all".to_owned()).chain(exports) {
            if count > MANY_ROUTES {
                let error = io::Error::other(format!("it holds more than {MANY_ROUTES} routes"));
                self.said.missing.push(missing(&command, &error));
            } else {
                self.keep(&command)?;
            }
        }
        Ok(())
    }

    /// Asks and keeps the answer.
    fn keep(&mut self, command: &str) -> Result<String, Missing> {
        let text = self.exchange(command)?.text;
        self.said.answers.push(BirdAnswer { command: command.to_owned(), text: text.clone() });
        Ok(text)
    }

    fn exchange(&mut self, command: &str) -> Result<Reply, Missing> {
        let sent = self.stream.send(format!("{command}\n").as_bytes());
        sent.and_then(|()| self.answer(command)).map_err(|error| missing(command, &error))
    }

    /// Reads lines up to the last one of an answer.
    fn answer(&mut self, command: &str) -> io::Result<Reply> {
        let mut text = String::new();
        loop {
            let line = self.next_line()?;
            match Line::read(&line) {
                Line::Continues(more) => push_line(&mut text, more),
                Line::Coded { code, more, last } => {
                    // Code 0 ends an answer without saying anything.
                    if code != 0 {
                        push_line(&mut text, more);
                    }
                    if last {
                        return Ok(Reply { code, text });
                    }
                }
                Line::Log => {}
                Line::Garbled => return Err(io::Error::other("the answer is not framed as BIRD's are")),
            }
            if text.len() > LARGEST {
                return Err(io::Error::other(format!(
                    "the answer to `{command}` is larger than {LARGEST} bytes"
                )));
            }
        }
    }

    fn next_line(&mut self) -> io::Result<String> {
        let mut searched = 0;
        loop {
            if let Some(at) = self.line[searched..].iter().position(|byte| *byte == b'\n') {
                let rest = self.line.split_off(searched + at + 1);
                let line = std::mem::replace(&mut self.line, rest);
                return Ok(String::from_utf8_lossy(&line[..line.len() - 1]).into_owned());
            }
            searched = self.line.len();
            let mut chunk = [0; 16 * 1024];
            match self.stream.receive(&mut chunk)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ if searched > LARGEST => return Err(io::Error::other("a line without end")),
                more => self.line.extend_from_slice(&chunk[..more]),
            }
        }
    }
}

/// One line as it is framed: `CODE-text` goes on, `CODE text` ends, a blank repeats the code, `+` is the log.
enum Line<'a> {
    Continues(&'a str),
    Coded { code: u16, more: &'a str, last: bool },
    Log,
    Garbled,
}

impl Line<'_> {
    fn read(line: &str) -> Line<'_> {
        if let Some(more) = line.strip_prefix(' ') {
            return Line::Continues(more);
        }
        if line.starts_with('+') {
            return Line::Log;
        }
        let coded = line.split_at_checked(4).and_then(|(code, rest)| Some((code.parse().ok()?, rest)));
        match coded {
            Some((code, rest)) if rest.starts_with('-') => {
                Line::Coded { code, more: &rest[1..], last: false }
            }
            Some((code, rest)) if rest.starts_with(' ') => Line::Coded { code, more: &rest[1..], last: true },
            _ => Line::Garbled,
        }
    }
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn missing(command: &str, error: &io::Error) -> Missing {
    let why = match error.kind() {
        io::ErrorKind::TimedOut => "its time was up".to_owned(),
        io::ErrorKind::UnexpectedEof => "it closed the connection".to_owned(),
        _ => error.to_string(),
    };
    Missing { command: command.to_owned(), why }
}

/// `BIRD 2.0.12 ready.`
fn version(greeting: &str) -> Option<String> {
    let version = greeting.trim().strip_prefix("BIRD ")?.strip_suffix(" ready.")?;
    Some(version.trim_start_matches('v').to_owned())
}

/// The names of the kernel protocols: the first column where the second says so; details are indented.
fn kernel_protocols(protocols: &str) -> Vec<String> {
    let rows = protocols.lines().filter(|line| !line.starts_with([' ', '\t']));
    let columns = rows.map(|row| row.split_whitespace().take(2).collect::<Vec<_>>());
    let kernels = columns.filter(|columns| columns.get(1) == Some(&"Kernel"));
    kernels.map(|columns| columns[0].to_owned()).collect()
}

/// The largest number of routes that a line of `show route count` gives: `5 of 7 routes for 3 networks`.
fn most_routes(count: &str) -> u64 {
    let words = count.lines().flat_map(|line| line.split_whitespace());
    words.filter_map(|word| word.parse().ok()).max().unwrap_or(0)
}

/// A name as the parser of commands takes it: quoted unless it is a plain symbol.
fn symbol(name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { name.to_owned() } else { format!("'{name}'") }
}
