//! The types that each instruction wants (filter/f-inst.c): what BIRD refuses before it runs anything.

use super::Check;
use crate::bird::files::Span;
use crate::bird::plain::{self, Plain};
use crate::bird::tree::{
    Arm, BinaryOp, Bound, EcKind, Expr, ExprKind, LValue, LValueKind, Name, Net, Routine, RoutineId,
    RoutineKind, SetItem, Type, VariableId,
};
use crate::bird::types;
use crate::bird::version::Versions;

/// Methods are looked up by the receiver's type since 2.14.
const TYPED: Versions = Versions::since((14, 0), (0, 0));

impl<'t> Check<'t> {
    pub(super) fn of(&self, routine: Option<&Routine>, expr: &Expr) -> Option<Type> {
        types::of(self.tree, routine, expr)
    }

    /// Refuses a term of another type than is wanted; what BIRD does not know it does not refuse.
    fn must_be(&mut self, routine: Option<&Routine>, expr: &Expr, wanted: Type, what: &str) {
        let Some(found) = self.of(routine, expr) else { return };
        if found != wanted && !self.promotes(expr, wanted) {
            self.refuse(expr.span, format!("{what} must be of type {wanted}, and this is of type {found}"));
        }
    }

    pub(super) fn must_be_bool(&mut self, routine: Option<&Routine>, expr: &Expr, what: &str) {
        self.must_be(routine, expr, Type::Bool, what);
    }

    /// A constant IPv4 address stands for a quad, an empty set for a set of prefixes.
    fn promotes(&self, expr: &Expr, wanted: Type) -> bool {
        match wanted {
            Type::Quad => plain::address(self.tree, expr).is_some_and(|address| address.is_ipv4()),
            Type::PrefixSet => self.is_empty_set(expr),
            _ => false,
        }
    }

    fn is_empty_set(&self, expr: &Expr) -> bool {
        match &expr.bare().kind {
            ExprKind::Set(items) => items.is_empty(),
            ExprKind::Constant(id) => self.is_empty_set(&self.tree.constant(*id).value),
            _ => false,
        }
    }

    /// Judges one term, not what is within it.
    pub(super) fn instruction(&mut self, routine: Option<&'t Routine>, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Not(inner) => self.must_be(routine, inner, Type::Bool, "what `!` negates"),
            ExprKind::Binary(op, operands) => self.operator(routine, *op, operands, expr.span),
            ExprKind::Pair(members) => self.pair(routine, members),
            ExprKind::Ec(kind, members) => self.ec(routine, kind, members),
            ExprKind::Lc(members) => {
                members.iter().for_each(|member| {
                    self.must_be(routine, member, Type::Int, "a part of a large community")
                });
            }
            ExprKind::Call(id, arguments) => self.call(routine, *id, arguments, expr.span),
            ExprKind::BuiltInCall(name, arguments) => self.built_in(routine, name, arguments),
            ExprKind::Method(of, name, arguments) => self.method(routine, of, name, arguments.as_deref()),
            ExprKind::AttributeOf(of, _) | ExprKind::CustomAttributeOf(of, _) => {
                self.must_be(routine, of, Type::Route, "what has attributes");
            }
            _ => {}
        }
    }

    fn operator(&mut self, routine: Option<&'t Routine>, op: BinaryOp, operands: &'t [Expr; 2], span: Span) {
        match op {
            BinaryOp::Add
            | BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::BitAnd
            | BinaryOp::BitOr => {
                operands.iter().for_each(|operand| self.must_be(routine, operand, Type::Int, "an operand"));
                if op == BinaryOp::Divide
                    && plain::int(self.tree, &operands[1]) == Some(0)
                    && plain::int(self.tree, &operands[0]).is_some()
                {
                    self.refuse(span, "a division by zero");
                }
            }
            BinaryOp::And | BinaryOp::Or => {
                operands.iter().for_each(|operand| self.must_be(routine, operand, Type::Bool, "an operand"));
            }
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                self.same_types(routine, operands, span);
            }
            BinaryOp::Match | BinaryOp::NotMatch => self.constant_match(operands, span),
            BinaryOp::Concat => self.concat(routine, operands),
            BinaryOp::Equal | BinaryOp::NotEqual => {}
        }
    }

    /// Texts are joined, and byte strings, but not one with the other.
    fn concat(&mut self, routine: Option<&Routine>, operands: &[Expr; 2]) {
        match self.of(routine, &operands[0]) {
            Some(ty @ (Type::String | Type::Bytes)) => {
                self.must_be(routine, &operands[1], ty, "what is joined")
            }
            Some(ty) => {
                self.refuse(operands[0].span, format!("a value of type {ty} cannot be joined with `++`"))
            }
            None => self
                .refuse(operands[0].span, "the type of what is joined is not known; assign it to a variable"),
        }
    }

    fn same_types(&mut self, routine: Option<&Routine>, operands: &[Expr; 2], span: Span) {
        let (left, right) = (self.of(routine, &operands[0]), self.of(routine, &operands[1]));
        let (Some(left), Some(right)) = (left, right) else { return };
        if left != right && !self.promotes(&operands[0], right) && !self.promotes(&operands[1], left) {
            self.refuse(span, format!("values of types {left} and {right} are not comparable"));
        }
    }

    /// Two constants are matched when they are read, and not every pair of types can be.
    fn constant_match(&mut self, operands: &[Expr; 2], span: Span) {
        if !operands.iter().all(|operand| self.is_constant(operand)) {
            return;
        }
        let (left, right) = (self.of(None, &operands[0]), self.of(None, &operands[1]));
        let (Some(left), Some(right)) = (left, right) else { return };
        let member = self.member_type(&operands[1]);
        if !matchable(left, right, member) {
            self.refuse(span, format!("`~` does not match a value of type {left} with one of type {right}"));
        }
    }

    /// The type of a set's members; `None` for an empty set, which takes all.
    fn member_type(&self, set: &Expr) -> Option<Type> {
        match &set.bare().kind {
            ExprKind::Set(items) => types::of_item(self.tree, items.first()?),
            ExprKind::Constant(id) => self.member_type(&self.tree.constant(*id).value),
            _ => None,
        }
    }

    /// Whether a term is evaluated when it is read.
    fn is_constant(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Address(_)
            | ExprKind::Prefix(_) => true,
            ExprKind::Rd(_)
            | ExprKind::Bytes(_)
            | ExprKind::Mac(_)
            | ExprKind::Enumerator(_)
            | ExprKind::Set(_) => true,
            ExprKind::EmptyPath | ExprKind::EmptyCList | ExprKind::EmptyEcList | ExprKind::EmptyLcList => {
                true
            }
            ExprKind::Constant(_) | ExprKind::HostConstant(_) => true,
            ExprKind::Parenthesised(inner) | ExprKind::Not(inner) => self.is_constant(inner),
            ExprKind::Pair(members) | ExprKind::Ec(_, members) => {
                members.iter().all(|member| self.is_constant(member))
            }
            ExprKind::Lc(members) => members.iter().all(|member| self.is_constant(member)),
            ExprKind::Method(of, _, arguments) => {
                self.is_constant(of) && arguments.iter().flatten().all(|argument| self.is_constant(argument))
            }
            _ => false,
        }
    }

    fn pair(&mut self, routine: Option<&Routine>, members: &[Expr; 2]) {
        members.iter().for_each(|member| self.must_be(routine, member, Type::Int, "a part of a community"));
        let values: Vec<_> = members.iter().filter_map(|member| plain::int(self.tree, member)).collect();
        if values.len() == 2 && values.iter().any(|value| *value > 0xffff) {
            self.refuse(members[0].span.to(members[1].span), "a part of a community exceeds 65535");
        }
    }

    fn ec(&mut self, routine: Option<&Routine>, kind: &EcKind, members: &[Expr; 2]) {
        self.must_be(routine, &members[1], Type::Int, "the value of an extended community");
        let (key, value) = (plain::value(self.tree, &members[0]), plain::int(self.tree, &members[1]));
        let short = match &key {
            Some(Plain::Int(key)) => *key > 0xffff,
            Some(Plain::Address(address)) => address.is_ipv4(),
            _ => false,
        };
        if short && value.is_some_and(|value| value > 0xffff) && !matches!(kind, EcKind::Generic) {
            self.refuse(
                members[1].span,
                "behind a key of four bytes the value of an extended community is 65535 at most",
            );
        }
    }

    fn call(&mut self, routine: Option<&Routine>, id: RoutineId, arguments: &[Expr], span: Span) {
        let callee = self.tree.routine(id);
        if callee.parameters.len() != arguments.len() {
            let (wanted, found) = (callee.parameters.len(), arguments.len());
            return self
                .refuse(span, format!("the function takes {wanted} arguments, and {found} are given"));
        }
        if !Versions::since((0, 8), (0, 0)).accept(self.version) {
            return;
        }
        for (argument, parameter) in arguments.iter().zip(&callee.parameters) {
            if let Some(wanted) = callee.variable(*parameter).ty {
                self.must_be(routine, argument, wanted, "this argument");
            }
        }
    }

    fn built_in(&mut self, routine: Option<&Routine>, name: &Name, arguments: &[Expr]) {
        let wanted: &[usize] = match &*name.text {
            "defined" | "format" | "from_hex" => &[1],
            "prepend" | "add" | "delete" | "filter" => &[2],
            "roa_check" => &[1, 3],
            "aspa_check_upstream" | "aspa_check_downstream" => &[1],
            "aspa_check" => &[3],
            _ => return,
        };
        if !wanted.contains(&arguments.len()) {
            return self.refuse(name.span, format!("`{}` takes another number of arguments", name.text));
        }
        match (&*name.text, arguments) {
            ("from_hex", [text]) => self.must_be(routine, text, Type::String, "the argument of `from_hex`"),
            ("prepend", [path, number]) => {
                self.must_be(routine, path, Type::Path, "the first argument of `prepend`");
                self.must_be(routine, number, Type::Int, "the second argument of `prepend`");
            }
            ("add" | "delete" | "filter", [list, member]) if TYPED.accept(self.version) => {
                let receiver =
                    self.of(routine, list).filter(|_| self.receiver_has(routine, list, name, true));
                self.method_argument(routine, receiver, name, member);
            }
            ("roa_check", [_, net, asn]) => {
                self.must_be(routine, net, Type::Prefix, "the second argument of `roa_check`");
                self.must_be(routine, asn, Type::Int, "the third argument of `roa_check`");
            }
            ("aspa_check", [_, path, upstream]) => {
                self.must_be(routine, path, Type::Path, "the second argument of `aspa_check`");
                self.must_be(routine, upstream, Type::Bool, "the third argument of `aspa_check`");
            }
            _ => {}
        }
    }

    fn method(&mut self, routine: Option<&Routine>, of: &Expr, name: &Name, arguments: Option<&[Expr]>) {
        if TYPED.accept(self.version) {
            if !self.receiver_has(routine, of, name, arguments.is_some()) {
                return;
            }
        } else if !old_methods(&name.text) || (&*name.text == "mask") != arguments.is_some() {
            return self
                .refuse(name.span, format!("BIRD {} has no method `{}` in terms", self.version, name.text));
        } else if let Some(wanted) = old_receiver(&name.text) {
            self.must_be(routine, of, wanted, &format!("what `.{}` is asked of", name.text));
        }
        let receiver = self.of(routine, of);
        self.constant_net(of, name);
        self.method_arguments(routine, receiver, name, arguments.unwrap_or(&[]));
    }

    /// A method of a constant network is evaluated when it is read, and not every kind of network has each.
    fn constant_net(&mut self, of: &Expr, name: &Name) {
        let Some(net) = plain::net(self.tree, of) else { return };
        let has = match &*name.text {
            "src" | "dst" => matches!(net, Net::Flow(_) | Net::Sadr { .. }),
            "maxlen" => matches!(net, Net::Roa { .. }),
            "asn" => matches!(net, Net::Roa { .. } | Net::Aspa(_)),
            "rd" => matches!(net, Net::Vpn(..)),
            _ => true,
        };
        if !has && !matches!(net, Net::Other(_)) {
            self.refuse(name.span, format!("the network `{net}` has no `.{}`", name.text));
        }
    }

    fn method_arguments(
        &mut self,
        routine: Option<&Routine>,
        receiver: Option<Type>,
        name: &Name,
        arguments: &[Expr],
    ) {
        let takes = matches!(&*name.text, "mask" | "prepend" | "add" | "delete" | "filter");
        match arguments {
            [] if !takes => {}
            [argument] if takes => self.method_argument(routine, receiver, name, argument),
            _ => self.refuse(name.span, format!("`.{}` takes another number of arguments", name.text)),
        }
    }

    fn method_argument(
        &mut self,
        routine: Option<&Routine>,
        receiver: Option<Type>,
        name: &Name,
        argument: &Expr,
    ) {
        if matches!(&*name.text, "mask" | "prepend") {
            return self.must_be(routine, argument, Type::Int, "the argument");
        }
        let (Some(receiver), Some(found)) = (receiver, self.of(routine, argument)) else { return };
        let wanted = members(receiver, &name.text);
        if TYPED.accept(self.version) && !wanted.contains(&found) {
            self.refuse(
                argument.span,
                format!("`.{}` of a value of type {receiver} takes none of type {found}", name.text),
            );
        }
    }

    /// Whether the type of a term has a method; refuses where it has not, or is not known.
    fn receiver_has(&mut self, routine: Option<&Routine>, of: &Expr, name: &Name, called: bool) -> bool {
        let Some(ty) = self.of(routine, of) else {
            self.refuse(
                of.span,
                format!(
                    "the type of what `.{}` is asked of is not known; assign it to a variable",
                    name.text
                ),
            );
            return false;
        };
        let takes = |method: &&(&str, bool)| method.0 == &*name.text && method.1 == called;
        let has = methods(ty).iter().find(takes).is_some();
        if !has {
            self.refuse(name.span, format!("a value of type {ty} has no method `{}`", name.text));
        }
        has
    }

    /// A statement such as `bgp_path.prepend(1);`
    pub(super) fn update(&mut self, routine: &'t Routine, on: &LValue, name: &Name, arguments: &[Expr]) {
        let Some(ty) = self.of_lvalue(routine, on) else { return };
        let called = !arguments.is_empty();
        let takes = |method: &&(&str, bool)| method.0 == &*name.text && method.1 == called;
        if methods(ty).iter().find(takes).is_none() {
            return self.refuse(name.span, format!("a value of type {ty} has no method `{}`", name.text));
        }
        if !matches!(on.kind, LValueKind::Attribute(_)) {
            self.refuse_in(
                Versions::before((14, 0), (0, 0)),
                name.span,
                "before 2.14 only built-in attributes are changed by methods",
            );
        }
        self.method_arguments(Some(routine), Some(ty), name, arguments);
        self.writable(on);
        let given = types::of_method(Some(ty), &name.text);
        if let Some(given) = given.filter(|given| *given != ty) {
            self.refuse(
                name.span,
                format!("`.{}` gives a value of type {given}, which cannot be put back", name.text),
            );
        }
    }

    fn of_lvalue(&self, routine: &Routine, on: &LValue) -> Option<Type> {
        match &on.kind {
            LValueKind::Variable(id) => routine.variables.get(id.0 as usize)?.ty,
            LValueKind::Attribute(attribute) => Some(attribute.ty()),
            LValueKind::CustomAttribute(id) => Some(self.tree.attribute(*id).ty),
            LValueKind::Opaque => None,
        }
    }

    fn writable(&mut self, on: &LValue) {
        let LValueKind::Attribute(attribute) = &on.kind else { return };
        if !attribute.written().accept(self.version) {
            self.refuse(on.span, format!("filters cannot write `{}`", attribute.name()));
        }
    }

    pub(super) fn assigned(&mut self, routine: &'t Routine, to: &LValue, value: &Expr) {
        self.writable(to);
        if let Some(wanted) = self.of_lvalue(routine, to) {
            self.must_be(Some(routine), value, wanted, "what is assigned");
        }
    }

    pub(super) fn assigned_variable(&mut self, routine: &'t Routine, variable: VariableId, value: &Expr) {
        if let Some(wanted) = routine.variables.get(variable.0 as usize).and_then(|variable| variable.ty) {
            self.must_be(Some(routine), value, wanted, "what is assigned");
        }
    }

    pub(super) fn loop_variable(&mut self, routine: &'t Routine, variable: VariableId, over: &Expr) {
        let Some(list) = self.of(Some(routine), over) else { return };
        let Some(member) = types::element(list) else {
            return self.refuse(over.span, format!("a value of type {list} has no members to go through"));
        };
        let declared = routine.variables.get(variable.0 as usize).and_then(|variable| variable.ty);
        if let Some(declared) = declared.filter(|declared| *declared != member) {
            self.refuse(
                over.span,
                format!("its members are of type {member}, and the variable is of type {declared}"),
            );
        }
    }

    /// Only attributes of protocols are unset.
    pub(super) fn unset(&mut self, what: &LValue) {
        let refused = match &what.kind {
            LValueKind::Variable(_) => true,
            LValueKind::Attribute(attribute) => !attribute.unset().accept(self.version),
            LValueKind::CustomAttribute(_) => !TYPED.accept(self.version),
            LValueKind::Opaque => false,
        };
        if refused {
            self.refuse(what.span, "only an attribute of a protocol can be unset");
        }
    }

    /// Since 2.14 all `return`s of a function give one type, that of the first where none is written.
    pub(super) fn returned(&mut self, routine: &'t Routine, value: &Expr) {
        if routine.kind == RoutineKind::Term {
            return self.must_be_bool(Some(routine), value, "the term behind `where`");
        }
        let Some(wanted) = routine.returns.or(routine.inferred).filter(|_| TYPED.accept(self.version)) else {
            return;
        };
        let found = self.of(Some(routine), value);
        if found != Some(wanted) && routine.kind == RoutineKind::Function {
            let found = found.map_or("no known type".to_owned(), |found| format!("type {found}"));
            self.refuse(value.span, format!("the function returns {wanted}, and this is of {found}"));
        }
    }

    /// Judges the members of a set that is read as a constant.
    pub(super) fn set_items(&mut self, items: &'t [SetItem]) {
        for item in items {
            match item {
                SetItem::Value(bound) => self.set_value(bound),
                SetItem::Pair(bounds) => bounds.iter().for_each(|bound| self.set_number(bound, 0xffff)),
                SetItem::Ec(_, bounds) => bounds.iter().for_each(|bound| self.set_number(bound, u32::MAX)),
                SetItem::Lc(bounds) => bounds.iter().for_each(|bound| self.set_number(bound, u32::MAX)),
                SetItem::Prefix(_) | SetItem::TupleRange(_) | SetItem::Opaque(_) => {}
            }
        }
    }

    fn set_value(&mut self, bound: &Bound) {
        let values: &[Expr] = match bound {
            Bound::Any => &[],
            Bound::One(value) => std::slice::from_ref(value),
            Bound::Range(ends) => ends.as_slice(),
        };
        for value in values {
            let ty = self.of(None, value);
            let refused = ty.is_some_and(|ty| {
                !matches!(
                    ty,
                    Type::Int
                        | Type::Pair
                        | Type::Quad
                        | Type::Ip
                        | Type::Ec
                        | Type::Lc
                        | Type::Rd
                        | Type::Enum(_)
                )
            });
            if let Some(ty) = ty.filter(|_| refused) {
                self.refuse(value.span, format!("a value of type {ty} cannot be a member of a set"));
            }
        }
    }

    /// A number within a tuple of a set.
    fn set_number(&mut self, bound: &Bound, most: u32) {
        let values: &[Expr] = match bound {
            Bound::Any => &[],
            Bound::One(value) => std::slice::from_ref(value),
            Bound::Range(ends) => ends.as_slice(),
        };
        let mut numbers = Vec::new();
        for value in values {
            self.must_be(None, value, Type::Int, "a part of a tuple");
            if let Some(number) = plain::int(self.tree, value) {
                numbers.push(number);
                if number > most {
                    self.refuse(value.span, format!("{number} exceeds {most}"));
                }
            }
        }
        if let [from, to] = numbers.as_slice()
            && from > to
            && most == 0xffff
        {
            self.refuse(values[0].span, "the range ends below where it begins");
        }
    }

    /// The arms of a `case` that are plain numbers or addresses must not overlap.
    pub(super) fn overlapping(&mut self, arms: &'t [Arm]) {
        let mut ranges: Vec<(u128, u128, Span)> = Vec::new();
        for label in arms.iter().flat_map(|arm| &arm.labels) {
            ranges.extend(self.range(label));
        }
        ranges.sort_unstable_by_key(|(from, to, _)| (*from, *to));
        let overlap = ranges.windows(2).find(|pair| pair[1].0 <= pair[0].1).map(|pair| pair[1].2);
        if let Some(span) = overlap {
            self.refuse_in(Versions::since((18, 0), (2, 0)), span, "the arms of the `case` overlap");
        }
    }

    fn range(&self, label: &SetItem) -> Option<(u128, u128, Span)> {
        let number = |expr: &Expr| match (&expr.kind, plain::value(self.tree, expr)?) {
            (_, Plain::Int(number)) => Some(u128::from(number)),
            (_, Plain::Address(address)) => Some(crate::net::AddressRange::host(address).first),
            _ => None,
        };
        match label {
            SetItem::Value(Bound::One(value)) => {
                let at = number(value).or_else(|| match value.kind {
                    ExprKind::Enumerator(enumerator) => Some(u128::from(enumerator.value)),
                    _ => None,
                })?;
                Some((at, at, value.span))
            }
            SetItem::Value(Bound::Range(ends)) => Some((number(&ends[0])?, number(&ends[1])?, ends[0].span)),
            _ => None,
        }
    }
}

/// The methods of a type and whether they take arguments in parentheses, since 2.14.
fn methods(ty: Type) -> &'static [(&'static str, bool)] {
    match ty {
        Type::Prefix => &[
            ("type", false),
            ("ip", false),
            ("len", false),
            ("rd", false),
            ("src", false),
            ("dst", false),
            ("maxlen", false),
            ("asn", false),
            ("mac", false),
            ("vlan_id", false),
        ],
        Type::Ip => &[("is_v4", false), ("mask", true)],
        Type::Pair => &[("asn", false), ("data", false)],
        Type::Lc => &[("asn", false), ("data1", false), ("data2", false)],
        Type::Path => &[
            ("first", false),
            ("last", false),
            ("last_nonaggregated", false),
            ("len", false),
            ("empty", false),
            ("prepend", true),
            ("delete", true),
            ("filter", true),
        ],
        Type::CList | Type::EcList | Type::LcList => &[
            ("len", false),
            ("min", false),
            ("max", false),
            ("empty", false),
            ("add", true),
            ("delete", true),
            ("filter", true),
        ],
        _ => &[],
    }
}

/// The pairs of types that `~` takes (filter/data.c, `val_in_range`).
fn matchable(left: Type, right: Type, member: Option<Type>) -> bool {
    let is = |wanted: &[Type]| member.is_none_or(|member| wanted.contains(&member));
    match (left, right) {
        (Type::String, Type::String) | (Type::Path, Type::Mask) | (Type::Int, Type::Path) => true,
        (Type::Pair | Type::Quad | Type::Ip, Type::CList)
        | (Type::Ec, Type::EcList)
        | (Type::Lc, Type::LcList) => true,
        (Type::Ip | Type::Prefix, Type::Prefix) | (Type::Prefix, Type::PrefixSet) => true,
        (Type::Path, Type::Set) => is(&[Type::Int]),
        (Type::CList, Type::Set) => is(&[Type::Pair, Type::Quad, Type::Ip]),
        (Type::EcList, Type::Set) => is(&[Type::Ec]),
        (Type::LcList, Type::Set) => is(&[Type::Lc]),
        (_, Type::Set) => true,
        _ => false,
    }
}

/// The types that `add`, `delete` and `filter` take for each list.
fn members(list: Type, method: &str) -> &'static [Type] {
    match (list, method) {
        (Type::Path, "delete") => &[Type::Int, Type::Set],
        (Type::Path, "filter") => &[Type::Set],
        (Type::CList, "add") => &[Type::Pair, Type::Quad, Type::Ip, Type::CList],
        (Type::CList, "delete") => &[Type::Pair, Type::Quad, Type::Ip, Type::Set, Type::CList],
        (Type::CList, "filter") => &[Type::Set, Type::CList],
        (Type::EcList, "add") => &[Type::Ec, Type::EcList],
        (Type::EcList, "delete") => &[Type::Ec, Type::Set, Type::EcList],
        (Type::EcList, "filter") => &[Type::Set, Type::EcList],
        (Type::LcList, "add") => &[Type::Lc, Type::LcList],
        (Type::LcList, "delete") => &[Type::Lc, Type::Set, Type::LcList],
        (Type::LcList, "filter") => &[Type::Set, Type::LcList],
        _ => &[],
    }
}

/// The methods that terms had before 2.14.
fn old_methods(name: &str) -> bool {
    matches!(
        name,
        "is_v4"
            | "type"
            | "ip"
            | "rd"
            | "len"
            | "maxlen"
            | "asn"
            | "src"
            | "dst"
            | "mask"
            | "first"
            | "last"
            | "last_nonaggregated"
            | "data"
            | "data1"
            | "data2"
            | "min"
            | "max"
    )
}

/// What those methods wanted; some looked only when they ran.
fn old_receiver(name: &str) -> Option<Type> {
    Some(match name {
        "is_v4" | "mask" => Type::Ip,
        "ip" | "rd" | "maxlen" | "src" | "dst" => Type::Prefix,
        "first" | "last" | "last_nonaggregated" => Type::Path,
        "data" => Type::Pair,
        "data1" | "data2" => Type::Lc,
        _ => return None,
    })
}
