//! Random filters of every construct, and random routes near the borders that they draw.

mod route;
mod term;

use std::fmt::Write as _;

pub(crate) use route::Borders;
use term::{Scope, Ty};

/// A source of random programs: the same seed makes the same.
pub(crate) struct Dice(u64);

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

    /// A filter `f`, what it calls, and a function `claim`; every name ends with the number.
    pub(crate) fn program(&mut self, number: &str) -> String {
        let mut text = String::from(
            "attribute int own@;\ndefine most@ = 24;\ndefine home@ = 10.1.0.0/16;\n\
             define nets@ = [ 10.1.0.0/16{16,24}, 192.0.2.0/24+ ];\ndefine asns@ = [ 5, 7..9, 65001 ];\n",
        );
        let (decided, told) =
            (self.condition(&mut Scope::of_routes(), 1), self.condition(&mut Scope::of_routes(), 1));
        let _ = writeln!(text, "function h@() {{ if {decided} then accept; return {told}; }}");
        let mut inner = Scope::of_routes().with("x", Ty::Int);
        let (test, told) = (self.condition(&mut inner, 1), self.condition(&mut inner, 1));
        let _ = writeln!(
            text,
            "function g@(int x) {{ if x = 16 then return true; if {test} then reject; return {told}; }}"
        );
        let mut inner = Scope::of_routes().with("x", Ty::Int).with("p", Ty::Prefix);
        let (body, number_of) = (self.block(&mut inner, 1), self.term(Ty::Int, &mut inner, 1));
        let _ = writeln!(text, "function i@(int x; prefix p) {{ {body} return {number_of}; }}");
        let mut inner = Scope::of_routes();
        let body = self.block(&mut inner, 1);
        let _ = writeln!(text, "function k@() {{ {body} }}");
        let mut inner = Scope::of_routes().with("x", Ty::Int);
        let (body, told) = (self.block(&mut inner, 1), self.condition(&mut inner, 1));
        let _ = writeln!(text, "function m@(int x) {{ {body} return {told} || g@(x) || h@(); }}");
        let mut scope = Scope::of_filters();
        let body = self.block(&mut scope, 2);
        let _ = writeln!(
            text,
            "filter f@ {{ {} {body} {} }}",
            Scope::DECLARATIONS,
            self.one(&["", "accept;", "reject;"])
        );
        let claim = self.condition(&mut Scope::of_routes(), 2);
        let _ = writeln!(text, "function claim@() {{ return {claim}; }}");
        text.replace('@', number)
    }

    fn block(&mut self, scope: &mut Scope, depth: usize) -> String {
        let count = 1 + self.roll(3);
        let commands: Vec<String> = (0..count).map(|_| self.command(scope, depth)).collect();
        format!("{{ {} }}", commands.join(" "))
    }

    fn command(&mut self, scope: &mut Scope, depth: usize) -> String {
        match if depth == 0 { 9 } else { self.roll(11) } {
            0..=4 => self.branch(scope, depth - 1),
            5 => self.case(scope),
            6 => self.each(scope, depth - 1),
            _ => self.plain(scope),
        }
    }

    fn branch(&mut self, scope: &mut Scope, depth: usize) -> String {
        let condition = self.condition(scope, 2);
        let then = match self.roll(4) {
            // Without braces `else` belongs to the nearest `if`.
            0 => format!("if {} then {}", self.condition(scope, 1), self.block(scope, depth)),
            1 => self.plain(scope),
            _ => self.block(scope, depth),
        };
        match self.roll(2) {
            0 => format!("if {condition} then {then} else {}", self.block(scope, depth)),
            _ => format!("if {condition} then {then}"),
        }
    }

    fn case(&mut self, scope: &mut Scope) -> String {
        let arms: (Ty, &[&str]) = match self.roll(7) {
            0 => (Ty::Source, &["RTS_STATIC", "RTS_BGP", "RTS_DEVICE, RTS_INHERIT"]),
            1 => (Ty::Pair, &["(1,1)", "(1,2)..(1,9)", "(2,2)"]),
            2 => (Ty::Origin, &["ORIGIN_IGP", "ORIGIN_EGP"]),
            // Old versions take arms that overlap, and are misled.
            3 => (Ty::Int, &["0..100", "2", "5, 16..24"]),
            4 => (Ty::Lc, &["(1,2,3)", "(1,2,4)..(2,2,2)"]),
            _ => (Ty::Int, &["0, 8", "16..24", "1, 5..7", "100"]),
        };
        let on = self.term(arms.0, scope, 1);
        let mut text = format!("case {on} {{ ");
        for labels in arms.1 {
            let _ = write!(text, "{labels}: {} ", self.block(scope, 0));
        }
        if self.roll(2) == 0 {
            let _ = write!(text, "else: {} ", self.block(scope, 0));
        }
        text + "}"
    }

    fn each(&mut self, scope: &mut Scope, depth: usize) -> String {
        let (list, member, word) = [
            (Ty::Path, Ty::Int, "int"),
            (Ty::CList, Ty::Pair, "pair"),
            (Ty::LcList, Ty::Lc, "lc"),
            (Ty::EcList, Ty::Ec, "ec"),
        ][self.roll(4)];
        let over = self.term(list, scope, 1);
        let mut inner = scope.clone().with("each", member);
        format!("for {word} each in {over} do {}", self.block(&mut inner, depth))
    }

    /// A command without branches.
    fn plain(&mut self, scope: &mut Scope) -> String {
        match self.roll(12) {
            0..=2 => self.one(&["accept;", "reject;", "accept;"]).to_owned(),
            3 | 4 => self.set_attribute(scope),
            5 | 6 => self.set_variable(scope),
            7 | 8 => self.change_list(scope),
            9 if self.roll(6) == 0 => self.series(scope),
            9 => self
                .one(&["unset(bgp_med);", "unset(bgp_local_pref);", "unset(bgp_origin);", "bgp_path.empty;"])
                .to_owned(),
            10 if scope.calls() => match self.roll(2) {
                0 => "k@();".to_owned(),
                _ => format!("m@({});", self.term(Ty::Int, scope, 1)),
            },
            _ => format!("if {} then {}", self.condition(scope, 1), self.one(&["accept;", "reject;"])),
        }
    }

    /// So many values that they no longer stay apart.
    fn series(&mut self, scope: &mut Scope) -> String {
        let (on, at) = (self.one(&["bgp_med", "own@", "bgp_local_pref", "preference"]), self.roll(30));
        let one = |n: usize| format!("if (1,{n}) ~ bgp_community then {on} = {n}; ");
        let (first, rest): (String, String) = ((0..at).map(one).collect(), (at..30).map(one).collect());
        format!("{first}{} {rest}", self.plain(scope))
    }

    fn set_attribute(&mut self, scope: &mut Scope) -> String {
        let (name, ty) = [
            ("bgp_med", Ty::Int),
            ("bgp_local_pref", Ty::Int),
            ("preference", Ty::Int),
            ("own@", Ty::Int),
            ("bgp_origin", Ty::Origin),
            ("from", Ty::Ip),
            ("bgp_path", Ty::Path),
            ("bgp_community", Ty::CList),
            ("bgp_large_community", Ty::LcList),
        ][self.roll(9)];
        if self.roll(12) == 0 {
            return format!("dest = {};", self.one(&["RTD_UNREACHABLE", "RTD_BLACKHOLE", "RTD_UNICAST"]));
        }
        format!("{name} = {};", self.term(ty, scope, 2))
    }

    fn set_variable(&mut self, scope: &mut Scope) -> String {
        match scope.any(self) {
            Some((name, ty)) => format!("{name} = {};", self.term(ty, scope, 2)),
            None => self.set_attribute(scope),
        }
    }

    fn change_list(&mut self, scope: &mut Scope) -> String {
        match self.roll(8) {
            0 => format!("bgp_community.add({});", self.term(Ty::Pair, scope, 1)),
            1 => format!("bgp_community.{}({});", self.one(&["delete", "filter"]), self.one(Ty::PAIR_SETS)),
            2 => format!("bgp_large_community.add({});", self.term(Ty::Lc, scope, 1)),
            3 => {
                format!("bgp_large_community.{}({});", self.one(&["delete", "filter"]), self.one(Ty::LC_SETS))
            }
            4 => format!(
                "bgp_ext_community.{}({});",
                self.one(&["add", "delete"]),
                self.term(Ty::Ec, scope, 1)
            ),
            5 => format!("bgp_path.{}({});", self.one(&["delete", "filter"]), self.one(Ty::INT_SETS)),
            6 => format!("bgp_path.delete({});", self.term(Ty::Int, scope, 1)),
            _ => format!("bgp_path.prepend({});", self.term(Ty::Int, scope, 1)),
        }
    }
}
