//! The oracle: a network namespace of the test's own, and the kernel's answers to look-ups in it.

use std::io::Write as _;
use std::net::IpAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use ipnet::IpNet;
use nix::sched::{CloneFlags, unshare};
use routelint::collect::netlink;
use routelint::collect::netlink::message::{Attributes, Message, Messages, push_attribute, request, u32_at};
use routelint::fib::Flow;
use routelint::snapshot::{Route, RouteFlag, Snapshot, Source};
use rtnetlink::sys::protocols::NETLINK_ROUTE;
use rtnetlink::sys::{Socket, SocketAddr};

/// Runs a function in a network namespace of its own, which goes with its thread.
pub(crate) fn in_namespace<R: Send>(run: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let inside = scope.spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET).expect("a network namespace");
            run()
        });
        inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Whether namespaces can be made and `ip` is there.
pub(crate) fn is_available() -> bool {
    let ip = Command::new("ip").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
    nix::unistd::geteuid().is_root() && ip.is_ok_and(|status| status.success())
}

/// Whether this kernel can make VRFs.
pub(crate) fn has_vrf() -> bool {
    in_namespace(|| {
        let add = ["link", "add", "red", "type", "vrf", "table", "100"];
        let added = Command::new("ip").args(add).stderr(Stdio::null()).status();
        added.is_ok_and(|status| status.success())
    })
}

/// Lets `ip` do one command a line; what the kernel refuses is left out.
pub(crate) fn ip(options: &[&str], commands: &[String]) {
    let mut child = Command::new("ip")
        .args(options)
        .args(["-force", "-batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(if std::env::var_os("ROUTELINT_SHOW").is_some() { Stdio::inherit() } else { Stdio::null() })
        .spawn()
        .expect("ip");
    let mut input = child.stdin.take().expect("its input");
    input.write_all((commands.join("\n") + "\n").as_bytes()).expect("commands taken");
    drop(input);
    child.wait().expect("ip ends");
}

/// Sets a kernel setting of this namespace; one of a link that this kernel could not make is left out.
pub(crate) fn set(name: &str, value: &str) {
    let path = format!("/proc/sys/net/{name}");
    match std::fs::write(&path, value) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{path}: {error}"),
        Ok(()) | Err(_) => {}
    }
}

/// What can be seen of this namespace.
pub(crate) fn snapshot() -> Snapshot {
    let release = nix::sys::utsname::uname().expect("a kernel").release().to_string_lossy().into_owned();
    let mut snapshot = Snapshot { kernel: Some(release), ..Snapshot::default() };
    netlink::collect(&mut snapshot, Duration::from_secs(5));
    snapshot.sources.ask(Source::Sysctls);
    for family in ["ipv4", "ipv6"] {
        for link in ["all".to_owned()].into_iter().chain(snapshot.links.iter().map(|link| link.name.clone()))
        {
            for setting in [
                "accept_local",
                "bc_forwarding",
                "forwarding",
                "ignore_routes_with_linkdown",
                "route_localnet",
                "rp_filter",
                "send_redirects",
                "src_valid_mark",
                "use_tempaddr",
            ] {
                let path = format!("/proc/sys/net/{family}/conf/{link}/{setting}");
                if let Ok(value) = std::fs::read_to_string(path) {
                    let name = format!("net.{family}.conf.{link}.{setting}");
                    snapshot.sysctls.insert(name, value.trim().to_owned());
                }
            }
        }
    }
    snapshot
}

/// The kernel's answer: a route, or an error number.
pub(crate) type Answer = Result<Route, i32>;

/// Which of its two answers the kernel is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    /// The route as the packet takes it.
    Taken,
    /// The entry of the table (`fibmatch`).
    Entry,
}

/// A socket for look-ups.
pub(crate) struct Kernel {
    socket: Socket,
    buffer: Vec<u8>,
    sequence: u32,
}

impl Kernel {
    /// A socket in the namespace of this thread.
    pub(crate) fn new() -> Kernel {
        let mut socket = Socket::new(NETLINK_ROUTE).expect("a netlink socket");
        socket.bind_auto().expect("bound");
        socket.connect(&SocketAddr::new(0, 0)).expect("connected to the kernel");
        Kernel { socket, buffer: Vec::with_capacity(16 << 10), sequence: 0 }
    }

    /// Looks a packet up.
    pub(crate) fn look_up(&mut self, flow: &Flow, dst: IpAddr, ask: Ask) -> Answer {
        const RTM_GETROUTE: u16 = 26;
        const NLM_F_REQUEST: u16 = 1;
        self.sequence += 1;
        let bytes = request(RTM_GETROUTE, NLM_F_REQUEST, self.sequence, &body(flow, dst, ask));
        self.socket.send(&bytes, 0).expect("sent");
        self.buffer.clear();
        self.socket.recv(&mut self.buffer, 0).expect("answered");
        let message = Messages(&self.buffer).next().expect("a message").expect("whole");
        assert_eq!(message.sequence, self.sequence);
        read(&message)
    }
}

fn read(message: &Message<'_>) -> Answer {
    const NLMSG_ERROR: u16 = 2;
    if message.kind == NLMSG_ERROR {
        return Err(-(u32_at(message.body, 0).expect("an error number") as i32));
    }
    let mut body = message.body.to_vec();
    let flags = u32_at(&body, 8).expect("flags") & !RouteFlag::CLONED;
    body[8..12].copy_from_slice(&flags.to_ne_bytes());
    let plain = Message { body: &body, ..*message };
    Ok(netlink::route::parse(&plain).expect("a route message").expect("a route"))
}

/// A message `struct rtmsg` with the packet in attributes.
fn body(flow: &Flow, dst: IpAddr, ask: Ask) -> Vec<u8> {
    const RTM_F_LOOKUP_TABLE: u32 = 0x1000;
    const RTM_F_FIB_MATCH: u32 = 0x2000;
    let bits = IpNet::from(dst).max_prefix_len();
    let family: u8 = if dst.is_ipv4() { 2 } else { 10 };
    let source = if flow.from.is_some() { bits } else { 0 };
    let mut body = vec![family, bits, source, flow.tos, 0, 0, 0, 0];
    let flags = match ask {
        Ask::Taken => RTM_F_LOOKUP_TABLE,
        Ask::Entry => RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH,
    };
    body.extend_from_slice(&flags.to_ne_bytes());
    push_attribute(&mut body, 1, &octets(dst));
    flow.from.into_iter().for_each(|from| push_attribute(&mut body, 2, &octets(from)));
    let links = [(3, flow.iif), (4, flow.oif), (25, flow.uid)];
    links.iter().for_each(|(kind, value)| {
        value.iter().for_each(|value| push_attribute(&mut body, *kind, &value.to_ne_bytes()));
    });
    if flow.mark != 0 {
        push_attribute(&mut body, 16, &flow.mark.to_ne_bytes());
    }
    flow.ip_proto.iter().for_each(|proto| push_attribute(&mut body, 27, &[*proto]));
    flow.sport.iter().for_each(|port| push_attribute(&mut body, 28, &port.to_be_bytes()));
    flow.dport.iter().for_each(|port| push_attribute(&mut body, 29, &port.to_be_bytes()));
    debug_assert!(Attributes::after(&body, 12).is_ok());
    body
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}
