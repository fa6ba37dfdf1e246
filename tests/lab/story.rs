//! The story's names and numbers: four nodes, three planes, and every address that follows from them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The third group of each plane: resolver, database, storage.
pub const PLANES: [u16; 3] = [0x1000, 0x1100, 0x1200];

/// The third group of the tunnel's own addresses, which carry the BGP sessions.
const TUNNEL: u16 = 0x4001;

/// The four nodes, in the order of the underlay's ports.
pub const NODES: [Member; 4] = [
    Member { name: "us-01", port: 1, group: 0x101, as_number: 64512, site: "us-a", region: "us" },
    Member { name: "us-02", port: 2, group: 0x102, as_number: 64513, site: "us-b", region: "us" },
    Member { name: "eu-01", port: 3, group: 0x201, as_number: 64514, site: "eu-a", region: "eu" },
    Member { name: "eu-02", port: 4, group: 0x202, as_number: 64515, site: "eu-a", region: "eu" },
];

/// A node as the plan of the mesh knows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    pub name: &'static str,
    /// The port of the underlay's router that it hangs on, counted from one.
    pub port: u8,
    /// The second group of all its addresses.
    pub group: u16,
    pub as_number: u32,
    pub site: &'static str,
    pub region: &'static str,
}

/// The member of that name; a misspelt name is a mistake in the test.
pub fn member(name: &str) -> &'static Member {
    NODES.iter().find(|member| member.name == name).unwrap_or_else(|| panic!("no node is called `{name}`"))
}

impl Member {
    /// The other three.
    pub fn peers(&self) -> impl Iterator<Item = &'static Member> {
        NODES.iter().filter(move |peer| peer.name != self.name)
    }

    /// The IPv6 prefix of one of its planes.
    pub fn plane6(&self, plane: u16) -> Ipv6Net {
        Ipv6Net::new_assert(Ipv6Addr::from([0xfd53, self.group, plane, 0, 0, 0, 0, 0]), 48)
    }

    /// The IPv4 prefix of one of its planes.
    pub fn plane4(&self, plane: u16) -> Ipv4Net {
        Ipv4Net::new_assert(self.inet(plane, 0), 24)
    }

    /// The prefix of one of its planes, in the family of `host`.
    pub fn plane_beside(&self, plane: u16, host: IpAddr) -> IpNet {
        match host {
            IpAddr::V4(_) => self.plane4(plane).into(),
            IpAddr::V6(_) => self.plane6(plane).into(),
        }
    }

    /// The service's IPv6 address on one of its planes.
    pub fn host6(&self, plane: u16) -> Ipv6Addr {
        Ipv6Addr::from([0xfd53, self.group, plane, 0, 0, 0, 0, 0x10])
    }

    /// The service's IPv4 address on one of its planes.
    pub fn host4(&self, plane: u16) -> Ipv4Addr {
        self.inet(plane, 10)
    }

    /// Its IPv6 address on the tunnel, which is where its BGP sessions end.
    pub fn tunnel6(&self) -> Ipv6Addr {
        Ipv6Addr::from([0xfd53, self.group, TUNNEL, 0, 0, 0, 0, 1])
    }

    /// Its IPv4 address on the tunnel.
    pub fn tunnel4(&self) -> Ipv4Addr {
        self.inet(TUNNEL, 1)
    }

    /// Its IPv4 address on the underlay: the endpoint, and BIRD's router id.
    pub fn underlay4(&self) -> Ipv4Addr {
        Ipv4Addr::new(10, 53, self.port, 2)
    }

    /// Its IPv6 address on the underlay.
    pub fn underlay6(&self) -> Ipv6Addr {
        Ipv6Addr::from([0x2001, 0xdb8, u16::from(self.port), 0, 0, 0, 0, 2])
    }

    /// The underlay router's IPv4 address on this node's port.
    pub fn router4(&self) -> Ipv4Addr {
        Ipv4Addr::new(10, 53, self.port, 1)
    }

    /// The underlay router's IPv6 address on this node's port.
    pub fn router6(&self) -> Ipv6Addr {
        Ipv6Addr::from([0x2001, 0xdb8, u16::from(self.port), 0, 0, 0, 0, 1])
    }

    /// The IPv4 plan follows the IPv6 one: `0x1000` is written 10, `0x4001` is written 40.
    fn inet(&self, plane: u16, host: u8) -> Ipv4Addr {
        let [high, _] = plane.to_be_bytes();
        Ipv4Addr::new(10, 100 + self.port, (high >> 4) * 10 + (high & 15), host)
    }
}
