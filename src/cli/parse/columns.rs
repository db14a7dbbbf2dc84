//! From a log record to cells: which columns there are, and what each shows.

use std::borrow::Cow;

use crate::audit::{Redactor, Token, Value};
use crate::cli::Failure;
use crate::logs::clock::Clock;
use crate::logs::json::{Scalar, scalar};
use crate::logs::record::{Event, Record};
use crate::output::object::json_value;
use crate::output::{Cell, Column, Format, Shrink};
use crate::query::closest;

/// A column of records. The names are a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordColumn {
    /// A part of the record itself.
    Field(Field),
    /// What stands in the event behind these keys.
    Path {
        /// The path as it is shown.
        name: &'static str,
        /// Its keys.
        keys: Vec<String>,
    },
}

/// A part of the record itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// When it was logged.
    Timestamp,
    /// The logger's name.
    Logger,
    /// The level's name.
    Level,
    /// The module that logged it.
    Module,
    /// The function.
    Function,
    /// The line.
    Line,
    /// The text behind the prefix.
    Message,
    /// The JSON object.
    Event,
    /// Whether its JSON object is whole.
    Decoded,
    /// The file it stands in.
    File,
    /// The number of its first line in the file.
    LineNumber,
    /// Where it begins in the file, in bytes.
    Offset,
}

impl Field {
    /// All of them, those that are shown by default first.
    pub const ALL: [Field; 12] = [
        Field::Timestamp,
        Field::Logger,
        Field::Level,
        Field::Module,
        Field::Function,
        Field::Line,
        Field::Message,
        Field::Event,
        Field::Decoded,
        Field::File,
        Field::LineNumber,
        Field::Offset,
    ];
    const USUAL: usize = 8;
    const IN_TABLES: [Field; 4] = [Field::Timestamp, Field::Level, Field::Logger, Field::Message];

    fn column(self) -> Column {
        let (name, title, right, shrink) = match self {
            Field::Timestamp => ("timestamp", "time", false, Shrink::End { rank: 6, floor: 19 }),
            Field::Logger => ("logger", "logger", false, Shrink::End { rank: 3, floor: 8 }),
            Field::Level => ("level", "level", false, Shrink::Never),
            Field::Module => ("module", "module", false, Shrink::End { rank: 2, floor: 8 }),
            Field::Function => ("function", "function", false, Shrink::End { rank: 2, floor: 8 }),
            Field::Line => ("line", "line", true, Shrink::Never),
            Field::Message => ("message", "message", false, Shrink::End { rank: 0, floor: 20 }),
            Field::Event => ("event", "event", false, Shrink::End { rank: 0, floor: 16 }),
            Field::Decoded => ("decoded", "decoded", false, Shrink::Never),
            Field::File => ("file", "file", false, Shrink::Middle { rank: 4, floor: 12 }),
            Field::LineNumber => ("line_number", "line no", true, Shrink::Never),
            Field::Offset => ("offset", "offset", true, Shrink::Never),
        };
        Column { name, title, right, shrink }
    }
}

/// Members of the event that have the standing of columns, for suggestions and completion.
pub const MEMBERS: [&str; 5] = ["event_type", "model", "instance_id", "user_id", "user_email"];

impl RecordColumn {
    /// What is shown in this format unless told otherwise.
    pub fn usual(format: Format) -> Vec<RecordColumn> {
        let fields: &[Field] = if format == Format::Table { &Field::IN_TABLES } else { &Field::ALL[..Field::USUAL] };
        fields.iter().map(|field| RecordColumn::Field(*field)).collect()
    }

    /// Reads a name: a field, or a path into the event with dots between its keys.
    pub fn parse(name: &str) -> Result<RecordColumn, Failure> {
        let name = name.trim();
        if let Some(field) = Field::ALL.into_iter().find(|field| field.column().name == name) {
            return Ok(RecordColumn::Field(field));
        }
        let path = name.strip_prefix("event.").unwrap_or(name);
        let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
        if keys.iter().any(String::is_empty) {
            return Err(Failure::usage(format!(
                "'{name}' is no column: a path into the event is written changes.status.to"
            )));
        }
        let names = Field::ALL.into_iter().map(|field| field.column().name).chain(MEMBERS);
        let may_be_slip = path == name && keys.len() == 1 && !MEMBERS.contains(&name);
        if let Some(similar) = closest(name, names).filter(|_| may_be_slip) {
            let failure =
                Failure::usage(format!("there is no column '{name}'")).hint(format!("did you mean '{similar}'?"));
            return Err(failure.hint(format!("a member of the event by that name is 'event.{name}'")));
        }
        // A column's name lives as long as the program, and there are only as many as were typed.
        Ok(RecordColumn::Path { name: name.to_owned().leak(), keys })
    }

    /// How it is laid out.
    pub fn column(&self) -> Column {
        match self {
            RecordColumn::Field(field) => field.column(),
            RecordColumn::Path { name, .. } => {
                Column { name, title: name, right: false, shrink: Shrink::End { rank: 1, floor: 9 } }
            }
        }
    }
}

/// Turns records into cells, secrets masked or not.
#[derive(Clone, Copy, Debug)]
pub struct RecordCells<'a> {
    /// The columns.
    pub columns: &'a [RecordColumn],
    /// What masks secrets; None reveals them.
    pub redactor: Option<&'a Redactor>,
}

impl RecordCells<'_> {
    /// The cells of a record, one a column.
    pub fn row<'t>(&self, record: &Record<'t>, clock: &mut Clock) -> Vec<Cell<'t>> {
        let redactor = self.redactor.filter(|redactor| !redactor.is_clean(record.text));
        let mut masked = None;
        let cell = |column: &RecordColumn| match column {
            RecordColumn::Field(field) => self.field(*field, record, redactor, clock),
            RecordColumn::Path { keys, .. } => match (record.event(), redactor) {
                (None, _) => Cell::Null,
                (Some(event), None) => at_path(event, keys),
                (Some(event), Some(redactor)) => {
                    let whole = masked.get_or_insert_with(|| redactor.value(json_value(event.text)));
                    behind(whole, keys)
                }
            },
        };
        self.columns.iter().map(cell).collect()
    }

    fn field<'t>(&self, field: Field, record: &Record<'t>, redactor: Option<&Redactor>, clock: &mut Clock) -> Cell<'t> {
        let text = |text: Option<Cow<'t, str>>| match (text, redactor) {
            (None, _) => Cell::Null,
            (Some(text), None) => Cell::Text(text),
            (Some(text), Some(redactor)) => Cell::Text(Cow::Owned(redactor.text(&text).into_owned())),
        };
        let count = |n: u64| Cell::Int(i64::try_from(n).unwrap_or(i64::MAX));
        match field {
            Field::Timestamp => record.instant(clock).map_or(Cell::Null, |at| Cell::Time(clock.show(at))),
            Field::Logger => text(record.logger()),
            Field::Level => text(record.level()),
            Field::Module => text(record.module()),
            Field::Function => text(record.function()),
            Field::Line => record.line().map_or(Cell::Null, Cell::Int),
            Field::Message => text(Some(record.message())),
            Field::Event => match (record.event(), redactor) {
                (None, _) => Cell::Null,
                (Some(event), None) => verbatim(event.text, event.is_plain),
                (Some(event), Some(redactor)) => Cell::Value(redactor.value(json_value(event.text))),
            },
            Field::Decoded => Cell::text(record.decoded()),
            Field::File => match self.redactor {
                Some(redactor) => Cell::Text(Cow::Owned(redactor.text(record.file).into_owned())),
                None => Cell::text(record.file),
            },
            Field::LineNumber => count(record.line_number),
            Field::Offset => count(record.offset),
        }
    }
}

fn verbatim(json: &str, is_plain: bool) -> Cell<'_> {
    if is_plain { Cell::Json(Cow::Borrowed(json)) } else { Cell::Value(json_value(json)) }
}

fn at_path<'t>(event: &Event<'t>, keys: &[String]) -> Cell<'t> {
    let Some(value) = event.find(keys.iter().map(String::as_str)) else { return Cell::Null };
    match scalar(value) {
        Scalar::Null => Cell::Null,
        Scalar::Text(text) => Cell::Text(text),
        Scalar::Bool(_) | Scalar::Number(_) => Cell::Json(Cow::Borrowed(value)),
        Scalar::Other => verbatim(value, event.is_plain),
    }
}

/// What stands in a value behind these keys.
fn behind(value: &Value, keys: &[String]) -> Cell<'static> {
    let mut json = String::new();
    value.write_json(&mut json);
    let found =
        keys.iter().try_fold(json.as_str(), |value, key| crate::logs::json::descend(value, key, key.parse().ok()));
    let Some(found) = found else {
        // A secret that was masked whole hides what is in it.
        let hidden = (1..keys.len()).rev().find_map(|depth| match behind(value, &keys[..depth]) {
            Cell::Text(text) if text == crate::audit::MASK => Some(Cell::Text(text)),
            _ => None,
        });
        return hidden.unwrap_or(Cell::Null);
    };
    let value = json_value(found);
    match value.tokens() {
        [Token::Null] => Cell::Null,
        [Token::Text(text)] => Cell::text(text.to_string()),
        _ => Cell::Value(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns() {
        let keys = |name: &str| match RecordColumn::parse(name).unwrap() {
            RecordColumn::Path { keys, .. } => keys.join("/"),
            RecordColumn::Field(field) => format!("{field:?}"),
        };
        for (name, expected) in [
            ("timestamp", "Timestamp"),
            (" line_number", "LineNumber"),
            ("model", "model"),
            ("changes.status.to", "changes/status/to"),
            ("event.timestamp", "timestamp"),
            ("event.mesage", "mesage"),
            ("extra_data", "extra_data"),
        ] {
            assert_eq!(keys(name), expected);
        }
        assert_eq!(RecordColumn::parse("mesage").unwrap_err().hints[0], "did you mean 'message'?");
        assert!(RecordColumn::parse("changes..to").is_err() && RecordColumn::parse("").is_err());
    }
}
