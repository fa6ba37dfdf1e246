//! The constants that BIRD makes of the host's /etc/iproute2 (sysdep/unix/main.c, `read_iproute_table`).

use super::files::{Files, Span, Text};
use super::plain::Plain;
use super::tree::{Constant, Expr, ExprKind, Name, Type};

/// The files and what their names are called by.
const TABLES: [(&str, &str); 4] = [
    ("/etc/iproute2/rt_protos", "ipp_"),
    ("/etc/iproute2/rt_realms", "ipr_"),
    ("/etc/iproute2/rt_scopes", "ips_"),
    ("/etc/iproute2/rt_tables", "ipt_"),
];

/// The constants of the host; none where its files are not to be had.
pub(super) fn constants(files: &Files) -> Vec<Constant> {
    let lines = |(path, prefix): (&str, &str)| {
        let text = files.text(path);
        let constants =
            |text: Text| text.lines().filter_map(|line| constant(line, prefix)).collect::<Vec<_>>();
        text.map(constants).unwrap_or_default()
    };
    let mut all: Vec<Constant> = TABLES.into_iter().flat_map(lines).collect();
    all.sort_by(|a, b| a.name.text.cmp(&b.name.text));
    all.dedup_by(|later, first| later.name.text == first.name.text);
    all
}

/// `254 main`, `0x10 name`
fn constant(line: &str, prefix: &str) -> Option<Constant> {
    let mut words = line.split_whitespace();
    let number = words.next()?;
    let value = match number.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = words.next()?.chars().map(letter).collect();
    let span = Span::default();
    let name = Name { text: format!("{prefix}{name}").into(), span };
    let (ty, plain) = (Some(Type::Int), Some(Plain::Int(value)));
    Some(Constant { name, value: Expr { kind: ExprKind::Number(value), span }, ty, plain })
}
