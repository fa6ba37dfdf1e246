//! Runs a routine on every route at once: what writing an attribute or a variable does.

use super::bdd::Bdd;
use super::execute::Execution;
use super::guarded::{Guarded, State};
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Operation, beside};
use crate::bird::tree::{
    AttributeClass, BinaryOp, BuiltIn, EnumType, Enumerator, LValue, LValueKind, Span, Type,
};

impl Execution<'_> {
    /// Writes a value; where its type does not fit, the run fails and rejects.
    pub(super) fn assign(&mut self, place: &LValue, value: Guarded, state: &mut State) {
        match &place.kind {
            LValueKind::Variable(id) => {
                let value = self.typed(value, self.variable_type(*id), state);
                self.set_variable(*id, value, state);
            }
            LValueKind::Attribute(attribute) => self.set_built_in(*attribute, value, state),
            LValueKind::CustomAttribute(id) => {
                let custom = self.interpreter.tree().attribute(*id);
                let value = self.typed(value, Some(custom.ty), state);
                let value = self.stored(value, custom.ty, place.span);
                state.attributes.insert(Attribute::Custom(custom.name.text.clone()), value);
            }
            LValueKind::Opaque => self.anything("a place that could not be read", place.span, state),
        }
    }

    fn set_built_in(&mut self, attribute: BuiltIn, value: Guarded, state: &mut State) {
        let wanted = (attribute.ty() != Type::Void).then_some(attribute.ty());
        let mut value = self.typed(value, wanted, state);
        if !attribute.written().accept(self.interpreter.version()) {
            state.reach = Bdd::FALSE;
            return;
        }
        match attribute.name() {
            "dest" => {
                self.only_discards(value, state);
                self.leave_next_hop(state);
            }
            "gw" | "ifname" => {
                self.leave_next_hop(state);
                self.set_known("dest", unicast(), state);
                for name in ["ifname", "ifindex"] {
                    let told = self.unknown("the interface of a next hop that was set", self.here);
                    state.attributes.insert(Attribute::known(name), told);
                }
            }
            "preference" if self.interpreter.version().major < 3 => {
                let all = self.fixed(Value::Int(0xffff));
                value = self.apply(&Operation::Binary(BinaryOp::BitAnd), &[value, all], state);
            }
            "weight" => {
                self.only_unicast(state);
                self.only_between(value, [1, 256], state);
            }
            "onlink" if self.interpreter.version().major >= 3 => self.only_unicast(state),
            "gw_mpls" => self.only_between(value, [0, 0xf_ffff], state),
            _ => {}
        }
        self.forget_beside(attribute, state);
        state.attributes.insert(Attribute::BuiltIn(attribute), value);
    }

    /// In 2.x a bit that was not there is there once another one of its word is written.
    fn forget_beside(&mut self, bit: BuiltIn, state: &mut State) {
        for other in beside(bit).filter(|_| self.interpreter.version().major < 3) {
            let unknown =
                self.unknown(&format!("`{}`, beside which a bit was written", other.name()), self.here);
            state.attributes.insert(Attribute::BuiltIn(other), unknown);
        }
    }

    /// A destination other than blackhole, unreachable or prohibit fails.
    fn only_discards(&mut self, value: Guarded, state: &mut State) {
        for (condition, symbol) in value.cases(&mut self.diagrams, state.reach) {
            let fits = match self.symbols.value(symbol) {
                Some(Value::Enum(dest)) => (2..=4).contains(&dest.value),
                _ => true,
            };
            if !fits {
                state.reach = self.diagrams.without(state.reach, condition);
            }
        }
    }

    /// What has no regular next hop fails.
    fn only_unicast(&mut self, state: &mut State) {
        let held = self.attribute(&Attribute::known("dest"), state);
        let unicast = self.fixed(unicast());
        self.only_where(BinaryOp::Equal, [held, unicast], state);
    }

    /// A number outside fails.
    fn only_between(&mut self, value: Guarded, ends: [u32; 2], state: &mut State) {
        let [low, high] = ends.map(|end| self.fixed(Value::Int(end)));
        self.only_where(BinaryOp::GreaterEqual, [value, low], state);
        self.only_where(BinaryOp::LessEqual, [value, high], state);
    }

    fn only_where(&mut self, op: BinaryOp, sides: [Guarded; 2], state: &mut State) {
        let holds = self.apply(&Operation::Binary(op), &sides, state);
        let holds = self.condition(holds, state);
        state.reach = self.diagrams.and(state.reach, holds);
    }

    /// Some versions cut a large community short.
    fn stored(&mut self, value: Guarded, ty: Type, span: Span) -> Guarded {
        let version = self.interpreter.version();
        if ty == Type::Lc && version.major >= 3 && !version.reaches((0, 0), (4, 0)) {
            return self.unknown("a large community that was written to an attribute", span);
        }
        value
    }

    fn leave_next_hop(&mut self, state: &mut State) {
        if self.interpreter.version().major >= 3 {
            self.set_known("weight", Value::Int(1), state);
            self.set_known("onlink", Value::Bool(false), state);
        }
        self.set_known("gw", Value::Ip(crate::bird::eval::value::Address::NONE), state);
        self.set_known("ifname", Value::string(""), state);
        self.set_known("ifindex", Value::Int(0), state);
        self.set_known("gw_mpls", Value::Int(3), state);
    }

    fn set_known(&mut self, name: &'static str, value: Value, state: &mut State) {
        let value = self.fixed(value);
        state.attributes.insert(Attribute::known(name), value);
    }

    pub(super) fn unset(&mut self, place: &LValue, state: &mut State) {
        let (name, ty) = match &place.kind {
            LValueKind::Attribute(attribute) => (Attribute::BuiltIn(*attribute), attribute.ty()),
            LValueKind::CustomAttribute(id) => {
                let custom = self.interpreter.tree().attribute(*id);
                (Attribute::Custom(custom.name.text.clone()), custom.ty)
            }
            LValueKind::Variable(_) | LValueKind::Opaque => {
                return self.anything("a place that could not be read", place.span, state);
            }
        };
        let mut empty = self.fixed(Value::empty(ty));
        if let Attribute::BuiltIn(attribute) = name
            && attribute.class() == AttributeClass::Bit
        {
            self.forget_beside(attribute, state);
            empty = self.unknown("a bit that was unset", place.span);
        }
        if let Attribute::BuiltIn(attribute) = name
            && attribute.is_word()
            && self.interpreter.version().major >= 3
        {
            empty = self.fixed(Value::Int(0));
        }
        state.attributes.insert(name, empty);
    }
}

fn unicast() -> Value {
    Value::Enum(Enumerator { ty: EnumType::Destination, value: 1 })
}
