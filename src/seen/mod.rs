//! Knowing: a fact is known, absent, or unseen for a reason; truth has three values (Kleene).
//!
//! *Absent* is a fact (an unreachable route has no link). *Unseen* is not: whatever depends on it is
//! unproven, and says what to do about it.

use serde::{Deserialize, Serialize};

/// Why something was not seen, and what a person can do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unseen {
    /// What could not be seen and why, as the end of a sentence.
    pub reason: String,
    /// What to do so that it is seen next time, in the imperative.
    pub remedy: String,
}

impl Unseen {
    /// An unseen fact with its reason and remedy.
    pub fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Unseen {
        Unseen { reason: reason.into(), remedy: remedy.into() }
    }
}

/// A value as far as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// It was observed.
    Known(T),
    /// It was looked at, and there is none.
    Absent,
    /// It could not be looked at or decided.
    Unseen(Unseen),
}

impl<T> Seen<T> {
    /// The known value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Seen::Known(value) => Some(value),
            Seen::Absent | Seen::Unseen(_) => None,
        }
    }

    /// Why it is unseen, if it is.
    pub fn unseen(&self) -> Option<&Unseen> {
        match self {
            Seen::Unseen(why) => Some(why),
            Seen::Known(_) | Seen::Absent => None,
        }
    }

    /// Applies a function to the known value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Seen<U> {
        match self {
            Seen::Known(value) => Seen::Known(f(value)),
            Seen::Absent => Seen::Absent,
            Seen::Unseen(why) => Seen::Unseen(why),
        }
    }

    /// Asks further where the value is known.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Seen<U>) -> Seen<U> {
        match self {
            Seen::Known(value) => f(value),
            Seen::Absent => Seen::Absent,
            Seen::Unseen(why) => Seen::Unseen(why),
        }
    }
}

impl<T> From<Option<T>> for Seen<T> {
    fn from(value: Option<T>) -> Seen<T> {
        value.map_or(Seen::Absent, Seen::Known)
    }
}

/// True, false, or not decidable from what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// What would decide it was not seen.
    Unknown(Unseen),
}

impl Truth {
    /// Kleene's conjunction: one false settles it.
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::Unknown(why), _) | (_, Truth::Unknown(why)) => Truth::Unknown(why),
            (Truth::True, Truth::True) => Truth::True,
        }
    }

    /// Kleene's disjunction: one true settles it.
    pub fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::Unknown(why), _) | (_, Truth::Unknown(why)) => Truth::Unknown(why),
            (Truth::False, Truth::False) => Truth::False,
        }
    }

    /// Kleene's negation: the unknown stays unknown.
    #[expect(clippy::should_implement_trait, reason = "a method reads in order: `a.and(b).not()`")]
    pub fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown(why) => Truth::Unknown(why),
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::True } else { Truth::False }
    }
}
