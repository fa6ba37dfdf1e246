//! The files of a node: `wg0.conf` as wg-quick wants it, and `bird.conf`.

use std::fmt::Write;

use super::story::{Member, NODES, PLANES, member};

/// What may differ from the healthy mesh of the story.
#[derive(Clone, Debug)]
pub struct Options {
    /// What stands after `export` in the kernel protocols' channels.
    pub kernel_export: &'static str,
    /// What stands after `export` in the BGP channels of a node; elsewhere it is `filter export_own`.
    pub bgp_export: Vec<(&'static str, &'static str)>,
    pub session: Session,
    pub families: Families,
    /// Nodes whose static protocol lists every node's planes, as a careless template would.
    pub static_all: Vec<&'static str>,
    /// Nodes whose `wg0.conf` has no PostUp routes to planes.
    pub postup_skip: Vec<&'static str>,
    /// Planes that a node's peer lacks: node, peer, plane.
    pub allowed_skip: Vec<(&'static str, &'static str, u16)>,
}

/// How the BGP sessions reach their neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// The story's: a /128 on the tunnel, neighbours reached by PostUp routes, `multihop`.
    Multihop,
    /// A /16 on the tunnel, so that every neighbour is directly connected, `direct`.
    Direct,
}

/// Which families the planes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    Inet6,
    Both,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            kernel_export: "none",
            bgp_export: Vec::new(),
            session: Session::Multihop,
            families: Families::Inet6,
            static_all: Vec::new(),
            postup_skip: Vec::new(),
            allowed_skip: Vec::new(),
        }
    }
}

impl Options {
    /// The outage: Debian's kernel export on every node, and a BGP export without a filter on one.
    pub fn export_all() -> Options {
        Options { kernel_export: "all", bgp_export: vec![("us-01", "all")], ..Options::default() }
    }

    /// The addresses that go on the node's tunnel, with their lengths.
    pub fn tunnel_addresses(&self, node: &Member) -> Vec<String> {
        let length = match self.session {
            Session::Multihop => 128,
            Session::Direct => 16,
        };
        let mut addresses = vec![format!("{}/{length}", node.tunnel6())];
        if self.families == Families::Both {
            addresses.push(format!("{}/32", node.tunnel4()));
        }
        addresses
    }

    /// The prefixes that a node admits from a peer.
    pub fn allowed_ips(&self, node: &Member, peer: &Member) -> Vec<String> {
        let skipped = |plane| self.allowed_skip.contains(&(node.name, peer.name, plane));
        let kept = || PLANES.into_iter().filter(move |&plane| !skipped(plane));
        let mut prefixes: Vec<String> = kept().map(|plane| peer.plane6(plane).to_string()).collect();
        prefixes.push(format!("{}/128", peer.tunnel6()));
        if self.families == Families::Both {
            prefixes.extend(kept().map(|plane| peer.plane4(plane).to_string()));
            prefixes.push(format!("{}/32", peer.tunnel4()));
        }
        prefixes
    }

    /// The routes of PostUp: family flag and prefix.
    pub fn post_up(&self, node: &Member) -> Vec<(&'static str, String)> {
        node.peers().flat_map(|peer| self.routes_to(node, peer)).collect()
    }

    fn routes_to(&self, node: &Member, peer: &Member) -> Vec<(&'static str, String)> {
        let mut routes = Vec::new();
        if self.session == Session::Multihop {
            routes.push(("-6", format!("{}/128", peer.tunnel6())));
        }
        let planes: &[u16] = if self.postup_skip.contains(&node.name) { &[] } else { &PLANES };
        routes.extend(planes.iter().map(|&plane| ("-6", peer.plane6(plane).to_string())));
        if self.families == Families::Both {
            routes.push(("-4", format!("{}/32", peer.tunnel4())));
            routes.extend(planes.iter().map(|&plane| ("-4", peer.plane4(plane).to_string())));
        }
        routes
    }

    /// The part of `wg0.conf` that only wg-quick reads.
    fn wg_quick_lines(&self, node: &Member) -> String {
        let addresses = self.tunnel_addresses(node).join(", ");
        let mut text = format!("Address = {addresses}\nTable = off\nMTU = 1420\n");
        for (family, prefix) in self.post_up(node) {
            let _ = writeln!(text, "PostUp = ip {family} route add {prefix} dev %i");
            let _ = writeln!(text, "PostDown = ip {family} route del {prefix} dev %i || true");
        }
        text
    }

    /// The peers' sections, with the public keys in the order of [`NODES`].
    fn peer_sections(&self, node: &Member, public_keys: &[String]) -> String {
        let mut text = String::new();
        for (peer, key) in NODES.iter().zip(public_keys).filter(|(peer, _)| *peer != node) {
            let _ = write!(
                text,
                "\n[Peer] # {}\nPublicKey = {key}\nAllowedIPs = {}\nEndpoint = {}:51820\nPersistentKeepalive = 25\n",
                peer.name,
                self.allowed_ips(node, peer).join(", "),
                peer.underlay4(),
            );
        }
        text
    }

    /// The file that `wg-quick up wg0` would read.
    pub fn wg_quick_file(&self, node: &Member, private_key: &str, public_keys: &[String]) -> String {
        let head = interface_section(private_key);
        format!(
            "# {}\n{head}{}{}",
            node.name,
            self.wg_quick_lines(node),
            self.peer_sections(node, public_keys)
        )
    }

    /// What `wg setconf` reads: the same file without wg-quick's own lines.
    pub fn wg_file(&self, node: &Member, private_key: &str, public_keys: &[String]) -> String {
        format!("{}{}", interface_section(private_key), self.peer_sections(node, public_keys))
    }

    /// BIRD's configuration.
    pub fn bird_file(&self, node: &Member) -> String {
        let mut text = format!("log syslog all;\nrouter id {};\n\n", node.underlay4());
        text += "protocol device { scan time 10; }\n\n";
        text += &self.kernel_protocols();
        text += &self.static_protocols(node);
        text += FILTERS;
        text + &node.peers().map(|peer| self.bgp_protocol(node, peer)).collect::<String>()
    }

    fn kernel_protocols(&self) -> String {
        let protocol = |family| {
            format!(
                "protocol kernel kernel{family} {{\n  ipv{family} {{ import none; export {}; }};\n}}\n\n",
                self.kernel_export
            )
        };
        self.channels().iter().map(protocol).collect()
    }

    fn static_protocols(&self, node: &Member) -> String {
        let listed: Vec<&Member> = if self.static_all.contains(&node.name) {
            NODES.iter().collect()
        } else {
            vec![member(node.name)]
        };
        let mut text = String::new();
        for &family in self.channels() {
            let _ = writeln!(text, "protocol static planes{family} {{\n  ipv{family};");
            for (member, plane) in listed.iter().flat_map(|member| PLANES.map(|plane| (member, plane))) {
                let _ = match family {
                    4 => writeln!(text, "  route {} unreachable;", member.plane4(plane)),
                    _ => writeln!(text, "  route {} unreachable;", member.plane6(plane)),
                };
            }
            text += "}\n\n";
        }
        text
    }

    fn bgp_protocol(&self, node: &Member, peer: &Member) -> String {
        let import = match (peer.site == node.site, peer.region == node.region) {
            (true, _) => "import_same_site",
            (false, true) => "import_same_region",
            (false, false) => "import_cross_region",
        };
        let export = self.bgp_export.iter().find(|(name, _)| *name == node.name);
        let export = export.map_or("filter export_own", |(_, text)| text);
        let session = match self.session {
            Session::Multihop => "multihop",
            Session::Direct => "interface \"wg0\"; direct",
        };
        let mut text = format!("protocol bgp {} {{\n", peer.name.replace('-', "_"));
        let _ = writeln!(text, "  local {} as {};", node.tunnel6(), node.as_number);
        let _ = writeln!(text, "  neighbor {} as {};", peer.tunnel6(), peer.as_number);
        let _ = writeln!(text, "  {session};\n{TIMERS}");
        for family in self.channels() {
            let next_hop = if *family == 4 { " extended next hop;" } else { "" };
            let _ = writeln!(text, "  ipv{family} {{ import filter {import}; export {export};{next_hop} }};");
        }
        text + "}\n\n"
    }

    fn channels(&self) -> &'static [u8] {
        match self.families {
            Families::Inet6 => &[6],
            Families::Both => &[6, 4],
        }
    }
}

/// Short timers, so that a mesh of the lab is up in seconds.
const TIMERS: &str = "  connect retry time 2; connect delay time 1; error wait time 1, 3;
  startup hold time 30; hold time 30; keepalive time 5;";

const FILTERS: &str = "filter export_own {
  if source = RTS_STATIC then accept;
  reject;
}

filter import_same_site { bgp_local_pref = 220; accept; }
filter import_same_region { bgp_local_pref = 180; accept; }
filter import_cross_region { bgp_local_pref = 120; accept; }

";

fn interface_section(private_key: &str) -> String {
    format!("[Interface]\nPrivateKey = {private_key}\nListenPort = 51820\n")
}
