//! Ground truth: what becomes of a real packet.
//!
//! Every node answers on the service address of each of its planes; a question goes out from the asking node's address
//! on the same plane, with extended error reporting, so that the kernel's refusal comes back as its errno.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use routelint::net::Family;

use super::node::Node;
use super::story::{Member, PLANES, member};

const PORT: u16 = 9053;
/// How often a question is repeated before silence is believed, and how long each is waited for.
const ATTEMPTS: u32 = 4;
const PATIENCE: Duration = Duration::from_millis(350);

/// What became of a question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The node that was asked answered.
    Delivered,
    /// Somebody else answered.
    Astray(String),
    /// A kernel said no, here or by ICMP.
    Refused(Errno),
    /// Nothing came back.
    Silence,
}

/// One question from a node to a plane of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    pub from: &'static str,
    pub to: &'static str,
    pub plane: u16,
    pub family: Family,
    pub outcome: Outcome,
    /// Whether the question arrived, whatever became of the answer.
    pub heard: bool,
}

impl Probe {
    /// Whether question and answer both arrived where they should.
    pub fn delivered(&self) -> bool {
        self.outcome == Outcome::Delivered
    }
}

/// The answering services of a mesh, and what they heard.
pub struct Services {
    heard: Arc<Mutex<BTreeSet<String>>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Services {
    /// Answers on every given address of every node.
    pub fn start<'a>(addresses: impl Iterator<Item = (&'a Node, Vec<IpAddr>)>) -> Services {
        let mut services = Services { heard: Arc::default(), stop: Arc::default(), threads: Vec::new() };
        for (node, hosts) in addresses {
            for socket in node.inside(move || hosts.into_iter().map(service).collect::<Vec<_>>()) {
                let (heard, stop) = (services.heard.clone(), services.stop.clone());
                let name = node.name;
                services.threads.push(std::thread::spawn(move || answer(&socket, name, &heard, &stop)));
            }
        }
        services
    }

    fn heard(&self, question: &str) -> bool {
        self.heard.lock().unwrap().contains(question)
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn service(host: IpAddr) -> UdpSocket {
    let socket = UdpSocket::bind((host, PORT)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    socket
}

fn answer(socket: &UdpSocket, name: &str, heard: &Mutex<BTreeSet<String>>, stop: &AtomicBool) {
    let mut buffer = [0; 256];
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, asker)) = socket.recv_from(&mut buffer) else { continue };
        heard.lock().unwrap().insert(String::from_utf8_lossy(&buffer[..length]).into_owned());
        // The kernel may refuse the answer too; then the asker hears nothing, which is the outcome.
        let _ = socket.send_to(name.as_bytes(), asker);
    }
}

/// A question: who asks, from which address, and whom.
#[derive(Clone, Debug)]
pub struct Question {
    pub from: &'static Member,
    pub to: &'static Member,
    pub plane: u16,
    pub source: IpAddr,
    pub destination: IpAddr,
}

impl Question {
    /// Every question from this node to the planes of its peers.
    pub fn all_from(from: &'static Member, families: &[Family]) -> Vec<Question> {
        let pairs = from.peers().flat_map(|to| PLANES.map(|plane| (to, plane)));
        pairs
            .flat_map(|(to, plane)| {
                families.iter().map(move |&family| Question::new(from, to, plane, family))
            })
            .collect()
    }

    fn new(from: &'static Member, to: &'static Member, plane: u16, family: Family) -> Question {
        let host = |member: &Member| match family {
            Family::V4 => IpAddr::V4(member.host4(plane)),
            Family::V6 => IpAddr::V6(member.host6(plane)),
        };
        Question { from, to, plane, source: host(from), destination: host(to) }
    }
}

/// Asks all questions of one node at once and waits for what becomes of them.
pub fn ask(node: &Node, questions: &[Question], services: &Services) -> Vec<Probe> {
    let sources: Vec<IpAddr> = questions.iter().map(|question| question.source).collect();
    let sockets = node.inside(move || sources.into_iter().map(asking_socket).collect::<Vec<_>>());
    std::thread::scope(|scope| {
        let asked: Vec<_> = questions
            .iter()
            .zip(sockets)
            .map(|(question, socket)| scope.spawn(move || probe(question, &socket, services)))
            .collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn probe(question: &Question, socket: &UdpSocket, services: &Services) -> Probe {
    let Question { from, to, plane, source, destination } = question;
    // What was heard is kept as long as the mesh stands: a number that is never used again tells this question from
    // those before it.
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let number = ASKED.fetch_add(1, Ordering::Relaxed);
    let words = format!("question {number}: {source} asks {destination}");
    let outcome = exchange(socket, *destination, &words, to);
    let family = if destination.is_ipv6() { Family::V6 } else { Family::V4 };
    Probe { from: from.name, to: to.name, plane: *plane, family, outcome, heard: services.heard(&words) }
}

fn asking_socket(source: IpAddr) -> UdpSocket {
    let socket = UdpSocket::bind((source, 0)).unwrap();
    match source {
        IpAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4RecvErr, &true).unwrap(),
        IpAddr::V6(_) => setsockopt(&socket, sockopt::Ipv6RecvErr, &true).unwrap(),
    }
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn exchange(socket: &UdpSocket, destination: IpAddr, words: &str, to: &Member) -> Outcome {
    if let Err(error) = socket.connect(SocketAddr::new(destination, PORT)) {
        return refused(&error);
    }
    for _ in 0..ATTEMPTS {
        if let Err(error) = socket.send(words.as_bytes()) {
            return refused(&error);
        }
        match listen(socket) {
            Ok(name) if name == to.name => return Outcome::Delivered,
            Ok(name) => return Outcome::Astray(member(&name).name.to_owned()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return refused(&error),
        }
    }
    Outcome::Silence
}

fn listen(socket: &UdpSocket) -> Result<String, Error> {
    let mut buffer = [0; 64];
    let length = socket.recv(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

fn refused(error: &Error) -> Outcome {
    Outcome::Refused(Errno::from_raw(error.raw_os_error().unwrap()))
}
