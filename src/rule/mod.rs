//! Rules: one Markdown file each, front matter with a typed pattern over one relation, then prose.
//!
//! A rule has no code. Its front matter is checked when it is loaded: a misspelt word is an error with a
//! caret and the list of valid words. A user's rules are the same kind of file.

mod catalogue;
mod error;
mod front_matter;

use std::fmt;

use serde::Serialize;

pub use catalogue::Catalogue;
pub use error::RuleError;

use crate::host::Host;
use crate::relation::{Get, Pattern, Relate};
use crate::seen::Truth;

/// How much a violated rule hurts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Hardening that a plain mesh does without.
    Note,
    /// One more ordinary event away from an error, or an invariant of intent is broken.
    Warning,
    /// Traffic of the mesh is or will be lost, misrouted or exposed.
    Error,
}

impl Severity {
    /// Every severity, the gravest first.
    pub const ALL: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

    /// The word in rules and reports.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Whether a rule points at what must not be or at what must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stance {
    /// No row may match.
    Forbid,
    /// Every row that the `when` pattern selects must match.
    Require {
        /// Selects the rows; every row where it is empty.
        when: Pattern,
    },
}

/// One pattern of a rule.
pub struct Ask {
    /// The relation whose rows are judged.
    pub relation: &'static dyn Relate,
    /// What a match means.
    pub stance: Stance,
    /// The pattern.
    pub pattern: Pattern,
}

impl Ask {
    /// Whether a row violates the rule.
    pub fn violated(&self, host: &Host<'_>, field: &Get<'_>) -> Truth {
        match &self.stance {
            Stance::Forbid => self.pattern.matches(host, field),
            Stance::Require { when } => {
                let selected = when.matches(host, field);
                if selected == Truth::False {
                    selected
                } else {
                    selected.and(self.pattern.matches(host, field).not())
                }
            }
        }
    }
}

/// One invariant.
pub struct Rule {
    /// The fault in kebab case; the file's name.
    pub id: String,
    /// How much it hurts.
    pub severity: Severity,
    /// The heading.
    pub title: String,
    /// The sentence under the heading.
    pub summary: String,
    /// The prose, from the heading on.
    pub page: String,
    /// The section `Fix`, what to change so that it stays.
    pub fix: String,
    /// The patterns; the rule is violated where any is.
    pub asks: Vec<Ask>,
}
