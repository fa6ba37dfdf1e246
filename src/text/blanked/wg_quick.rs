//! The secrets of wg-quick's files, found line by line.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{Blanked, LABELS};

/// The keys whose values hold no secret by themselves (`wg-quick(8)`, `wg(8)`), in lower case.
const KNOWN: [&str; 14] = [
    "publickey",
    "allowedips",
    "endpoint",
    "persistentkeepalive",
    "address",
    "listenport",
    "fwmark",
    "table",
    "mtu",
    "dns",
    "preup",
    "postup",
    "predown",
    "postdown",
];

/// The text with its secrets replaced.
pub(super) fn blank(text: &str) -> String {
    let public = public_keys(text);
    text.split_inclusive('\n').map(|line| blank_line(line, &public)).collect()
}

/// The values of `PublicKey`, in comments too, less those that a line also calls private.
fn public_keys(text: &str) -> BTreeSet<&str> {
    let labelled = |wanted: &'static [&'static str]| {
        text.lines().filter_map(move |line| {
            let (key, value) = line.trim_start_matches(['#', ' ', '\t']).split_once('=')?;
            let value = value.split('#').next().unwrap_or("").trim();
            wanted.contains(&normal(key).as_str()).then_some(value)
        })
    };
    let private: BTreeSet<&str> = labelled(&["privatekey", "presharedkey"]).collect();
    labelled(&["publickey"]).filter(|value| !private.contains(value)).collect()
}

/// A key as `wg` compares it: without white space, in lower case.
fn normal(key: &str) -> String {
    key.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase()
}

fn blank_line(line: &str, public: &BTreeSet<&str>) -> String {
    let body = line.trim_end_matches(['\n', '\r']);
    let end = &line[body.len()..];
    let (content, comment) = body.split_at(body.find('#').unwrap_or(body.len()));
    let content = blank_keys(content, public);
    let (content, secret) = blank_value(&content);
    let comment = match secret {
        // A comment beside a key may well hold the one before it.
        Secret::Blanked => blank_words(comment),
        Secret::None => blank_label(&blank_keys(comment, public)),
    };
    content + &comment + end
}

/// Whether a line's value was a secret.
enum Secret {
    Blanked,
    None,
}

/// Replaces the value of a line `key = value` unless wg-quick knows the key as harmless.
fn blank_value(content: &str) -> (String, Secret) {
    if content.trim_start_matches('\u{feff}').trim_start().starts_with('[') {
        return (content.to_owned(), Secret::None);
    }
    let Some((key, value)) = content.split_once('=') else {
        return (blank_label(content), Secret::None);
    };
    match normal(key).as_str() {
        known if KNOWN.contains(&known) || known == "saveconfig" => (content.to_owned(), Secret::None),
        _ => (format!("{key}={}", blank_words(value)), Secret::Blanked),
    }
}

/// Replaces everything between the outer white space, if there is anything but punctuation.
fn blank_words(text: &str) -> String {
    let Some(start) = text.find(|c: char| !c.is_whitespace() && c != '#') else {
        return text.to_owned();
    };
    let end = text.trim_end().len();
    format!("{}{}{}", &text[..start], Blanked::MARK, &text[end..])
}

/// Replaces what follows a word that announces a secret (`# PrivateKey = …`, `# old psk: …`).
fn blank_label(text: &str) -> String {
    match after_label(text) {
        Some(at) => text[..at].to_owned() + &blank_words(&text[at..]),
        None => text.to_owned(),
    }
}

/// Where the text after the first announcing word and its `=` or `:` begins.
fn after_label(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let spellings = ["private key", "private-key", "preshared key", "preshared-key", "pre-shared key"];
    let ends = LABELS.iter().chain(&spellings).filter_map(|label| {
        lower.match_indices(label).map(|(at, _)| (at, at + label.len())).find(|&(at, end)| {
            let joined = |c: char| c.is_ascii_alphanumeric();
            !lower[..at].ends_with(joined) && !lower[end..].starts_with(joined)
        })
    });
    let (_, end) = ends.min()?;
    let rest = text[end..].trim_start_matches([' ', '\t', '=', ':']);
    Some(text.len() - rest.len())
}

/// Replaces every run of characters that may be a key and is none of the public ones.
fn blank_keys(text: &str, public: &BTreeSet<&str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_base64) {
        let run = &rest[start..];
        let length = run.find(|c| !is_base64(c)).unwrap_or(run.len());
        let padded = run[length..].starts_with('=');
        let token = &run[..length + usize::from(padded)];
        out.push_str(&rest[..start]);
        match may_be_key(&run[..length], padded) && !public.contains(token) {
            true => out.push_str(Blanked::MARK),
            false => out.push_str(token),
        }
        rest = &run[token.len()..];
    }
    out + rest
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '+' || c == '/'
}

/// Whether a run is 32 bytes in base64, with or without padding and what precedes it, or 64 hex digits.
fn may_be_key(run: &str, padded: bool) -> bool {
    let bare = || run.len() == 43 && STANDARD_NO_PAD.decode(run).is_ok();
    let hex = || run.len() == 64 && run.bytes().all(|b| b.is_ascii_hexdigit());
    padded && run.len() >= 43 || bare() || hex()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PUBLIC: &str = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    const OTHER: &str = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";

    fn line(text: &str) -> String {
        blank(&format!("PublicKey = {PUBLIC}\n{text}")).split('\n').nth(1).unwrap().to_owned()
    }

    #[test]
    fn secrets_go_and_the_rest_stays() {
        let cases = [
            (format!("PrivateKey = {OTHER}"), "PrivateKey = (blanked)".into()),
            (format!("private key={OTHER} # was {OTHER}"), "private key=(blanked) # (blanked)".into()),
            ("PresharedKey = short\r\n".into(), "PresharedKey = (blanked)\r".into()),
            ("PrivateKey =".into(), "PrivateKey =".into()),
            ("Token = hunter2".into(), "Token = (blanked)".into()),
            (format!("#PrivateKey = {OTHER}"), "#PrivateKey = (blanked)".into()),
            ("# old PSK: hunter2".into(), "# old PSK: (blanked)".into()),
            (format!("# {OTHER}"), "# (blanked)".into()),
            (OTHER.to_owned(), "(blanked)".into()),
            (format!("# {PUBLIC}"), format!("# {PUBLIC}")),
            (
                format!("PostUp = wg set %i peer {PUBLIC} preshared-key <(echo {OTHER})"),
                format!("PostUp = wg set %i peer {PUBLIC} preshared-key <(echo (blanked))"),
            ),
            (
                "PostUp = ip -6 route add fd00::/8 dev %i".into(),
                "PostUp = ip -6 route add fd00::/8 dev %i".into(),
            ),
            ("[Peer] # us-02".into(), "[Peer] # us-02".into()),
        ];
        for (text, expected) in cases {
            assert_eq!(line(&text), expected, "{text}");
        }
    }

    #[test]
    fn a_key_that_is_also_called_private_is_blanked_everywhere() {
        let text = format!("PrivateKey = {OTHER}\nPublicKey = {OTHER}\n");
        assert_eq!(blank(&text), "PrivateKey = (blanked)\nPublicKey = (blanked)\n");
    }

    proptest! {
        #[test]
        fn no_key_remains(
            key in any::<[u8; 32]>(),
            before in "[ -~]{0,20}[^A-Za-z0-9+/]",
            after in "([^A-Za-z0-9+/=][ -~]{0,20})?",
        ) {
            let key = base64::engine::general_purpose::STANDARD.encode(key);
            let text = format!("[Interface]\n{before}{key}{after}\nPublicKey = {PUBLIC}\n");
            prop_assume!(!before.to_lowercase().contains("publickey"));
            let blanked = blank(&text);
            prop_assert!(!blanked.contains(&key), "{}", blanked);
            prop_assert_eq!(blank(&blanked), blanked.clone());
            prop_assert_eq!(blanked.lines().count(), text.lines().count());
            prop_assert!(blanked.contains(PUBLIC));
        }
    }
}
