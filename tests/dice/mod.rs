//! Random filters of every construct, and random routes for them.

use std::fmt::Write as _;

/// A source of random programs: the same seed makes the same.
pub(crate) struct Dice(u64);

/// Tests of the route, of variables, and calls.
const CONDITIONS: &[&str] = &[
    "source = RTS_STATIC",
    "source = RTS_BGP",
    "source ~ [RTS_BGP, RTS_DEVICE]",
    "net ~ [ 10.0.0.0/8+ ]",
    "net ~ [ 10.1.0.0/16{8,24} ]",
    "net ~ [ 10.1.0.0/16 ]",
    "net ~ [ 10.1.0.0/16-, 192.0.2.0/24+ ]",
    "net = 10.1.0.0/16",
    "net ~ 10.1.0.0/16",
    "net.len > 16",
    "net.len = 24",
    "net.len ~ [0, 8..16]",
    "net.ip = 10.1.0.0",
    "net.ip ~ 10.0.0.0/12",
    "net.ip.mask(16) = 10.1.0.0",
    "net.len * 2 = 48",
    "bgp_med > 5",
    "bgp_med = 7",
    "bgp_med < 3",
    "bgp_med != bgp_local_pref",
    "bgp_med <= bgp_local_pref",
    "bgp_local_pref = 100",
    "bgp_local_pref ~ [50..99]",
    "defined(bgp_local_pref)",
    "defined(bgp_origin)",
    "bgp_origin = ORIGIN_EGP",
    "(1,1) ~ bgp_community",
    "(1,n) ~ bgp_community",
    "bgp_community ~ [(1,*)]",
    "bgp_community ~ [(1,1..2), (2,*)]",
    "bgp_community.len > 1",
    "bgp_community.len = n",
    "delete(bgp_community, [(1,*)]) ~ [(*,2)]",
    "(1,2,3) ~ bgp_large_community",
    "bgp_large_community ~ [(1,*,*)]",
    "bgp_large_community.len = 0",
    "(rt,1,1) ~ bgp_ext_community",
    "bgp_path ~ [= * 5 =]",
    "bgp_path ~ [= 5 ? * =]",
    "bgp_path ~ [5..7]",
    "bgp_path ~ [= =]",
    "bgp_path.len > 2",
    "bgp_path.len = n",
    "bgp_path.first = 5",
    "bgp_path.last ~ [2..6]",
    "prepend(bgp_path, 9).len > 3",
    "dest = RTD_UNREACHABLE",
    "proto = \"a\"",
    "proto ~ \"a*\"",
    "preference > 100",
    "preference + net.len > 110",
    "bgp_med + bgp_local_pref > 50",
    "from = 192.0.2.9",
    "gw = 0.0.0.0",
    "ifname = \"\"",
    "own = 1",
    "own < 2",
    "defined(own)",
    "n = 1",
    "n > net.len",
    "n < bgp_med",
    "b",
    "b = (source = RTS_BGP)",
    "(net.len > 20) != b",
    "(bgp_med = 7) = (net.len = 24)",
    "g(net.len)",
    "g(n)",
    "h()",
    "g(16) = h()",
    "text = \"a\"",
    "format(net.len) = \"24\"",
    "8 / n > 1",
];

/// Commands without branches.
const PLAIN: &[&str] = &[
    "bgp_med = 7;",
    "bgp_med = bgp_local_pref;",
    "bgp_med = bgp_med + 1;",
    "bgp_local_pref = bgp_med;",
    "unset(bgp_med);",
    "preference = 50;",
    "preference = net.len + 65530;",
    "bgp_community.add((1,1));",
    "bgp_community.add((2,n));",
    "bgp_community.delete([(1,*)]);",
    "bgp_community.filter([(*,1..2)]);",
    "bgp_community = -empty-;",
    "bgp_large_community.add((1,2,3));",
    "bgp_large_community.delete([(1,*,*)]);",
    "bgp_ext_community.add((rt,1,1));",
    "bgp_path.prepend(5);",
    "bgp_path.prepend(bgp_path.len);",
    "bgp_path.delete(5);",
    "bgp_path.filter([5..6]);",
    "bgp_path.empty;",
    "dest = RTD_UNREACHABLE;",
    "own = n;",
    "n = n + 1;",
    "n = net.len - 16;",
    "n = bgp_med;",
    "b = net ~ [ 10.0.0.0/8+ ];",
    "b = !b;",
    "text = proto;",
    "text = \"b\";",
    "k();",
    "m(n + 1);",
    "for pair c in bgp_community do { if c = (2,2) then bgp_med = 1; }",
    "for int a in bgp_path do { if a = 5 then n = n + 1; }",
    "for int a in bgp_path do { if a ~ [6..9] then reject; }",
    "for lc c in bgp_large_community do { if c.data1 = 2 then b = true; }",
    "for pair c in bgp_community do { if c.data = 1 then accept; }",
    "accept;",
    "reject;",
    "accept;",
];

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    fn condition(&mut self, depth: usize) -> String {
        if depth > 0 && self.roll(3) == 0 {
            let operator = self.one(&["&&", "||"]);
            return format!("({} {operator} {})", self.condition(depth - 1), self.condition(depth - 1));
        }
        let plain = self.one(CONDITIONS);
        if self.roll(4) == 0 { format!("!({plain})") } else { plain.to_owned() }
    }

    /// A condition without variables and calls.
    fn lone_condition(&mut self) -> String {
        let lone = |plain: &&&str| {
            let words = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '"';
            plain.split(words).all(|word| !matches!(word, "n" | "b" | "text" | "g" | "h"))
        };
        let plain: Vec<&str> = CONDITIONS.iter().filter(lone).copied().collect();
        let plain = self.one(&plain);
        if self.roll(4) == 0 { format!("!({plain})") } else { plain.to_owned() }
    }

    fn command(&mut self, depth: usize) -> String {
        match if depth == 0 { 9 } else { self.roll(10) } {
            0..=3 => {
                let otherwise = if self.roll(2) == 0 {
                    format!(" else {}", self.block(depth - 1))
                } else {
                    String::new()
                };
                format!("if {} then {}{otherwise}", self.condition(2), self.block(depth - 1))
            }
            4 => {
                let (one, two, three) = (self.block(0), self.block(0), self.block(0));
                let on = self.one(&["net.len", "n", "bgp_path.len", "bgp_med"]);
                format!("case {on} {{ 0, 8: {one} 16..24: {two} else: {three} }}")
            }
            5 => {
                let (one, two) = (self.block(0), self.block(0));
                format!("case source {{ RTS_STATIC: {one} RTS_BGP: {two} }}")
            }
            _ => self.one(PLAIN).to_owned(),
        }
    }

    fn block(&mut self, depth: usize) -> String {
        let count = 1 + self.roll(3);
        let commands: Vec<String> = (0..count).map(|_| self.command(depth)).collect();
        format!("{{ {} }}", commands.join(" "))
    }

    /// A filter `f`, what it calls, and a function `claim`; every name ends with the number.
    pub(crate) fn program(&mut self, number: &str) -> String {
        let (g, h, k) = (self.lone_condition(), self.lone_condition(), self.lone_condition());
        let (decides, claim) = (self.lone_condition(), self.lone_condition());
        let body = self.block(3);
        let mut text = String::from("attribute int own;\n");
        let _ = writeln!(
            text,
            "function g(int x) {{ if x = 16 then return true; if x > 28 then reject; return {g}; }}"
        );
        let _ = writeln!(text, "function h() {{ if {decides} then accept; return {h}; }}");
        let _ = writeln!(text, "function k() {{ if {k} then bgp_local_pref = 200; else bgp_med = 3; }}");
        let _ = writeln!(
            text,
            "function m(int x) {{ if x > 2 then {{ own = x; return true; }} bgp_community.add((1,2)); return h(); }}"
        );
        let _ = writeln!(
            text,
            "filter f {{ int n = 0; bool b = false; string text = \"a\"; {body} {} }}",
            self.one(&["", "accept;", "reject;"])
        );
        let _ = writeln!(text, "function claim() {{ return {claim}; }}");
        numbered(&text, number)
    }

    /// A route in words.
    pub(crate) fn route(&mut self) -> Vec<String> {
        let nets = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.0.2.0/24", "0.0.0.0/0", "10.1.2.3/32"];
        let mut words = vec![
            format!("net={}", self.one(&nets)),
            format!("source={}", self.one(&["RTS_STATIC", "RTS_BGP", "RTS_DEVICE"])),
            format!("proto={}", self.one(&["a", "ab", "b"])),
            format!("dest={}", self.one(&["RTD_UNICAST", "RTD_UNREACHABLE"])),
            format!("preference={}", self.one(&["50", "100", "200"])),
            format!("from={}", self.one(&["0.0.0.0", "192.0.2.9"])),
        ];
        let optional = [
            ("bgp_med", ["1", "3", "7"]),
            ("bgp_local_pref", ["100", "50", "3"]),
            ("bgp_origin", ["ORIGIN_IGP", "ORIGIN_EGP", "ORIGIN_IGP"]),
            ("bgp_community", ["(1,1)", "(1,1) (1,2)", "(2,2)"]),
            ("bgp_large_community", ["(1,2,3)", "(1,2,4) (1,2,3)", "(2,2,2)"]),
            ("bgp_path", ["5", "1 2 5", "5 6 7"]),
        ];
        for (name, values) in optional {
            if self.roll(3) > 0 {
                words.push(format!("{name}={}", self.one(&values)));
            }
        }
        words
    }
}

/// The text with a number behind every name that it defines.
fn numbered(text: &str, number: &str) -> String {
    const NAMES: [&str; 7] = ["g", "h", "k", "m", "f", "claim", "own"];
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '"') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = match rest.strip_prefix('"') {
            Some(text) => text.find('"').map_or(rest.len(), |at| at + 2),
            None => rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len()),
        };
        let word = &rest[..end];
        out.push_str(word);
        if NAMES.contains(&word) {
            out.push_str(number);
        }
        rest = &rest[end..];
    }
    out + rest
}
