//! Methods of terms and statements: which types have them, and what they take.

use super::Check;
use super::instruction::TYPED;
use crate::bird::tree::{AttributeClass, Expr, LValue, LValueKind, Name, Routine, Type};
use crate::bird::types;
use crate::bird::version::Versions;

impl<'t> Check<'t> {
    pub(super) fn method(
        &mut self,
        routine: Option<&Routine>,
        of: &'t Expr,
        name: &Name,
        arguments: Option<&'t [Expr]>,
    ) {
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
        self.method_arguments(routine, receiver, name, arguments.unwrap_or(&[]));
    }

    fn method_arguments(
        &mut self,
        routine: Option<&Routine>,
        receiver: Option<Type>,
        name: &Name,
        arguments: &'t [Expr],
    ) {
        let takes = matches!(&*name.text, "mask" | "prepend" | "append" | "add" | "delete" | "filter");
        match arguments {
            [] if !takes => {}
            [argument] if takes => self.method_argument(routine, receiver, name, argument),
            _ => self.refuse(name.span, format!("`.{}` takes another number of arguments", name.text)),
        }
    }

    pub(super) fn method_argument(
        &mut self,
        routine: Option<&Routine>,
        receiver: Option<Type>,
        name: &Name,
        argument: &'t Expr,
    ) {
        if matches!(&*name.text, "mask" | "prepend") {
            return self.must_be(routine, argument, Type::Int, "the argument");
        }
        let (Some(receiver), Some(found)) = (receiver, self.of(routine, argument)) else { return };
        let wanted = members(receiver, &name.text);
        // A number stands for the pair of its 32 bits; 3.0 and 3.1 refused it.
        let number = receiver == Type::CList && found == Type::Int && &*name.text != "filter";
        let takes = wanted.contains(&found) || number && self.version.reaches((0, 0), (2, 0));
        if TYPED.accept(self.version) && !takes {
            self.refuse(
                argument.span,
                format!("`.{}` of a value of type {receiver} takes none of type {found}", name.text),
            );
        }
    }

    /// Whether the type of a term has a method; refuses where it has not, or is not known.
    pub(super) fn receiver_has(
        &mut self,
        routine: Option<&Routine>,
        of: &'t Expr,
        name: &Name,
        called: bool,
    ) -> bool {
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
        let has = self.methods(ty).iter().find(takes).is_some();
        if !has {
            self.refuse(name.span, format!("a value of type {ty} has no method `{}`", name.text));
        }
        has
    }

    /// The methods of a type; texts and byte strings have theirs since 2.18 and 3.2, and networks some since 2.19 and 3.3.
    fn methods(&self, ty: Type) -> &'static [(&'static str, bool)] {
        match ty {
            Type::String | Type::Bytes if !self.version.reaches((18, 0), (2, 0)) => &[],
            Type::Prefix if !self.version.reaches((19, 0), (3, 0)) => {
                &methods(ty)[..methods(ty).len() - OF_ETHERNET]
            }
            ty => methods(ty),
        }
    }

    /// A statement such as `bgp_path.prepend(1);`
    pub(super) fn update(&mut self, routine: &'t Routine, on: &LValue, name: &Name, arguments: &'t [Expr]) {
        let Some(ty) = self.of_lvalue(routine, on) else { return };
        // Before 2.14 these look at the type when they run.
        let late = matches!(&*name.text, "add" | "delete" | "filter") && !TYPED.accept(self.version);
        if late
            && matches!(on.kind, LValueKind::Attribute(attribute) if attribute.class() != AttributeClass::Static)
        {
            return self.method_arguments(Some(routine), Some(ty), name, arguments);
        }
        if &*name.text == "mask" {
            let versions = Versions::before((14, 0), (0, 0));
            self.refuse_in(versions, name.span, "before 2.14 no command changes an address by `.mask`");
        }
        let called = !arguments.is_empty();
        let takes = |method: &&(&str, bool)| method.0 == &*name.text && method.1 == called;
        if self.methods(ty).iter().find(takes).is_none() {
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
}

/// The types that `add`, `delete` and `filter` take for each list.
fn members(list: Type, method: &str) -> &'static [Type] {
    match (list, method) {
        (Type::String, "append") => &[Type::String],
        (Type::Bytes, "append") => &[Type::Bytes],
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

/// How many of a network's methods, the last, ask for what Ethernet and EVPN networks have.
const OF_ETHERNET: usize = 6;

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
            ("evpn_type", false),
            ("evpn_tag", false),
            ("evpn_esi", false),
            ("router_ip", false),
        ],
        Type::Ip => &[("is_v4", false), ("mask", true)],
        Type::String | Type::Bytes => &[("append", true)],
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
