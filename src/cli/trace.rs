//! `trace`: what becomes of a packet on each node, told or as records.

use std::io::{BufRead, BufWriter, Write};

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
        ("uid", &trace.uid),
    ];
    let given = words.iter().filter_map(|(word, value)| Some(format!(" {word} {}", value.as_ref()?)));
    trace.destination.clone() + &given.collect::<String>()
}

/// Answers one look-up a line until standard input ends.
fn batch(trace: &Trace, hosts: &[Host<'_>]) -> Result<Exit, CliError> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.map_err(CliError::Input)?;
        if line.trim().is_empty() {
            continue;
        }
        for host in hosts {
            let text = answer(host, &line, Some(number + 1), trace.format)?;
            out.write_all(text.as_bytes()).map_err(CliError::Output)?;
        }
    }
    out.flush().map_err(CliError::Output)?;
    Ok(Exit::Holds)
}

fn answer(host: &Host<'_>, line: &str, number: Option<usize>, format: Format) -> Result<String, CliError> {
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
