//! Unit tests that operators write for their filters, in the dialect of BIRD's own tests.

use crate::bird::tree::{Net, Span, Test, TestKind, Tree};
use crate::bird::version::Version;

use super::same::routines_are_same;
use super::value::Value;
use super::{Ending, Interpreter, Route, Run, Tables};

/// What became of one test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestReport {
    /// The function that was run.
    pub name: String,
    /// What the test says of itself; of `bt_test_same` the other function.
    pub title: String,
    /// Where the test stands.
    pub span: Span,
    /// Everything that failed; nothing where the test passed.
    pub failures: Vec<Failed>,
    /// What `print` wrote, line by line.
    pub printed: Vec<String>,
}

/// One thing that failed in a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// What failed.
    pub message: String,
    /// The assertion, or the command that failed.
    pub span: Span,
}

impl TestReport {
    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Runs every test of a configuration, in order.
///
/// ROA and ASPA tables hold what the configuration's static protocols put into them: in a test there is no other.
pub fn test(tree: &Tree, version: Version) -> Vec<TestReport> {
    let interpreter = Interpreter::with_tables(tree, version, Tables::of_statics(tree, version));
    tree.tests.iter().map(|test| interpreter.run_test(test)).collect()
}

impl Interpreter<'_> {
    fn run_test(&self, test: &Test) -> TestReport {
        let name =
            |id| self.tree().routine(id).name.as_ref().map_or_else(String::new, |name| name.text.to_string());
        match &test.kind {
            TestKind::Suite { function, title } => {
                let run = self.suite(*function, blank_route());
                TestReport {
                    name: name(*function),
                    title: title.clone(),
                    span: test.span,
                    failures: failures(&run, test.span),
                    printed: run.printed,
                }
            }
            TestKind::Same { functions: [left, right], result } => {
                let same = routines_are_same(self, *left, *right);
                let message = if same { "the functions are the same" } else { "the functions differ" };
                let failed = Failed { message: message.to_owned(), span: test.span };
                let failures = if u32::from(same) == *result { Vec::new() } else { vec![failed] };
                let printed = Vec::new();
                TestReport { name: name(*left), title: name(*right), span: test.span, failures, printed }
            }
        }
    }
}

fn failures(run: &Run, whole: Span) -> Vec<Failed> {
    let mut failures = run.failed_assertions.clone();
    match &run.ending {
        Ending::Accepted | Ending::Returned => {}
        Ending::Rejected => failures
            .push(Failed { message: "it ended with `reject` or `return false`".to_owned(), span: whole }),
        Ending::Failed(failure) => {
            failures.push(Failed { message: failure.message.clone(), span: failure.span });
        }
        Ending::Unseen(why, span) => failures.push(Failed { message: why.reason.clone(), span: *span }),
    }
    failures
}

/// A route with nothing in it, on which tests may set attributes.
fn blank_route() -> Route {
    let mut route = Route::new(Net::Ip(crate::net::Family::V4.default_prefix()));
    for name in ["source", "scope", "dest", "preference"] {
        route.set_known(name, Value::Void);
    }
    route
}
