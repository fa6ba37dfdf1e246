//! Versions of BIRD, and which of them accept a construct.

use std::fmt;
use std::str::FromStr;

/// A version of BIRD as `bird --version` prints it; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 2 or 3; 1 is recognised and refused.
    pub major: u16,
    /// 0 for 2.0.12.
    pub minor: u16,
    /// 12 for 2.0.12.
    pub patch: u16,
}

impl Version {
    /// The version that is assumed where nothing says otherwise: Debian 12's.
    pub const DEFAULT: Version = Version::new(2, 0, 12);

    /// The version `major.minor.patch`.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Version {
        Version { major, minor, patch }
    }

    /// Whether it is at least a version of its own series: 2.x is held against `two`, 3.x against `three`.
    pub fn reaches(self, two: (u16, u16), three: (u16, u16)) -> bool {
        Versions::since(two, three).accept(self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Version, String> {
        let numeric = text.split(['-', '+', '~']).next().unwrap_or(text);
        let mut parts = numeric.split('.').map(str::parse::<u16>);
        let mut next = || parts.next().unwrap_or(Ok(0));
        match (next(), next(), next()) {
            (Ok(major), Ok(minor), Ok(patch)) if major > 0 => Ok(Version::new(major, minor, patch)),
            _ => Err(format!("`{text}` is no version of BIRD, which looks like `2.0.12`")),
        }
    }
}

/// The versions that accept a construct: a range of the 2.x series and a range of the 3.x series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Versions {
    two: Range,
    three: Range,
}

/// A closed range of `(minor, patch)`; empty where the first lies above the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Range {
    first: (u16, u16),
    last: (u16, u16),
}

impl Range {
    const ALL: Range = Range { first: (0, 0), last: (u16::MAX, u16::MAX) };
    const NONE: Range = Range { first: (u16::MAX, u16::MAX), last: (0, 0) };

    const fn since(first: (u16, u16)) -> Range {
        Range { first, last: (u16::MAX, u16::MAX) }
    }

    const fn before(end: (u16, u16)) -> Range {
        let last = match end {
            (0, 0) => return Range::NONE,
            (minor, 0) => (minor - 1, u16::MAX),
            (minor, patch) => (minor, patch - 1),
        };
        Range { first: (0, 0), last }
    }

    fn holds(self, version: Version) -> bool {
        (self.first..=self.last).contains(&(version.minor, version.patch))
    }
}

impl Versions {
    /// Every version from 2.0 on.
    pub const ALL: Versions = Versions { two: Range::ALL, three: Range::ALL };
    /// The 2.x series only.
    pub const TWO: Versions = Versions { two: Range::ALL, three: Range::NONE };
    /// The 3.x series only.
    pub const THREE: Versions = Versions { two: Range::NONE, three: Range::ALL };

    /// No version.
    pub const NONE: Versions = Versions { two: Range::NONE, three: Range::NONE };

    /// From these `(minor, patch)` of each series on.
    pub const fn since(two: (u16, u16), three: (u16, u16)) -> Versions {
        Versions { two: Range::since(two), three: Range::since(three) }
    }

    /// In 2.x from this `(minor, patch)` on, never in 3.x.
    pub const fn two_since(two: (u16, u16)) -> Versions {
        Versions { two: Range::since(two), three: Range::NONE }
    }

    /// In 3.x from this `(minor, patch)` on, never in 2.x.
    pub const fn three_since(three: (u16, u16)) -> Versions {
        Versions { two: Range::NONE, three: Range::since(three) }
    }

    /// Before these `(minor, patch)` of each series; `(0, 0)` for never.
    pub const fn before(two: (u16, u16), three: (u16, u16)) -> Versions {
        Versions { two: Range::before(two), three: Range::before(three) }
    }

    /// Whether the version is among them.
    pub fn accept(self, version: Version) -> bool {
        match version.major {
            2 => self.two.holds(version),
            0 | 1 => false,
            _ => self.three.holds(version),
        }
    }
}
