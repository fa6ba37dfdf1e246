//! Flow specifications in BIRD's own notation, whatever way they were written (`lib/flowspec.c`).

use ipnet::IpNet;

/// The parts in the order in which BIRD keeps them, and whether they are bit masks.
const PARTS: [(&str, Part); 15] = [
    ("dst", Part::Prefix),
    ("src", Part::Prefix),
    ("proto", Part::Numbers),
    ("next header", Part::Numbers),
    ("port", Part::Numbers),
    ("dport", Part::Numbers),
    ("sport", Part::Numbers),
    ("icmp type", Part::Numbers),
    ("icmp code", Part::Numbers),
    ("tcp flags", Part::Bits),
    ("length", Part::Numbers),
    ("dscp", Part::Numbers),
    ("fragment", Part::Bits),
    ("label", Part::Numbers),
    ("flow label", Part::Numbers),
];

/// What a part holds.
#[derive(Clone, Copy)]
enum Part {
    Prefix,
    Numbers,
    Bits,
}

/// The specification as BIRD prints it: parts in order, `=` left out, ranges and lists closed up.
pub(super) fn normalised(text: &str) -> String {
    let Some((head, body)) = text.split_once('{') else { return text.to_owned() };
    let parts: String = parts(body).into_iter().map(|(_, text)| text).collect();
    format!("{} {{ {parts}}}", head.trim())
}

/// The prefix of a part, `dst` or `src`, as BIRD keeps it: the first one, without the bits before an offset.
pub fn side(text: &str, word: &str) -> Option<IpNet> {
    let parts = parts(text.split_once('{')?.1);
    let written = parts.iter().find_map(|(_, text)| text.strip_prefix(word)?.strip_prefix(' '))?;
    written.split([' ', ';']).next()?.parse().ok()
}

/// The parts in BIRD's order; of two of a kind it keeps the first.
fn parts(body: &str) -> Vec<(usize, String)> {
    let mut parts: Vec<(usize, String)> = Vec::new();
    for part in body.trim_end().trim_end_matches('}').split(';') {
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        let known =
            PARTS.iter().position(|(word, _)| part.strip_prefix(word).is_some_and(|rest| !continues(rest)));
        if let Some(at) = known {
            let (word, kind) = PARTS[at];
            parts.push((at, format!("{word} {}; ", value(part[word.len()..].trim(), kind))));
        }
    }
    parts.sort_by_key(|(at, _)| *at);
    parts.dedup_by_key(|(at, _)| *at);
    parts
}

fn continues(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn value(text: &str, kind: Part) -> String {
    match kind {
        Part::Prefix => prefix(text),
        Part::Numbers => numbers(text),
        Part::Bits => bits(text),
    }
}

/// An offset takes the bits before it out of the prefix.
fn prefix(text: &str) -> String {
    let parts = text.split_once(" offset ").and_then(|(prefix, offset)| {
        let prefix: ipnet::Ipv6Net = prefix.trim().parse().ok()?;
        let offset: u32 = offset.trim().parse().ok()?;
        let kept = u128::from(prefix.addr()) & u128::MAX.checked_shr(offset).unwrap_or(0);
        Some(format!("{}/{} offset {offset}", super::address::v6_text(kept), prefix.prefix_len()))
    });
    parts.unwrap_or_else(|| text.to_owned())
}

/// `= 5` is `5`, hexadecimal is decimal; commas and ranges stand close.
fn numbers(text: &str) -> String {
    let spaced = ["&&", "||", ",", "..", "!=", "<=", ">="]
        .iter()
        .fold(text.to_owned(), |text, sign| text.replace(sign, &format!(" {sign} ")));
    let mut written = String::new();
    for word in spaced.split_whitespace().filter(|word| *word != "=") {
        let word = word.trim_start_matches('=');
        let number = word.strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let word = number.map_or_else(|| word.to_owned(), |number| number.to_string());
        let close =
            matches!(word.as_str(), "," | "..") || written.ends_with([',', '.']) || written.is_empty();
        written += if close { "" } else { " " };
        written += &word;
    }
    written
}

/// `3/15` asks two bits to be set and two to be clear, which are two conditions to BIRD.
fn bits(text: &str) -> String {
    let one = |word: &str| match word {
        "&&" | "||" => word.to_owned(),
        word => condition(word).unwrap_or_else(|| word.to_owned()),
    };
    text.split_whitespace().map(one).collect::<Vec<_>>().join(" ")
}

fn condition(word: &str) -> Option<String> {
    let (negated, plain) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    let (value, mask) = plain.split_once('/')?;
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse::<u32>().ok(),
    };
    let (mask, sign) = (number(mask)?, if negated { "!" } else { "" });
    let (set, clear) = (number(value)? & mask, mask & !number(value)?);
    Some(match (set, clear) {
        (0, clear) => format!("{sign}0x0/0x{clear:x}"),
        (set, 0) => format!("{sign}0x{set:x}/0x{set:x}"),
        (set, clear) if negated => format!("!0x{set:x}/0x{set:x} || !0x0/0x{clear:x}"),
        (set, clear) => format!("0x{set:x}/0x{set:x} && 0x0/0x{clear:x}"),
    })
}

#[cfg(test)]
mod tests {
    use super::normalised;

    /// What `birdc eval` prints (measured on 2.0.12 to 3.4.0).
    #[test]
    fn prints_as_bird_prints() {
        let cases = [
            ("flow4 { dst 10.0.0.0/8; proto = 23; }", "flow4 { dst 10.0.0.0/8; proto 23; }"),
            (
                "flow4 { dport > 24 && < 30 || 40..50,60..70,80; dst 10.0.0.0/8; }",
                "flow4 { dst 10.0.0.0/8; dport > 24 && < 30 || 40..50,60..70,80; }",
            ),
            ("flow4 { tcp flags 0x03/0x0f; }", "flow4 { tcp flags 0x3/0x3 && 0x0/0xc; }"),
            ("flow4 { tcp flags !0/0xff || 0x33/0x33; }", "flow4 { tcp flags !0x0/0xff || 0x33/0x33; }"),
            ("flow6 { label 0x10; next header 23; }", "flow6 { next header 23; label 16; }"),
        ];
        for (text, printed) in cases {
            assert_eq!(normalised(text), printed);
        }
    }
}
