//! The mesh as a whole: brought up, asked, changed, and taken down by being dropped.

use std::net::IpAddr;
use std::ops::Deref;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use routelint::net::Family;

use super::files::{Families, Options};
use super::node::Node;
use super::packet::{Probe, Question, Services, ask};
use super::skip;
use super::story::{Member, NODES, PLANES, member};

/// How long the sessions may take to be established before the lab gives up.
const SESSIONS_DEADLINE: Duration = Duration::from_secs(30);

/// One test at a time uses a mesh: two would take the machine's cores from each other's timers.
static TURN: Mutex<()> = Mutex::new(());

/// The healthy mesh that the tests of one binary share; it ends with the process.
static SHARED: OnceLock<Arc<Mesh>> = OnceLock::new();

/// Four nodes and the router between them, with every tunnel and session up.
pub struct Mesh {
    pub options: Options,
    /// The nodes' private keys, in the order of [`NODES`]: no output may hold one.
    pub private_keys: Vec<String>,
    pub public_keys: Vec<String>,
    services: Option<Services>,
    nodes: Vec<Node>,
    _router: Node,
}

/// A mesh, and this test's turn to use one.
pub struct InTurn {
    mesh: Arc<Mesh>,
    _turn: MutexGuard<'static, ()>,
}

impl Deref for InTurn {
    type Target = Mesh;

    fn deref(&self) -> &Mesh {
        &self.mesh
    }
}

impl Mesh {
    /// Brings a mesh up that is this test's alone, or says why the test is skipped.
    pub fn up(options: &Options) -> Option<InTurn> {
        Mesh::in_turn(|| Arc::new(Mesh::build(options)))
    }

    /// The healthy mesh that this binary's tests share, or says why the test is skipped. Whoever changes it undoes it.
    pub fn shared() -> Option<InTurn> {
        Mesh::in_turn(|| SHARED.get_or_init(|| Arc::new(Mesh::build(&Options::default()))).clone())
    }

    fn in_turn(mesh: impl FnOnce() -> Arc<Mesh>) -> Option<InTurn> {
        if let Some(why) = skip::missing() {
            skip::skip("lab", &why);
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Some(InTurn { mesh: mesh(), _turn: turn })
    }

    fn build(options: &Options) -> Mesh {
        let router = Node::new("inet");
        let nodes: Vec<Node> = NODES.iter().map(|member| Node::new(member.name)).collect();
        cable(&router, &nodes);
        let private_keys: Vec<String> = NODES.iter().map(|_| wg("genkey", "")).collect();
        let public_keys = private_keys.iter().map(|key| wg("pubkey", key)).collect();
        let mut mesh = Mesh {
            options: options.clone(),
            private_keys,
            public_keys,
            services: None,
            nodes,
            _router: router,
        };
        mesh.address();
        mesh.raise_tunnels();
        mesh.start_bird();
        let hosts = mesh.nodes.iter().map(|node| (node, mesh.service_addresses(member(node.name))));
        mesh.services = Some(Services::start(hosts));
        mesh.wait_for_sessions();
        mesh.settle();
        mesh
    }

    /// A node by its name.
    pub fn node(&self, name: &str) -> &Node {
        &self.nodes[position(name)]
    }

    /// The public key of a node.
    pub fn public_key(&self, name: &str) -> &str {
        &self.public_keys[position(name)]
    }

    /// Runs a program in a node to its end.
    pub fn run(&self, name: &str, command: &[&str]) -> Output {
        self.node(name).run(command)
    }

    /// Runs commands in a node that have to succeed; their words are parted by spaces.
    pub fn commands(&self, name: &str, commands: &[&str]) {
        for command in commands {
            self.node(name).must(&command.split(' ').collect::<Vec<_>>());
        }
    }

    /// Runs routelint in a node, as a person who is logged in there would.
    pub fn routelint(&self, name: &str, arguments: &[&str]) -> Output {
        self.run(name, &[&["timeout", "60", env!("CARGO_BIN_EXE_routelint")], arguments].concat())
    }

    /// What becomes of a real packet from every node to every plane of every other.
    pub fn probe(&self) -> Vec<Probe> {
        self.ask_each(|member| Question::all_from(member, self.families()))
    }

    /// What becomes of the given questions.
    pub fn ask(&self, questions: &[Question]) -> Vec<Probe> {
        self.ask_each(|member| questions.iter().filter(|question| question.from == member).cloned().collect())
    }

    fn ask_each(&self, questions: impl Fn(&'static Member) -> Vec<Question> + Sync) -> Vec<Probe> {
        let services = self.services.as_ref().unwrap();
        let mut probes: Vec<Probe> = std::thread::scope(|scope| {
            let ask = |node| ask(node, &questions(member(node.name)), services);
            let asked: Vec<_> = self.nodes.iter().map(|node| scope.spawn(move || ask(node))).collect();
            asked.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        probes.sort_by_key(|probe| (probe.from, probe.to, probe.plane, probe.family));
        probes
    }

    fn families(&self) -> &'static [Family] {
        match self.options.families {
            Families::Inet6 => &[Family::V6],
            Families::Both => &[Family::V6, Family::V4],
        }
    }

    /// The addresses that a node's services answer on, one for each plane and family.
    pub fn service_addresses(&self, member: &Member) -> Vec<IpAddr> {
        let inet6 = PLANES.iter().map(|&plane| IpAddr::V6(member.host6(plane)));
        let inet = PLANES.iter().map(|&plane| IpAddr::V4(member.host4(plane)));
        match self.options.families {
            Families::Inet6 => inet6.collect(),
            Families::Both => inet6.chain(inet).collect(),
        }
    }

    /// Gives every node its addresses and forwarding, as the operating system's installer would have.
    fn address(&self) {
        for (node, member) in self.nodes.iter().zip(&NODES) {
            let host = |address: IpAddr| format!("address add {address} dev lo");
            node.ip(&self.service_addresses(member).into_iter().map(host).collect::<Vec<_>>());
        }
    }

    /// Does what `wg-quick up wg0` does, and leaves its file where it would be.
    fn raise_tunnels(&mut self) {
        let in_kernel = skip::kernel_wireguard();
        for (position, member) in NODES.iter().enumerate() {
            let node = &mut self.nodes[position];
            if in_kernel {
                node.must(&["ip", "link", "add", "wg0", "type", "wireguard"]);
            } else {
                node.start(&["wireguard-go", "--foreground", "wg0"]);
                until("wireguard-go's socket", || node.run(&["wg", "show", "wg0"]).status.success());
            }
            let private_key = &self.private_keys[position];
            let file = self.options.wg_quick_file(member, private_key, &self.public_keys);
            node.must_with(&["install", "-m", "0600", "/dev/stdin", "/etc/wireguard/wg0.conf"], &file);
            let file = self.options.wg_file(member, private_key, &self.public_keys);
            node.must_with(&["wg", "setconf", "wg0", "/dev/stdin"], &file);
            self.raise_tunnel(member.name);
        }
    }

    /// Sets a tunnel up and gives it the addresses and routes of its file.
    pub fn raise_tunnel(&self, name: &str) {
        let member = member(name);
        let mut commands: Vec<String> = self
            .options
            .tunnel_addresses(member)
            .iter()
            .map(|a| format!("address add {a} dev wg0"))
            .collect();
        commands.push("link set mtu 1420 up dev wg0".to_owned());
        self.node(name).ip(&commands);
        self.post_up(name);
    }

    /// Runs the PostUp lines of a node's file.
    pub fn post_up(&self, name: &str) {
        let routes = self.options.post_up(member(name)).into_iter();
        let commands: Vec<String> = routes.map(|(_, prefix)| format!("route add {prefix} dev wg0")).collect();
        self.node(name).ip(&commands);
    }

    fn start_bird(&mut self) {
        for (node, member) in self.nodes.iter_mut().zip(&NODES) {
            node.write("/etc/bird/bird.conf", &self.options.bird_file(member));
            node.must(&["bird", "-p"]);
            node.start(&["bird", "-f", "-P", "/run/bird/bird.pid"]);
        }
    }

    fn wait_for_sessions(&self) {
        until("all BGP sessions", || {
            self.nodes.iter().all(|node| {
                let protocols = node.run(&["birdc", "show", "protocols"]).stdout;
                String::from_utf8_lossy(&protocols).matches("Established").count() == NODES.len() - 1
            })
        });
    }

    /// Waits until BIRD has told the kernels what it had to tell: no routing table changes for a while.
    pub fn settle(&self) {
        let mut before = self.tables();
        until("a steady routing table", || {
            std::thread::sleep(Duration::from_millis(250));
            let now = self.tables();
            std::mem::replace(&mut before, now) == before
        });
    }

    fn tables(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.must(&["ip", "-6", "route", "show", "table", "all"])).collect()
    }
}

fn position(name: &str) -> usize {
    NODES.iter().position(|member| member == self::member(name)).unwrap()
}

/// Lays a cable from every node to the router, and default routes over it.
fn cable(router: &Node, nodes: &[Node]) {
    router.sysctl("net/ipv4/ip_forward", "1");
    for node in nodes.iter().chain([router]) {
        node.sysctl("net/ipv6/conf/all/forwarding", "1");
        node.sysctl("net/ipv6/conf/default/accept_dad", "0");
        node.must(&["ip", "link", "set", "lo", "up"]);
    }
    for (node, member) in nodes.iter().zip(&NODES) {
        let port = format!("p{}", member.port);
        router.ip(&[
            format!("link add {port} type veth peer name eth0 netns {}", node.tid),
            format!("link set {port} up"),
            format!("address add {}/24 dev {port}", member.router4()),
            format!("address add {}/64 dev {port}", member.router6()),
        ]);
        node.ip(&[
            "link set eth0 up".to_owned(),
            format!("address add {}/24 dev eth0", member.underlay4()),
            format!("address add {}/64 dev eth0", member.underlay6()),
            format!("route add default via {}", member.router4()),
            format!("route add default via {}", member.router6()),
        ]);
        node.sysctl("net/ipv4/ip_forward", "1");
    }
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < SESSIONS_DEADLINE, "{what} did not come up in {SESSIONS_DEADLINE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs `wg genkey` or `wg pubkey`, which touch no interface.
fn wg(verb: &str, input: &str) -> String {
    let mut command = Command::new("wg");
    let mut child = command.arg(verb).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}
