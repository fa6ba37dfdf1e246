//! The rules that ship with the program, and the user's beside them.

use std::path::Path;

use include_dir::{Dir, include_dir};

use super::{Rule, RuleError, front_matter};
use crate::text::SourceText;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// Every rule that is judged, sorted by id.
pub struct Catalogue {
    rules: Vec<(Rule, String)>,
}

impl Catalogue {
    /// The shipped rules, with the names of the sets that their patterns may use.
    pub fn shipped(sets: &[String]) -> Result<Catalogue, RuleError> {
        let mut catalogue = Catalogue { rules: Vec::new() };
        for file in SHIPPED.files() {
            let path = format!("rules/{}", file.path().display());
            catalogue.add(
                file.path(),
                &SourceText::new(path, file.contents_utf8().unwrap_or_default()),
                sets,
            )?;
        }
        Ok(catalogue)
    }

    /// Adds every `*.md` file of a folder.
    pub fn add_folder(&mut self, folder: &Path, sets: &[String]) -> Result<(), RuleError> {
        let unreadable = |path: &Path| {
            let path = path.display().to_string();
            move |source| RuleError::Unreadable { path, source }
        };
        for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
            let path = entry.map_err(unreadable(folder))?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
                self.add(&path, &SourceText::new(path.display().to_string(), text), sets)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, source: &SourceText, sets: &[String]) -> Result<(), RuleError> {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if let Some((_, first)) = self.rules.iter().find(|(rule, _)| rule.id == id) {
            return Err(RuleError::Twice { id, first: first.clone(), second: source.path.clone() });
        }
        let rule = front_matter::read(&id, source, sets)?;
        let at = self.rules.partition_point(|(known, _)| known.id < id);
        self.rules.insert(at, (rule, source.path.clone()));
        Ok(())
    }

    /// The rules, sorted by id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|(rule, _)| rule)
    }

    /// The rule with an id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules().find(|rule| rule.id == id)
    }
}
