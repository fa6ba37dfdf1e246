//! One value of each type: what an operation makes of it tells the type of the result and whether it fails.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::bird::eval::value::{Address, Large, Path, Value};
use crate::bird::tree::{Enumerator, Net, Type};
use crate::net::Family;

/// A value of a type, `None` for types of which no attribute is.
pub(crate) fn of(ty: Type) -> Option<Value> {
    Some(match ty {
        Type::Bool => Value::Bool(true),
        Type::Int => Value::Int(1),
        Type::Ip => Value::Ip(Address::from_v4(Ipv4Addr::new(192, 0, 2, 1).into())),
        Type::Prefix => Value::Prefix(Arc::new(Net::Ip(Family::V4.default_prefix()))),
        Type::Rd => Value::Rd(1),
        Type::Pair => Value::Pair(1),
        Type::Quad => Value::Quad(1),
        Type::Ec => Value::Ec(1),
        Type::Lc => Value::Lc(Large::default()),
        Type::Mac => Value::Mac([0; 6]),
        Type::String => Value::string("x"),
        Type::Bytes | Type::Void => Value::Bytes(Arc::from([0u8])),
        Type::Path => Value::path(Path::sequence([1])),
        Type::CList => Value::CList(Arc::new(vec![1])),
        Type::EcList => Value::EcList(Arc::new(vec![1])),
        Type::LcList => Value::LcList(Arc::new(vec![Large::default()])),
        Type::Enum(ty) => Value::Enum(Enumerator { ty, value: 1 }),
        Type::Route => Value::Route,
        Type::Mask | Type::Set | Type::EcSet | Type::LcSet | Type::PrefixSet => return None,
    })
}
