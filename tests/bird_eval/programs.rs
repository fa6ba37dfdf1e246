//! Whole programs at random; what they print and return is the daemon's.

use super::writer::Writer;
use super::{Dice, configuration};
use crate::oracle::{Daemon, birds, may_run};
use routelint::bird::Version;
use routelint::bird::eval::{Ending, Interpreter};

/// No lists among them: 3.x copies a constant list without its last four bytes.
const CONSTANTS: &str = "log stderr { info };\nrouter id 1.2.3.4;\nprotocol device {}\n\
    define five = 5; define yes_ = true; define home = 10.0.0.1; define nets = 10.1.0.0/16;\n\
    define comm = (1,2);\n";

/// What programs call.
const LIBRARY: &str = "function aquad_(quad q) { return q; } function aquad() { return aquad_(0.1.0.2); }\n\
    function nopath() { return +empty+; } function nolist() { return -empty-; }\n\
    function noeclist() { return --empty--; } function nolclist() { return ---empty---; }\n";

/// What BIRD's reader says of a program alone, if it refuses it.
fn refusal(program: &std::path::Path, text: &str) -> Option<String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("written");
    let output = std::process::Command::new(program).arg("-p").arg("-c").arg(file.path()).output();
    let output = output.expect("it runs");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The lines of a log without what stands before each.
fn said(log: &str) -> Vec<String> {
    let bare = |line: &str| match line.split_once("<INFO> ") {
        Some((_, text)) => text.to_owned(),
        None => line.strip_prefix("bird: ").unwrap_or(line).to_owned(),
    };
    log.lines().map(bare).collect()
}

/// `ROUTELINT_CASES` is the number of programs for each version, `ROUTELINT_SEED` repeats a run.
#[test]
fn programs_agree() {
    if !may_run() {
        return;
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (count, seed) = (number("ROUTELINT_CASES").unwrap_or(150), number("ROUTELINT_SEED").unwrap_or(1));
    let mut wrong = Vec::new();
    let mut tally = [0; 4];
    for (version, program) in birds() {
        let mut done = 0;
        while done < count {
            let dice = Dice(seed.wrapping_mul(1000) + done * 7 + u64::from(version.minor));
            let mut writer = Writer::new(dice, version);
            let batch: Vec<String> =
                (0..150.min(count - done)).map(|at| writer.program(&format!("p{at}"))).collect();
            done += batch.len() as u64;
            compare(version, &program, &batch, &mut tally, &mut wrong);
        }
    }
    let [compared, failing, refused, dying] = tally;
    println!(
        "{compared} programs compared, {failing} of them fail as they run; {refused} are refused, BIRD dies of {dying}"
    );
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn compare(
    version: Version,
    program: &std::path::Path,
    batch: &[String],
    tally: &mut [usize; 4],
    wrong: &mut Vec<String>,
) {
    let kept = accepted(version, program, batch, &mut tally[2], wrong);
    let lines: Vec<&str> = kept.iter().map(|(_, line)| line.as_str()).collect();
    let text = whole(&lines.join("\n"));
    let mut daemon = Daemon::start(program, &text).expect("the daemon starts");
    let configuration = configuration(&text, version);
    let interpreter = Interpreter::new(&configuration.tree, version);
    for (at, line) in kept {
        let before = daemon.log().len();
        let reply = daemon.ask(&format!("eval p{at}()"));
        let id = configuration.tree.routine_named(&format!("p{at}")).expect("it is there");
        let (run, value) = interpreter.call(id, Vec::new(), None);
        let loses_count = matches!(run.ending, Ending::Unseen(..));
        if reply.as_ref().is_err_and(|why| why.contains("the daemon died")) {
            tally[3] += 1;
            if !loses_count {
                wrong.push(format!("{version}: BIRD dies of {line}\n    we   {:?}", run.ending));
            }
            daemon = Daemon::start(program, &text).expect("the daemon starts");
            continue;
        }
        // Before 2.14 it goes on with mixed up values.
        if loses_count && version < Version::new(2, 14, 0) {
            continue;
        }
        let theirs = reply.ok();
        let printed: Vec<String> = said(&daemon.log()[before..])
            .into_iter()
            .filter(|line| !line.contains("filters, line"))
            .collect();
        tally[0] += 1;
        tally[1] += usize::from(theirs.is_none());
        let ours = value.map(|value| value.text(version));
        let same_text = match (&ours, &theirs) {
            // BIRD cuts long replies.
            (Some(ours), Some(theirs)) => ours == theirs || theirs.len() > 900,
            (ours, theirs) => ours == theirs,
        };
        let long = printed.iter().any(|line| line.len() > 900);
        if !same_text || (!long && run.printed != printed) {
            wrong.push(format!(
                "{version}: {line}\n    BIRD {theirs:?} {printed:?}\n    we   {ours:?} {:?} {:?}",
                run.printed, run.ending
            ));
        }
    }
}

fn whole(lines: &str) -> String {
    format!("{CONSTANTS}{LIBRARY}{lines}\n")
}

/// The programs that both accept.
fn accepted<'a>(
    version: Version,
    program: &std::path::Path,
    batch: &'a [String],
    refused: &mut usize,
    wrong: &mut Vec<String>,
) -> Vec<(usize, &'a String)> {
    let mut kept = Vec::new();
    for (at, line) in batch.iter().enumerate() {
        let read = configuration(&whole(line), version);
        match (read.errors.first(), refusal(program, &whole(line))) {
            (None, None) => kept.push((at, line)),
            (Some(_), Some(_)) => *refused += 1,
            (ours, theirs) => {
                wrong.push(format!("{version}: {line}\n    BIRD {theirs:?}\n    we   {ours:?}"))
            }
        }
    }
    kept
}
