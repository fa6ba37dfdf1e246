//! Reads one rule file: TOML between `+++` lines, checked word by word, then Markdown.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Ask, Rule, RuleError, Severity, Stance};
use crate::relation::{FieldDoc, Kind, Pattern, RELATIONS, Relate, Test, Value};
use crate::text::{SourceText, Span};

type Key<'t> = Spanned<Cow<'t, str>>;
type Item<'t> = Spanned<DeValue<'t>>;

/// Reads a rule. `sets` are the names that `within`, `outside` and `covers` may use.
pub(super) fn read(id: &str, source: &SourceText, sets: &[String]) -> Result<Rule, RuleError> {
    let reader = Reader { source, sets, offset: 0 };
    let Some(parts) = split(&source.text) else {
        return Err(reader.error(
            Span::default(),
            "a rule begins with front matter",
            "put TOML between two `+++` lines",
        ));
    };
    let reader = Reader { offset: parts.toml_at, ..reader };
    let table = DeTable::parse(parts.toml).map_err(|error| {
        let span = error.span().map_or(Span::default(), |span| reader.shift(span));
        reader.error(span, error.message(), "not TOML")
    })?;
    let (severity, asks) = reader.front_matter(table.get_ref())?;
    let prose = Prose::read(parts.page).map_err(|message| {
        reader.error(Span::new(parts.page_at..parts.page_at + 1), message, "the page starts here")
    })?;
    Ok(Rule {
        id: id.to_owned(),
        severity,
        title: prose.title,
        summary: prose.summary,
        fix: prose.fix,
        page: parts.page.trim().to_owned(),
        asks,
    })
}

/// A rule file's two parts and where they start.
struct Parts<'t> {
    toml: &'t str,
    toml_at: usize,
    page: &'t str,
    page_at: usize,
}

fn split(text: &str) -> Option<Parts<'_>> {
    let toml_at = text.find("+++\n").filter(|at| text[..*at].trim().is_empty())? + 4;
    let length = if text[toml_at..].starts_with("+++") { 0 } else { text[toml_at..].find("\n+++")? + 1 };
    let page_at = (toml_at + length + 3).min(text.len());
    Some(Parts { toml: &text[toml_at..toml_at + length], toml_at, page: &text[page_at..], page_at })
}

/// What the Markdown must hold.
struct Prose {
    title: String,
    summary: String,
    fix: String,
}

impl Prose {
    fn read(page: &str) -> Result<Prose, &'static str> {
        let mut lines = page.trim().lines();
        let title =
            lines.next().and_then(|line| line.strip_prefix("# ")).ok_or("the page begins with `# Title`")?;
        let summary: Vec<&str> = lines
            .skip_while(|line| line.trim().is_empty())
            .take_while(|line| !line.trim().is_empty() && !line.starts_with('#'))
            .collect();
        if summary.is_empty() {
            return Err("one sentence follows the title");
        }
        let fix = section(page, "Fix").ok_or("the page has a section `## Fix`")?;
        section(page, "Why").ok_or("the page has a section `## Why`")?;
        Ok(Prose { title: title.to_owned(), summary: summary.join(" "), fix })
    }
}

/// The text of a `##` section.
fn section(page: &str, name: &str) -> Option<String> {
    let heading = format!("## {name}");
    let lines = page.lines().skip_while(|line| line.trim() != heading).skip(1);
    let body: Vec<&str> = lines.take_while(|line| !line.starts_with("## ")).collect();
    let text = body.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Walks the front matter with the file at hand for messages.
struct Reader<'t> {
    source: &'t SourceText,
    sets: &'t [String],
    offset: usize,
}

impl<'t> Reader<'t> {
    fn shift(&self, span: std::ops::Range<usize>) -> Span {
        Span::new(span.start + self.offset..span.end + self.offset)
    }

    fn error(&self, span: Span, message: &str, help: &str) -> RuleError {
        RuleError::at(self.source, span, message, help)
    }

    fn unknown(&self, word: &Key<'_>, what: &str, valid: &[&str]) -> RuleError {
        let message = format!("`{}` is no {what}", word.get_ref());
        self.error(self.shift(word.span()), &message, &format!("valid: {}", valid.join(", ")))
    }

    fn wrong(&self, item: &Item<'_>, help: &str) -> RuleError {
        self.error(self.shift(item.span()), "this value does not fit here", help)
    }

    fn front_matter(&self, table: &DeTable<'t>) -> Result<(Severity, Vec<Ask>), RuleError> {
        let (mut severity, mut asks) = (None, Vec::new());
        for (key, item) in table {
            match key.get_ref().as_ref() {
                "severity" => severity = Some(self.severity(item)?),
                "forbid" => self.asks(item, false, &mut asks)?,
                "require" => self.asks(item, true, &mut asks)?,
                _ => return Err(self.unknown(key, "key of a rule", &["severity", "forbid", "require"])),
            }
        }
        let start = Span::new(self.offset..self.offset + 1);
        let severity = severity.ok_or_else(|| {
            self.error(start, "a rule says its severity", "severity = \"error\", \"warning\" or \"note\"")
        })?;
        if asks.is_empty() {
            return Err(self.error(
                start,
                "a rule forbids or requires something",
                "[[forbid.RELATION]] or [[require.RELATION]]",
            ));
        }
        Ok((severity, asks))
    }

    fn severity(&self, item: &Item<'_>) -> Result<Severity, RuleError> {
        let word = item.get_ref().as_str();
        let found = Severity::ALL.into_iter().find(|severity| Some(severity.word()) == word);
        found.ok_or_else(|| self.wrong(item, "valid: \"error\", \"warning\", \"note\""))
    }

    /// `[[forbid.RELATION]]` or `[[require.RELATION]]`, any number of each.
    fn asks(&self, item: &Item<'t>, require: bool, asks: &mut Vec<Ask>) -> Result<(), RuleError> {
        let Some(relations) = item.get_ref().as_table() else {
            return Err(self.wrong(item, "write `[[forbid.RELATION]]`"));
        };
        for (name, patterns) in relations {
            let relation = RELATIONS.iter().find(|relation| relation.name() == name.get_ref().as_ref());
            let names = || RELATIONS.iter().map(|relation| relation.name()).collect::<Vec<_>>();
            let relation = *relation.ok_or_else(|| self.unknown(name, "relation", &names()))?;
            let Some(patterns) = patterns.get_ref().as_array() else {
                return Err(self.wrong(patterns, "write it with double brackets: `[[forbid.RELATION]]`"));
            };
            for pattern in patterns {
                asks.push(self.ask(relation, pattern, require)?);
            }
        }
        Ok(())
    }

    fn ask(&self, relation: &'static dyn Relate, item: &Item<'t>, require: bool) -> Result<Ask, RuleError> {
        let fields = relation.fields();
        let Some(table) = item.get_ref().as_table() else {
            return Err(self.wrong(item, "a table of fields"));
        };
        let mut pattern = Pattern::default();
        let mut when = Pattern::default();
        for (key, value) in table {
            match (require, key.get_ref().as_ref(), value.get_ref().as_table()) {
                (true, "when", Some(selected)) => self.fields(&fields, "", selected, &mut when)?,
                _ => self.field(&fields, "", key, value, &mut pattern)?,
            }
        }
        pattern.cheapest_first();
        when.cheapest_first();
        let stance = if require { Stance::Require { when } } else { Stance::Forbid };
        Ok(Ask { relation, stance, pattern })
    }

    fn fields(
        &self,
        fields: &[FieldDoc],
        prefix: &str,
        table: &DeTable<'t>,
        pattern: &mut Pattern,
    ) -> Result<(), RuleError> {
        table.iter().try_for_each(|(key, value)| self.field(fields, prefix, key, value, pattern))
    }

    /// One key: a field with its test, or the first part of a dotted name.
    fn field(
        &self,
        fields: &[FieldDoc],
        prefix: &str,
        key: &Key<'t>,
        item: &Item<'t>,
        pattern: &mut Pattern,
    ) -> Result<(), RuleError> {
        let name = format!("{prefix}{}", key.get_ref());
        if let Some(number) = fields.iter().position(|field| field.name == name) {
            return self.tests(fields[number], number, item, pattern);
        }
        let deeper = format!("{name}.");
        match item.get_ref().as_table() {
            Some(table) if fields.iter().any(|field| field.name.starts_with(&deeper)) => {
                self.fields(fields, &deeper, table, pattern)
            }
            _ => Err(self.unknown(
                key,
                "field of this relation",
                &fields.iter().map(|f| f.name).collect::<Vec<_>>(),
            )),
        }
    }

    /// A field's test: a value, a list of values, or a table of operators.
    fn tests(
        &self,
        field: FieldDoc,
        number: usize,
        item: &Item<'t>,
        pattern: &mut Pattern,
    ) -> Result<(), RuleError> {
        let Some(operators) = item.get_ref().as_table() else {
            let values = self.values(field.kind, item)?;
            pattern.tests.push((number, Test::OneOf(values)));
            return Ok(());
        };
        for (operator, operand) in operators {
            pattern.tests.push((number, self.operator(field.kind, operator, operand)?));
        }
        Ok(())
    }

    fn operator(&self, kind: Kind, operator: &Key<'t>, operand: &Item<'t>) -> Result<Test, RuleError> {
        let number = matches!(kind, Kind::Number(_));
        let addresses = matches!(kind, Kind::Prefix | Kind::Prefixes | Kind::Address);
        match operator.get_ref().as_ref() {
            "not" => self.values(kind, operand).map(Test::Not),
            "min" if number => self.number(operand).map(Test::Min),
            "max" if number => self.number(operand).map(Test::Max),
            "within" if addresses => self.set(operand).map(Test::Within),
            "outside" if addresses => self.set(operand).map(Test::Outside),
            "covers" if addresses => self.set(operand).map(Test::Covers),
            _ if number => Err(self.unknown(operator, "operator on a number", &["not", "min", "max"])),
            _ if addresses => {
                Err(self.unknown(operator, "operator on addresses", &["not", "within", "outside", "covers"]))
            }
            _ => Err(self.unknown(operator, "operator on this field", &["not"])),
        }
    }

    fn set(&self, item: &Item<'_>) -> Result<String, RuleError> {
        let valid = || format!("the name of a set: {}", self.sets.join(", "));
        let name = item.get_ref().as_str().ok_or_else(|| self.wrong(item, &valid()))?;
        let known = self.sets.iter().any(|set| set == name);
        if known { Ok(name.to_owned()) } else { Err(self.wrong(item, &valid())) }
    }

    fn number(&self, item: &Item<'_>) -> Result<u64, RuleError> {
        let digits = item.get_ref().as_integer();
        let number = digits.and_then(|digits| u64::from_str_radix(digits.as_str(), digits.radix()).ok());
        number.ok_or_else(|| self.wrong(item, "a whole number, not negative"))
    }

    fn values(&self, kind: Kind, item: &Item<'_>) -> Result<Vec<Value>, RuleError> {
        match item.get_ref().as_array() {
            Some(items) => items.iter().map(|item| self.value(kind, item)).collect(),
            None => self.value(kind, item).map(|value| vec![value]),
        }
    }

    fn value(&self, kind: Kind, item: &Item<'_>) -> Result<Value, RuleError> {
        let text = item.get_ref().as_str();
        match kind {
            Kind::Word(words) | Kind::Words(words) => {
                let word = words.iter().find(|word| Some(**word) == text).copied();
                word.map(Value::Word).ok_or_else(|| self.wrong(item, &format!("valid: {}", words.join(", "))))
            }
            Kind::Text | Kind::Texts => {
                text.map(|text| Value::Text(text.to_owned())).ok_or_else(|| self.wrong(item, "a text"))
            }
            Kind::Number(_) => self.number(item).map(Value::Number),
            Kind::Flag => {
                let flag = item.get_ref().as_bool();
                flag.map(Value::Flag).ok_or_else(|| self.wrong(item, "`true` or `false`"))
            }
            Kind::Prefix | Kind::Prefixes => {
                let prefix = text.and_then(|text| text.parse().ok());
                prefix
                    .map(Value::Prefix)
                    .ok_or_else(|| self.wrong(item, "a prefix, such as \"fd53:102:1000::/48\""))
            }
            Kind::Address => {
                let address = text.and_then(|text| text.parse().ok());
                address.map(Value::Address).ok_or_else(|| self.wrong(item, "an address"))
            }
        }
    }
}
