//! FNV-1a, for maps by short names: the reader looks a name up for many of the words that it meets.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by short names.
pub(super) type ByName<N, T> = HashMap<N, T, BuildHasherDefault<Fnv>>;

/// The state of the hash.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
