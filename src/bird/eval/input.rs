//! Routes from the command line and from JSON: `net=10.0.0.0/8 source=RTS_BGP bgp_path="64512 64513"`.

use std::sync::Arc;

use serde_json::Value as Json;

use super::route::{Attribute, Route};
use super::value::{Address, Large, Path, Segment, SegmentKind, Value};
use crate::bird::tree::{
    BuiltIn, EnumType, Enumerator, Net, RouteDistinguisher, SadrNet, Tree, Type, VpnNet,
};

impl Route {
    /// The route of words `name=value`; `net` is the only one that must be there.
    ///
    /// Custom attributes take their types from the configuration.
    pub fn from_words(
        words: impl IntoIterator<Item = impl AsRef<str>>,
        tree: &Tree,
    ) -> Result<Route, String> {
        let mut pairs = Vec::new();
        for word in words {
            let word = word.as_ref();
            let pair = word.split_once('=');
            let (name, text) = pair.ok_or_else(|| format!("`{word}` is not of the form `name=value`"))?;
            pairs.push((name.trim().to_owned(), text.trim().trim_matches('"').to_owned()));
        }
        Route::from_texts(&pairs, tree)
    }

    /// The route of a JSON object: values are texts, numbers, bools, or arrays of AS numbers or communities.
    pub fn from_json(json: &Json, tree: &Tree) -> Result<Route, String> {
        let object = json.as_object().ok_or("a route is a JSON object, `{ \"net\": \"10.0.0.0/8\" }`")?;
        let pairs: Vec<(String, String)> =
            object.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
        Route::from_texts(&pairs, tree)
    }

    fn from_texts(pairs: &[(String, String)], tree: &Tree) -> Result<Route, String> {
        let twice = pairs
            .iter()
            .enumerate()
            .find(|(at, (name, _))| pairs[..*at].iter().any(|(other, _)| other == name));
        if let Some((_, (name, _))) = twice {
            return Err(format!("`{name}` is given twice; ask about one route at a time"));
        }
        let net = pairs.iter().find(|(name, _)| name == "net").ok_or("a route needs `net=PREFIX`")?;
        let mut route = Route::new(network(&net.1)?);
        for (name, text) in pairs.iter().filter(|(name, _)| name != "net") {
            let (attribute, ty) = attribute(name, tree)?;
            let value =
                value(text, ty).ok_or_else(|| format!("`{name}={text}`: this is no {}", shape(ty)))?;
            route.set(attribute, value);
        }
        Ok(route)
    }
}

fn attribute(name: &str, tree: &Tree) -> Result<(Attribute, Type), String> {
    if let Some(built_in) = BuiltIn::named(name) {
        return Ok((Attribute::BuiltIn(built_in), built_in.ty()));
    }
    let custom = tree.attributes.iter().find(|custom| &*custom.name.text == name);
    let custom = custom
        .ok_or_else(|| format!("`{name}` is no attribute of BIRD's and none of this configuration's"))?;
    Ok((Attribute::Custom(custom.name.text.clone()), custom.ty))
}

/// JSON in the notation of the command line.
fn plain(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Array(items) => {
            let texts: Vec<String> =
                items.iter().map(|item| tuple(item).unwrap_or_else(|| plain(item))).collect();
            texts.join(" ")
        }
        other => other.to_string(),
    }
}

/// `[65000, 1]` within a list is a community.
fn tuple(json: &Json) -> Option<String> {
    let parts: Vec<String> = json.as_array()?.iter().map(plain).collect();
    Some(format!("({})", parts.join(",")))
}

/// A network in BIRD's notation.
pub(super) fn network(text: &str) -> Result<Net, String> {
    let wrong = || format!("`{text}` is no network, which looks like `10.0.0.0/8` or `2001:db8::/32`");
    let prefix = |text: &str| text.trim().parse::<ipnet::IpNet>().ok().filter(|p| p.addr() == p.network());
    if let Some((destination, source)) = text.split_once(" from ") {
        let (Some(ipnet::IpNet::V6(dst)), Some(ipnet::IpNet::V6(src))) =
            (prefix(destination), prefix(source))
        else {
            return Err(wrong());
        };
        return Ok(Net::Sadr(Box::new(SadrNet { dst, src })));
    }
    if let Some((rd, rest)) = text.split_once(' ') {
        let rd = distinguisher(rd).ok_or_else(wrong)?;
        let prefix = prefix(rest).ok_or_else(wrong)?;
        return Ok(Net::Vpn(Box::new(VpnNet { rd: RouteDistinguisher(rd), prefix })));
    }
    prefix(text).map(Net::Ip).ok_or_else(wrong)
}

fn distinguisher(text: &str) -> Option<u64> {
    let (key, value) = text.split_once(':')?;
    let value: u64 = value.parse().ok()?;
    match key.parse::<u32>() {
        Ok(asn) if asn <= 0xffff => Some((u64::from(asn) << 32) | value),
        Ok(asn) => Some((2 << 48) | (u64::from(asn) << 16) | value),
        Err(_) => {
            Some((1 << 48) | (u64::from(u32::from(key.parse::<std::net::Ipv4Addr>().ok()?)) << 16) | value)
        }
    }
}

fn value(text: &str, ty: Type) -> Option<Value> {
    match ty {
        Type::Bool => match text {
            "true" | "yes" | "on" => Some(Value::Bool(true)),
            "false" | "no" | "off" => Some(Value::Bool(false)),
            _ => None,
        },
        Type::Int => number(text).map(Value::Int),
        Type::Ip => text.parse().ok().map(|address: std::net::IpAddr| Value::Ip(Address::from(address))),
        Type::Quad => text.parse().ok().map(|address: std::net::Ipv4Addr| Value::Quad(address.into())),
        Type::Prefix => network(text).ok().map(|net| Value::Prefix(Arc::new(net))),
        Type::Rd => distinguisher(text).map(Value::Rd),
        Type::Pair => pair(text).map(Value::Pair),
        Type::Ec => extended(text).map(Value::Ec),
        Type::Lc => large(text).map(Value::Lc),
        Type::String => Some(Value::string(text)),
        Type::Bytes | Type::Void => bytes(text),
        Type::Path => path(text).map(Value::path),
        Type::CList => {
            tuples(text, |text| pair(text).or_else(|| quad(text))).map(|list| Value::CList(Arc::new(list)))
        }
        Type::EcList => tuples(text, extended).map(|list| Value::EcList(Arc::new(list))),
        Type::LcList => tuples(text, large).map(|list| Value::LcList(Arc::new(list))),
        Type::Enum(ty) => enumerator(text, ty).map(Value::Enum),
        Type::Mac | Type::Mask | Type::Route | Type::Set | Type::EcSet | Type::LcSet | Type::PrefixSet => {
            None
        }
    }
}

/// What a person should have written.
fn shape(ty: Type) -> String {
    let example = match ty {
        Type::Int => "number, `42`",
        Type::Ip | Type::Quad => "address, `192.0.2.1`",
        Type::Path => "path, `\"64512 64513 {64514 64515}\"`",
        Type::CList => "list, `\"(65000,1) (65000,2)\"`",
        Type::EcList => "list, `\"(rt,65000,1)\"`",
        Type::LcList => "list, `\"(65000,1,2)\"`",
        Type::Enum(EnumType::Source) => "source, `RTS_BGP`",
        Type::Enum(EnumType::Destination) => "destination, `RTD_UNREACHABLE`",
        other => return other.to_string(),
    };
    example.to_owned()
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn quad(text: &str) -> Option<u32> {
    text.parse().ok().map(|address: std::net::Ipv4Addr| address.into())
}

fn enumerator(text: &str, ty: EnumType) -> Option<Enumerator> {
    Enumerator::named(text).map(|(enumerator, _)| enumerator).filter(|enumerator| enumerator.ty == ty)
}

fn bytes(text: &str) -> Option<Value> {
    let digits = text.strip_prefix("hex:").unwrap_or(text).replace(':', "");
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect::<Option<Vec<u8>>>().map(|bytes| Value::Bytes(bytes.into()))
}

/// `(1,2)` or `1:2`, with the parts that it has.
fn parts(text: &str) -> Vec<&str> {
    let inner = text.trim_start_matches('(').trim_end_matches(')');
    inner.split([',', ':']).map(str::trim).collect()
}

fn pair(text: &str) -> Option<u32> {
    match parts(text).as_slice() {
        [asn, data] => {
            let (asn, data) = (asn.parse::<u16>().ok()?, data.parse::<u16>().ok()?);
            Some((u32::from(asn) << 16) | u32::from(data))
        }
        _ => None,
    }
}

fn large(text: &str) -> Option<Large> {
    match parts(text).as_slice() {
        [asn, data1, data2] => {
            Some(Large { asn: number(asn)?, data1: number(data1)?, data2: number(data2)? })
        }
        _ => None,
    }
}

fn extended(text: &str) -> Option<u64> {
    use super::value::community::{EcKey, EcType, extended};
    let [kind, key, value] = parts(text)[..] else { return None };
    let ty = match kind {
        "rt" => EcType::Number(2),
        "ro" => EcType::Number(3),
        "generic" => EcType::Generic,
        other => EcType::Number(number(other.strip_prefix("unknown")?.trim())?),
    };
    let key = quad(key).map(EcKey::Address).or_else(|| number(key).map(EcKey::Number))?;
    let value = number(value)?;
    (value <= super::literal::ec_limit(ty, key)).then(|| extended(ty, key, value))
}

/// A list of tuples: blanks may stand within their parentheses too.
fn tuples<T>(text: &str, one: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let mut list = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end =
            if rest.starts_with('(') { rest.find(')')? + 1 } else { rest.find(' ').unwrap_or(rest.len()) };
        list.push(one(&rest[..end])?);
        rest = rest[end..].trim_start_matches([' ', ',']);
    }
    Some(list)
}

/// `1 2 {3 4} (5 6)`: AS numbers, sets in braces, confederation segments in parentheses.
fn path(text: &str) -> Option<Path> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut kind = SegmentKind::Sequence;
    let spaced = text.replace("({", " [ ").replace("})", " ] ");
    let spaced = ['{', '}', '(', ')'].iter().fold(spaced, |text, c| text.replace(*c, &format!(" {c} ")));
    for word in spaced.split_whitespace() {
        kind = match word {
            "{" => SegmentKind::Set,
            "(" => SegmentKind::ConfedSequence,
            "[" => SegmentKind::ConfedSet,
            "}" | ")" | "]" => SegmentKind::Sequence,
            asn => {
                let asn = number(asn)?;
                match segments.last_mut() {
                    Some(last) if last.kind == kind => last.asns.push(asn),
                    _ => segments.push(Segment { kind, asns: vec![asn] }),
                }
                continue;
            }
        };
    }
    Some(Path { segments })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_make_a_route() {
        let words =
            ["net=10.0.0.0/8", "source=RTS_BGP", "bgp_path=\"64512 {1 2}\"", "bgp_community=(1,2) 3:4"];
        let route = Route::from_words(words, &Tree::default()).unwrap();
        let text = |name| route.get_named(name).unwrap().text(crate::bird::version::Version::DEFAULT);
        assert_eq!(text("bgp_path"), "(path 64512 {1 2})");
        assert_eq!(text("bgp_community"), "(clist (1,2) (3,4))");
        assert_eq!(text("net"), "10.0.0.0/8");
    }

    #[test]
    fn wrong_words_are_told_apart() {
        let error = |words: &[&str]| Route::from_words(words.iter().copied(), &Tree::default()).unwrap_err();
        assert_eq!(error(&["source=RTS_BGP"]), "a route needs `net=PREFIX`");
        assert!(error(&["net=10.0.0.1/8"]).contains("is no network"));
        assert!(error(&["net=10.0.0.0/8", "bgp_pth=1"]).contains("`bgp_pth` is no attribute"));
        assert!(error(&["net=10.0.0.0/8", "bgp_med=x"]).contains("this is no number"));
    }
}
