//! `show interfaces`.

use ipnet::IpNet;

use super::lines;

/// A link as BIRD sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// The link's name.
    pub name: String,
    /// Whether BIRD takes it for up.
    pub up: bool,
    /// The kernel's index.
    pub index: Option<u32>,
    /// What stands beneath: `AdminUp`, `LinkUp`, `Loopback`, `Ignored`.
    pub flags: Vec<String>,
    /// The largest packet.
    pub mtu: Option<u32>,
    /// The addresses with the length of their network; for a point-to-point link without its other end.
    pub addresses: Vec<IpNet>,
    /// Lines that are not known.
    pub other: Vec<String>,
}

/// Reads the answer to `show interfaces`.
pub fn read_interfaces(answer: &str) -> Vec<Interface> {
    let mut interfaces: Vec<Interface> = Vec::new();
    for line in lines(answer).filter(|line| !line.trim().is_empty()) {
        match interfaces.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => detail(last, line.trim()),
            _ => interfaces.extend(head(line)),
        }
    }
    interfaces
}

/// `wg0 up (index=2)`
fn head(line: &str) -> Option<Interface> {
    let mut words = line.split_whitespace();
    let name = words.next()?.to_owned();
    let up = words.next()? == "up";
    let index = line.split_once("index=").and_then(|(_, rest)| leading_number(rest));
    Some(Interface { name, up, index, ..Interface::default() })
}

fn detail(interface: &mut Interface, line: &str) {
    let first = line.split_whitespace().next().unwrap_or("");
    if let Ok(address) = first.parse::<IpNet>() {
        interface.addresses.push(address);
    } else if line.contains("MTU=") {
        interface.mtu = line.split_once("MTU=").and_then(|(_, rest)| leading_number(rest));
        interface.flags =
            line.split_whitespace().filter(|word| !word.contains('=')).map(str::to_owned).collect();
    } else {
        interface.other.push(line.to_owned());
    }
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}
