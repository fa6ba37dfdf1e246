//! What the operators mean the mesh to be: `routelint.toml`, which is optional.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::net::PublicKey;
use crate::text::{SourceText, said};

/// The mesh as it is meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Intent {
    /// The format's version, 1.
    pub format: u32,
    /// The nodes by name.
    #[serde(default)]
    pub nodes: BTreeMap<String, NodeIntent>,
    /// Named sets of prefixes, for the operators `within`, `outside` and `covers` of rules.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sets: BTreeMap<String, Vec<IpNet>>,
    /// Findings that are known and accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Allow>,
}

/// One node as it is meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NodeIntent {
    /// The public keys of its WireGuard devices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_keys: Vec<PublicKey>,
    /// The site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The autonomous system's number.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub autonomous_system: Option<u32>,
    /// Its prefixes by plane.
    #[serde(default)]
    pub planes: BTreeMap<String, Vec<IpNet>>,
}

/// A finding that is known and accepted, with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Allow {
    /// Where it stands: `routelint.toml:12`.
    #[serde(skip)]
    pub place: String,
    /// The rule.
    pub rule: String,
    /// The node; every node where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The row's key as the report prints it; every row where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<jiff::civil::Date>,
}

/// Intent that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IntentError {
    /// The file cannot be read.
    #[error("cannot read intent from `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file says something that intent cannot say.
    #[error("{place} is not valid intent: {problem}; `routelint init` prints a valid start")]
    Wrong {
        /// `file:line:column`.
        place: String,
        /// What is wrong there.
        problem: String,
    },
    /// The file is of a version that this program does not know.
    #[error("`{}` has format {found}, this program reads format 1; update routelint", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: u32,
    },
}

/// Where the exceptions stand.
#[derive(Deserialize)]
struct Places {
    #[serde(default)]
    allow: Vec<toml::Spanned<toml::Table>>,
}

fn wrong(source: &SourceText, error: &toml::de::Error) -> IntentError {
    let start = error.span().map_or(0, |span| span.start as u32);
    IntentError::Wrong {
        place: format!("{}:{}:{}", source.path, source.line(start), source.column(start)),
        problem: said(error.message(), "table"),
    }
}

impl Intent {
    /// Reads `routelint.toml`.
    pub fn read(path: &Path) -> Result<Intent, IntentError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| IntentError::Unreadable { path: path.to_owned(), source })?;
        let source = SourceText::new(path.display().to_string(), text);
        let mut intent: Intent = toml::from_str(&source.text).map_err(|error| wrong(&source, &error))?;
        let places: Places = toml::from_str(&source.text).map_err(|error| wrong(&source, &error))?;
        for (allow, written) in intent.allow.iter_mut().zip(places.allow) {
            allow.place = format!("{}:{}", source.path, source.line(written.span().start as u32));
        }
        match intent.format {
            1 => Ok(intent),
            found => Err(IntentError::Format { path: path.to_owned(), found }),
        }
    }

    /// The node with one of the keys, else the node with the name.
    pub fn node_of(&self, name: &str, keys: &[PublicKey]) -> Option<(&String, &NodeIntent)> {
        let by_key =
            self.nodes.iter().find(|(_, node)| node.public_keys.iter().any(|key| keys.contains(key)));
        by_key.or_else(|| self.nodes.get_key_value(name))
    }
}
