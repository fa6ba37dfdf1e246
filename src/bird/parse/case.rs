//! `case` and its arms.

use super::{Kind, Parser, Read};
use crate::bird::error::ErrorKind;
use crate::bird::tree::{Arm, Bound, Command, CommandKind, Enumerator, Expr, ExprKind, SetItem, Type};
use crate::bird::version::Versions;

impl Parser<'_> {
    /// `case x { 1..5: …; else: … }`
    pub(super) fn case_command(&mut self) -> Read<CommandKind> {
        self.bump();
        let on = self.term()?;
        self.expect(Kind::BraceOpen, "`{`")?;
        let mut arms = Vec::new();
        while !self.eat(Kind::BraceClose) {
            arms.push(self.arm()?);
        }
        Ok(CommandKind::Case { on, arms })
    }

    fn arm(&mut self) -> Read<Arm> {
        let start = self.span();
        let mut labels = Vec::new();
        if !self.eat(Kind::ElseColon) {
            loop {
                labels.push(self.label()?);
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
            self.expect(Kind::Colon, "`,`, `..` or `:`")?;
        }
        let commands = self.arm_commands()?;
        if commands.len() != 1 || matches!(commands[0].kind, CommandKind::Declare(..)) {
            let span = self.since(start);
            self.require(
                Versions::TWO,
                span,
                "an arm of `case` that is not exactly one command; write braces",
            );
        }
        Ok(Arm { labels, commands, span: self.since(start) })
    }

    /// A label is no name: BIRD takes what follows the name of a function for a call.
    fn label(&mut self) -> Read<SetItem> {
        if matches!(self.kind(), Kind::Word | Kind::QuotedWord) && !self.at_enumerator() {
            return Err(
                self.expected("a number, an address, an enumerator or a term in parentheses as a label")
            );
        }
        let item = self.set_item()?;
        self.judge_label(&item);
        let is_rd = |value: &Expr| matches!(value.kind, crate::bird::tree::ExprKind::Rd(_));
        let span = match &item {
            SetItem::Value(Bound::One(value)) if is_rd(value) => Some(value.span),
            SetItem::Value(Bound::Range(ends)) => ends.iter().find(|end| is_rd(end)).map(|end| end.span),
            _ => None,
        };
        if let Some(span) = span {
            self.require(Versions::since((14, 0), (0, 0)), span, "a route distinguisher as a label");
        }
        Ok(item)
    }

    /// The end of a range is no name either.
    fn judge_label(&mut self, item: &SetItem) {
        if let SetItem::Value(Bound::One(value)) = item {
            return self.judge_label_term(value);
        }
        let SetItem::Value(Bound::Range(ends)) = item else { return };
        if let ExprKind::Constant(_) = ends[1].kind {
            let message = "a label ends in a number, or in a term in parentheses, and not in a name";
            self.error(ends[1].span, ErrorKind::Syntax, message);
        }
    }

    /// Before 2.14 only a number stood in the parentheses of a label.
    fn judge_label_term(&mut self, value: &Expr) {
        let ty = crate::bird::types::of(&self.tree, None, value);
        if matches!(value.kind, ExprKind::Parenthesised(_)) && ty.is_some_and(|ty| ty != Type::Int) {
            self.require(Versions::since((14, 0), (0, 0)), value.span, "a label of this type in parentheses");
        }
    }

    fn at_enumerator(&self) -> bool {
        self.symbol().is_none() && Enumerator::named(self.word_at(0)).is_some()
    }

    fn arm_commands(&mut self) -> Read<Vec<Command>> {
        self.symbols.push();
        let depth = self.symbols.depth();
        let mut commands = Vec::new();
        while self.is(Kind::BraceOpen)
            || matches!(self.kind(), Kind::Word | Kind::QuotedWord) && !self.at_enumerator()
        {
            commands.push(self.declaration_or_command()?);
        }
        self.symbols.truncate(depth - 1);
        Ok(commands)
    }
}

/// Labels that are plain values.
impl From<Expr> for Bound {
    fn from(value: Expr) -> Bound {
        Bound::One(value)
    }
}
