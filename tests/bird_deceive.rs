//! Export filters and channels written to deceive: every verdict is right or undecided, and real daemons are the
//! judges of that.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod deceiving;
mod oracle;

use std::path::Path;
use std::process::Command;

use deceiving::{Case, Passes, Stage, cases, is_own, judged};
use routelint::seen::Seen;

const STAGE: &str = include_str!("deceiving/stage.conf");

/// The share of the cases that may be left undecided.
const UNDECIDED: usize = 150;

fn filters() -> Vec<Case> {
    cases(include_str!("deceiving/filters.conf"))
}

fn channels() -> Vec<Case> {
    cases(include_str!("deceiving/channels.conf"))
}

/// The configuration in which a filter is one of a session.
fn with_session(number: usize, filter: &Case) -> String {
    let channel = format!("{{ import none; export filter f{number}; }}");
    format!(
        "{STAGE}{}\nprotocol bgp sink{number} {{ local 10.50.0.1 as 65001; neighbor 10.50.1.{number} as 65003;
           ipv4 {channel}; ipv6 {channel}; }}\n",
        filter.text
    )
}

/// The verdict over all channels of a session; the reason where it is undecided.
fn verdict(configuration: &str, version: &str, number: usize) -> Result<Passes, String> {
    let channels = judged(configuration, version, &format!("sink{number}"));
    assert!(!channels.is_empty());
    let mut undecided = None;
    for channel in channels {
        match channel.beyond {
            Seen::Known(_) => return Ok(Passes::More),
            Seen::Unseen(why) => undecided = Some(why.reason),
            Seen::Absent => {}
        }
    }
    undecided.map_or(Ok(Passes::Own), Err)
}

/// Judges every case that a version takes.
fn judge(cases: &[Case], version: &str, configuration: impl Fn(usize, &Case) -> String) {
    let (mut wrong, mut undecided) = (Vec::new(), Vec::new());
    for (number, case) in cases.iter().enumerate() {
        match verdict(&configuration(number, case), version, number) {
            Ok(found) if found == case.passes => {}
            Ok(found) => wrong.push(format!("{}: {found:?}\n{}", case.title, case.text)),
            Err(why) => undecided.push(format!("{}: {why}", case.title)),
        }
    }
    assert!(wrong.is_empty(), "{version}: {} wrong:\n{}\n{undecided:#?}", wrong.len(), wrong.join("\n"));
    assert!(undecided.len() <= cases.len() / UNDECIDED, "{version}: undecided: {undecided:#?}");
}

#[test]
fn no_filter_deceives() {
    judge(&filters(), "2.20.0", with_session);
}

#[test]
fn no_channel_deceives() {
    judge(&channels(), "3.4.0", |_, case| format!("{STAGE}{}", case.text));
}

/// Whether a version takes a configuration.
fn takes(program: &Path, text: &str) -> bool {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Command::new(program).args(["-p", "-c"]).arg(file.path()).output().unwrap().status.success()
}

/// What real daemons let pass is what the cases say, and what the linter says of them in that version.
fn settle(
    cases: &[Case],
    sessions: usize,
    command: impl Fn(usize) -> Vec<String>,
    configuration: impl Fn(usize, &Case) -> String,
) {
    if !oracle::may_run() {
        return;
    }
    for (version, program) in oracle::birds() {
        let taken = |case: &Case| takes(&program, &format!("{STAGE}{}", case.text));
        let taken: Vec<(usize, &Case)> = cases.iter().enumerate().filter(|(_, case)| taken(case)).collect();
        let texts: Vec<&str> = taken.iter().map(|(_, case)| case.text.as_str()).collect();
        let whole = format!("{STAGE}{}", texts.join("\n"));
        let mut stage = Stage::start(&program, &whole, sessions.min(taken.len())).unwrap();
        let mut wrong = Vec::new();
        for (number, case) in &taken {
            let commands = command(*number).into_iter();
            let mut routes: Vec<_> = commands.flat_map(|command| stage.passing(&command).unwrap()).collect();
            routes.retain(|route| !is_own(route));
            let found = if routes.is_empty() { Passes::Own } else { Passes::More };
            if found != case.passes {
                wrong.push(format!("{} (daemon): {routes:?}\n{}", case.title, case.text));
            }
            let said = verdict(&configuration(*number, case), &version.to_string(), *number);
            if said.as_ref().is_ok_and(|said| *said != found) {
                wrong.push(format!("{} (linter): {said:?}\n{}", case.title, case.text));
            }
        }
        assert!(wrong.is_empty(), "{version}: {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

#[test]
fn daemons_let_the_same_pass_by_filters() {
    let show = |number: usize| {
        ["master4", "master6"].map(|t| format!("show route table {t} filter f{number}")).into()
    };
    settle(&filters(), 0, show, with_session);
}

#[test]
fn daemons_let_the_same_pass_by_channels() {
    let cases = channels();
    let show = |number: usize| vec![format!("show route export sink{number}")];
    settle(&cases, cases.len(), show, |_, case| format!("{STAGE}{}", case.text));
}

/// `show route export` knows nothing of the network, so no daemon here says so; its neighbours did, 3.1.8's and 3.4.0's.
#[test]
fn a_network_limits_the_export() {
    for (network, passes) in [("10.1.0.0/16", Passes::Own), ("10.0.0.0/8", Passes::More)] {
        let export = format!("export in {network} where source = RTS_STATIC && net.len < 24");
        let session = format!(
            "protocol bgp sink0 {{ local 10.50.0.1 as 65001; neighbor 10.50.1.1 as 65003;
               ipv4 {{ import none; {export}; }}; }}\n"
        );
        assert_eq!(verdict(&format!("{STAGE}{session}"), "3.4.0", 0), Ok(passes), "{network}");
    }
}

/// Of routes that are not plain nothing is proved, and that is told in a row of each channel.
#[test]
fn other_families_are_told_to_be_unseen() {
    let other = [
        ("vpn4", "2.20.0", "vpn4 table t;"),
        ("flow6", "2.20.0", "flow6 table t;"),
        ("evpn", "3.4.0", "evpn table t;"),
    ];
    for (kind, version, table) in other {
        let session = |policy: &str| {
            format!(
                "{table}\nprotocol bgp sink0 {{ local 10.50.0.1 as 65001; neighbor 10.50.1.1 as 65003;
                   {kind} {{ table t; import none; export {policy}; }}; }}\n"
            )
        };
        let judged = |policy: &str| judged(&format!("{STAGE}{}", session(policy)), version, "sink0");
        let channels = judged("all");
        let [channel] = channels.as_slice() else { panic!("{kind}: {} rows", channels.len()) };
        for answer in [&channel.beyond, &channel.learned] {
            let Seen::Unseen(why) = answer else { panic!("{kind}: {answer:?}") };
            assert_eq!(why.reason, format!("what passes the channel `{kind}` of sink0 is not followed"));
            assert!(why.remedy.contains("birdc show route export"), "{why:?}");
        }
        assert_eq!(judged("none").len(), 1);
        assert!(matches!(judged("none")[0].beyond, Seen::Absent), "{kind}");
    }
}
