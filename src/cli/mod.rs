//! Arguments and exit codes; the only code that prints.
//!
//! Exit status, whatever the format: 0 every rule holds; 1 violated at or above `--fail-on`; 2 nothing
//! violated but something unproven; 3 routelint could not work.

mod args;
mod bird;
mod check;
mod diff;
mod error;
mod init;
mod input;
mod pages;
mod prove;
mod show;
mod trace;
mod watch;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
pub(crate) use error::CliError;

/// How a run ended, as its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Every rule holds, or the command did what it was asked.
    Holds = 0,
    /// A rule is violated at or above the severity that fails.
    Violated = 1,
    /// Nothing is violated, but something within the scope was not proved.
    Unproven = 2,
    /// routelint could not work.
    Failed = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    match run(arguments) {
        Ok(exit) => exit.into(),
        // Who closes the pipe of what would go on has read enough.
        Err(CliError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Exit::Holds.into(),
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "routelint: {}", error::with_causes(&error));
            Exit::Failed.into()
        }
    }
}

/// Help and version are answers; anything else is wrong usage.
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { Exit::Failed.into() } else { Exit::Holds.into() }
}

fn run(arguments: Arguments) -> Result<Exit, CliError> {
    match arguments.command {
        None => check::check(&arguments.check),
        Some(Command::Check(check)) => check::check(&check),
        Some(Command::Show(show)) => show::show(&show),
        Some(Command::Diff(diff)) => diff::diff(&diff),
        Some(Command::Trace(trace)) => trace::trace(&trace),
        Some(Command::Rules(rules)) => pages::rules(&rules),
        Some(Command::Explain(explain)) => pages::explain(&explain),
        Some(Command::Bird(bird)) => bird::bird(&bird),
        Some(Command::Capture(capture)) => input::capture(&capture),
        Some(Command::Init(init)) => init::init(&init),
        Some(Command::Watch(watch)) => watch::watch(&watch),
    }
}

/// Prints text to standard output. Who closes the pipe has read enough; the verdict and its exit status stay.
fn print(text: &str) -> Result<(), CliError> {
    match stream(text) {
        Err(CliError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// Prints text to standard output, styled as far as it is a terminal that wants it; fails where nobody reads it.
fn stream(text: &str) -> Result<(), CliError> {
    // Text without styles needs no look at each of its letters; a check can have megabytes to say.
    let mut stdout: Box<dyn Write> = if text.contains('\x1b') {
        Box::new(anstream::stdout().lock())
    } else {
        Box::new(std::io::stdout().lock())
    };
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(CliError::Output)
}

/// The width of a report in columns, 80 in a pipe.
fn width() -> usize {
    terminal_width().unwrap_or(80)
}

/// `COLUMNS`, or the width of the terminal; none in a pipe.
fn terminal_width() -> Option<usize> {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let size = || terminal_size::terminal_size_of(std::io::stdout());
    told.or_else(|| size().map(|(width, _)| usize::from(width.0)))
}
