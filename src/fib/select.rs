//! What a look-up in one table finds, whatever the family.

use crate::snapshot::RouteId;

use super::table::Node;
use super::{Blind, Way};

/// What a look-up in one table finds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// A route, of any type; its prefix's place in the table.
    Route {
        id: RouteId,
        node: Node,
        way: Way,
    },
    Nothing,
    Blind(Blind),
}
