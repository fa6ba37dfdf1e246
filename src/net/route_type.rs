//! What a route does with the packets that it catches (`RTN_*`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The type of a kernel route, `RTN_*` in `linux/rtnetlink.h`, spelt as `ip route` spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteType {
    /// Forwards by a gateway or a link.
    Unicast,
    /// Delivers to this node.
    Local,
    /// Delivers here and sends as a link broadcast.
    Broadcast,
    /// Delivers here as an anycast address.
    Anycast,
    /// Multicast.
    Multicast,
    /// Discards in silence; a local sender gets `EINVAL`.
    Blackhole,
    /// Discards with ICMP "unreachable"; a local sender gets `EHOSTUNREACH`.
    Unreachable,
    /// Discards with ICMP "prohibited"; a local sender gets `EACCES`.
    Prohibit,
    /// Ends the look-up in this table; the next policy rule goes on.
    Throw,
    /// A number that this program does not know: what it does is unseen.
    Other(u8),
}

impl RouteType {
    /// The types that `linux/rtnetlink.h` numbers and the kernel installs, in its order.
    pub const KNOWN: [RouteType; 9] = [
        RouteType::Unicast,
        RouteType::Local,
        RouteType::Broadcast,
        RouteType::Anycast,
        RouteType::Multicast,
        RouteType::Blackhole,
        RouteType::Unreachable,
        RouteType::Prohibit,
        RouteType::Throw,
    ];

    /// The type with the kernel's number, `rtm_type`.
    pub fn from_number(number: u8) -> RouteType {
        match number {
            1..=9 => RouteType::KNOWN[usize::from(number) - 1],
            _ => RouteType::Other(number),
        }
    }

    /// Whether the route refuses the packets that it catches.
    pub fn is_discard(self) -> bool {
        matches!(self, RouteType::Blackhole | RouteType::Unreachable | RouteType::Prohibit)
    }

    /// The word that `ip route` prints, `None` for a number without a word.
    pub fn word(self) -> Option<&'static str> {
        Some(match self {
            RouteType::Unicast => "unicast",
            RouteType::Local => "local",
            RouteType::Broadcast => "broadcast",
            RouteType::Anycast => "anycast",
            RouteType::Multicast => "multicast",
            RouteType::Blackhole => "blackhole",
            RouteType::Unreachable => "unreachable",
            RouteType::Prohibit => "prohibit",
            RouteType::Throw => "throw",
            RouteType::Other(_) => return None,
        })
    }
}

impl fmt::Display for RouteType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.word(), self) {
            (Some(word), _) => f.write_str(word),
            (None, RouteType::Other(number)) => write!(f, "type-{number}"),
            (None, _) => Ok(()),
        }
    }
}

impl FromStr for RouteType {
    type Err = String;

    fn from_str(word: &str) -> Result<RouteType, String> {
        let known = RouteType::KNOWN.into_iter().find(|kind| kind.word() == Some(word));
        let other = || word.strip_prefix("type-").and_then(|n| n.parse().ok()).map(RouteType::from_number);
        known.or_else(other).ok_or_else(|| format!("`{word}` is no route type"))
    }
}

impl Serialize for RouteType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RouteType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RouteType, D::Error> {
        let word = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}
