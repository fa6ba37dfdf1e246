//! Every operator on every pair of types, and every method on every type with every argument.

use super::{Dice, FUNCTIONS, ours};
use crate::oracle::{Daemon, birds, may_run};

/// Values of every type, a few of each: what differs within a type is among them.
const VALUES: &[&str] = &[
    "0",
    "7",
    "4294967295",
    "65538",
    "true",
    "false",
    "\"\"",
    "\"abc\"",
    "\"a*\"",
    "10.0.0.1",
    "0.1.0.2",
    "2001:db8::1",
    "::",
    "vquad()",
    "10:20",
    "1.2.3.4:5",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "2001:db8::/32",
    "10:20 10.0.0.0/8",
    "10:20 2001:db8::/32",
    "10.0.0.0/8 max 24 as 5",
    "2001:db8::/32 max 48 as 5",
    "flow4 { dst 10.0.0.0/8; src 10.1.0.0/16; }",
    "flow6 { dst 2001:db8::/32; }",
    "2001:db8::/32 from 2001::/16",
    "(1,2)",
    "(0,0)",
    "(rt,1,2)",
    "(generic,1,2)",
    "(ro,1.2.3.4,7)",
    "(unknown 0x4300,1,2)",
    "(1,2,3)",
    "hex:",
    "hex:00ff10",
    "RTS_STATIC",
    "RTS_BGP",
    "ROA_VALID",
    "NET_IP4",
    "[]",
    "[1,2]",
    "[7,65538]",
    "[(1,2)]",
    "[(1,*),(0,0)]",
    "[10.0.0.1]",
    "[0.1.0.0..0.1.0.9]",
    "[2001:db8::1]",
    "[vquadset]",
    "[10:20]",
    "[(rt,1,*)]",
    "[(1,2,*)]",
    "[RTS_STATIC,RTS_BGP]",
    "[ROA_VALID]",
    "[10.0.0.0/8+]",
    "[2001:db8::/32{16,48}]",
    "[10.0.0.0/8, 10.1.0.0/16-]",
    "[= 1 2 * =]",
    "[= * =]",
    "[= =]",
    "+empty+",
    "prepend(prepend(+empty+,2),1)",
    "prepend(+empty+,7)",
    "-empty-",
    "add(add(-empty-,(1,2)),(0,0))",
    "add(-empty-,0.1.0.2)",
    "--empty--",
    "add(--empty--,(rt,1,2))",
    "---empty---",
    "add(---empty---,(1,2,3))",
    "novoid()",
];

const OPERATORS: &[&str] =
    &["+", "-", "*", "/", "&", "|", "&&", "||", "=", "!=", "<", "<=", ">", ">=", "~", "!~", "++"];

/// Methods without an argument; those that no type has are refused alike.
const BARE: &[&str] = &[
    "len",
    "ip",
    "type",
    "src",
    "dst",
    "maxlen",
    "asn",
    "rd",
    "mac",
    "vlan_id",
    "evpn_type",
    "evpn_tag",
    "evpn_esi",
    "router_ip",
    "is_v4",
    "first",
    "last",
    "last_nonaggregated",
    "empty",
    "reset",
    "min",
    "max",
    "data",
    "data1",
    "data2",
    "mask",
    "prefix",
    "net",
    "preference",
];

/// Methods with one argument, which are functions too.
const WITH: &[&str] = &["prepend", "append", "add", "delete", "filter"];

fn table() -> Vec<String> {
    let mut all = Vec::new();
    for value in VALUES {
        all.push((*value).to_owned());
        for word in ["!", "defined", "format", "from_hex", "-"] {
            all.push(format!("{word}({value})"));
        }
        all.push(format!("format({value}).append(\"x\")"));
        for method in BARE {
            all.push(format!("({value}).{method}"));
            all.push(format!("({value}).{method}()"));
        }
        for other in VALUES {
            for method in WITH {
                all.push(format!("({value}).{method}({other})"));
                all.push(format!("{method}({value}, {other})"));
            }
            for operator in OPERATORS {
                all.push(format!("({value}) {operator} ({other})"));
            }
            all.push(format!("({value}).mask({other})"));
            all.push(format!("({value}, {other})"));
            for kind in ["rt", "ro", "generic", "unknown 0x4300"] {
                all.push(format!("({kind}, {value}, {other})"));
            }
            all.push(format!("({value}, {other}, {value})"));
            all.push(format!("({other}, {value}, {value})"));
            all.push(format!("[= ({value}) ({other}) =]"));
        }
    }
    all
}

/// A share of the table by default; `ROUTELINT_CASES` says how many lines of it.
#[test]
fn every_line_of_the_table_agrees() {
    if !may_run() {
        return;
    }
    let table = table();
    let wanted: usize =
        std::env::var("ROUTELINT_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(1500);
    let mut wrong = Vec::new();
    let mut count = 0;
    for (version, program) in birds() {
        let mut daemon = Daemon::start(&program, FUNCTIONS).expect("the daemon starts");
        let mut dice = Dice(u64::from(version.minor) + 11);
        for expression in &table {
            if dice.roll(table.len()) >= wanted {
                continue;
            }
            let question = format!("eval {expression}");
            let mut theirs = daemon.ask(&question);
            // Each method that fails to be read leaves a place taken until there is none left.
            let is_full = |why: &String| why.contains("Too many nested method calls");
            if theirs.as_ref().is_err_and(is_full) {
                daemon = Daemon::start(&program, FUNCTIONS).expect("the daemon starts");
                theirs = daemon.ask(&question);
            }
            if theirs.as_ref().is_err_and(|why| why.contains("the daemon died")) {
                println!("{version} crashes on {expression}");
                daemon = Daemon::start(&program, FUNCTIONS).expect("the daemon starts");
                continue;
            }
            let ours = ours(expression, version);
            count += 1;
            if ours != theirs.clone().ok() {
                wrong.push(format!("{version}: {expression}\n    BIRD {theirs:?}\n    we   {ours:?}"));
            }
        }
    }
    println!("{count} terms compared, of {} for each version", table.len());
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}
