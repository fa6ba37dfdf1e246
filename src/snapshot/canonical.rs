//! The one order of a snapshot's records, whether they come from a live node or from a folder.

use super::Snapshot;

impl Snapshot {
    /// The snapshot in its one order, in which it is judged, written and compared.
    ///
    /// What has a meaning keeps it: routes of equal table, prefix and metric stay in the kernel's order,
    /// because the first wins; so do addresses of one link, rules of one priority and included files.
    pub fn canonical(mut self) -> Snapshot {
        self.routes = self.routes.sorted();
        self.links.sort_by_key(|link| link.index);
        self.addresses.sort_by_key(|address| address.link);
        self.policy.sort_by_key(|rule| (rule.family, rule.priority));
        self.nexthops.sort_by_key(|nexthop| nexthop.id);
        self.wireguard.sort_by(|a, b| a.name.cmp(&b.name));
        for device in &mut self.wireguard {
            device.peers.sort_by_key(|peer| peer.public_key);
            for peer in &mut device.peers {
                peer.allowed_ips.sort();
            }
        }
        self.wg_quick.sort_by(|a, b| (&a.interface, &a.path).cmp(&(&b.interface, &b.path)));
        self.bird.sort_by(|a, b| a.name.cmp(&b.name));
        self
    }
}
