//! `show`: lists the rows of a relation, or what its fields mean.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table};
use serde_json::{Map, Value as Json, json};

use super::args::{Format, Show};
use super::{CliError, Exit, input, print, terminal_width};
use crate::host::Host;
use crate::relation::{Kind, RELATIONS, Relate, Value};
use crate::seen::Seen;

/// Lists what the arguments ask for.
pub(super) fn show(show: &Show) -> Result<Exit, CliError> {
    let Some(name) = &show.relation else {
        let line = |relation: &&dyn Relate| format!("{:<9} {}\n", relation.name(), relation.about());
        print(&RELATIONS.iter().map(line).collect::<String>())?;
        return Ok(Exit::Holds);
    };
    let valid = || RELATIONS.iter().map(|relation| relation.name()).collect::<Vec<_>>().join(", ");
    let relation = RELATIONS.iter().find(|relation| relation.name() == name);
    let relation = *relation.ok_or_else(|| CliError::NoRelation { name: name.clone(), valid: valid() })?;
    if show.fields {
        print(&fields(relation))?;
        return Ok(Exit::Holds);
    }
    let nodes = input::nodes(&show.input)?;
    for node in &nodes {
        let host = Host::new(&node.snapshot, node.intent.as_ref());
        match show.format {
            Format::Table => print(&table(relation, &host, &columns(relation, show.all), show.limit))?,
            Format::Json => print(&lines(relation, &host)?)?,
        }
    }
    Ok(Exit::Holds)
}

/// The reference of a relation's fields.
fn fields(relation: &dyn Relate) -> String {
    let mut text = format!("{}: {}\n", relation.name(), relation.about());
    for field in relation.fields() {
        let _ = write!(text, "\n{} ({})\n  {}\n", field.name, kind(field.kind), field.about);
    }
    text
}

/// What values a field has, in words.
fn kind(kind: Kind) -> String {
    match kind {
        Kind::Word(words) => format!("one of {}", words.join(", ")),
        Kind::Words(words) => format!("any of {}", words.join(", ")),
        Kind::Text => "text".to_owned(),
        Kind::Texts => "texts".to_owned(),
        Kind::Number(unit) => format!("number, {unit}"),
        Kind::Flag => "true or false".to_owned(),
        Kind::Prefix => "prefix".to_owned(),
        Kind::Prefixes => "prefixes".to_owned(),
        Kind::Address => "address".to_owned(),
    }
}

/// The numbers of the columns that a table has: the main ones unless all are wanted.
fn columns(relation: &dyn Relate, all: bool) -> Vec<usize> {
    let (main, fields) = (relation.main(), relation.fields());
    let is_shown = |at: &usize| all || main.is_empty() || main.contains(&fields[*at].name);
    (0..fields.len()).filter(is_shown).collect()
}

/// The rows as a table that fits the terminal; in a pipe each row is one line.
fn table(relation: &dyn Relate, host: &Host<'_>, columns: &[usize], limit: usize) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    if let Some(width) = terminal_width() {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width as u16);
    }
    let fields = relation.fields();
    table.set_header(std::iter::once("node").chain(columns.iter().map(|at| fields[*at].name)));
    let mut count = 0;
    relation.list(host, &mut |values| {
        count += 1;
        if count <= limit {
            let cells = columns.iter().map(|at| cell(&values[*at]));
            table.add_row(std::iter::once(host.snapshot.node.clone()).chain(cells));
        }
    });
    let more = if count > limit {
        format!("and {} more rows, with `--limit`\n", count - limit)
    } else {
        String::new()
    };
    let rows: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    rows + &more
}

/// A value in a table: `-` for what is not there, `?` for what was not seen.
fn cell(value: &Seen<Value>) -> String {
    match value {
        Seen::Known(value) => value.to_string(),
        Seen::Absent => "-".to_owned(),
        Seen::Unseen(_) => "?".to_owned(),
    }
}

/// The rows as JSON, one object a line; what was not seen is an object with the reason.
fn lines(relation: &dyn Relate, host: &Host<'_>) -> Result<String, CliError> {
    let fields = relation.fields();
    let mut text = String::new();
    let mut failed = None;
    relation.list(host, &mut |values| {
        let mut row = Map::from_iter([("node".to_owned(), Json::from(host.snapshot.node.as_str()))]);
        row.extend(fields.iter().zip(values).map(|(field, value)| (field.name.to_owned(), member(&value))));
        match serde_json::to_string(&row) {
            Ok(line) => text.extend([line.as_str(), "\n"]),
            Err(error) => failed = Some(error),
        }
    });
    failed.map_or(Ok(text), |error| Err(error.into()))
}

fn member(value: &Seen<Value>) -> Json {
    match value {
        Seen::Known(value) => json!(value),
        Seen::Absent => Json::Null,
        Seen::Unseen(why) => json!({ "unseen": why }),
    }
}
