//! The lines of a file.

use std::net::IpAddr;
use std::ops::Range;

use ipnet::IpNet;

use super::{At, Endpoint, Host, Interface, Mistake, Peer, Table, WgQuick};
use crate::text::{SourceText, Span};

/// Reads a text.
pub(super) fn read(source: SourceText, name: &str) -> WgQuick {
    let mut reader = Reader { section: Section::None, out: empty(source.clone(), name) };
    let lines = lines(&source.text);
    for (at, line) in lines.iter().enumerate() {
        reader.line(
            &source.text,
            line.clone(),
            Neighbours { above: above(&lines, at), below: lines.get(at + 1).cloned() },
        );
    }
    for peer in &reader.out.peers {
        if peer.public_key.is_none() {
            let message = "a peer without `PublicKey`: `wg` refuses the file".to_owned();
            reader.out.mistakes.push(Mistake { span: peer.span, message });
        }
    }
    reader.out.mistakes.sort_by_key(|mistake| mistake.span);
    reader.out
}

fn empty(source: SourceText, name: &str) -> WgQuick {
    let interface = Interface::default();
    WgQuick { source, name: name.to_owned(), interface, peers: Vec::new(), mistakes: Vec::new() }
}

/// The ranges of the lines, without their ends.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let range = |line: &str| {
        let range = start..start + line.trim_end_matches(['\n', '\r']).len();
        start += line.len();
        range
    };
    text.split_inclusive('\n').map(range).collect()
}

fn above(lines: &[Range<usize>], at: usize) -> Option<Range<usize>> {
    at.checked_sub(1).map(|before| lines[before].clone())
}

enum Section {
    None,
    Interface,
    Peer,
}

/// The lines beside a header, where its name may stand.
struct Neighbours {
    above: Option<Range<usize>>,
    below: Option<Range<usize>>,
}

struct Reader {
    section: Section,
    out: WgQuick,
}

impl Reader {
    fn line(&mut self, text: &str, line: Range<usize>, beside: Neighbours) {
        let body = &text[line.clone()];
        let content = body.split('#').next().unwrap_or("");
        let content = content.strip_prefix('\u{feff}').unwrap_or(content);
        let span = trimmed(text, line.start + body.find(content).unwrap_or(0), content);
        let content = &text[span.range()];
        if content.is_empty() {
            return;
        }
        if content.starts_with('[') {
            return self.header(text, span, line, beside);
        }
        let Some((key, value)) = content.split_once('=') else {
            return self.mistake(span, "neither a section nor `key = value`".to_owned());
        };
        let value = trimmed(text, span.end as usize - value.len(), value);
        self.key(key.trim(), At { value: text[value.range()].to_owned(), span: value }, span);
    }

    fn header(&mut self, text: &str, span: Span, line: Range<usize>, beside: Neighbours) {
        let bare = without_space(&text[span.range()]);
        self.section = match bare.as_str() {
            "[interface]" => Section::Interface,
            "[peer]" => Section::Peer,
            _ => {
                self.mistake(span, "a section is `[Interface]` or `[Peer]`".to_owned());
                Section::None
            }
        };
        if let Section::Peer = self.section {
            let places = [Some(line), beside.above, beside.below];
            let name = places.into_iter().flatten().find_map(|line| name_in(text, line));
            self.out.peers.push(Peer {
                span,
                name,
                public_key: None,
                preshared: false,
                allowed_ips: Vec::new(),
                endpoint: None,
                keepalive: None,
            });
        }
    }

    /// wg-quick's keys are compared as they stand, `wg`'s without white space; neither minds the case.
    fn key(&mut self, key: &str, value: At<String>, line: Span) {
        let result = match self.section {
            Section::None => Err("stands in no section".to_owned()),
            Section::Interface => interface_key(&mut self.out.interface, &key.to_ascii_lowercase(), &value)
                .unwrap_or_else(|| device_key(&mut self.out.interface, &without_space(key), &value)),
            Section::Peer => match self.out.peers.last_mut() {
                Some(peer) => peer_key(peer, &without_space(key), &value),
                None => Ok(()),
            },
        };
        if let Err(problem) = result {
            self.mistake(line, format!("`{key}` {problem}"));
        }
    }

    fn mistake(&mut self, span: Span, message: String) {
        self.out.mistakes.push(Mistake { span, message });
    }
}

/// The span of a part that begins at a byte, without the white space around it.
fn trimmed(text: &str, start: usize, part: &str) -> Span {
    let from = start + part.len() - part.trim_start().len();
    let to = (start + part.trim_end().len()).max(from);
    debug_assert!(text.is_char_boundary(from) && text.is_char_boundary(to));
    Span::new(from..to)
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase()
}

/// wg-quick's own keys; nothing for a key that it leaves to `wg`.
fn interface_key(to: &mut Interface, key: &str, value: &At<String>) -> Option<Result<(), String>> {
    match key {
        "address" => return Some(list(value, &mut to.addresses, address)),
        "mtu" => return Some(one(value, &mut to.mtu, number)),
        "table" => return Some(one(value, &mut to.table, table)),
        "saveconfig" => return Some(one(value, &mut to.save_config, boolean)),
        "dns" => return Some(list(value, &mut to.dns, |word| Ok(word.to_owned()))),
        "preup" => to.pre_up.push(value.clone()),
        "postup" => to.post_up.push(value.clone()),
        "predown" => to.pre_down.push(value.clone()),
        "postdown" => to.post_down.push(value.clone()),
        _ => return None,
    }
    Some(Ok(()))
}

/// The keys of `[Interface]` that `wg` reads.
fn device_key(to: &mut Interface, key: &str, value: &At<String>) -> Result<(), String> {
    match key {
        "listenport" => one(value, &mut to.listen_port, number),
        "fwmark" => one(value, &mut to.fwmark, number_or_off),
        "privatekey" => Ok(()),
        _ => Err("is no key of `[Interface]`: `wg` refuses the file".to_owned()),
    }
}

fn peer_key(to: &mut Peer, key: &str, value: &At<String>) -> Result<(), String> {
    match key {
        "publickey" => {
            one(value, &mut to.public_key, |word| word.parse().map_err(|error| format!("is {error}")))
        }
        "presharedkey" => {
            to.preshared = true;
            Ok(())
        }
        "allowedips" => list(value, &mut to.allowed_ips, allowed_ip),
        "endpoint" => one(value, &mut to.endpoint, endpoint),
        "persistentkeepalive" => one(value, &mut to.keepalive, |word| {
            number_or_off(word)?.try_into().map_err(|_| format!("is above {}", u16::MAX))
        }),
        _ => Err("is no key of `[Peer]`: `wg` refuses the file".to_owned()),
    }
}

/// A key with one value.
fn one<T>(
    value: &At<String>,
    to: &mut Option<At<T>>,
    read: fn(&str) -> Result<T, String>,
) -> Result<(), String> {
    let read = read(&value.value)?;
    *to = Some(At { value: read, span: value.span });
    Ok(())
}

/// A key with values between commas or blanks, each with its own place. The good ones count.
fn list<T>(
    value: &At<String>,
    to: &mut Vec<At<T>>,
    read: fn(&str) -> Result<T, String>,
) -> Result<(), String> {
    let mut result = Ok(());
    let mut at = value.span.start as usize;
    for word in value.value.split([',', ' ', '\t']) {
        let span = Span::new(at..at + word.len());
        at += word.len() + 1;
        match read(word) {
            _ if word.is_empty() => {}
            Ok(value) => to.push(At { value, span }),
            Err(problem) => result = Err(problem),
        }
    }
    result
}

fn address(word: &str) -> Result<IpNet, String> {
    let whole = || word.parse::<IpAddr>().ok().map(IpNet::from);
    word.parse().ok().or_else(whole).ok_or_else(|| format!("has `{word}`, which is no address"))
}

/// An allowed IP; `+` before it is what newer `wg` writes for an addition.
fn allowed_ip(word: &str) -> Result<IpNet, String> {
    if word.starts_with('-') {
        return Err(format!("has `{word}`: only `wg set` takes prefixes away"));
    }
    address(word.strip_prefix('+').unwrap_or(word)).map(|prefix| prefix.trunc())
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("is `{word}`, which is no number of its kind"))
}

fn number_or_off(word: &str) -> Result<u32, String> {
    match word.strip_prefix("0x") {
        _ if word.eq_ignore_ascii_case("off") => Ok(0),
        Some(hex) => u32::from_str_radix(hex, 16).map_err(|_| format!("is `{word}`, which is no number")),
        None => number(word),
    }
}

fn boolean(word: &str) -> Result<bool, String> {
    match word.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("is `{word}`, neither `true` nor `false`")),
    }
}

/// wg-quick compares `off` and `auto` as they are written.
fn table(word: &str) -> Result<Table, String> {
    Ok(match word {
        "" | "auto" => Table::Auto,
        "off" => Table::Off,
        _ => word.parse().map_or_else(|_| Table::Name(word.to_owned()), Table::Id),
    })
}

fn endpoint(word: &str) -> Result<Endpoint, String> {
    let wrong = || format!("is `{word}`, not `host:port` or `[address]:port`");
    let (host, port) = word.rsplit_once(':').ok_or_else(wrong)?;
    let port = port.parse().map_err(|_| wrong())?;
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = bracketed.unwrap_or(host).split('%').next().unwrap_or("").parse();
    match (address, bracketed) {
        (Ok(address), _) => Ok(Endpoint { host: Host::Address(address), port }),
        (Err(_), None) if !host.is_empty() && !host.contains(':') => {
            Ok(Endpoint { host: Host::Name(host.to_owned()), port })
        }
        (Err(_), _) => Err(wrong()),
    }
}

/// A peer's name in the comment of a line: what a person wrote to tell peers apart, not a key.
fn name_in(text: &str, line: Range<usize>) -> Option<At<String>> {
    let body = &text[line.clone()];
    let comment = &body[body.find('#')?..];
    let is_header = body.trim_start().starts_with('[');
    if !is_header && !body.trim_start().starts_with('#') {
        return None;
    }
    let bare = comment.trim_start_matches(['#', ' ', '\t']);
    let labelled = bare.split_once(['=', ':']).filter(|(label, _)| is_label(label)).map(|(_, name)| name);
    let name = match labelled {
        Some(name) => name,
        None if bare.contains('=') => return None,
        None => bare.strip_prefix("Client ").unwrap_or(bare),
    };
    let span = trimmed(text, line.end - name.len(), name);
    let value = text[span.range()].to_owned();
    value.contains(|c: char| c.is_alphanumeric()).then_some(At { value, span })
}

fn is_label(label: &str) -> bool {
    let label = label.trim().to_ascii_lowercase();
    ["name", "friendly_name", "friendly name", "client", "peer", "node", "host"].contains(&label.as_str())
}
