//! `trace`: what becomes of a packet on each node, told or as records.

use std::io::{BufRead, BufReader, BufWriter, Write};

use serde_json::json;

use super::args::{Format, Trace};
use super::input::{self, Node};
use super::{CliError, Exit, print};
use crate::fib::parse_lookup;
use crate::host::Host;
use crate::report;

/// Tells what the arguments ask for.
pub(super) fn trace(trace: &Trace) -> Result<Exit, CliError> {
    let nodes = input::nodes(&trace.input)?;
    let hosts: Vec<Host<'_>> =
        nodes.iter().map(|Node { snapshot, intent }| Host::new(snapshot, intent.as_ref())).collect();
    if trace.destination == "-" {
        return batch(trace, &hosts);
    }
    let line = line(trace);
    for host in &hosts {
        print(&answer(host, &line, None, trace.format)?)?;
    }
    Ok(Exit::Holds)
}

/// The look-up in the words of `ip route get`.
fn line(trace: &Trace) -> String {
    let words = [
        ("from", &trace.from),
        ("iif", &trace.iif),
        ("oif", &trace.oif),
        ("mark", &trace.mark),
        ("tos", &trace.tos),
        ("uid", &trace.uid),
        ("ipproto", &trace.ipproto),
        ("sport", &trace.sport),
        ("dport", &trace.dport),
    ];
    let given = words.iter().filter_map(|(word, value)| Some(format!(" {word} {}", value.as_ref()?)));
    trace.destination.clone() + &given.collect::<String>()
}

/// Answers one look-up a line until standard input ends; what is no look-up is answered by what is wrong with it.
///
/// Answers leave before the next line is waited for, so that a program may ask and listen in turns.
fn batch(trace: &Trace, hosts: &[Host<'_>]) -> Result<Exit, CliError> {
    let mut lines = BufReader::with_capacity(1 << 16, std::io::stdin().lock());
    let mut out = BufWriter::new(anstream::stdout().lock());
    let (mut line, mut number, mut refused) = (String::new(), 0, 0);
    while lines.read_line(&mut line).map_err(CliError::Input)? > 0 {
        number += 1;
        let hosts = if line.trim().is_empty() { &[] } else { hosts };
        for host in hosts {
            let text = answer(host, &line, Some(number), trace.format).or_else(|error| {
                refused += 1;
                refusal(error, trace.format)
            })?;
            out.write_all(text.as_bytes()).map_err(CliError::Output)?;
        }
        if lines.buffer().is_empty() {
            out.flush().map_err(CliError::Output)?;
        }
        line.clear();
    }
    out.flush().map_err(CliError::Output)?;
    Ok(if refused == 0 { Exit::Holds } else { Exit::Failed })
}

/// What stands in an answer's place for a line that is no look-up.
fn refusal(error: CliError, format: Format) -> Result<String, CliError> {
    match (error, format) {
        (CliError::Lookup { line, number, source }, Format::Json) => {
            let object = json!({ "error": source.to_string(), "line": number, "lookup": line });
            Ok(format!("{object}\n"))
        }
        (error @ CliError::Lookup { .. }, Format::Table) => Ok(format!("{error}\n")),
        (error, _) => Err(error),
    }
}

fn answer(host: &Host<'_>, line: &str, number: Option<usize>, format: Format) -> Result<String, CliError> {
    let line = line.trim_end();
    let (flow, dst) = parse_lookup(line, host.snapshot).map_err(|source| CliError::Lookup {
        line: line.to_owned(),
        number,
        source,
    })?;
    let trace = report::Trace { host, flow, dst };
    Ok(match format {
        Format::Table => trace.people(),
        Format::Json => serde_json::to_string(&trace.json()?)? + "\n",
    })
}
