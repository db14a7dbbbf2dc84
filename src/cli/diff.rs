//! `auditctl diff`: what differs between two versions of an object, or a version and the live row.

use std::str::FromStr;

use anyhow::Context as _;
use chrono::SubsecRound;
use clap::Args;

use super::archive::{Archive, Entity, Masks, warn_unmapped};
use super::list::CANNOT_WRITE;
use super::version_rows::value_cell;
use super::{Context, Examples, Exit, Failure};
use crate::audit::{Stamp, Token, Value};
use crate::output::object::{Object, instant, integer, list, truth};
use crate::output::{
    Cell, Column, FieldChange, Format, SetChange, Shape, Shrink, Tone, escape_line, lay_out_changes, paint, time_text,
    writer,
};
use crate::query::Zone;
use crate::store::Version;
use crate::versions::snapshot::DEFAULT_ALIAS;
use crate::versions::{Change, Fields, Labels, Lens, Place, Snapshot};

/// Show what changed between two versions of an object
///
/// Compares the newest version with the one before, or the two that --from and --to name; either may be `live`, the
/// object's row as it is now. Fields are compared by type: `0.0` and `"0.00"` of a decimal field are equal, milliseconds
/// equal the microseconds they were cut from, and the order of keys in JSON means nothing. Foreign keys are shown with
/// what they refer to, many-to-many sets with what was taken out and put in, long text word by word.
///
/// The model is written `purchaseorders` or `api.purchaseorders`, in any case; the app may be left out while one model
/// is meant. The id is the object's primary key; a UUID may be written with its dashes or without.
///
/// With `-o json` the answer is one object: model, object_id, from, to and changes. A change has field, from and to;
/// from_label and to_label where a foreign key refers to something with a name; added and removed for a many-to-many
/// set; and only, `from` or `to`, where the other side has no such field. Values are as Django serializes them.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("What the last change changed", "auditctl diff purchaseorders 9"),
    ("What has changed since the first version", "auditctl diff purchaseorders 9 --from 79 --to live"),
]))]
pub struct DiffArgs {
    /// Model of the object
    ///
    /// Written `purchaseorders` or `api.purchaseorders`, in any case; the app may be left out while one model is meant.
    #[arg(value_name = "MODEL")]
    model: String,

    /// Primary key of the object
    ///
    /// As `versions` and `deleted` print it: a number, a text, or a UUID with or without dashes.
    #[arg(value_name = "ID", allow_negative_numbers = true)]
    id: String,

    /// Compare this version, or `live`
    ///
    /// The number is a version's id, as the verb versions lists it. The default is the version before the one of --to;
    /// with `--to live` it is the newest.
    #[arg(long, value_name = "VERSION|live")]
    from: Option<Point>,

    /// With this version, or `live`
    ///
    /// The default is the newest version.
    #[arg(long, value_name = "VERSION|live")]
    to: Option<Point>,

    /// Exit with 1 when there is a difference
    ///
    /// The default is to exit with 0 either way.
    #[arg(long)]
    exit_code: bool,

    /// Print in this format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    output: Format,
}

/// One side of a comparison, as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    Version(i64),
    Live,
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("live") {
            return Ok(Point::Live);
        }
        text.parse().map(Point::Version).map_err(|_| "write the number of a version, or live".to_owned())
    }
}

/// One side of a comparison, found.
struct Side {
    /// None for the live row.
    version: Option<Version>,
    fields: Fields,
}

pub(super) fn run(args: DiffArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let mut archive = Archive::open(context)?;
    let entity = archive.entity_with_versions(&args.model, &args.id)?;
    let (from, to) = points(&args, &entity, &mut archive)?;
    let mut lens = archive.lens(&entity.of)?;
    let mut load = |point: Option<Point>| -> anyhow::Result<Option<(Version, Snapshot)>> {
        let Some(Point::Version(id)) = point else { return Ok(None) };
        let Some(version) = archive.store.versions(&[id], true)?.pop() else {
            return Err(Failure::no(format!("version {id} is gone")).into());
        };
        let snapshot = lens.snapshot(&mut *archive.store, &version)?;
        let snapshot =
            snapshot.map_err(|error| Failure::unable(archive.masks.text(&error.to_string()).into_owned()))?;
        Ok(Some((version, snapshot)))
    };
    let (earlier, later) = (load(from)?, load(Some(to))?);
    let held: Vec<Snapshot> = later.iter().chain(&earlier).map(|(_, snapshot)| snapshot.clone()).collect();
    lens.learn(&held);
    if from == Some(Point::Live) || to == Point::Live {
        if let Err(error) = lens.table {
            return Err(error.into());
        }
    } else {
        warn_unmapped(&lens, context);
    }

    for snapshot in &held {
        warn_natural_keys(&lens, snapshot, context);
    }

    let mut side = |point: Option<Point>, loaded: Option<(Version, Snapshot)>| -> anyhow::Result<Option<Side>> {
        Ok(match (point, loaded) {
            (None, _) => None,
            (_, Some((version, snapshot))) => Some(Side { version: Some(version), fields: snapshot.fields }),
            (Some(_), None) => {
                let live = lens.live(&mut *archive.store, &entity.object_id, held.first())?;
                let live = live.ok_or_else(|| gone(&entity))?;
                Some(Side { version: None, fields: live.fields })
            }
        })
    };
    let from = side(from, earlier)?;
    let to = side(Some(to), later)?.ok_or_else(|| Failure::no("there is nothing to compare"))?;
    let changes = lens.changes(from.as_ref().map(|side| &side.fields), &to.fields);
    let differs = !changes.is_empty();
    let changes = named(changes, &lens, &mut archive)?;
    let (zone, masks) = (archive.settings.zone.value, &archive.masks);
    let report = Report { entity: &entity, from: from.as_ref(), to: &to, changes, zone, masks };
    report.print(args.output, context)?;
    Ok(if args.exit_code && differs { Exit::No } else { Exit::Done })
}

/// Whether a natural key means the same object as a primary key can't be known, so it is said.
fn warn_natural_keys(lens: &Lens, snapshot: &Snapshot, context: &mut Context) {
    let Ok(table) = &lens.table else { return };
    for (field, value) in &snapshot.fields {
        let is_list = value.tokens().first() == Some(&Token::ArrayStart);
        if let Place::Column(column) = table.place(field)
            && is_list
            && column.reference.is_some()
        {
            let version = snapshot.version;
            context.ui.warn(&format!(
                "version {version} holds a natural key in {field}: it is compared as it stands, not looked up"
            ));
        }
    }
}

fn gone(entity: &Entity) -> Failure {
    Failure::no(format!("{} {} has no row: it was deleted", entity.of.label(), entity.object_id))
}

/// Which two are compared; None where there is no version before.
fn points(args: &DiffArgs, entity: &Entity, archive: &mut Archive) -> anyhow::Result<(Option<Point>, Point)> {
    for point in [args.from, args.to] {
        if let Some(Point::Version(id)) = point
            && !entity.ids.contains(&id)
        {
            return Err(foreign(id, entity, archive)?.into());
        }
    }
    // Versions of another alias are of another row.
    let mut here = Vec::new();
    for batch in entity.ids.chunks(64) {
        let versions = archive.store.versions(batch, false)?;
        here.extend(versions.iter().filter(|version| version.db == DEFAULT_ALIAS).map(|version| version.id));
        let is_enough = match args.to {
            Some(Point::Version(to)) => here.iter().any(|id| *id < to),
            _ => here.len() >= 2,
        };
        if is_enough {
            break;
        }
    }
    if here.is_empty() {
        here.clone_from(&entity.ids);
    }
    let newest = here.first().copied().map(Point::Version);
    let to = args.to.or(newest).unwrap_or(Point::Live);
    let from = args.from.or_else(|| match to {
        Point::Live => newest,
        Point::Version(to) => here.iter().copied().find(|id| *id < to).map(Point::Version),
    });
    Ok((from, to))
}

fn foreign(id: i64, entity: &Entity, archive: &mut Archive) -> anyhow::Result<Failure> {
    let object = format!("{} {}", entity.of.label(), entity.object_id);
    let hint = format!("the verb versions lists those of {object}");
    Ok(match archive.store.versions(&[id], false)?.pop() {
        Some(version) => {
            let other = format!("{} {}", archive.label(version.content_type), version.object_id);
            Failure::no(format!("version {id} is not of {object}, it is of {other}"))
        }
        None => Failure::no(format!("there is no version {id}")),
    }
    .hint(hint))
}

/// Changes with the names of what they refer to, their secrets masked.
pub(super) fn named(changes: Vec<Change>, lens: &Lens, archive: &mut Archive) -> anyhow::Result<Vec<FieldChange>> {
    let mut labels = archive.labels();
    changes.into_iter().map(|change| one_named(change, lens, archive, &mut labels)).collect()
}

fn one_named(change: Change, lens: &Lens, archive: &mut Archive, labels: &mut Labels) -> anyhow::Result<FieldChange> {
    let Change { field, from, to } = change;
    let shows = archive.masks.shows(&field);
    let mut label = |value: &Option<Value>, archive: &mut Archive| -> anyhow::Result<Option<String>> {
        let Some(value) = value.as_ref().filter(|_| shows) else { return Ok(None) };
        let label = labels.of(&mut *archive.store, lens, &field, value)?;
        Ok(label.map(|label| archive.masks.text(&label).into_owned()))
    };
    let (from_label, to_label) = (label(&from, archive)?, label(&to, archive)?);
    let set = match lens.link(&field).filter(|_| shows) {
        Some(link) => {
            let nothing = list([]);
            let sides = (from.as_ref().unwrap_or(&nothing), to.as_ref().unwrap_or(&nothing));
            let (removed, added) = lens.converter.set_difference(&link.kind, sides.0, sides.1);
            let mut with_labels = |keys: Vec<Value>| -> anyhow::Result<Vec<(Value, Option<String>)>> {
                keys.into_iter()
                    .map(|key| {
                        let label = labels.of_link(&mut *archive.store, &lens.converter, link, &key)?;
                        Ok((key, label.map(|label| archive.masks.text(&label).into_owned())))
                    })
                    .collect()
            };
            Some(SetChange { removed: with_labels(removed)?, added: with_labels(added)? })
        }
        None => None,
    };
    let masked = |value: Option<Value>| value.map(|value| archive.masks.field(&field, &value));
    let (from, to) = (masked(from), masked(to));
    Ok(FieldChange { field, from, to, from_label, to_label, set })
}

struct Report<'a> {
    entity: &'a Entity,
    from: Option<&'a Side>,
    to: &'a Side,
    changes: Vec<FieldChange>,
    zone: Zone,
    masks: &'a Masks,
}

const COLUMNS: [Column; 5] = [
    Column { name: "field", title: "field", right: false, shrink: Shrink::Never },
    Column { name: "from", title: "from", right: false, shrink: Shrink::Never },
    Column { name: "to", title: "to", right: false, shrink: Shrink::Never },
    Column { name: "from_label", title: "from label", right: false, shrink: Shrink::Never },
    Column { name: "to_label", title: "to label", right: false, shrink: Shrink::Never },
];

impl Report<'_> {
    fn print(&self, format: Format, context: &mut Context) -> anyhow::Result<()> {
        match format {
            Format::Table => {
                context.ui.page();
                let text = self.text(context.ui.coloured());
                context.ui.data(&text).context(CANNOT_WRITE)?;
            }
            Format::Json | Format::Ndjson => {
                let mut json = String::new();
                self.json().write_json(&mut json);
                json.push('\n');
                context.ui.data(&json).context(CANNOT_WRITE)?;
            }
            Format::Csv | Format::Tsv => {
                let terminal = context.ui.width();
                let shape = Shape { columns: COLUMNS.to_vec(), header: true, terminal, coloured: false };
                let mut rows = writer(format, shape);
                for change in &self.changes {
                    let cells = vec![
                        Cell::text(&*change.field),
                        change.from.as_ref().map_or(Cell::Null, |value| value_cell(format, value)),
                        change.to.as_ref().map_or(Cell::Null, |value| value_cell(format, value)),
                        change.from_label.as_deref().map_or(Cell::Null, Cell::text),
                        change.to_label.as_deref().map_or(Cell::Null, Cell::text),
                    ];
                    rows.row(cells, context.ui.out()).context(CANNOT_WRITE)?;
                }
                rows.finish(context.ui.out()).context(CANNOT_WRITE)?;
            }
        }
        context.ui.finish().context(CANNOT_WRITE)
    }

    fn json(&self) -> Value {
        let side = |side: &Side| match &side.version {
            Some(version) => Object::new()
                .with("version", integer(version.id))
                .with("date_created", self.date(&version.date_created)),
            None => Object::new().with("live", truth(true)),
        };
        let object = Object::new()
            .with("model", Value::text(self.entity.of.label()))
            .with("object_id", Value::text(&*self.entity.object_id))
            .with("from", self.from.map_or_else(Value::null, |from| side(from).build()))
            .with("to", side(self.to).build());
        let first = self.from.is_none();
        object.with("changes", list(self.changes.iter().map(|change| change_json(change, first)))).build()
    }

    fn date(&self, stamp: &Stamp) -> Value {
        match stamp {
            Stamp::At(at) => instant(&self.zone.at(*at)),
            Stamp::Odd(text) => Value::text(text.as_str()),
            Stamp::Missing => Value::null(),
        }
    }

    fn text(&self, coloured: bool) -> String {
        let name = format!("{} {}", self.entity.of.label(), self.entity.object_id);
        let from = self.from.map_or_else(|| "nothing before".to_owned(), |from| self.side(from));
        let heading = format!("{}: {from} → {}", escape_line(&name), self.side(self.to));
        let heading = paint(&heading, Tone::Heading, coloured);
        if self.changes.is_empty() {
            return format!("{heading}\n  no differences\n");
        }
        format!("{heading}\n{}", lay_out_changes(&self.changes, self.from.is_none(), coloured))
    }

    fn side(&self, side: &Side) -> String {
        let Some(version) = &side.version else { return "live".to_owned() };
        let at = match &version.date_created {
            Stamp::At(at) => time_text(&self.zone.at(at.trunc_subsecs(0))),
            Stamp::Odd(text) => escape_line(text).into_owned(),
            Stamp::Missing => String::new(),
        };
        let name = version.username.as_deref().map(|name| self.masks.text(name));
        let by = name.map_or_else(String::new, |name| format!(", {}", escape_line(&name)));
        format!("version {} ({at}{by})", version.id)
    }
}

pub(super) fn change_json(change: &FieldChange, first: bool) -> Value {
    let side = |value: &Option<Value>| value.clone().unwrap_or_else(Value::null);
    let mut object = Object::new()
        .with("field", Value::text(&*change.field))
        .with("from", side(&change.from))
        .with("to", side(&change.to));
    for (key, label) in [("from_label", &change.from_label), ("to_label", &change.to_label)] {
        if let Some(label) = label {
            object = object.with(key, Value::text(label.as_str()));
        }
    }
    if let Some(set) = &change.set {
        let keys = |keys: &[(Value, Option<String>)]| list(keys.iter().map(|(key, _)| key.clone()));
        object = object.with("removed", keys(&set.removed)).with("added", keys(&set.added));
    }
    let only = match (&change.from, &change.to) {
        (None, Some(_)) if !first => Some("to"),
        (Some(_), None) => Some("from"),
        _ => None,
    };
    match only {
        Some(side) => object.with("only", Value::text(side)).build(),
        None => object.build(),
    }
}
