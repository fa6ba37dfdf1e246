//! Whatever stands in the files, reading ends, without a panic.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use routelint::bird::eval::{Ending, Interpreter};
use routelint::bird::{Files, Version, check, read};

fn given(text: &str) -> Files {
    Files::Given(BTreeMap::from([("/b.conf".to_owned(), text.into())]))
}

#[test]
fn nesting_ends_with_an_error() {
    for (open, close) in [("(", ")"), ("{", "}"), ("! ", ""), ("if true then ", "accept;")] {
        let text =
            format!("protocol device {{}}\nfilter f {{ {}{} }}", open.repeat(20_000), close.repeat(20_000));
        assert!(!read(&given(&text), "/b.conf", Version::DEFAULT).unwrap().errors.is_empty());
    }
    let chain = format!("define A = 1{};", " + 1".repeat(100_000));
    assert!(!read(&given(&chain), "/b.conf", Version::DEFAULT).unwrap().errors.is_empty());
}

#[test]
fn an_include_of_itself_ends() {
    let read =
        read(&given("protocol device {}\ninclude \"b.conf\";\n"), "/b.conf", Version::DEFAULT).unwrap();
    assert!(read.errors.iter().any(|error| error.message.contains("8 files")), "{:?}", read.errors);
}

/// On a line of its own each, or all on the same long line.
#[test]
fn every_one_of_thousands_of_errors_is_told() {
    for between in ["\n", " "] {
        let errors = format!("nonsense;{between}").repeat(16_000);
        let files = given(&format!("protocol static s4 {{\n{errors}}}\n"));
        assert!(read(&files, "/b.conf", Version::DEFAULT).unwrap().diagnostics().len() >= 16_000);
    }
}

/// Each made of the one before: neither the stack nor 2^n steps are to be had.
#[test]
fn a_hundred_thousand_constants_have_values() {
    for made in ["X", "X + X", "(X)", "X - 1 + 1"] {
        let defines =
            (1..100_000).map(|n| format!("define A{n} = {};\n", made.replace('X', &format!("A{}", n - 1))));
        let defines: String = std::iter::once("define A0 = 0;\n".to_owned()).chain(defines).collect();
        let text = format!("protocol static st {{ ipv4 {{ preference A99999; }}; }}\n{defines}");
        let configuration = read(&given(&text), "/b.conf", Version::DEFAULT).unwrap();
        assert_eq!(configuration.errors.len(), 1, "used before it is defined: {:?}", configuration.errors);
        let last = configuration.tree.constant_named("A99999").unwrap();
        let value = Interpreter::new(&configuration.tree, Version::DEFAULT).constant(last);
        assert!(!matches!(value, Err(Ending::Unseen(..))), "{value:?}");
        assert_eq!(value.unwrap().text(Version::DEFAULT), "0");
    }
}

#[test]
fn templates_that_are_made_of_each_other_end() {
    let templates = (1..100_000).map(|n| format!("template bgp t{n} from t{} {{}}\n", n - 1));
    let text = format!("protocol device {{}}\ntemplate bgp t0 {{}}\n{}", templates.collect::<String>());
    let read = read(&given(&text), "/b.conf", Version::DEFAULT).unwrap();
    assert!(read.errors.iter().any(|error| error.message.contains("500 templates")), "{:?}", read.errors);
}

/// Secrets are looked for where an error is told: among labels without end, on one line and on many.
#[test]
fn labels_of_secrets_take_linear_time() {
    for labels in
        ["/* password ", "/* password\n", "/* key \"a\" ", "key ", "password = ", "/* password \"a\" "]
    {
        let (open, label) = labels.split_at(if labels.starts_with("/*") { 3 } else { 0 });
        let close = if open.is_empty() { "" } else { "*/" };
        let text = format!("{open}{}{close} nonsense;\n", label.repeat(100_000));
        let started = Instant::now();
        assert!(!check(&given(&text), "/b.conf", Version::DEFAULT).unwrap().is_empty());
        assert!(started.elapsed() < Duration::from_secs(15), "{labels}");
    }
}

#[test]
fn only_files_are_included() {
    let folder = tempfile::tempdir().unwrap();
    nix::unistd::mkfifo(&folder.path().join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    std::fs::create_dir(folder.path().join("directory")).unwrap();
    let main = folder.path().join("bird.conf");
    for (target, wrong) in [
        ("pipe", Some("a pipe")),
        ("directory", Some("a directory")),
        ("/dev/zero", Some("a device")),
        ("/dev/null", None),
    ] {
        std::fs::write(&main, format!("include \"{target}\";\nprotocol device {{}}\n")).unwrap();
        let told = check(&Files::Disk, main.to_str().unwrap(), Version::DEFAULT).unwrap();
        let message = told.first().map(|first| first.message.as_str());
        assert_eq!(message.is_some(), wrong.is_some(), "{message:?}");
        assert!(message.unwrap_or_default().contains(wrong.unwrap_or_default()), "{message:?}");
    }
}

/// Empty files that include each other, 2^60 times.
#[test]
fn includes_of_includes_end() {
    let files = (0..7).map(|n| (format!("/{n}"), format!("include \"{}\";\n", n + 1).repeat(400).into()));
    let files = Files::Given(files.chain([("/7".to_owned(), "".into())]).collect());
    let told = check(&files, "/0", Version::DEFAULT).unwrap();
    assert!(told.iter().any(|one| one.message.contains("too many")), "{told:?}");
}
