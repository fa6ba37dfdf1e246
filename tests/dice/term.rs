//! Random terms of every type.

use super::Dice;

/// The types that terms are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Int,
    Bool,
    Ip,
    Prefix,
    Pair,
    Lc,
    Ec,
    Text,
    Path,
    CList,
    LcList,
    EcList,
    Source,
    Dest,
    Origin,
}

impl Ty {
    pub(super) const INT_SETS: &'static [&'static str] =
        &["[5..6]", "[5, 7..9]", "[1]", "asns@", "[0..4294967295]", "[16..most@]", "[0..50, 2, 3]", "[]"];
    pub(super) const PAIR_SETS: &'static [&'static str] = &[
        "[(1,*)]",
        "[(*,1..2)]",
        "[(1,1..2), (2,*)]",
        "[(2,2)]",
        "[(*,*)]",
        "[(1,1)..(1,9)]",
        "[(1,0)..(1,9), (1,2), (1,5)..(2,9)]",
    ];
    pub(super) const LC_SETS: &'static [&'static str] =
        &["[(1,*,*)]", "[(1,2,*)]", "[(1,2,3), (2,2,0..5)]", "[(*,*,*)]", "[(1,2,3)..(1,2,9)]"];
    const NET_SETS: &'static [&'static str] = &[
        "[ 10.0.0.0/8+ ]",
        "[ 10.1.0.0/16{8,24} ]",
        "[ 10.1.0.0/16 ]",
        "[ 10.1.0.0/16-, 192.0.2.0/24+ ]",
        "[ 0.0.0.0/0{1,15}, 10.1.2.0/24 ]",
        "[ 2001:db8::/32+, ::/0 ]",
        "[ 0.0.0.0/0 ]",
        "nets@",
        "[]",
    ];
    const MASKS: &'static [&'static str] = &[
        "[= * 5 =]",
        "[= 5 ? * =]",
        "[= * [5..7] * =]",
        "[= =]",
        "[= 5 =]",
        "[= 1 + 5 =]",
        "[= * =]",
        "[= ? ? =]",
        "[= 5 7 5 =]",
    ];

    /// What the configuration may say for a value.
    fn literals(self) -> &'static [&'static str] {
        match self {
            Ty::Int => &[
                "0",
                "1",
                "2",
                "3",
                "5",
                "7",
                "16",
                "24",
                "most@",
                "32",
                "50",
                "100",
                "200",
                "65535",
                "65536",
                "4294967295",
            ],
            Ty::Bool => &["true", "false"],
            Ty::Ip => &["10.0.0.0", "10.1.0.0", "192.0.2.9", "0.0.0.0", "2001:db8::1"],
            Ty::Prefix => {
                &["10.0.0.0/8", "home@", "0.0.0.0/0", "10.1.2.0/24", "192.0.2.0/24", "2001:db8::/32"]
            }
            Ty::Pair => &["(1,1)", "(1,2)", "(2,2)", "(65535,65535)", "(1,0)"],
            Ty::Lc => &["(1,2,3)", "(1,2,4)", "(2,2,2)", "(4294967295,0,1)"],
            Ty::Ec => &["(rt,1,1)", "(ro,1,1)", "(rt,65536,2)", "(generic,1,1)"],
            Ty::Text => &["\"a@\"", "\"a\"", "\"b\"", "\"\"", "\"24\"", "\"10.1.0.0/16\""],
            Ty::Path => &["+empty+"],
            Ty::CList => &["-empty-"],
            Ty::LcList => &["---empty---"],
            Ty::EcList => &["--empty--"],
            Ty::Source => &["RTS_STATIC", "RTS_BGP", "RTS_DEVICE", "RTS_INHERIT", "RTS_OSPF"],
            Ty::Dest => &["RTD_UNICAST", "RTD_BLACKHOLE", "RTD_UNREACHABLE", "RTD_PROHIBIT"],
            Ty::Origin => &["ORIGIN_IGP", "ORIGIN_EGP", "ORIGIN_INCOMPLETE"],
        }
    }

    /// What the route says.
    fn attributes(self) -> &'static [&'static str] {
        match self {
            Ty::Int => &[
                "net.len",
                "bgp_med",
                "bgp_local_pref",
                "preference",
                "own@",
                "bgp_path.len",
                "bgp_path.first",
                "bgp_path.last",
                "bgp_path.last_nonaggregated",
                "bgp_community.len",
                "bgp_large_community.len",
                "ospf_metric1",
                "rip_metric",
            ],
            Ty::Bool => &["net.ip.is_v4", "bgp_path ~ [= =]"],
            Ty::Ip => &["net.ip", "from", "gw", "bgp_next_hop"],
            Ty::Prefix => &["net"],
            Ty::Pair => &["(1,bgp_med)", "(bgp_path.len,1)"],
            Ty::Lc => &["(1,2,bgp_med)", "(bgp_path.first,net.len,3)"],
            Ty::Ec => &["(rt,bgp_med,1)"],
            Ty::Text => &["proto", "proto", "ifname"],
            Ty::Path => &["bgp_path"],
            Ty::CList => &["bgp_community"],
            Ty::LcList => &["bgp_large_community"],
            Ty::EcList => &["bgp_ext_community"],
            Ty::Source => &["source"],
            Ty::Dest => &["dest"],
            Ty::Origin => &["bgp_origin"],
        }
    }

    const ALL: [Ty; 15] = [
        Ty::Int,
        Ty::Bool,
        Ty::Ip,
        Ty::Prefix,
        Ty::Pair,
        Ty::Lc,
        Ty::Ec,
        Ty::Text,
        Ty::Path,
        Ty::CList,
        Ty::LcList,
        Ty::EcList,
        Ty::Source,
        Ty::Dest,
        Ty::Origin,
    ];
}

/// What a term may name.
#[derive(Clone)]
pub(super) struct Scope {
    variables: Vec<(&'static str, Ty)>,
    calls: bool,
}

impl Scope {
    /// The variables of a filter.
    pub(super) const DECLARATIONS: &'static str = "int n = 0; int l = net.len; bool b = false; string text = \"a\"; \
        prefix p = net; ip a = from; pair q = (1,1); bgppath way = bgp_path; clist held = bgp_community;";

    /// Attributes and constants alone.
    pub(super) fn of_routes() -> Scope {
        Scope { variables: Vec::new(), calls: false }
    }

    /// What stands in a filter behind its declarations.
    pub(super) fn of_filters() -> Scope {
        let variables = vec![
            ("n", Ty::Int),
            ("l", Ty::Int),
            ("b", Ty::Bool),
            ("text", Ty::Text),
            ("p", Ty::Prefix),
            ("a", Ty::Ip),
            ("q", Ty::Pair),
            ("way", Ty::Path),
            ("held", Ty::CList),
        ];
        Scope { variables, calls: true }
    }

    /// With one more variable.
    pub(super) fn with(mut self, name: &'static str, ty: Ty) -> Scope {
        self.variables.push((name, ty));
        self
    }

    pub(super) fn calls(&self) -> bool {
        self.calls
    }

    pub(super) fn any(&self, dice: &mut Dice) -> Option<(&'static str, Ty)> {
        (!self.variables.is_empty()).then(|| self.variables[dice.roll(self.variables.len())])
    }

    fn of_type(&self, ty: Ty, dice: &mut Dice) -> Option<&'static str> {
        let fitting: Vec<&'static str> =
            self.variables.iter().filter(|(_, of)| *of == ty).map(|(name, _)| *name).collect();
        (!fitting.is_empty()).then(|| fitting[dice.roll(fitting.len())])
    }
}

impl Dice {
    pub(super) fn condition(&mut self, scope: &mut Scope, depth: usize) -> String {
        self.term(Ty::Bool, scope, depth + 1)
    }

    pub(super) fn term(&mut self, ty: Ty, scope: &mut Scope, depth: usize) -> String {
        if ty == Ty::Bool && (depth > 0 || self.roll(4) > 0) {
            return self.truth(scope, depth.max(1) - 1);
        }
        if let Some(name) = scope.of_type(ty, self).filter(|_| self.roll(3) == 0) {
            return name.to_owned();
        }
        match self.roll(if depth == 0 { 5 } else { 8 }) {
            0 | 1 => self.one(ty.literals()).to_owned(),
            2..=4 => self.one(ty.attributes()).to_owned(),
            _ => self.compound(ty, scope, depth - 1),
        }
    }

    fn compound(&mut self, ty: Ty, scope: &mut Scope, depth: usize) -> String {
        match ty {
            Ty::Int => self.number(scope, depth),
            Ty::Ip => format!("{}.mask({})", self.one(&["net.ip", "from"]), self.term(Ty::Int, scope, 0)),
            Ty::Pair => format!("(1, {})", self.term(Ty::Int, scope, depth)),
            Ty::Lc => {
                format!("({}, 2, {})", self.term(Ty::Int, scope, depth), self.term(Ty::Int, scope, depth))
            }
            Ty::Ec => format!("(rt, 1, {})", self.term(Ty::Int, scope, depth)),
            Ty::Text => {
                let shown = [Ty::Int, Ty::Prefix, Ty::Ip, Ty::Pair][self.roll(4)];
                format!("format({})", self.term(shown, scope, depth))
            }
            Ty::Path => match self.roll(3) {
                0 => format!("prepend(bgp_path, {})", self.term(Ty::Int, scope, depth)),
                1 => format!("delete(bgp_path, {})", self.one(Ty::INT_SETS)),
                _ => format!("filter(bgp_path, {})", self.one(Ty::INT_SETS)),
            },
            Ty::CList => match self.roll(3) {
                0 => format!("add(bgp_community, {})", self.term(Ty::Pair, scope, depth)),
                1 => format!("delete(bgp_community, {})", self.one(Ty::PAIR_SETS)),
                _ => format!("filter(bgp_community, {})", self.one(Ty::PAIR_SETS)),
            },
            Ty::LcList => match self.roll(2) {
                0 => format!("add(bgp_large_community, {})", self.term(Ty::Lc, scope, depth)),
                _ => format!("delete(bgp_large_community, {})", self.one(Ty::LC_SETS)),
            },
            Ty::EcList => format!("add(bgp_ext_community, {})", self.term(Ty::Ec, scope, depth)),
            Ty::Bool | Ty::Prefix | Ty::Source | Ty::Dest | Ty::Origin => {
                self.one(ty.attributes()).to_owned()
            }
        }
    }

    fn number(&mut self, scope: &mut Scope, depth: usize) -> String {
        match self.roll(5) {
            0 if scope.calls => {
                format!("i@({}, {})", self.term(Ty::Int, scope, depth), self.term(Ty::Prefix, scope, depth))
            }
            1 => {
                let list = [Ty::Path, Ty::CList, Ty::LcList][self.roll(3)];
                format!("({}).len", self.term(list, scope, depth))
            }
            _ => {
                let op = self.one(&["+", "-", "*", "/"]);
                format!("({} {op} {})", self.term(Ty::Int, scope, depth), self.term(Ty::Int, scope, depth))
            }
        }
    }

    fn truth(&mut self, scope: &mut Scope, depth: usize) -> String {
        match self.roll(if depth == 0 { 8 } else { 12 }) {
            0..=3 => self.membership(scope, depth),
            4 | 5 => self.comparison(scope, depth),
            6 => self
                .one(&["defined(bgp_med)", "defined(own@)", "defined(bgp_origin)", "defined(bgp_path)"])
                .to_owned(),
            7 => match (scope.of_type(Ty::Bool, self), scope.calls, self.roll(3)) {
                (Some(name), _, 0) => name.to_owned(),
                (_, true, 1) => format!("g@({})", self.term(Ty::Int, scope, depth)),
                (_, true, _) => self.one(&["h@()", "m@(n)", "m@(3)"]).replace("(n)", "(net.len)"),
                _ => self.one(Ty::Bool.attributes()).to_owned(),
            },
            8 => format!("!({})", self.term(Ty::Bool, scope, depth)),
            9 => {
                format!("(({}) = ({}))", self.term(Ty::Bool, scope, depth), self.term(Ty::Bool, scope, depth))
            }
            // Without parentheses within: both operators have one level and lean left.
            _ => {
                let (one, two) = (self.one(&["&&", "||"]), self.one(&["&&", "||"]));
                let three = if self.roll(3) == 0 {
                    format!(" {two} {}", self.membership(scope, 0))
                } else {
                    String::new()
                };
                format!(
                    "({} {one} {}{three})",
                    self.term(Ty::Bool, scope, depth),
                    self.term(Ty::Bool, scope, depth)
                )
            }
        }
    }

    fn comparison(&mut self, scope: &mut Scope, depth: usize) -> String {
        let ty = Ty::ALL[self.roll(15)];
        let other = if self.roll(10) == 0 { Ty::ALL[self.roll(15)] } else { ty };
        let ordered =
            ty == other && matches!(ty, Ty::Int | Ty::Ip | Ty::Prefix | Ty::Pair | Ty::Lc | Ty::Text);
        let op = if ordered { self.one(&["=", "!=", "<", "<=", ">", ">="]) } else { self.one(&["=", "!="]) };
        format!("({} {op} {})", self.term(ty, scope, depth), self.term(other, scope, depth))
    }

    fn membership(&mut self, scope: &mut Scope, depth: usize) -> String {
        let op = self.one(&["~", "~", "!~"]);
        let mut with =
            |dice: &mut Dice, ty: Ty, set: &str| format!("({} {op} {})", dice.term(ty, scope, depth), set);
        match self.roll(15) {
            0..=3 => format!("(net {op} {})", self.one(Ty::NET_SETS)),
            4 => format!("(net {op} {})", self.one(Ty::Prefix.literals())),
            5 => {
                let set = self.one(Ty::INT_SETS);
                with(self, Ty::Int, set)
            }
            6 => {
                let set = self.one(Ty::PAIR_SETS);
                with(self, Ty::CList, set)
            }
            7 => with(self, Ty::Pair, "bgp_community"),
            8 => with(self, Ty::Lc, "bgp_large_community"),
            9 => {
                let set = self.one(Ty::LC_SETS);
                with(self, Ty::LcList, set)
            }
            10 => {
                let set = self.one(Ty::MASKS);
                with(self, Ty::Path, set)
            }
            11 => {
                let set = self.one(Ty::INT_SETS);
                with(self, Ty::Path, set)
            }
            12 => {
                let set = self.one(&["[RTS_BGP, RTS_DEVICE]", "[RTS_STATIC]", "[RTS_STATIC..RTS_DEVICE]"]);
                with(self, Ty::Source, set)
            }
            13 => {
                let set = self.one(&["\"a*\"", "\"*\"", "\"?\"", "\"1?\"", "\"b\""]);
                with(self, Ty::Text, set)
            }
            _ => {
                let set =
                    self.one(&["10.0.0.0/12", "[10.0.0.0..10.1.0.0]", "[192.0.2.0/24]", "192.0.2.0/24"]);
                with(self, Ty::Ip, if set.contains("[192") { "[192.0.2.9]" } else { set })
            }
        }
    }
}
