//! `auditctl deleted`: objects that are gone but can be brought back.

use clap::Args;

use super::archive::Archive;
use super::columns::{PartArgs, RowArgs, Rows, WhoWhenArgs};
use super::list::more;
use super::version_rows::{VersionCells, who_when};
use super::{Context, Examples, Exit};
use crate::output::{Cell, Column, Format, Shrink};
use crate::store::{ContentType, Store, StoreError, Stored, Versioned};
use crate::versions::snapshot::DEFAULT_ALIAS;
use crate::versions::{Converter, ModelTable, resolve};

/// How many versions are read at once.
const BATCH: usize = 256;

/// List objects that are gone but can be brought back
///
/// For each object that has versions but no row: its newest version, the most recent first. Without a model all models
/// that have versions are looked at; one whose table can't be found is named on stderr and left out.
///
/// The newest version is from before the object was deleted, so its user is who last saved the object, not who deleted
/// it; `history MODEL ID` may tell that.
///
/// The columns are model, object_id, object_repr, version, revision, date_created, user and username.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("Payments that are gone and can be brought back", "auditctl deleted payments"),
    ("The same of every model, as JSON lines", "auditctl deleted -o ndjson"),
]))]
pub struct DeletedArgs {
    /// Look at this model only
    ///
    /// Written `payments` or `api.payments`, in any case. The default is every model.
    #[arg(value_name = "MODEL")]
    model: Option<String>,

    #[command(flatten)]
    who_when: WhoWhenArgs,

    #[command(flatten)]
    part: PartArgs,

    #[command(flatten)]
    rows: RowArgs,

    /// Print only the number of objects
    ///
    /// The number is that of all objects that are gone.
    #[arg(long, help_heading = "Output", conflicts_with_all = ["limit", "offset", "page", "all", "columns", "no_header", "output", "user", "since", "until"])]
    count: bool,

    /// Exit with 1 when there is none
    ///
    /// The default is to exit with 0.
    #[arg(long, help_heading = "Output")]
    fail_empty: bool,
}

/// Its columns.
pub(super) const COLUMNS: [Column; 8] = [
    Column { name: "model", title: "model", right: false, shrink: Shrink::End { rank: 3, floor: 10 } },
    Column { name: "object_id", title: "id", right: true, shrink: Shrink::Middle { rank: 4, floor: 8 } },
    Column { name: "object_repr", title: "object", right: false, shrink: Shrink::End { rank: 0, floor: 16 } },
    who_when::VERSION,
    who_when::REVISION,
    who_when::TIME,
    who_when::USER,
    who_when::USERNAME,
];

pub(super) fn run(args: DeletedArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let page = args.part.read()?;
    let mut archive = Archive::open(context)?;
    let zone = archive.settings.zone.value;
    let who_when = args.who_when.read(archive.settings.now.value, &zone, &mut *archive.store)?;
    let mut newest = Vec::new();
    for (versioned, of) in models(args.model.as_deref(), &archive)? {
        let table = ModelTable::find(&mut *archive.store, &of.label(), &archive.settings.models);
        match table {
            Ok(table) => {
                let converter = archive.converter();
                newest.extend(gone(&mut *archive.store, &converter, &table, &versioned)?);
            }
            Err(error) if args.model.is_some() => return Err(error.into()),
            Err(error) => {
                let hint = error.hint().map_or_else(String::new, |hint| format!("; {hint}"));
                context.ui.warn(&format!("{error}{hint}"));
            }
        }
    }
    if args.count {
        context.ui.data(&format!("{}\n", newest.len()))?;
        context.ui.finish()?;
        return Ok(if newest.is_empty() && args.fail_empty { Exit::No } else { Exit::Done });
    }
    newest.sort_unstable_by_key(|&id| std::cmp::Reverse(id));

    if args.rows.output == Format::Table {
        context.ui.page();
    }
    let in_table = ["model", "object_id", "object_repr", "version", "date_created", "username"];
    let mut rows = Rows::new(&args.rows, &COLUMNS, &in_table, COLUMNS.len(), &context.ui)?;
    let (mut skip, mut left, mut shown) = (page.offset, page.limit, 0_u64);
    for batch in newest.chunks(BATCH) {
        if left == Some(0) {
            break;
        }
        for version in archive.store.versions(batch, false)? {
            if left == Some(0) || !who_when.accepts(version.user, &version.date_created) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            left = left.map(|left| left - 1);
            shown += 1;
            let cells = VersionCells { zone, masks: &archive.masks, format: rows.format };
            let mut row = vec![
                Cell::text(archive.label(version.content_type)),
                Cell::text(&*version.object_id),
                Cell::text(archive.masks.text(&version.object_repr).into_owned()),
            ];
            row.extend(cells.who_when(&version));
            rows.row(row, &mut context.ui)?;
        }
    }
    rows.finish(context)?;
    if page.is_part() {
        let matched = who_when.matched(&newest, page, &mut *archive.store)?;
        more("objects", shown, page, matched).iter().for_each(|line| context.ui.status(line));
    }
    Ok(if shown == 0 && args.fail_empty { Exit::No } else { Exit::Done })
}

/// The models to look at: those with versions of objects in this database.
fn models(named: Option<&str>, archive: &Archive) -> anyhow::Result<Vec<(Versioned, ContentType)>> {
    let only = named.map(|name| resolve(name, &archive.types, &archive.versioned)).transpose()?.map(|of| of.id);
    let here = archive.versioned.iter().filter(|versioned| versioned.db == DEFAULT_ALIAS);
    let wanted = here.filter(|versioned| only.is_none_or(|only| only == versioned.content_type));
    let with_type = wanted.filter_map(|versioned| {
        let of = archive.types.iter().find(|of| of.id == versioned.content_type)?;
        Some((versioned.clone(), of.clone()))
    });
    Ok(with_type.collect())
}

/// The newest version of each object of a model whose row is gone.
pub(super) fn gone(
    store: &mut dyn Store,
    converter: &Converter,
    table: &ModelTable,
    of: &Versioned,
) -> Result<Vec<i64>, StoreError> {
    let key = table.key_field();
    let (mut gone, mut after) = (Vec::new(), None::<String>);
    loop {
        let batch = store.objects(of, after.as_deref())?;
        let Some(last) = batch.last() else { return Ok(gone) };
        after = Some(last.object_id.clone());
        // What is no key of this table has no row in it.
        let keys: Vec<Stored> =
            batch.iter().map(|object| table.bound_key(converter, &object.object_id).unwrap_or(Stored::Null)).collect();
        let existing = store.existing(&table.table.name, &key.column.name, &keys)?;
        gone.extend(batch.iter().zip(existing).filter(|(_, exists)| !exists).map(|(object, _)| object.newest));
    }
}
