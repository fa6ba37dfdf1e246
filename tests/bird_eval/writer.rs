//! Writes whole programs at random: declarations, branches, loops, cases, calls and methods over every type.

use std::fmt::Write as _;

use super::Dice;
use routelint::bird::Version;

#[derive(Clone, Copy, PartialEq)]
enum Ty {
    Int,
    Bool,
    Ip,
    Prefix,
    Pair,
    Quad,
    Ec,
    Lc,
    Text,
    Path,
    CList,
    EcList,
    LcList,
    Mask,
    IntSet,
    PairSet,
    PrefixSet,
}

use Ty::{
    Bool, CList, Ec, EcList, Int, IntSet, Ip, Lc, LcList, Mask, Pair, PairSet, Path, Prefix, PrefixSet, Quad,
    Text,
};

const ALL: [Ty; 17] = [
    Int, Bool, Ip, Prefix, Pair, Quad, Ec, Lc, Text, Path, CList, EcList, LcList, Mask, IntSet, PairSet,
    PrefixSet,
];

impl Ty {
    fn word(self) -> &'static str {
        match self {
            Int => "int",
            Bool => "bool",
            Ip => "ip",
            Prefix => "prefix",
            Pair => "pair",
            Quad => "quad",
            Ec => "ec",
            Lc => "lc",
            Text => "string",
            Path => "bgppath",
            CList => "clist",
            EcList => "eclist",
            LcList => "lclist",
            Mask => "bgpmask",
            IntSet => "int set",
            PairSet => "pair set",
            PrefixSet => "prefix set",
        }
    }

    fn literals(self) -> &'static [&'static str] {
        match self {
            Int => &["0", "1", "2", "3", "7", "65535", "65536", "4294967295", "0x10", "five"],
            Bool => &["true", "false", "yes_"],
            Ip => &["10.0.0.1", "192.0.2.7", "2001:db8::1", "::", "home"],
            Prefix => &["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "2001:db8::/32", "::/0", "nets"],
            Pair => &["(1,2)", "(1,3)", "(7,7)", "(65535,65535)", "comm"],
            Quad => &["10.0.0.1", "0.1.0.2", "192.0.2.7"],
            Ec => &["(rt,1,2)", "(ro,7,3)", "(generic,1,2)", "(rt,1.2.3.4,5)", "(unknown 0x4300,1,7)"],
            Lc => &["(1,2,3)", "(1,2,4)", "(7,0,0)", "(4294967295,1,1)"],
            Text => &["\"\"", "\"a\"", "\"abc\"", "\"a*\"", "\"?b*\""],
            Path => &["+empty+", "prepend(+empty+,1)", "prepend(prepend(+empty+,2),1)"],
            CList => &["-empty-", "add(-empty-,(1,2))", "add(add(-empty-,(1,3)),0.1.0.2)"],
            EcList => &["--empty--", "add(--empty--,(rt,1,2))"],
            LcList => &["---empty---", "add(---empty---,(1,2,3))"],
            Mask => &["[= * =]", "[= =]", "[= 1 2 =]", "[= * 2 * =]", "[= ? [1..3] + =]", "[= five + * =]"],
            IntSet => &["[1]", "[1..3,7]", "[]", "[0,5..9]", "[five, 65535..70000]"],
            PairSet => &["[(1,*)]", "[(1..7,2..3)]", "[comm, (0,0)]"],
            PrefixSet => &["[10.0.0.0/8+]", "[0.0.0.0/0{8,16}]", "[::/0-]", "[2001:db8::/32{16,40}]"],
        }
    }
}

impl Ty {
    /// 3.x copies a constant list without its last four bytes, so what a list literal, or anything folded from one,
    /// holds there is by chance: lists come out of functions, whose calls are not folded.
    fn computed(self) -> &'static [&'static str] {
        match self {
            Path => &["nopath()", "prepend(nopath(),1)", "prepend(prepend(nopath(),2),1)"],
            CList => &["nolist()", "add(nolist(),(1,2))", "add(add(nolist(),(1,3)),0.1.0.2)"],
            EcList => &["noeclist()", "add(noeclist(),(rt,1,2))"],
            LcList => &["nolclist()", "add(nolclist(),(1,2,3))"],
            _ => self.literals(),
        }
    }
}

/// Writes one program.
pub(super) struct Writer {
    dice: Dice,
    version: Version,
    variables: Vec<(String, Ty)>,
    helper: Option<(String, Vec<Ty>, Ty)>,
    names: usize,
    loops: usize,
}

impl Writer {
    pub(super) fn new(dice: Dice, version: Version) -> Writer {
        Writer { dice, version, variables: Vec::new(), helper: None, names: 0, loops: 0 }
    }

    fn typed(&self) -> bool {
        self.version.reaches((14, 0), (0, 0))
    }

    fn literal(&mut self, ty: Ty) -> String {
        let literals = if self.version.major == 3 { ty.computed() } else { ty.literals() };
        self.dice.one(literals).to_owned()
    }

    /// A variable of the type, if there is one.
    fn variable(&mut self, ty: Ty) -> Option<String> {
        let fitting: Vec<&str> = self.variables.iter().filter(|v| v.1 == ty).map(|v| v.0.as_str()).collect();
        if fitting.is_empty() { None } else { Some(self.dice.one(&fitting).to_owned()) }
    }

    fn term(&mut self, ty: Ty, depth: usize) -> String {
        let plain = depth == 0 || self.dice.roll(4) == 0;
        if let Some(variable) = self.variable(ty).filter(|_| plain || matches!(ty, Quad | Mask)) {
            return variable;
        }
        if plain && ty != Quad {
            return self.literal(ty);
        }
        if let Some((name, parameters, returned)) = self.helper.clone()
            && returned == ty
            && self.dice.roll(3) == 0
        {
            let arguments: Vec<String> =
                parameters.iter().map(|parameter| self.term(*parameter, depth.saturating_sub(1))).collect();
            return format!("{name}({})", arguments.join(", "));
        }
        self.compound(ty, depth.max(1) - 1)
    }

    fn compound(&mut self, ty: Ty, depth: usize) -> String {
        match ty {
            Int => self.int(depth),
            Bool => self.bool(depth),
            Ip => match self.dice.roll(3) {
                0 => format!("{}.ip", self.group(Prefix, depth)),
                1 => format!("{}.mask({})", self.group(Ip, depth), self.term(Int, 0)),
                _ => self.literal(Ip),
            },
            Pair => match self.dice.roll(3) {
                0 => format!("({}, {})", self.term(Int, depth), self.term(Int, depth)),
                _ => format!("{}.{}", self.group(CList, depth), self.dice.one(&["min", "max"])),
            },
            Quad => self.variable(Quad).unwrap_or_else(|| "aquad()".to_owned()),
            Ec => match self.dice.roll(3) {
                0 => format!("(rt, {}, {})", self.term(Int, depth), self.term(Int, depth)),
                1 => format!("(generic, {}, {})", self.term(Int, depth), self.term(Int, depth)),
                _ => format!("{}.{}", self.group(EcList, depth), self.dice.one(&["min", "max"])),
            },
            Lc => match self.dice.roll(2) {
                0 => format!(
                    "({}, {}, {})",
                    self.term(Int, depth),
                    self.term(Int, depth),
                    self.term(Int, depth)
                ),
                _ => format!("{}.{}", self.group(LcList, depth), self.dice.one(&["min", "max"])),
            },
            Text => {
                let shown = ALL[self.dice.roll(ALL.len())];
                format!("format({})", self.term(shown, depth))
            }
            Path => {
                let path = self.term(Path, depth);
                match self.dice.roll(4) {
                    0 => format!("delete({path}, {})", self.term(IntSet, depth)),
                    1 => format!("filter({path}, {})", self.term(IntSet, depth)),
                    2 => format!("delete({path}, {})", self.term(Int, depth)),
                    _ => format!("prepend({path}, {})", self.term(Int, depth)),
                }
            }
            CList => self.list(CList, &[Pair, Quad, CList], &[PairSet, CList], depth),
            EcList => self.list(EcList, &[Ec, EcList], &[EcList], depth),
            LcList => self.list(LcList, &[Lc, LcList], &[LcList], depth),
            Mask => {
                let (from, set) = (self.term(Int, depth), self.term(IntSet, depth));
                format!("[= {} ({from}) ({set}) * =]", self.dice.one(&["", "*", "?", "7 +"]))
            }
            Prefix | IntSet | PairSet | PrefixSet => self.literal(ty),
        }
    }

    /// A term before a `.`.
    fn group(&mut self, ty: Ty, depth: usize) -> String {
        format!("({})", self.term(ty, depth))
    }

    fn list(&mut self, list: Ty, members: &[Ty], filters: &[Ty], depth: usize) -> String {
        let on = self.term(list, depth);
        let (word, among) = match self.dice.roll(3) {
            0 => ("delete", [members, filters].concat()),
            1 => ("filter", filters.to_vec()),
            _ => ("add", members.to_vec()),
        };
        let argument = among[self.dice.roll(among.len())];
        format!("{word}({on}, {})", self.term(argument, depth))
    }

    fn int(&mut self, depth: usize) -> String {
        match self.dice.roll(8) {
            0 | 1 => {
                let op = self.dice.one(&["+", "-", "*", "/"]).to_owned();
                format!("({} {op} {})", self.term(Int, depth), self.term(Int, depth))
            }
            2 => {
                let method = self.dice.one(&["len", "first", "last", "last_nonaggregated"]).to_owned();
                format!("{}.{method}", self.group(Path, depth))
            }
            3 => {
                let list = [CList, EcList, LcList][self.dice.roll(3)];
                format!("{}.len", self.group(list, depth))
            }
            4 => format!("{}.{}", self.group(Pair, depth), self.dice.one(&["asn", "data"])),
            5 => format!("{}.{}", self.group(Lc, depth), self.dice.one(&["asn", "data1", "data2"])),
            6 => format!("{}.len", self.group(Prefix, depth)),
            _ => self.literal(Int),
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        const MEMBERS: [(Ty, Ty); 16] = [
            (Int, IntSet),
            (Int, Path),
            (Path, Mask),
            (Path, IntSet),
            (Pair, PairSet),
            (Pair, CList),
            (Quad, CList),
            (CList, PairSet),
            (Ec, EcList),
            (Lc, LcList),
            (Ip, Prefix),
            (Prefix, Prefix),
            (Prefix, PrefixSet),
            (Text, Text),
            (CList, PairSet),
            (Int, IntSet),
        ];
        const ORDERED: [Ty; 9] = [Int, Bool, Ip, Prefix, Pair, Quad, Ec, Lc, Text];
        match self.dice.roll(7) {
            0 => {
                let op = self.dice.one(&["&&", "||"]).to_owned();
                format!("({} {op} {})", self.term(Bool, depth), self.term(Bool, depth))
            }
            1 => format!("!{}", self.group(Bool, depth)),
            2 => {
                let ty = ORDERED[self.dice.roll(ORDERED.len())];
                let op = self.dice.one(&["<", "<=", ">", ">="]).to_owned();
                format!("({} {op} {})", self.term(ty, depth), self.term(ty, depth))
            }
            3 => {
                let (left, right) = (ALL[self.dice.roll(17)], ALL[self.dice.roll(17)]);
                let right = if self.dice.roll(4) == 0 { right } else { left };
                let op = self.dice.one(&["=", "!="]).to_owned();
                format!("({} {op} {})", self.term(left, depth), self.term(right, depth))
            }
            4 => {
                let ty = ALL[self.dice.roll(17)];
                format!("defined({})", self.term(ty, depth))
            }
            5 => format!("{}.is_v4", self.group(Ip, depth)),
            _ => {
                let (left, right) = MEMBERS[self.dice.roll(MEMBERS.len())];
                let op = self.dice.one(&["~", "!~"]).to_owned();
                format!("({} {op} {})", self.term(left, depth), self.term(right, depth))
            }
        }
    }

    fn new_name(&mut self) -> String {
        self.names += 1;
        // A name of a constant or of a variable further out may be hidden.
        if self.dice.roll(12) == 0 { format!("v{}", self.dice.roll(3)) } else { format!("v{}", self.names) }
    }

    fn block(&mut self, depth: usize, returned: Ty) -> String {
        let known = self.variables.len();
        let mut fresh: Vec<String> = Vec::new();
        let mut text = String::from("{ ");
        for _ in 0..=self.dice.roll(4) {
            let statement = self.statement(depth, returned, &mut fresh);
            let _ = write!(text, "{statement} ");
        }
        self.variables.truncate(known);
        text + "}"
    }

    fn declaration(&mut self, fresh: &mut Vec<String>) -> Option<String> {
        let ty = ALL[self.dice.roll(ALL.len())];
        let name = self.new_name();
        if fresh.contains(&name) {
            return None;
        }
        let value = if ty == Quad { self.quad_source() } else { self.term(ty, 2) };
        let bare = self.dice.roll(6) == 0 && self.typed();
        fresh.push(name.clone());
        self.variables.retain(|known| known.0 != name);
        self.variables.push((name.clone(), ty));
        Some(if bare { format!("{} {name};", ty.word()) } else { format!("{} {name} = {value};", ty.word()) })
    }

    fn quad_source(&mut self) -> String {
        self.variable(Quad).unwrap_or_else(|| self.dice.one(Quad.literals()).to_owned())
    }

    fn statement(&mut self, depth: usize, returned: Ty, fresh: &mut Vec<String>) -> String {
        match self.dice.roll(if depth == 0 { 6 } else { 11 }) {
            0 | 1 => match self.declaration(fresh) {
                Some(declaration) => declaration,
                None => "print \"-\";".to_owned(),
            },
            2 | 3 => self.assignment(),
            4 => {
                let shown = ALL[self.dice.roll(ALL.len())];
                format!("print {}, \" \", {};", self.term(shown, 2), self.term(Int, 1))
            }
            5 => self.update(),
            6 => {
                let condition = self.term(Bool, 3);
                let then = self.block(depth - 1, returned);
                match self.dice.roll(2) {
                    0 => format!("if {condition} then {then}"),
                    _ => format!("if {condition} then {then} else {}", self.block(depth - 1, returned)),
                }
            }
            7 | 8 => self.each(depth, returned),
            9 => self.case(depth, returned),
            _ => format!("if {} then return {};", self.term(Bool, 2), self.returned(returned)),
        }
    }

    fn returned(&mut self, ty: Ty) -> String {
        if ty == Quad { self.compound(Quad, 1) } else { self.term(ty, 2) }
    }

    fn assignment(&mut self) -> String {
        if self.variables.is_empty() {
            return "print \"none\";".to_owned();
        }
        let (name, ty) = self.variables[self.dice.roll(self.variables.len())].clone();
        let value = if ty == Quad { self.quad_source() } else { self.term(ty, 3) };
        format!("{name} = {value};")
    }

    /// `list.add(x);`, which variables have since 2.14.
    fn update(&mut self) -> String {
        let ty = [Path, CList, EcList, LcList][self.dice.roll(4)];
        let Some(name) = self.variable(ty).filter(|_| self.typed()) else { return self.assignment() };
        let value = match ty {
            Path => format!("prepend({})", self.term(Int, 2)),
            CList => format!("{}({})", self.dice.one(&["add", "delete"]), self.term(Pair, 2)),
            EcList => format!("{}({})", self.dice.one(&["add", "delete"]), self.term(Ec, 2)),
            _ => format!("{}({})", self.dice.one(&["add", "delete"]), self.term(Lc, 2)),
        };
        if self.dice.roll(8) == 0 { format!("{name}.empty;") } else { format!("{name}.{value};") }
    }

    fn each(&mut self, depth: usize, returned: Ty) -> String {
        if self.loops == 2 {
            return self.assignment();
        }
        let (list, member) = [(Path, Int), (CList, Pair), (EcList, Ec), (LcList, Lc)][self.dice.roll(4)];
        let over = self.term(list, 2);
        let name = self.new_name();
        let known = self.variables.clone();
        self.variables.retain(|variable| variable.0 != name);
        self.variables.push((name.clone(), member));
        self.loops += 1;
        let body = self.block(depth - 1, returned);
        self.loops -= 1;
        self.variables = known;
        format!("for {} {name} in {over} do {body}", member.word())
    }

    fn case(&mut self, depth: usize, returned: Ty) -> String {
        let (ty, labels): (Ty, &[&str]) = match self.dice.roll(4) {
            0 => (Int, &["0", "1..2", "five", "7", "100..65535, 65537", "(3+1)"]),
            1 => (Pair, &["(1,2)", "(1,3..9)", "(7,*)", "(2,1)..(3,5)"]),
            2 => (Ip, &["10.0.0.1", "192.0.2.0..192.0.2.9", "::", "2001:db8::1"]),
            _ => (Lc, &["(1,2,3)", "(7,*,*)", "(1,3,*)"]),
        };
        let mut text = format!("case {} {{ ", self.term(ty, 2));
        for label in labels {
            if self.dice.roll(2) == 0 {
                let body = self.block(depth - 1, returned);
                let _ = write!(text, "{label}: {body} ");
            }
        }
        if self.dice.roll(2) == 0 {
            let body = self.block(depth - 1, returned);
            let _ = write!(text, "else: {body} ");
        }
        text + "}"
    }

    fn function(&mut self, name: &str, parameters: &[Ty], returned: Ty) -> String {
        self.variables = parameters.iter().enumerate().map(|(at, ty)| (format!("a{at}"), *ty)).collect();
        let listed: Vec<String> =
            parameters.iter().enumerate().map(|(at, ty)| format!("{} a{at}", ty.word())).collect();
        let block = self.block(3, returned);
        let body = block.trim_end_matches('}').trim_start_matches('{').to_owned();
        self.variables.clear();
        self.names += 1;
        let last = match returned {
            Quad => "aquad()".to_owned(),
            ty => self.term(ty, 2),
        };
        let arrow = if self.typed() && self.dice.roll(3) == 0 {
            format!("-> {} ", returned.word())
        } else {
            String::new()
        };
        format!("function {name}({}) {arrow}{{ {body} return {last}; }}", listed.join("; "))
    }

    /// A helper and the program that may call it, on one line.
    pub(super) fn program(&mut self, name: &str) -> String {
        self.helper = None;
        let parameters: Vec<Ty> = (0..self.dice.roll(3)).map(|_| ALL[self.dice.roll(13)]).collect();
        let parameters: Vec<Ty> = parameters.into_iter().filter(|ty| *ty != Quad).collect();
        let returned = ALL[self.dice.roll(13)];
        let helper = self.function(&format!("{name}h"), &parameters, returned);
        self.helper = Some((format!("{name}h"), parameters, returned));
        let returned = ALL[self.dice.roll(ALL.len())];
        let program = self.function(name, &[], returned);
        format!("{helper} {program}")
    }
}
