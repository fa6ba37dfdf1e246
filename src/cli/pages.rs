//! `rules` and `explain`: the rules' own pages.

use super::args::{Explain, Rules, Selection};
use super::{CliError, Exit, check, print};
use crate::rule::{Catalogue, Rule};

/// Lists the rules with their severity and title.
pub(super) fn rules(rules: &Rules) -> Result<Exit, CliError> {
    let catalogue = check::catalogue(&rules.selection, &[])?;
    let selected = check::selected(&catalogue, &rules.selection)?;
    let longest = selected.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let line = |rule: &&Rule| format!("{:<longest$}  {:<7}  {}\n", rule.id, rule.severity, rule.title);
    print(&selected.iter().map(line).collect::<String>())?;
    Ok(Exit::Holds)
}

/// Prints a rule's page.
pub(super) fn explain(explain: &Explain) -> Result<Exit, CliError> {
    let selection = Selection { folders: explain.folders.clone(), ..Selection::default() };
    let catalogue = check::catalogue(&selection, &[])?;
    let rule = find(&catalogue, &explain.rule)?;
    print(&format!("{}\n\nrule {}, severity {}\n", rule.page, rule.id, rule.severity))?;
    Ok(Exit::Holds)
}

/// The rule of a name; else an error with the nearest one.
pub(super) fn find<'c>(catalogue: &'c Catalogue, name: &str) -> Result<&'c Rule, CliError> {
    catalogue.rule(name).ok_or_else(|| {
        let shared = |rule: &&Rule| {
            rule.id.split('-').filter(|word| name.split('-').any(|asked| asked == *word)).count()
        };
        let near = catalogue.rules().max_by_key(shared).filter(|rule| shared(rule) > 0);
        CliError::NoRule { name: name.to_owned(), near: near.map(|rule| rule.id.clone()) }
    })
}
