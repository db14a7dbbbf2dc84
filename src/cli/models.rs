//! `auditctl models`: the models with versions, their tables, how they are mapped.

use clap::Args;

use super::archive::Archive;
use super::columns::{RowArgs, Rows};
use super::version_rows::VersionCells;
use super::{Context, Examples, Exit};
use crate::output::{Cell, Column, Format, Shrink};
use crate::store::{StoreError, Versioned};
use crate::versions::snapshot::DEFAULT_ALIAS;
use crate::versions::{Kind, Lens, Place, Snapshot};

/// How many of a model's newest versions are looked at for fields that are not mapped.
const SAMPLE: usize = 100;

/// List the models that have versions
///
/// For each model: its table, how many objects have versions and how many versions there are, and what stands in the
/// way of comparing and reverting them. A model that was renamed or whose table has a name of its own is mapped by the
/// profile: `models."api.payments".table`, `.columns` and `.defaults`.
///
/// A row of its own is given to each database alias of a model; objects of an alias other than `default` live in
/// another database.
///
/// The columns are model, db, table (null where it can't be found), objects, versions, unmapped (the fields of the
/// newest versions that the table no longer has or whose type is not known) and problem (why the model can't be mapped
/// or some versions can't be read; null where all is well).
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("Which models have versions", "auditctl models"),
]))]
pub struct ModelsArgs {
    #[command(flatten)]
    rows: RowArgs,

    /// Exit with 1 when no model has versions
    ///
    /// The default is to exit with 0.
    #[arg(long, help_heading = "Output")]
    fail_empty: bool,
}

/// Its columns.
pub(super) const COLUMNS: [Column; 7] = [
    Column { name: "model", title: "model", right: false, shrink: Shrink::End { rank: 4, floor: 12 } },
    Column { name: "db", title: "db", right: false, shrink: Shrink::Never },
    Column { name: "table", title: "table", right: false, shrink: Shrink::End { rank: 3, floor: 12 } },
    Column { name: "objects", title: "objects", right: true, shrink: Shrink::Never },
    Column { name: "versions", title: "versions", right: true, shrink: Shrink::Never },
    Column { name: "unmapped", title: "unmapped", right: false, shrink: Shrink::End { rank: 1, floor: 10 } },
    Column { name: "problem", title: "problem", right: false, shrink: Shrink::End { rank: 0, floor: 16 } },
];

pub(super) fn run(args: ModelsArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let mut archive = Archive::open(context)?;
    let in_table = COLUMNS.each_ref().map(|column| column.name);
    let mut rows = Rows::new(&args.rows, &COLUMNS, &in_table, COLUMNS.len(), &context.ui)?;
    let mut listed: Vec<(String, Versioned)> =
        archive.versioned.iter().map(|versioned| (archive.label(versioned.content_type), versioned.clone())).collect();
    listed.sort_by(|(a, of_a), (b, of_b)| (a, &of_a.db).cmp(&(b, &of_b.db)));
    for (model, versioned) in &listed {
        let (objects, versions) = count(versioned, &mut archive)?;
        let mapped = look_at(versioned, &mut archive)?;
        let cells = VersionCells { zone: archive.settings.zone.value, masks: &archive.masks, format: rows.format };
        let unmapped = match rows.format {
            Format::Table if mapped.unmapped.is_empty() => Cell::Null,
            _ => cells.names(&mapped.unmapped),
        };
        let row = vec![
            Cell::text(&**model),
            Cell::text(&*versioned.db),
            mapped.table.map_or(Cell::Null, Cell::text),
            Cell::Int(objects),
            Cell::Int(versions),
            unmapped,
            mapped.problem.map_or(Cell::Null, |problem| Cell::text(archive.masks.text(&problem).into_owned())),
        ];
        rows.row(row, &mut context.ui)?;
    }
    rows.finish(context)?;
    Ok(if listed.is_empty() && args.fail_empty { Exit::No } else { Exit::Done })
}

/// How many objects and versions there are.
fn count(of: &Versioned, archive: &mut Archive) -> Result<(i64, i64), StoreError> {
    let (mut objects, mut versions, mut after) = (0_i64, 0_i64, None::<String>);
    loop {
        let batch = archive.store.objects(of, after.as_deref())?;
        let Some(last) = batch.last() else { return Ok((objects, versions)) };
        after = Some(last.object_id.clone());
        objects += i64::try_from(batch.len()).unwrap_or_default();
        versions += batch.iter().map(|object| i64::try_from(object.versions).unwrap_or_default()).sum::<i64>();
    }
}

/// How a model is mapped.
#[derive(Default)]
struct Mapped {
    table: Option<String>,
    unmapped: Vec<String>,
    problem: Option<String>,
}

fn look_at(of: &Versioned, archive: &mut Archive) -> Result<Mapped, StoreError> {
    if of.db != DEFAULT_ALIAS {
        let problem = Some(format!("its objects live in the service's database '{}'", of.db));
        return Ok(Mapped { problem, ..Mapped::default() });
    }
    let Some(of_type) = archive.types.iter().find(|t| t.id == of.content_type).cloned() else {
        return Ok(Mapped { problem: Some("its content type is gone".to_owned()), ..Mapped::default() });
    };
    let lens = archive.lens(&of_type)?;
    let ids = archive.store.newest_versions(of, SAMPLE)?;
    let versions = archive.store.versions(&ids, true)?;
    let read: Vec<_> = versions.iter().map(|version| Snapshot::read(version, &lens.model)).collect();
    let unreadable = read.iter().filter(|snapshot| snapshot.is_err()).count();
    let first_error = read.iter().find_map(|snapshot| snapshot.as_ref().err());
    let mut mapped = Mapped::default();
    match &lens.table {
        Ok(table) => {
            mapped.table = Some(table.table.name.clone());
            mapped.unmapped = unmapped(&lens, read.iter().flatten());
        }
        Err(error) => {
            let hint = error.hint().map_or_else(String::new, |hint| format!("; {hint}"));
            mapped.problem = Some(format!("{error}{hint}"));
        }
    }
    if let (None, Some(error)) = (&mapped.problem, first_error) {
        mapped.problem = Some(match (unreadable, read.len()) {
            (1, _) => error.to_string(),
            (some, all) => format!("of the newest {all} versions {some} can't be read: {error}"),
        });
    }
    Ok(mapped)
}

/// The fields that the table no longer has, or whose columns are of a type that is not known.
fn unmapped<'s>(lens: &Lens, snapshots: impl Iterator<Item = &'s Snapshot>) -> Vec<String> {
    let Ok(table) = &lens.table else { return Vec::new() };
    let mut unmapped: Vec<String> = Vec::new();
    for (field, _) in snapshots.flat_map(|snapshot| &snapshot.fields) {
        let is_mapped = match table.place(field) {
            Place::Column(column) => *column.kind != Kind::Other,
            Place::Link(_) => true,
            Place::Gone => false,
        };
        if !is_mapped && !unmapped.contains(field) {
            unmapped.push(field.clone());
        }
    }
    unmapped
}
