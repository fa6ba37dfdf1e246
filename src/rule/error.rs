//! What is wrong with a rule file, with a caret under the place.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::text::{SourceText, Span};

/// A rule that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The file cannot be read.
    #[error("cannot read rules from `{path}`: {source}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file's front matter or prose is wrong at a place; the text shows it.
    #[error("{0}")]
    Wrong(String),
    /// Two files are one rule.
    #[error("rule `{id}` stands twice: in {first} and in {second}; rename one of the files")]
    Twice {
        /// The rule.
        id: String,
        /// Where it was first.
        first: String,
        /// Where it is again.
        second: String,
    },
}

impl RuleError {
    /// An error at a place, with the line, a caret and what would be right.
    pub(super) fn at(source: &SourceText, span: Span, message: &str, help: &str) -> RuleError {
        let line = source.line(span.start);
        let before: usize = source.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let window = source.line_text(line);
        let start = (span.start as usize).saturating_sub(before).min(window.len());
        let end = (span.end as usize).saturating_sub(before).clamp(start, window.len());
        let snippet = Snippet::source(window)
            .line_start(line)
            .path(&source.path)
            .annotation(AnnotationKind::Primary.span(start..end).label(help));
        let report = &[Level::ERROR.primary_title(message).element(snippet)];
        RuleError::Wrong(Renderer::plain().render(report))
    }
}
