//! The options that stand outside of protocols (nest/config.Y, sysdep/unix/config.Y).

use crate::bird::version::Version;

/// Those that end without a semicolon of their own are listed in [`unterminated`].
pub(super) const TOP: &[&str] = &[
    "router id from INTERFACES",
    "router id ID",
    "@8 hostname TEXT",
    "graceful restart wait INT",
    "log syslog [name TEXT] LOGMASK",
    "log stderr LOGMASK",
    "@15 log udp HOST [port (@18 INT<0-65535> | @early NUM<0-65535>)] LOGMASK",
    "@3 log fixed TEXT INT LOGMASK",
    "@old log TEXT [INT TEXT] LOGMASK",
    "@14 log TEXT [INT<16384-> TEXT] LOGMASK",
    "debug protocols DEBUGMASK",
    "@8 debug channels DEBUGMASK",
    "@14 debug tables DEBUGMASK",
    "debug commands INT",
    "@31 debug show route DEBUGMASK",
    "debug latency limit TIME",
    "debug latency (@3 LATENCYMASK | @2 BOOL)",
    "watchdog warning TIME",
    "watchdog timeout TIME",
    "mrtdump protocols MRTMASK",
    "mrtdump TEXT",
    "timeformat route TIMEFORMAT",
    "timeformat protocol TIMEFORMAT",
    "timeformat base TIMEFORMAT",
    "timeformat log TIMEFORMAT",
    "@16 cli TEXT [{cli}]",
    "@24 threads INT",
    "@32 threads INT<1->",
    "@31 threads NUM<1->",
    "@31 thread group NEWGROUP [{thread group}]",
    "@3 filter stacks INT<16-> INT<16->",
    "@14 mpls domain NEWDOMAIN [{mpls domain}]",
];

/// Whether the semicolon may be left out behind the options that begin with a word.
pub(in crate::bird) fn unterminated(word: &str, version: Version) -> bool {
    match word {
        "debug" | "watchdog" | "mpls" => true,
        "threads" | "thread" => version.major > 2,
        _ => false,
    }
}
