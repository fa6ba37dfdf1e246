//! Numbers that iproute2 gives names: route protocols, scopes and tables.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Declares a number with the names that iproute2 ships for it; text form is the name, else the number.
macro_rules! named_number {
    ($(#[$doc:meta])* $name:ident($int:ty) { $($number:literal => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        impl $name {
            /// The name that iproute2 ships for the number, if it has one.
            pub fn word(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($word),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.word() {
                    Some(word) => f.write_str(word),
                    None => write!(f, "{}", self.0),
                }
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<$name, String> {
                match text {
                    $($word => Ok($name($number)),)+
                    _ => text.parse().map($name).map_err(|_| {
                        format!("`{text}` is neither a number nor a name that iproute2 ships")
                    }),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

named_number! {
    /// Who installed a route, `RTPROT_*` (`/etc/iproute2/rt_protos`).
    Protocol(u8) {
        0 => "unspec", 1 => "redirect", 2 => "kernel", 3 => "boot", 4 => "static", 8 => "gated", 9 => "ra",
        10 => "mrt", 11 => "zebra", 12 => "bird", 13 => "dnrouted", 14 => "xorp", 15 => "ntk", 16 => "dhcp",
        17 => "mrouted", 18 => "keepalived", 42 => "babel", 84 => "ovn", 99 => "openr", 186 => "bgp",
        187 => "isis", 188 => "ospf", 189 => "rip", 192 => "eigrp",
    }
}

named_number! {
    /// How far a destination is, `RT_SCOPE_*` (`/etc/iproute2/rt_scopes`).
    RouteScope(u8) {
        0 => "global", 200 => "site", 253 => "link", 254 => "host", 255 => "nowhere",
    }
}

named_number! {
    /// A routing table (`/etc/iproute2/rt_tables`).
    TableId(u32) {
        0 => "unspec", 253 => "default", 254 => "main", 255 => "local",
    }
}

impl Protocol {
    /// Installed by BIRD, `RTPROT_BIRD`.
    pub const BIRD: Protocol = Protocol(12);
    /// Installed by the kernel itself, for addresses.
    pub const KERNEL: Protocol = Protocol(2);
}

impl TableId {
    /// Table `default`, 253.
    pub const DEFAULT: TableId = TableId(253);
    /// Table `main`, 254.
    pub const MAIN: TableId = TableId(254);
    /// Table `local`, 255.
    pub const LOCAL: TableId = TableId(255);
}
