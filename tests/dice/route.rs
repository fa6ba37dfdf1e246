//! Random routes for a program: made of what it mentions, and of what stands next to that.

use super::Dice;

/// What a program mentions, as routes may have it.
pub(crate) struct Borders {
    nets: Vec<String>,
    numbers: Vec<u32>,
}

impl Borders {
    /// Reads the program's text.
    pub(crate) fn of(program: &str) -> Borders {
        let word = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '/' | ':' | '_');
        let mut nets: Vec<String> = vec!["0.0.0.0/0".to_owned(), "10.1.2.3/32".to_owned()];
        let mut numbers = vec![0, 1, 100];
        for word in program.split(word) {
            let word = word.trim_end_matches([':', '.']);
            match word
                .split_once('/')
                .and_then(|(a, l)| Some((a.parse::<std::net::Ipv4Addr>().ok()?, l.parse::<u8>().ok()?)))
            {
                Some((address, length)) => nets.extend(around(address.into(), length)),
                None => numbers.extend(word.split("..").filter_map(|n| n.parse::<u32>().ok())),
            }
        }
        let near = |n: &u32| [n.saturating_sub(1), *n, n.saturating_add(1)];
        let mut numbers: Vec<u32> = numbers.iter().flat_map(near).collect();
        numbers.sort_unstable();
        numbers.dedup();
        nets.sort_unstable();
        nets.dedup();
        Borders { nets, numbers }
    }

    fn number(&self, dice: &mut Dice) -> u32 {
        self.numbers[dice.roll(self.numbers.len())]
    }

    fn small(&self, dice: &mut Dice) -> u32 {
        if dice.roll(4) == 0 { self.number(dice) & 0xffff } else { dice.roll(4) as u32 }
    }

    pub(crate) fn net(&self, dice: &mut Dice) -> String {
        format!("net={}", self.nets[dice.roll(self.nets.len())])
    }

    /// A route in words; `number` stands behind the protocol's name.
    pub(crate) fn route(&self, dice: &mut Dice, number: &str) -> Vec<String> {
        let mut words = vec![
            self.net(dice),
            format!("source={}", dice.one(&["RTS_STATIC", "RTS_BGP", "RTS_DEVICE", "RTS_INHERIT"])),
            format!("proto={}", dice.one(&["a@", "ab", "b", "a"]).replace('@', number)),
            format!("dest={}", dice.one(&["RTD_UNICAST", "RTD_UNREACHABLE", "RTD_BLACKHOLE"])),
            format!("preference={}", self.number(dice) & 0xffff),
            format!("from={}", dice.one(&["0.0.0.0", "192.0.2.9", "10.1.0.0"])),
        ];
        words.extend(self.optional(dice));
        if words.iter().any(|word| word == "dest=RTD_UNICAST") && dice.roll(2) == 0 {
            let gateway = dice.one(&["10.1.0.0", "192.0.2.9", "::"]);
            words.extend([format!("gw={gateway}"), format!("ifname={}", dice.one(&["a", "b", "eth0"]))]);
        }
        if dice.roll(3) == 0 {
            words.push(format!("own{number}={}", self.number(dice)));
            words.push(format!("bgp_next_hop={}", dice.one(&["10.1.0.0", "192.0.2.9", "10.0.0.0"])));
        }
        words
    }

    /// The attributes that a route may lack.
    pub(crate) fn optional(&self, dice: &mut Dice) -> Vec<String> {
        let mut words = Vec::new();
        for name in ["bgp_med", "bgp_local_pref"] {
            if dice.roll(2) == 0 {
                words.push(format!("{name}={}", self.number(dice)));
            }
        }
        if dice.roll(2) == 0 {
            words
                .push(format!("bgp_origin={}", dice.one(&["ORIGIN_IGP", "ORIGIN_EGP", "ORIGIN_INCOMPLETE"])));
        }
        if dice.roll(2) == 0 {
            let asns: Vec<String> = (0..dice.roll(4)).map(|_| self.path_member(dice)).collect();
            words.push(format!("bgp_path={}", asns.join(" ")));
        }
        if dice.roll(2) == 0 {
            let list: Vec<String> = (0..1 + dice.roll(3))
                .map(|_| format!("({},{})", self.small(dice), self.small(dice)))
                .collect();
            words.push(format!("bgp_community={}", each_once(list)));
        }
        if dice.roll(3) == 0 {
            let kind = dice.one(&["rt", "ro", "rt"]);
            words.push(format!("bgp_ext_community=({kind},1,{})", self.small(dice)));
        }
        if dice.roll(2) == 0 {
            let list: Vec<String> = (0..1 + dice.roll(3))
                .map(|_| {
                    format!("({},{},{})", self.small(dice), dice.one(&["2", "2", "0"]), self.small(dice))
                })
                .collect();
            words.push(format!("bgp_large_community={}", each_once(list)));
        }
        words
    }

    fn path_member(&self, dice: &mut Dice) -> String {
        match dice.roll(3) {
            0 => self.number(dice).to_string(),
            _ => dice.one(&["5", "7", "1", "5"]).to_owned(),
        }
    }
}

/// The members in one text; `add`, by which a daemon is given them, adds none twice.
fn each_once(mut members: Vec<String>) -> String {
    members.sort_unstable();
    members.dedup();
    members.join(" ")
}

/// A prefix, what lies next to it, around it and within it.
fn around(address: u32, length: u8) -> Vec<String> {
    let text = |address: u32, length: u8| {
        let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
        format!("{}/{length}", std::net::Ipv4Addr::from(address & mask))
    };
    let next = 1u32.checked_shl(32 - u32::from(length)).unwrap_or(0);
    let mut nets = vec![text(address, length), text(address.wrapping_add(next), length)];
    nets.extend((length > 0).then(|| text(address, length - 1)));
    nets.extend((length < 32).then(|| text(address, length + 1)));
    nets.extend((length < 32).then(|| text(address | next >> 1, length + 1)));
    nets.push(text(address, 32));
    nets.push(text(address, length.max(24)));
    nets
}
