//! The options that stand outside of protocols (nest/config.Y, sysdep/unix/config.Y).

/// Those that end without a semicolon of their own are listed in [`UNTERMINATED`].
pub(super) const TOP: &[&str] = &[
    "router id from INTERFACES",
    "router id ID",
    "@8 hostname TEXT",
    "graceful restart wait INT",
    "log syslog [name TEXT] LOGMASK",
    "log stderr LOGMASK",
    "@16 log udp (ADDRESS | TEXT) [port INT<1-65535>] LOGMASK",
    "log fixed TEXT size INT LOGMASK",
    "log TEXT [INT [TEXT]] LOGMASK",
    "debug protocols DEBUGMASK",
    "@8 debug channels DEBUGMASK",
    "@8 debug tables (@3 DEBUGMASK | BOOL)",
    "debug commands INT",
    "debug latency limit TIME",
    "debug latency BOOL",
    "watchdog warning TIME",
    "watchdog timeout TIME",
    "mrtdump protocols MRTMASK",
    "mrtdump TEXT",
    "timeformat route TIMEFORMAT",
    "timeformat protocol TIMEFORMAT",
    "timeformat base TIMEFORMAT",
    "timeformat log TIMEFORMAT",
    "@18 cli LITERAL [{cli}]",
    "threads INT",
    "@31 thread group NEWSYMBOL [{thread group}]",
    "@3 filter stacks INT INT",
    "mpls domain NEWSYMBOL [{mpls domain}]",
];

/// The first words of options behind which the semicolon may be left out.
pub(in crate::bird) const UNTERMINATED: [&str; 4] = ["debug", "watchdog", "mpls", "cli"];
