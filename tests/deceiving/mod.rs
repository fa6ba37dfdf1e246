//! Export filters written to deceive, and a node with a neighbour on which a real daemon says what they let pass.

use std::path::Path;

use ipnet::IpNet;
use routelint::host::{ExportChannel, Host, Intent, NodeIntent};
use routelint::snapshot::{BirdDaemon, ConfigFile, Snapshot, Source};
use routelint::text::Blanked;

use crate::oracle::Daemon;

/// The node's own planes.
const OWN: [&str; 2] = ["10.1.0.0/16", "2001:db8:1::/48"];

/// What a filter is said to let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passes {
    /// The own planes at most.
    Own,
    /// Something else.
    More,
}

/// One filter that is written to deceive.
pub(crate) struct Case {
    /// What it does.
    pub(crate) title: String,
    /// The truth.
    pub(crate) passes: Passes,
    /// Its text, names made unique.
    pub(crate) text: String,
}

/// The cases of a file: `## own: title` or `## leaks: title`, then the text; `@` becomes the case's number.
pub(crate) fn cases(file: &str) -> Vec<Case> {
    let parts = file.split("\n## ").skip(1).enumerate();
    let case = |(number, part): (usize, &str)| {
        let (head, text) = part.split_once('\n').expect("a case has a text");
        let (word, title) = head.split_once(": ").expect("a case has a verdict and a title");
        let passes = match word {
            "own" => Passes::Own,
            "leaks" => Passes::More,
            other => panic!("`{other}` is no verdict"),
        };
        Case { title: title.to_owned(), passes, text: text.replace('@', &number.to_string()) }
    };
    parts.map(case).collect()
}

/// What the linter says of each export channel of a session.
pub(crate) fn judged(configuration: &str, version: &str, session: &str) -> Vec<ExportChannel> {
    let mut snapshot = Snapshot { node: "here".to_owned(), ..Snapshot::default() };
    let text = Blanked::bird(&[configuration]).pop().expect("one text in, one out");
    snapshot.bird.push(BirdDaemon {
        name: "bird".to_owned(),
        version: Some(version.to_owned()),
        config: Some("/etc/bird.conf".to_owned()),
        files: vec![ConfigFile { path: "/etc/bird.conf".to_owned(), modified: None, text }],
        ..BirdDaemon::default()
    });
    snapshot.sources.ask(Source::BirdConfig);
    let planes: Vec<IpNet> = OWN.iter().map(|plane| plane.parse().expect("a prefix")).collect();
    let node = NodeIntent { planes: [("own".to_owned(), planes)].into(), ..NodeIntent::default() };
    let intent = Intent { format: 1, nodes: [("here".to_owned(), node)].into(), ..Intent::default() };
    let host = Host::new(&snapshot, Some(&intent));
    let mut channels = host.export_channels();
    channels.retain(|channel| channel.gate.protocol == session);
    channels
}

/// A daemon with a neighbour that sends it routes, both in namespaces of their own.
pub(crate) struct Stage {
    daemon: Daemon,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Starts both and waits until every route is there, and so many sessions `sinkN`.
    pub(crate) fn start(program: &Path, configuration: &str, sessions: usize) -> Result<Stage, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let sinks: String = (0..sessions).map(sink).collect();
        let feeder = folder.path().join("feeder.conf");
        std::fs::write(feeder, format!("{}{sinks}", include_str!("feeder.conf")))
            .map_err(|e| e.to_string())?;
        let setup = include_str!("setup.sh").replace("$FEEDER", &folder.path().to_string_lossy());
        let mut stage =
            Stage { daemon: Daemon::start_behind(program, configuration, &setup)?, _folder: folder };
        for _ in 0..200 {
            let (four, six) = (stage.count("master4")?, stage.count("master6")?);
            let protocols = stage.daemon.ask("show protocols")?;
            let up =
                protocols.lines().filter(|line| line.starts_with("sink") && line.contains("Established"));
            if four >= 25 && six >= 12 && up.count() == sessions {
                return Ok(stage);
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Err(stage.daemon.ask("show protocols")? + &stage.daemon.ask("show route table all")?)
    }

    fn count(&mut self, table: &str) -> Result<usize, String> {
        Ok(self.passing(&format!("show route table {table}"))?.len())
    }

    /// The routes that a command shows, each with the protocol that made it.
    pub(crate) fn passing(&mut self, command: &str) -> Result<Vec<(String, String)>, String> {
        let reply = self.daemon.ask(command)?;
        let mut net = String::new();
        let mut routes = Vec::new();
        for line in reply.lines() {
            let Some((head, rest)) = line.split_once('[') else { continue };
            if !line.starts_with(' ') {
                net = head.split_whitespace().next().unwrap_or_default().to_owned();
            }
            let protocol = rest.split([' ', ']']).next().unwrap_or_default();
            if net.contains('/') {
                routes.push((net.clone(), protocol.to_owned()));
            }
        }
        Ok(routes)
    }
}

/// The neighbour's end of a session.
fn sink(number: usize) -> String {
    format!(
        "protocol bgp sink{number} {{ local 10.50.1.{number} as 65003; neighbor 10.50.2.{number} as 65001;
           connect delay time 1; connect retry time 1; error wait time 1, 2;
           ipv4 {{ import all; export none; }}; ipv6 {{ import all; export none; }}; }}\n"
    )
}

/// Whether a route is one of the node's own planes, made by a protocol that is there for them.
pub(crate) fn is_own((net, protocol): &(String, String)) -> bool {
    OWN.contains(&net.as_str()) && protocol.starts_with("own")
}
