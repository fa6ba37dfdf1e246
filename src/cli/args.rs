//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::bird::Version;
use crate::rule::Severity;

/// Judges the routing state of a WireGuard mesh with BIRD on top, and changes nothing.
#[derive(Debug, Parser)]
#[command(name = "routelint", version, args_conflicts_with_subcommands = true, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 every rule holds; 1 violated at or above --fail-on; 2 nothing violated but \
                        something unproven; 3 routelint could not work."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) check: Check,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge the live host, or folders (the default)
    Check(Check),
    /// List facts: routes, peers, shadows…
    Show(Show),
    /// Say whose packets go elsewhere after than before, and which findings came and went
    Diff(Diff),
    /// Tell what becomes of a packet, step by step
    Trace(Trace),
    /// List the rules
    Rules(Rules),
    /// Print a rule's page
    Explain(Explain),
    /// Read, run, test and prove BIRD's configurations and filters
    #[command(subcommand)]
    Bird(Bird),
    /// Write what can be seen of this host into a folder
    Capture(Capture),
    /// Print the intent (`routelint.toml`) that the node suggests
    Init(Init),
    /// Judge this host whenever something changes, and say which findings came (`+`) and went (`-`)
    ///
    /// The kernel announces changes of links, addresses, routes, policy rules, next hops and settings; they are judged
    /// when nothing was announced for a second, or after ten. WireGuard and BIRD announce nothing, so that everything is
    /// looked at every `--interval` as well. Nothing is printed while nothing changes. SIGINT and SIGTERM end it with
    /// exit status 0.
    ///
    /// Each look asks WireGuard again, which takes privileges: unlike the other commands, `watch` keeps its capabilities.
    /// Rules and intent are read once, at the beginning.
    Watch(Watch),
}

/// What is judged.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Input {
    /// Folders: a capture, the output of standard tools, or a folder of such; this host where there are none
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) live: Live,
    /// What the mesh is meant to be; else `routelint.toml` in the folder or the one above it, and for the live
    /// host `/etc/routelint/routelint.toml`
    #[arg(long, value_name = "FILE")]
    pub(super) intent: Option<PathBuf>,
    /// The version of BIRD that reads its files where a folder does not say; else 2.0.12
    #[arg(long, value_name = "VERSION", value_parser = bird_version)]
    pub(super) bird_version: Option<Version>,
}

/// How the live host is looked at.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Live {
    /// Look at the network namespace NAME (`ip netns`) instead of the current one
    #[arg(long, value_name = "NAME")]
    pub(super) netns: Option<String>,
    /// How long each source may take to answer, in seconds [default: 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) deadline: Option<Duration>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 =
        text.parse().map_err(|_| "a number of seconds is wanted, such as 5 or 0.5".to_owned())?;
    let valid = seconds > 0.0 && seconds <= 3600.0;
    if valid { Ok(Duration::from_secs_f64(seconds)) } else { Err("between 0 and 3600 seconds".to_owned()) }
}

#[derive(Clone, Debug, Default, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) input: Input,
    #[command(flatten)]
    pub(super) selection: Selection,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// The least severity that makes the exit status 1
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t)]
    pub(super) fail_on: FailOn,
    /// Let what is unproven pass: exit status 0 where it would be 2
    #[arg(long)]
    pub(super) allow_unproven: bool,
    /// Print nothing when every rule holds
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// Which rules are judged.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Selection {
    /// Only this rule; may be given several times
    #[arg(long = "rule", value_name = "RULE")]
    pub(super) only: Vec<String>,
    /// The rules of this folder as well
    #[arg(long = "rules", value_name = "DIR")]
    pub(super) folders: Vec<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct Show {
    /// The relation; without one, the list of relations
    pub(super) relation: Option<String>,
    #[command(flatten)]
    pub(super) input: Input,
    /// Print what the relation's fields mean, for writers of rules
    #[arg(long)]
    pub(super) fields: bool,
    /// Print every column of a wide relation; a table has only the main ones, JSON has them all
    #[arg(long)]
    pub(super) all: bool,
    /// How to print; JSON is one object a line
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// How many rows of a table to print; JSON has them all
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(super) limit: usize,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "Exit status: 0 nothing changed; 1 something changed; 3 routelint could not work.")]
pub(super) struct Diff {
    /// The state before: a folder
    pub(super) before: PathBuf,
    /// The state after: a folder; this host where it is left out
    pub(super) after: Option<PathBuf>,
    #[command(flatten)]
    pub(super) live: Live,
    /// What the mesh is meant to be, for both
    #[arg(long, value_name = "FILE")]
    pub(super) intent: Option<PathBuf>,
    #[command(flatten)]
    pub(super) selection: Selection,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Clone, Debug, Args)]
pub(super) struct Trace {
    /// The destination; `-` reads one look-up a line from standard input, in the words of `ip route get`
    #[arg(value_name = "DST")]
    pub(super) destination: String,
    #[command(flatten)]
    pub(super) input: Input,
    /// The source address; the kernel's choice otherwise
    #[arg(long, value_name = "ADDR")]
    pub(super) from: Option<String>,
    /// The firewall mark, such as 0x10
    #[arg(long)]
    pub(super) mark: Option<String>,
    /// The link to which the sender is bound
    #[arg(long, value_name = "DEV")]
    pub(super) oif: Option<String>,
    /// The link on which the packet arrives
    #[arg(long, value_name = "DEV")]
    pub(super) iif: Option<String>,
    /// The traffic class byte, such as 0x10
    #[arg(long)]
    pub(super) tos: Option<String>,
    /// The sender's user id
    #[arg(long)]
    pub(super) uid: Option<String>,
    /// The IP protocol: tcp, udp, icmp, ipv6-icmp or a number
    #[arg(long, value_name = "PROTOCOL")]
    pub(super) ipproto: Option<String>,
    /// The source port
    #[arg(long, value_name = "PORT")]
    pub(super) sport: Option<String>,
    /// The destination port
    #[arg(long, value_name = "PORT")]
    pub(super) dport: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Clone, Debug, Args)]
pub(super) struct Rules {
    #[command(flatten)]
    pub(super) selection: Selection,
}

#[derive(Clone, Debug, Args)]
pub(super) struct Explain {
    /// The rule's id, as reports print it
    pub(super) rule: String,
    /// Look among the rules of this folder as well
    #[arg(long = "rules", value_name = "DIR")]
    pub(super) folders: Vec<PathBuf>,
}

#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit status: 0 everything was seen; 2 something was not, which is told; 3 routelint could not work."
)]
pub(super) struct Capture {
    /// The folder to write: new, empty, or an older capture
    pub(super) dir: PathBuf,
    #[command(flatten)]
    pub(super) live: Live,
    /// The node's name; the host name by default
    #[arg(long, value_name = "NAME")]
    pub(super) node: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct Init {
    #[command(flatten)]
    pub(super) input: Input,
}

#[derive(Clone, Debug, Args)]
pub(super) struct Watch {
    #[command(flatten)]
    pub(super) live: Live,
    /// What the mesh is meant to be; else `/etc/routelint/routelint.toml`
    #[arg(long, value_name = "FILE")]
    pub(super) intent: Option<PathBuf>,
    #[command(flatten)]
    pub(super) selection: Selection,
    /// How long to wait for an announcement before looking without one, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    pub(super) interval: Duration,
    /// How to report; JSON is one object a line: `time`, `node`, and the findings that `came` and `went`
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

/// The least severity that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Errors only
    Error,
    /// Errors and warnings
    #[default]
    Warning,
    /// Everything
    Note,
}

impl From<FailOn> for Severity {
    fn from(least: FailOn) -> Severity {
        match least {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Note => Severity::Note,
        }
    }
}

#[derive(Clone, Debug, Subcommand)]
pub(super) enum Bird {
    /// Say everything that is wrong with configurations; exit status 1 where `bird -p` would refuse one
    Check(BirdCheck),
    /// Run a filter or function on a route; exit status 0 accepted, 1 rejected, 2 not decided
    Run(BirdRun),
    /// Run the unit tests (`bt_test_suite`, `bt_assert`) of configurations; exit status 1 where one fails
    Test(BirdCheck),
    /// Prove what a filter accepts; exit status 0 proved, 1 refuted, 2 undecided
    Prove(BirdProve),
}

#[derive(Clone, Debug, Args)]
pub(super) struct BirdCheck {
    /// The main files
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// The version of BIRD that is to read them
    #[arg(long, value_name = "VERSION", value_parser = bird_version, default_value_t = Version::DEFAULT)]
    pub(super) bird_version: Version,
}

#[derive(Clone, Debug, Args)]
pub(super) struct BirdRun {
    /// The main file
    pub(super) file: PathBuf,
    /// The filter or function
    pub(super) name: String,
    /// The route: a JSON object, or words such as `net=10.0.0.0/8 source=RTS_BGP bgp_path="64512 64513"`; they come last
    #[arg(long, num_args = 1.., required = true, value_name = "ROUTE")]
    pub(super) route: Vec<String>,
    /// The version of BIRD that is to run it
    #[arg(long, value_name = "VERSION", value_parser = bird_version, default_value_t = Version::DEFAULT)]
    pub(super) bird_version: Version,
}

#[derive(Clone, Debug, Args)]
pub(super) struct BirdProve {
    /// The main file
    pub(super) file: PathBuf,
    /// The filter
    pub(super) name: String,
    /// What must hold of every route that it accepts, as the route comes: `source = RTS_STATIC && net ~ [ fd53:101::/32+ ]`
    #[arg(
        long,
        value_name = "TERM",
        required_unless_present = "leaves_only",
        conflicts_with = "leaves_only"
    )]
    pub(super) accepts_only: Option<String>,
    /// What must hold of every route that it accepts, as the filter leaves it: `bgp_local_pref = 220`
    #[arg(long, value_name = "TERM")]
    pub(super) leaves_only: Option<String>,
    /// The routes that are considered; those of the channels that use the filter, and both kinds where none does
    #[arg(long, value_enum)]
    pub(super) family: Option<FamilyChoice>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// The version of BIRD that is to run it
    #[arg(long, value_name = "VERSION", value_parser = bird_version, default_value_t = Version::DEFAULT)]
    pub(super) bird_version: Version,
}

/// A family of routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FamilyChoice {
    /// IPv4
    Ipv4,
    /// IPv6
    Ipv6,
}

/// A version of BIRD whose language is known.
fn bird_version(text: &str) -> Result<Version, String> {
    let version: Version = text.parse()?;
    match version.major {
        2 | 3 => Ok(version),
        1 => Err("BIRD 1.x speaks another language; routelint knows that of 2.0 to 3.4".to_owned()),
        _ => Err("routelint knows the language of BIRD 2.0 to 3.4".to_owned()),
    }
}
