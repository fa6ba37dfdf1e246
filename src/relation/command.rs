//! `command`: what wg-quick's PostUp adds, what takes it away, and what it forgot.

use ipnet::IpNet;

use super::{Field, Kind, Relation, Story, Value, filed};
use crate::evidence::Evidence;
use crate::host::{Host, Tunnel};
use crate::net::Family;
use crate::seen::{Seen, Unseen};
use crate::snapshot::Source;
use crate::text::Span;
use crate::wgquick::{Addition, Effect, RouteSpec, Table, WgQuick};

/// An addition of PostUp, or one that is missing there.
pub(super) struct CommandRow {
    /// The file's place in the host's list.
    file: usize,
    what: What,
}

enum What {
    /// A command that adds.
    Addition(Box<Addition>),
    /// No command leads a peer's prefix into the tunnel, although commands do so for others.
    Absent {
        prefix: IpNet,
        /// The prefix in the peer's allowed IPs.
        span: Span,
        /// A command whose effect was not seen, which might do it.
        unseen: Option<Span>,
    },
}

/// The relation.
pub(super) static COMMAND: Relation<CommandRow> = Relation {
    name: "command",
    about: "what PostUp of a wg-quick file adds and what takes it away, and the prefixes for which it adds no route",
    needs: &[Source::WgQuick],
    reads: &[],
    main: &[],
    fields: &[
        Field {
            name: "file",
            about: "the file's path",
            kind: Kind::Text,
            get: |row, host| Seen::Known(Value::Text(row.config(host).source.path.clone())),
        },
        Field {
            name: "line",
            about: "the line in it",
            kind: Kind::Number("line"),
            get: |row, host| {
                Seen::Known(Value::Number(row.config(host).source.line(row.span().start) as u64))
            },
        },
        Field {
            name: "adds",
            about: "what it adds",
            kind: Kind::Word(&["route", "rule", "address"]),
            get: |row, _| Seen::Known(Value::Word(row.adds())),
        },
        Field {
            name: "state",
            about: "`absent` for a peer's prefix without a route, where `Table = off` and PostUp adds routes for others",
            kind: Kind::Word(&["present", "absent"]),
            get: |row, _| row.state().map(Value::Word),
        },
        Field {
            name: "undone",
            about: "what takes it away: a command on the way down, the link when it goes, or nothing",
            kind: Kind::Word(&["command", "with-link", "missing"]),
            get: |row, _| row.undone().map(Value::Word),
        },
        Field {
            name: "text",
            about: "the command, or the prefix that has none",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.text())),
        },
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(CommandRow)) {
    for (file, config) in host.wg_quick.iter().enumerate() {
        for addition in config.additions() {
            give(CommandRow { file, what: What::Addition(Box::new(addition)) });
        }
        for what in absent(config) {
            give(CommandRow { file, what });
        }
    }
}

/// The prefixes of peers for which no command adds a route, in a file whose commands add some.
fn absent(config: &WgQuick) -> Vec<What> {
    let commands = config.up_commands();
    let routes: Vec<&RouteSpec> = commands
        .iter()
        .filter_map(|command| match &command.effect {
            Effect::Route(change) if into(&change.route, &config.name) => Some(&change.route),
            Effect::Route(_) | Effect::Rule(_) | Effect::Address(_) | Effect::None | Effect::Unseen => None,
        })
        .collect();
    if config.table() != Table::Off || routes.is_empty() {
        return Vec::new();
    }
    let unseen = commands.iter().find(|command| command.effect == Effect::Unseen).map(|command| command.span);
    let connected = config.interface.addresses.iter().map(|address| address.value.trunc());
    let led: Vec<IpNet> = routes.iter().map(|route| route.dst).chain(connected).collect();
    let allowed = config.peers.iter().flat_map(|peer| &peer.allowed_ips);
    allowed
        .filter(|at| at.value.prefix_len() > 1 && !led.iter().any(|dst| dst.contains(&at.value)))
        .map(|at| What::Absent { prefix: at.value, span: at.span, unseen })
        .collect()
}

/// Whether a route leads into the link.
fn into(route: &RouteSpec, link: &str) -> bool {
    route.dev.as_deref() == Some(link) || route.legs.iter().any(|leg| leg.dev.as_deref() == Some(link))
}

impl CommandRow {
    fn config<'h>(&self, host: &'h Host<'_>) -> &'h WgQuick {
        &host.wg_quick[self.file]
    }

    fn tunnel<'h>(&self, host: &'h Host<'_>) -> Option<&'h Tunnel> {
        host.tunnels.iter().find(|tunnel| tunnel.file == Some(self.file))
    }

    fn span(&self) -> Span {
        match &self.what {
            What::Addition(addition) => addition.command.span,
            What::Absent { span, .. } => *span,
        }
    }

    fn adds(&self) -> &'static str {
        match &self.what {
            What::Absent { .. } => "route",
            What::Addition(addition) => match addition.command.effect {
                Effect::Rule(_) => "rule",
                Effect::Address(_) => "address",
                Effect::Route(_) | Effect::None | Effect::Unseen => "route",
            },
        }
    }

    fn state(&self) -> Seen<&'static str> {
        match &self.what {
            What::Addition(_) => Seen::Known("present"),
            What::Absent { unseen: None, .. } => Seen::Known("absent"),
            What::Absent { unseen: Some(_), .. } => Seen::Unseen(Unseen::new(
                "a command of PostUp does what is not seen here",
                "write the route as `PostUp = ip route add …` in the file",
            )),
        }
    }

    fn undone(&self) -> Seen<&'static str> {
        let What::Addition(addition) = &self.what else { return Seen::Absent };
        let undo = &addition.undo;
        match (undo.inverse, undo.goes_with_link, undo.unseen) {
            (Some(_), _, _) => Seen::Known("command"),
            (None, true, _) => Seen::Known("with-link"),
            (None, false, None) => Seen::Known("missing"),
            (None, false, Some(_)) => Seen::Unseen(Unseen::new(
                "a command of PostDown does what is not seen here",
                "write the inverse as `PostDown = ip … del …` in the file",
            )),
        }
    }

    fn text(&self) -> String {
        match &self.what {
            What::Addition(addition) => addition.command.text.clone(),
            What::Absent { prefix, .. } => prefix.to_string(),
        }
    }

    fn evidence(&self, host: &Host<'_>) -> Vec<Evidence> {
        let config = self.config(host);
        let unseen = match &self.what {
            What::Addition(addition) => addition.undo.unseen,
            What::Absent { unseen, .. } => *unseen,
        };
        [Some(self.span()), unseen].into_iter().flatten().map(|span| filed::line(config, span)).collect()
    }
}

fn tell(row: &CommandRow, host: &Host<'_>) -> Story {
    let config = row.config(host);
    let (path, text) = (&config.source.path, row.text());
    let (sentence, for_good) = match &row.what {
        What::Addition(_) => (
            format!("PostUp of {path} runs `{text}`, and nothing takes that away when the tunnel goes down"),
            format!("add to {path}: `PostDown = {}`", inverse(&text)),
        ),
        What::Absent { prefix, .. } => {
            let device = row.tunnel(host).map_or(config.name.as_str(), |tunnel| tunnel.name.as_str());
            let option = Family::of_prefix(*prefix).ip_option();
            (
                format!("{path} has `Table = off` and no PostUp route for {prefix} of its peer"),
                format!("add to {path}: `PostUp = ip {option} route add {prefix} dev {device}`"),
            )
        }
    };
    Story {
        key: format!("{path} {text}"),
        culprit: path.clone(),
        subject: text,
        sentence,
        evidence: row.evidence(host),
        now: Vec::new(),
        for_good: Some(for_good),
        undo: Vec::new(),
        ..Story::default()
    }
}

/// The command that takes away what a command adds.
fn inverse(text: &str) -> String {
    let words =
        text.split(' ').map(|word| if matches!(word, "add" | "append" | "replace") { "del" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
