//! Shell lines as simple commands: split at `;`, `&&`, `||`, `|`, `&` and newlines outside of quotes.
//!
//! This is no shell: words that depend on expansion, and commands inside `if`, `for` or braces, are unseen.

use super::At;
use super::ip::{AddressChange, RouteChange, RuleChange, parse};
use crate::text::Span;

/// When a command runs, if those before it succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In any case, or after a success.
    Usually,
    /// After a failure (`||`).
    Otherwise,
}

/// One simple command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its place.
    pub span: Span,
    /// Its text with `%i` replaced.
    pub text: String,
    /// When it runs.
    pub when: When,
    /// What it does.
    pub effect: Effect,
}

/// What a command does to addresses, routes and rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// `ip route …`
    Route(RouteChange),
    /// `ip rule …`
    Rule(RuleChange),
    /// `ip address …`
    Address(AddressChange),
    /// None, by the nature of the program (`sysctl`, `iptables`, `true`).
    None,
    /// Not seen.
    Unseen,
}

/// Programs that leave addresses, routes and rules alone.
const HARMLESS: [&str; 26] = [
    "iptables",
    "ip6tables",
    "iptables-restore",
    "ip6tables-restore",
    "iptables-legacy",
    "iptables-nft",
    "ip6tables-legacy",
    "ip6tables-nft",
    "nft",
    "ufw",
    "sysctl",
    "echo",
    "printf",
    "true",
    "false",
    ":",
    "sleep",
    "logger",
    "resolvconf",
    "resolvectl",
    "ping",
    "ethtool",
    "tc",
    "cat",
    "date",
    "test",
];

/// The commands of one hook.
pub(super) fn commands(hook: &At<String>, interface: &str) -> Vec<Command> {
    let mut found = Vec::new();
    let mut nested = false;
    for piece in pieces(&hook.value) {
        let text = hook.value[piece.start..piece.end].trim();
        if text.is_empty() {
            continue;
        }
        let start = hook.span.start as usize + piece.start;
        let lead =
            hook.value[piece.start..piece.end].len() - hook.value[piece.start..piece.end].trim_start().len();
        let text_here = text.replace("%i", interface);
        nested |= opens(&text_here);
        let effect = if nested { Effect::Unseen } else { effect(&text_here) };
        nested &= !closes(&text_here);
        let span = Span::new(start + lead..start + lead + text.len());
        found.push(Command { span, text: text_here, when: piece.when, effect });
    }
    found
}

/// Whether a command begins something whose inside may run never or often.
fn opens(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or("");
    matches!(first, "if" | "for" | "while" | "until" | "case" | "{" | "function") || first.starts_with('(')
}

fn closes(text: &str) -> bool {
    let last = text.split_whitespace().last().unwrap_or("");
    matches!(last, "fi" | "done" | "esac" | "}") || last.ends_with(')')
}

/// A command's range in its hook.
struct Piece {
    start: usize,
    end: usize,
    when: When,
}

/// The pieces between separators.
fn pieces(line: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let (mut start, mut when) = (0, When::Usually);
    let mut quote = None;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (None | Some('"'), '\\') => drop(chars.next()),
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            // `2>&1` and `&>` redirect.
            (None, '&') if line[..at].ends_with('>') || line[at + 1..].starts_with('>') => {}
            (None, ';' | '&' | '|' | '\n') => {
                found.push(Piece { start, end: at, when });
                let double = chars.next_if(|(_, next)| *next == c).is_some();
                when = if c == '|' && double { When::Otherwise } else { When::Usually };
                start = at + 1 + usize::from(double);
            }
            (None, _) => {}
        }
    }
    found.push(Piece { start, end: line.len(), when });
    found
}

fn effect(text: &str) -> Effect {
    let mut words = text.split_whitespace().peekable();
    if words.next_if(|word| matches!(*word, "sudo" | "exec" | "command")).is_some() {
        while words.next_if(|word| word.starts_with('-')).is_some() {}
    }
    let Some(program) = words.next() else { return Effect::Unseen };
    match program.rsplit('/').next().unwrap_or(program) {
        "ip" => self::words(words)
            .map_or(Effect::Unseen, |words| parse(&words.iter().map(String::as_str).collect::<Vec<_>>())),
        name if HARMLESS.contains(&name) && !text.contains(['$', '`']) => Effect::None,
        _ => Effect::Unseen,
    }
}

/// The arguments without redirections; nothing where one depends on expansion.
fn words<'w>(mut words: impl Iterator<Item = &'w str>) -> Option<Vec<String>> {
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let target = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&');
        if target.starts_with(['>', '<']) {
            if target.trim_start_matches(['>', '<', '&']).is_empty() {
                words.next();
            }
            continue;
        }
        if word.contains(['$', '`', '*', '?', '~', '{', '(']) {
            return None;
        }
        found.push(word.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect());
    }
    Some(found)
}
