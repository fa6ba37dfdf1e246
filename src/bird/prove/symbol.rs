//! Values that depend on the route: an attribute as it comes, something computed of it, or unknown.
//!
//! Every symbolic value is held once, so that equal computations are equal numbers.

use foldhash::HashMap;

use super::bdd::Bdd;
use super::simplify::{Simpler, simpler};
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Operation, Route};
use crate::bird::tree::{AttributeClass, Span, Type};
use crate::bird::version::Version;

/// A symbolic value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(u32);

/// What a symbolic value is.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    /// A value that does not depend on the route.
    Fixed(Value),
    /// An attribute of the route before the filter.
    Given(Attribute, Type),
    /// Computed from others.
    Computed(Operation, Vec<Symbol>),
    /// The first where the condition holds, else the second.
    Merged(Bdd, Symbol, Symbol),
    /// Anything: what stands here goes beyond the analysis.
    Unknown(Unknown),
}

/// Something beyond the analysis, and what a person should look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Unknown {
    /// What it is: `the loop`, `roa_check`.
    pub construct: String,
    /// Where it stands.
    pub span: Span,
    /// The attributes that it depends on, as far as that is known.
    pub attributes: Vec<Attribute>,
}

/// Holds the symbolic values.
#[derive(Debug)]
pub(crate) struct Symbols {
    meanings: Vec<Meaning>,
    /// Some value of each symbol's type, `None` for the unknown.
    exemplars: Vec<Option<Value>>,
    /// The first unknown that each symbol is made of.
    unknowns: Vec<Option<Symbol>>,
    index: HashMap<Key, Symbol>,
    version: Version,
}

/// What makes two symbolic values the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Text(Type, String),
    /// An empty list, and whether it is defined; or no value.
    Empty(Type, bool),
    Shared(usize),
    Given(Attribute),
    Computed(Operation, Vec<Symbol>),
    Merged(Bdd, Symbol, Symbol),
}

impl Symbols {
    pub(super) fn new(version: Version) -> Symbols {
        Symbols {
            meanings: Vec::new(),
            exemplars: Vec::new(),
            unknowns: Vec::new(),
            index: HashMap::default(),
            version,
        }
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// What a symbolic value is.
    pub(super) fn meaning(&self, symbol: Symbol) -> &Meaning {
        &self.meanings[symbol.0 as usize]
    }

    /// A value that does not depend on the route.
    pub(super) fn fixed(&mut self, value: Value) -> Symbol {
        let key = match &value {
            Value::Set(set) => Key::Shared(std::sync::Arc::as_ptr(set) as usize),
            Value::PrefixSet(set) => Key::Shared(std::sync::Arc::as_ptr(set) as usize),
            other if *other == Value::empty(other.ty()) => Key::Empty(other.ty(), other.is_defined()),
            // What BIRD prints is cut where it is long, and does not tell all kinds of communities apart.
            other => Key::Text(other.ty(), format!("{other:?}")),
        };
        self.put(key, Meaning::Fixed(value))
    }

    /// A set that was made here: two with the same intervals are one.
    pub(super) fn fixed_by_text(&mut self, value: Value) -> Symbol {
        let key = Key::Text(value.ty(), format!("{value:?}"));
        self.put(key, Meaning::Fixed(value))
    }

    /// An attribute as the route brings it.
    pub(super) fn given(&mut self, attribute: Attribute, ty: Type) -> Symbol {
        self.put(Key::Given(attribute.clone()), Meaning::Given(attribute, ty))
    }

    /// Something computed; where all parts are fixed, its value or the error that it ends in.
    pub(super) fn computed(&mut self, operation: Operation, parts: Vec<Symbol>) -> Result<Symbol, String> {
        let fixed: Option<Vec<Value>> = parts.iter().map(|part| self.value(*part).cloned()).collect();
        if let Some(values) = fixed {
            return operation.apply(&values, self.version).map(|value| self.fixed(value));
        }
        match simpler(self, &operation, &parts) {
            Some(Simpler::Known(value)) => return Ok(self.fixed(value)),
            Some(Simpler::Is(operation, parts)) => return self.computed(operation, parts),
            None => {}
        }
        let key = Key::Computed(operation.clone(), parts.clone());
        Ok(self.put(key, Meaning::Computed(operation, parts)))
    }

    /// One value where the condition holds, else the other.
    pub(super) fn merged(&mut self, condition: Bdd, then: Symbol, otherwise: Symbol) -> Symbol {
        let meaning = Meaning::Merged(condition, then, otherwise);
        self.put(Key::Merged(condition, then, otherwise), meaning)
    }

    /// A fresh unknown, different from every other.
    pub(super) fn unknown(&mut self, construct: impl Into<String>, span: Span) -> Symbol {
        self.unknown_of(construct, span, Vec::new())
    }

    /// A fresh unknown that depends on some attributes.
    pub(super) fn unknown_of(
        &mut self,
        construct: impl Into<String>,
        span: Span,
        attributes: Vec<Attribute>,
    ) -> Symbol {
        let unknown = Unknown { construct: construct.into(), span, attributes };
        self.push(Meaning::Unknown(unknown))
    }

    /// The value, where it does not depend on the route.
    pub(super) fn value(&self, symbol: Symbol) -> Option<&Value> {
        match self.meaning(symbol) {
            Meaning::Fixed(value) => Some(value),
            Meaning::Given(..) | Meaning::Computed(..) | Meaning::Merged(..) | Meaning::Unknown(_) => None,
        }
    }

    /// How much there is to compare with: a set such as `(*, 1)` has tens of thousands of intervals.
    pub(super) fn size(&self, symbol: Symbol) -> usize {
        match self.value(symbol) {
            Some(Value::Set(set)) => set.intervals().len() + 1,
            _ => 1,
        }
    }

    /// Every value that does not depend on the route.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.meanings.iter().filter_map(|meaning| match meaning {
            Meaning::Fixed(value) => Some(value),
            Meaning::Given(..) | Meaning::Computed(..) | Meaning::Merged(..) | Meaning::Unknown(_) => None,
        })
    }

    /// Every symbol that a symbol is made of, itself included, each once.
    fn parts(&self, symbol: Symbol) -> Vec<Symbol> {
        let (mut open, mut seen) = (vec![symbol], foldhash::HashSet::default());
        let mut parts = Vec::new();
        while let Some(symbol) = open.pop() {
            if !seen.insert(symbol) {
                continue;
            }
            parts.push(symbol);
            match self.meaning(symbol) {
                Meaning::Computed(_, operands) => open.extend(operands.iter().rev()),
                Meaning::Merged(_, left, right) => open.extend([*right, *left]),
                Meaning::Fixed(_) | Meaning::Given(..) | Meaning::Unknown(_) => {}
            }
        }
        parts
    }

    /// The unknown that a value depends on, if it depends on one.
    pub(super) fn unknown_in(&self, symbol: Symbol) -> Option<&Unknown> {
        match self.meaning(self.unknowns[symbol.0 as usize]?) {
            Meaning::Unknown(unknown) => Some(unknown),
            Meaning::Fixed(_) | Meaning::Given(..) | Meaning::Computed(..) | Meaning::Merged(..) => None,
        }
    }

    /// The attributes that a value depends on.
    pub(super) fn attributes_in(&self, symbol: Symbol, found: &mut Vec<Attribute>) {
        for part in self.parts(symbol) {
            match self.meaning(part) {
                Meaning::Given(attribute, _) => add(attribute, found),
                Meaning::Unknown(unknown) => {
                    unknown.attributes.iter().for_each(|attribute| add(attribute, found))
                }
                Meaning::Computed(..) | Meaning::Merged(..) | Meaning::Fixed(_) => {}
            }
        }
    }

    /// Whether the value may be void: an attribute that the route may lack.
    pub(super) fn may_be_void(&self, symbol: Symbol) -> bool {
        match self.meaning(symbol) {
            Meaning::Fixed(value) => matches!(value, Value::Void),
            Meaning::Given(attribute, ty) => may_lack(attribute, *ty, self.version),
            Meaning::Unknown(_) => true,
            Meaning::Computed(..) | Meaning::Merged(..) => false,
        }
    }

    /// The value on one route; `None` where it is unknown, an error where computing it fails.
    pub(super) fn on_route(&self, symbol: Symbol, route: &Route) -> Option<Result<Value, String>> {
        match self.meaning(symbol) {
            Meaning::Fixed(value) => Some(Ok(value.clone())),
            Meaning::Given(attribute, ty) => {
                Some(Ok(route.get(attribute).cloned().unwrap_or_else(|| Value::empty(*ty))))
            }
            Meaning::Unknown(_) | Meaning::Merged(..) => None,
            Meaning::Computed(operation, parts) => {
                let mut values = Vec::with_capacity(parts.len());
                for part in parts {
                    match self.on_route(*part, route)? {
                        Ok(value) => values.push(value),
                        Err(message) => return Some(Err(message)),
                    }
                }
                Some(operation.apply(&values, self.version))
            }
        }
    }

    /// Some value of the same type, to learn what operations make of it; `None` for the unknown.
    pub(super) fn exemplar(&self, symbol: Symbol) -> Option<Value> {
        self.exemplars[symbol.0 as usize].clone()
    }

    fn exemplar_of(&self, meaning: &Meaning) -> Option<Value> {
        match meaning {
            Meaning::Fixed(value) => Some(value.clone()),
            Meaning::Given(_, ty) => super::exemplar::of(*ty),
            Meaning::Unknown(_) => None,
            // The value of one case fails where that of another may not.
            Meaning::Merged(_, left, _) => {
                let value = self.exemplar(*left)?;
                super::exemplar::of(value.ty()).or(Some(value))
            }
            Meaning::Computed(operation, parts) => {
                let values: Option<Vec<Value>> = parts.iter().map(|part| self.exemplar(*part)).collect();
                let value = operation.apply(&values?, self.version).ok()?;
                super::exemplar::of(value.ty()).or(Some(value))
            }
        }
    }

    fn unknown_of_meaning(&self, meaning: &Meaning, own: Symbol) -> Option<Symbol> {
        let of = |symbol: &Symbol| self.unknowns[symbol.0 as usize];
        match meaning {
            Meaning::Unknown(_) => Some(own),
            Meaning::Computed(_, parts) => parts.iter().find_map(of),
            Meaning::Merged(_, left, right) => of(left).or_else(|| of(right)),
            Meaning::Fixed(_) | Meaning::Given(..) => None,
        }
    }

    fn push(&mut self, meaning: Meaning) -> Symbol {
        let symbol = Symbol(self.meanings.len() as u32);
        self.exemplars.push(self.exemplar_of(&meaning));
        self.unknowns.push(self.unknown_of_meaning(&meaning, symbol));
        self.meanings.push(meaning);
        symbol
    }

    fn put(&mut self, key: Key, meaning: Meaning) -> Symbol {
        if let Some(known) = self.index.get(&key) {
            return *known;
        }
        let symbol = self.push(meaning);
        self.index.insert(key, symbol);
        symbol
    }
}

fn add(attribute: &Attribute, found: &mut Vec<Attribute>) {
    if !found.contains(attribute) {
        found.push(attribute.clone());
    }
}

/// Whether a route may lack an attribute and then reads as void.
fn may_lack(attribute: &Attribute, ty: Type, version: Version) -> bool {
    if Value::empty(ty).ty() != Type::Void {
        return false;
    }
    match attribute {
        Attribute::BuiltIn(built_in) => match built_in.class() {
            AttributeClass::Static => version.major >= 3 && built_in.name() == "from",
            AttributeClass::Dynamic => version.major < 3 || !built_in.is_word(),
            AttributeClass::Bit => version.major < 3,
        },
        Attribute::Custom(_) => true,
    }
}
