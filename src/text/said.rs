//! What decoders of JSON and TOML say is wrong, in the words of the files instead of the program's types.

/// What the decoders call the values of a kind, and what a person calls them.
const KINDS: [(&str, &str); 18] = [
    ("u8", "a number from 0 to 255"),
    ("u16", "a number from 0 to 65535"),
    ("u32", "a number from 0 to 4294967295"),
    ("u64", "a number, not negative"),
    ("usize", "a number, not negative"),
    ("i8", "a small number"),
    ("i32", "a number"),
    ("i64", "a number"),
    ("f64", "a number"),
    ("a boolean", "`true` or `false`"),
    ("boolean", "`true` or `false`"),
    ("a sequence", "a list"),
    ("a borrowed string", "a string"),
    ("a map", "an object"),
    ("IP network address", "a prefix such as `10.0.0.0/8` or `fd53:101::/32`"),
    ("IP address", "an address"),
    ("IP socket address", "an address with a port"),
    ("null", "nothing"),
];

/// A decoder's message, on one line, without the names of the program's types.
///
/// `object` is what the format calls values with names: an object in JSON, a table in TOML.
pub fn said(message: &str, object: &str) -> String {
    let message = message.trim().replace('\n', ", ");
    for start in ["invalid type: ", "invalid value: ", "invalid length "] {
        if let Some((found, wanted)) =
            message.strip_prefix(start).and_then(|rest| rest.split_once(", expected "))
        {
            let found =
                if start == "invalid length " { format!("a list of {found}") } else { value(found, object) };
            return format!("{found} stands where {} is wanted", kind(wanted, object));
        }
    }
    match message.strip_prefix("EOF while parsing ") {
        Some("a value") => "the text ends where a value is wanted".to_owned(),
        Some(within) => format!("the text ends within {within}"),
        None => match message.as_str() {
            "invalid IP address syntax" => "no address or prefix is written like this".to_owned(),
            "expected value" => "a value is wanted".to_owned(),
            _ => message.replace("unknown variant", "unknown word"),
        },
    }
}

/// A value as a decoder describes it: `string "x"`, ``integer `3` ``, `map`.
fn value(found: &str, object: &str) -> String {
    let quoted = ["string ", "integer ", "floating point ", "boolean ", "character "];
    match quoted.into_iter().find_map(|word| found.strip_prefix(word)) {
        Some(text) => text.to_owned(),
        None => match found {
            "map" => article(object),
            "sequence" => "a list".to_owned(),
            "null" | "unit value" | "Option value" => "nothing".to_owned(),
            other => other.to_owned(),
        },
    }
}

fn kind(wanted: &str, object: &str) -> String {
    let is_own_type = ["struct ", "enum ", "variant ", "tuple variant ", "struct variant "];
    if wanted == "a map" || is_own_type.into_iter().any(|word| wanted.starts_with(word)) {
        return article(object);
    }
    if wanted.starts_with("a tuple") || wanted.starts_with("tuple") {
        return "a list".to_owned();
    }
    KINDS
        .iter()
        .find(|(word, _)| *word == wanted)
        .map_or_else(|| wanted.to_owned(), |(_, words)| (*words).to_owned())
}

fn article(noun: &str) -> String {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { format!("an {noun}") } else { format!("a {noun}") }
}
