//! The options of channels (nest/config.Y, nest/mpls.Y).

pub(super) const CHANNEL: &[&str] = &[
    "table TABLE",
    "import limit (off | INT [action (warn | block | restart | disable)])",
    "import keep filtered BOOL",
    "import POLICY",
    "@3 export in NET POLICY",
    "export limit (off | INT [action (warn | block | restart | disable)])",
    "export POLICY",
    "receive limit (off | INT [action (warn | block | restart | disable)])",
    "preference INT<0-65535>",
    "@8 rpki reload BOOL",
    "@8 debug DEBUGMASK",
];

pub(super) const MPLS: &[&str] =
    &["@14 domain DOMAIN", "@14 label range RANGE", "@14 label policy (static | prefix | aggregate | vrf)"];
