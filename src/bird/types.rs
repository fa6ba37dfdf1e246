//! The static types of terms, as far as BIRD knows them before it runs anything (filter/f-inst.c).

use super::tree::{
    BinaryOp, Command, CommandKind, EnumType, Expr, ExprKind, Routine, RoutineId, SetItem, Tree, Type,
};

/// The type of a term; `None` where BIRD does not know it before it runs. An attribute without a value that filters
/// could use is of the type `Void`, which fits nothing.
pub fn of(tree: &Tree, routine: Option<&Routine>, expr: &Expr) -> Option<Type> {
    Some(match &expr.kind {
        ExprKind::Bool(_) | ExprKind::Not(_) => Type::Bool,
        ExprKind::Number(_) | ExprKind::HostConstant(_) => Type::Int,
        ExprKind::Text(_) => Type::String,
        ExprKind::Address(_) => Type::Ip,
        ExprKind::Prefix(_) => Type::Prefix,
        ExprKind::Rd(_) => Type::Rd,
        ExprKind::Bytes(_) => Type::Bytes,
        ExprKind::Mac(_) => Type::Mac,
        ExprKind::Enumerator(enumerator) => Type::Enum(enumerator.ty),
        ExprKind::Variable(id) => return routine?.variables.get(id.0 as usize)?.ty,
        ExprKind::Constant(id) => return tree.constants.get(id.0 as usize)?.ty,
        ExprKind::Attribute(attribute) | ExprKind::AttributeOf(_, attribute) => attribute.ty(),
        ExprKind::CustomAttribute(id) | ExprKind::CustomAttributeOf(_, id) => {
            tree.attributes.get(id.0 as usize)?.ty
        }
        ExprKind::Pair(_) => Type::Pair,
        ExprKind::Ec(..) => Type::Ec,
        ExprKind::Lc(_) => Type::Lc,
        ExprKind::Set(items) => of_set(items),
        ExprKind::Mask(_) => Type::Mask,
        ExprKind::EmptyPath => Type::Path,
        ExprKind::EmptyCList => Type::CList,
        ExprKind::EmptyEcList => Type::EcList,
        ExprKind::EmptyLcList => Type::LcList,
        ExprKind::Binary(op, operands) => return of_operator(*op, || of(tree, routine, &operands[0])),
        ExprKind::Parenthesised(inner) => return of(tree, routine, inner),
        ExprKind::Call(id, _) => return of_call(tree, *id).filter(|_| !tree.types_late),
        ExprKind::BuiltInCall(call) => {
            let first = call.arguments.first().and_then(|first| of(tree, routine, first));
            return of_built_in(&call.name.text, first);
        }
        ExprKind::Method(call) if tree.types_late && matches!(&*call.name.text, "min" | "max") => {
            return None;
        }
        ExprKind::Method(call) => return of_method(of(tree, routine, &call.on), &call.name.text),
        ExprKind::Table(_) | ExprKind::Undefined(_) | ExprKind::Opaque => return None,
    })
}

fn of_set(items: &[SetItem]) -> Type {
    match items.first() {
        Some(SetItem::Prefix(_)) => Type::PrefixSet,
        Some(_) | None => Type::Set,
    }
}

fn of_operator(op: BinaryOp, first: impl FnOnce() -> Option<Type>) -> Option<Type> {
    Some(match op {
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => Type::Int,
        BinaryOp::BitAnd | BinaryOp::BitOr => Type::Int,
        BinaryOp::And | BinaryOp::Or => Type::Bool,
        BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::Match | BinaryOp::NotMatch => Type::Bool,
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => Type::Bool,
        BinaryOp::Concat => return first(),
    })
}

/// The type of a call: written, or that of the function's first `return`.
fn of_call(tree: &Tree, id: RoutineId) -> Option<Type> {
    let routine = tree.routines.get(id.0 as usize)?;
    routine.returns.or(routine.inferred)
}

fn of_built_in(name: &str, first: Option<Type>) -> Option<Type> {
    Some(match name {
        "defined" => Type::Bool,
        "format" => Type::String,
        "from_hex" => Type::Bytes,
        "roa_check" => Type::Enum(EnumType::Roa),
        "aspa_check" | "aspa_check_upstream" | "aspa_check_downstream" => Type::Enum(EnumType::Aspa),
        _ => return first,
    })
}

/// The type of a method's value; `None` for a method that the receiver lacks.
pub(super) fn of_method(receiver: Option<Type>, name: &str) -> Option<Type> {
    let by_name = match name {
        "len" | "first" | "last" | "last_nonaggregated" | "asn" | "data" | "data1" | "data2" | "maxlen" => {
            Some(Type::Int)
        }
        "is_v4" => Some(Type::Bool),
        "ip" | "mask" => Some(Type::Ip),
        "type" => Some(Type::Enum(EnumType::NetType)),
        "src" | "dst" => Some(Type::Prefix),
        "rd" => Some(Type::Rd),
        "mac" => Some(Type::Mac),
        "vlan_id" | "evpn_tag" => Some(Type::Int),
        "evpn_type" => Some(Type::Enum(EnumType::EvpnType)),
        "evpn_esi" => Some(Type::Bytes),
        "router_ip" => Some(Type::Ip),
        _ => None,
    };
    by_name.or_else(|| match name {
        "min" | "max" => receiver.and_then(element),
        "empty" | "prepend" | "add" | "delete" | "filter" | "reset" | "append" => receiver,
        _ => None,
    })
}

/// The type of a list's members.
pub(super) fn element(list: Type) -> Option<Type> {
    Some(match list {
        Type::Path => Type::Int,
        Type::CList => Type::Pair,
        Type::EcList => Type::Ec,
        Type::LcList => Type::Lc,
        _ => return None,
    })
}

/// The type of the first `return` whose type is known.
pub(super) fn inferred(tree: &Tree, routine: &Routine) -> Option<Type> {
    fn first(tree: &Tree, routine: &Routine, commands: &[Command]) -> Option<Type> {
        commands.iter().find_map(|command| match &command.kind {
            CommandKind::Return(Some(value)) => of(tree, Some(routine), value),
            CommandKind::Block(inner) => first(tree, routine, inner),
            CommandKind::If { then, otherwise, .. } => first(tree, routine, std::slice::from_ref(then))
                .or_else(|| first(tree, routine, std::slice::from_ref(otherwise.as_deref()?))),
            CommandKind::For { body, .. } => first(tree, routine, std::slice::from_ref(body)),
            CommandKind::Case { arms, .. } => arms.iter().find_map(|arm| first(tree, routine, &arm.commands)),
            _ => None,
        })
    }
    first(tree, routine, &routine.body)
}
