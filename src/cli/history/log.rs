//! What the log files tell of an object, as rows of its timeline.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use crate::audit::{Redactor, Value};
use crate::cli::archive::{Archive, Entity};
use crate::cli::parse::columns::{Field, RecordCells, RecordColumn};
use crate::cli::{Context, Failure};
use crate::logs::clock::Clock;
use crate::logs::files;
use crate::logs::json::{self, Scalar, descend, scalar};
use crate::logs::mention::{Mentions, Sought, mentions};
use crate::logs::record::Record;
use crate::logs::scan::Trouble;
use crate::output::object::{Object, json_value};
use crate::output::{Cell, Column, Format, unnamed};
use crate::store::StoreError;

/// So much is shown of a value that was changed.
const SHORT: usize = 40;

/// The records of an object, and what could not be read.
#[derive(Debug, Default)]
pub struct Logs {
    pub mentions: Mentions,
    pub troubles: Vec<Trouble>,
}

/// Reads the logs in force for what they tell of the object. Without a folder that is nothing, or a mistake where they
/// were `asked` for. A folder that is not there is an error to tell, not to end with.
pub fn read(
    entity: &Entity,
    keys: Vec<String>,
    asked: bool,
    archive: &Archive,
    context: &Context,
) -> anyhow::Result<Result<Logs, Failure>> {
    let settings = &archive.settings;
    let Some(folder) = &settings.log_dir else {
        if asked {
            let failure = Failure::usage("no folder of logs is known");
            return Err(failure.hint("name it with --log-dir, or leave log out of --source").into());
        }
        context.ui.note("no folder of logs is known");
        return Ok(Ok(Logs::default()));
    };
    context.ui.note(&format!("logs {} ({})", folder.value.display(), folder.source));
    let sets = match files::in_folder(&folder.value) {
        Ok(sets) => sets,
        Err(error) => {
            let failure = Failure::unable(format!("cannot read {}: {}", error.path.display(), error.error));
            let failure = failure.hint(format!("this folder of logs was taken from: {}", folder.source));
            return Ok(Err(failure.hint("without its logs: --source audit,version")));
        }
    };
    let clock = Clock::new(settings.log_zone.value, settings.zone.value);
    let sought = Sought { models: vec![entity.of.model.clone(), entity.of.label()], keys };
    Ok(mentions(sets, &sought, &clock).map(|(mentions, troubles)| Logs { mentions, troubles }).map_err(aside))
}

/// What is told of records that could not be put aside, or read there.
fn aside(error: io::Error) -> Failure {
    let folder = std::env::temp_dir();
    let failure = format!("cannot keep the object's log records in a temporary file in {}: {error}", folder.display());
    Failure::unable(failure).hint("TMPDIR names the folder for it; without the logs: --source audit,version")
}

/// Turns records into rows.
pub struct LogRows {
    columns: Vec<RecordColumn>,
    layout: Vec<Column>,
    clock: Clock,
    names: HashMap<i64, Option<String>>,
}

impl LogRows {
    pub fn new(archive: &Archive) -> Self {
        let mut columns = RecordColumn::usual(Format::Json);
        columns.extend([Field::File, Field::LineNumber].map(RecordColumn::Field));
        let layout = columns.iter().map(RecordColumn::column).collect();
        let clock = Clock::new(archive.settings.log_zone.value, archive.settings.zone.value);
        LogRows { columns, layout, clock, names: HashMap::new() }
    }

    /// The cells of a record: its user, what it says, the user's name, and the record itself.
    pub fn cells(
        &mut self,
        mentions: &mut Mentions,
        at: usize,
        archive: &mut Archive,
        format: Format,
    ) -> anyhow::Result<Option<[Cell<'static>; 4]>> {
        let Some((mention, text)) = mentions.get(at).map_err(aside)? else { return Ok(None) };
        let username = match mention.user {
            None => Cell::Null,
            Some(id) => match self.name(id, archive)? {
                Some(name) => Cell::text(archive.masks.text(&name).into_owned()),
                None if format == Format::Table => unnamed(id),
                None => Cell::Null,
            },
        };
        let redactor = archive.masks.redactor();
        let record = mention.record(&text);
        let row = RecordCells { columns: &self.columns, redactor }.row(&record, &mut self.clock);
        let object = Object::of_row(&self.layout, &row);
        let user = mention.user.map_or(Cell::Null, Cell::Int);
        Ok(Some([user, Cell::text(summary(&record, redactor)), username, Cell::Value(object)]))
    }

    fn name(&mut self, id: i64, archive: &mut Archive) -> Result<Option<String>, StoreError> {
        if let Some(known) = self.names.get(&id) {
            return Ok(known.clone());
        }
        let name = archive.store.user(id)?.and_then(|user| user.username);
        self.names.insert(id, name.clone());
        Ok(name)
    }
}

/// `UPDATE status PENDING → PAID, visit 1 → 2`
fn summary(record: &Record<'_>, redactor: Option<&Redactor>) -> String {
    let masked = |text: &str| redactor.map_or_else(|| text.to_owned(), |redactor| redactor.text(text).into_owned());
    let Some(event) = record.event() else { return masked(&record.message()) };
    let event = match redactor.filter(|redactor| !redactor.is_clean(record.text)) {
        None => Cow::Borrowed(event.text),
        Some(redactor) => Cow::Owned(written(&redactor.value(json_value(event.text)))),
    };
    let Some(Scalar::Text(what)) = descend(&event, "event_type", None).map(scalar) else {
        return masked(record.message().lines().next().unwrap_or_default());
    };
    let mut changes = Vec::new();
    if let Some(members) = descend(&event, "changes", None).filter(|changes| changes.starts_with('{')) {
        json::read(members, 0, |child| {
            let of = |(from, to): (usize, usize)| &members[from..to];
            let (key, value) = (short(of(child.key)), of(child.value));
            changes.push(match (descend(value, "from", None), descend(value, "to", None)) {
                (Some(from), Some(to)) => format!("{key} {} → {}", short(from), short(to)),
                _ => key,
            });
        });
    }
    if changes.is_empty() { what.into_owned() } else { format!("{what} {}", changes.join(", ")) }
}

fn written(value: &Value) -> String {
    let mut json = String::new();
    value.write_json(&mut json);
    json
}

/// A value as people read it, its end left out where it is long.
fn short(value: &str) -> String {
    let text = match scalar(value) {
        Scalar::Text(text) => text,
        _ => Cow::Borrowed(value),
    };
    match text.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
