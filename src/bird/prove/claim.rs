//! Reads a claim as a term behind a configuration, whose names it may use.

use logos::Logos;

use crate::bird::eval::Attribute;
use crate::bird::files::{Files, NoFile, Span, Text};
use crate::bird::lexer::Kind;
use crate::bird::plan::{Plan, plan};
use crate::bird::read::of_plan;
use crate::bird::tree::{BinaryOp, BuiltIn, CommandKind, Expr, ExprKind, Type};
use crate::bird::types;
use crate::bird::{Configuration, ErrorKind, Version};

/// A configuration and a claim on it.
pub struct Claimed {
    /// The configuration as its files are; what is wrong with them is wrong here.
    pub configuration: Configuration,
    /// The same with the claim behind it, or why the claim is no term there.
    pub claim: Result<Claim, String>,
}

/// A claim that can be asked about.
pub struct Claim {
    /// The configuration with the claim behind it.
    pub configuration: Configuration,
    /// What is claimed.
    pub term: Expr,
}

impl Claimed {
    /// Reads a file, what it includes, and the claim behind all that. Fails only where the file itself cannot be had.
    pub fn read(files: &Files, main: &str, claim: &str, version: Version) -> Result<Claimed, NoFile> {
        let mut plan = plan(files, main)?;
        let configuration = of_plan(plan.clone(), files, version);
        let behind = behind(&mut plan, claim);
        let claim = if ends_a_command(claim) {
            Err("it ends a command with `;`".to_owned())
        } else {
            term(of_plan(plan, files, version), behind)
        };
        Ok(Claimed { configuration, claim })
    }
}

impl Claim {
    /// Whether a span stands in the files, and not in the claim.
    pub fn is_before(&self, span: Span) -> bool {
        span != Span::default() && span.start < self.term.span.start
    }

    /// A part of the claim that compares values of types that are never equal, and these types.
    pub fn never_equal(&self) -> Option<(&str, [Type; 2])> {
        let tree = &self.configuration.tree;
        let mut open = vec![&self.term];
        while let Some(term) = open.pop() {
            match &term.kind {
                ExprKind::Not(inner) | ExprKind::Parenthesised(inner) => open.push(inner),
                ExprKind::Binary(BinaryOp::And | BinaryOp::Or, sides) => open.extend(sides.iter().rev()),
                ExprKind::Binary(BinaryOp::Equal | BinaryOp::NotEqual, sides) => {
                    let [Some(left), Some(right)] = [0, 1].map(|side| types::of(tree, None, &sides[side]))
                    else {
                        continue;
                    };
                    let addresses = [left, right].iter().all(|ty| matches!(ty, Type::Ip | Type::Quad));
                    if left != right && !addresses {
                        return Some((self.configuration.sources.text(term.span), [left, right]));
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The attributes that the claim names, in its order.
    pub fn attributes(&self) -> Vec<Attribute> {
        let text = self.configuration.sources.text(self.term.span);
        let words = Kind::lexer(text).spanned().filter(|(kind, _)| *kind == Ok(Kind::Word));
        let custom = |word: &str| {
            let mut known = self.configuration.tree.attributes.iter();
            known
                .find(|known| *known.name.text == *word)
                .map(|known| Attribute::Custom(known.name.text.clone()))
        };
        let named = |word| BuiltIn::named(word).map(Attribute::BuiltIn).or_else(|| custom(word));
        words.filter_map(|(_, range)| named(&text[range])).collect()
    }
}

/// The name of the function that holds the claim, numbered so that no file has it.
const NAME: &str = "routelint_claim";

/// Puts the claim behind everything else, as what a function returns; tells where that begins. It has a file of its
/// own, whose path no file has.
fn behind(plan: &mut Plan, claim: &str) -> u32 {
    let taken = plan.sources.numbered(NAME);
    let free = (0..=taken.len()).map(|number| format!("{NAME}{number}")).find(|name| !taken.contains(name));
    let text = format!("function {}() {{ return {claim}\n; }}\n", free.unwrap_or_default());
    let length = text.len() as u32;
    let start = plan.sources.add("", Text::Given(text.into()));
    plan.stretches.push(Span { start, end: start + length });
    start
}

/// Whether a claim is more than a term: nothing follows a term in a function's body without a semicolon before it.
fn ends_a_command(claim: &str) -> bool {
    Kind::lexer(claim).any(|token| token == Ok(Kind::Semicolon))
}

/// The term that the function behind the files returns.
fn term(configuration: Configuration, behind: u32) -> Result<Claim, String> {
    let wrong = configuration.errors.iter();
    let mut wrong = wrong.filter(|wrong| wrong.kind != ErrorKind::Incomplete && wrong.span.start >= behind);
    if let Some(wrong) = wrong.next() {
        return Err(crate::bird::secret::blanked(&wrong.message));
    }
    let routine = configuration.tree.routines.iter().find(|routine| routine.span.start >= behind);
    let term = match routine.map(|routine| routine.body.as_slice()) {
        Some([command]) => match &command.kind {
            CommandKind::Return(Some(term)) => Some(term.clone()),
            _ => None,
        },
        _ => None,
    };
    let term = term.ok_or_else(|| "expected a term".to_owned())?;
    Ok(Claim { configuration, term })
}
