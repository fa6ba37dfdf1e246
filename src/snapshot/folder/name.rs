//! A link's name in a row, borrowed from the line where JSON allows it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name that costs no allocation in a row of a million.
pub(super) struct Name<'n>(pub(super) Cow<'n, str>);

impl Serialize for Name<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'n, 'n> Deserialize<'de> for Name<'n> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name<'n>, D::Error> {
        deserializer.deserialize_str(Borrow)
    }
}

struct Borrow;

impl<'de> Visitor<'de> for Borrow {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a link")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}
