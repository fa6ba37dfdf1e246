//! Words of the trade: families, route types, protocol and table numbers, keys, ranges and prefixes.
//!
//! Everything here is a plain value spelt as the tools spell it (`ip`, `wg`). Nothing here knows where a
//! value was seen.

mod family;
mod key;
mod numbers;
mod prefix_map;
mod range;
mod route_type;

pub use family::Family;
pub use key::PublicKey;
pub use numbers::{Protocol, RouteScope, TableId};
pub use prefix_map::PrefixMap;
pub use range::{AddressRange, prefixes_of};
pub(crate) use range::{address, number};
pub use route_type::RouteType;
