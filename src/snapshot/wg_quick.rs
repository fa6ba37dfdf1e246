//! wg-quick's files as text; the reader of their language is a layer of its own.

use crate::text::Blanked;

/// One wg-quick file, with its private and preshared keys blanked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WgQuickFile {
    /// The interface, which is the file's name without `.conf`.
    pub interface: String,
    /// The path on the node (`/etc/wireguard/wg0.conf`), or in the folder that was read.
    pub path: String,
    /// The text.
    pub text: Blanked,
}
