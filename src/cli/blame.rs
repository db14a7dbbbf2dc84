//! `auditctl blame`: for each field of an object, the version that last set it.

use clap::Args;

use super::archive::{Archive, Unreadable, warn_unmapped};
use super::columns::{RowArgs, Rows};
use super::version_rows::{VersionCells, value_cell, who_when};
use super::{Context, Examples, Exit, Failure};
use crate::audit::Value;
use crate::output::{Cell, Column, Format, Shrink};
use crate::store::Version;
use crate::versions::Snapshot;

/// How many versions are read at once.
const BATCH: usize = 64;

/// Show who last set each field of an object
///
/// For each field that the newest version holds: its value, and the version that set it to that, with when it was
/// recorded and by whom. Fields are compared by type: `0.0` and `"0.00"` of a decimal field are equal.
///
/// A version that can't be read is passed over, and stderr says so: what it set is then laid to the next one. What was
/// changed without a version is not seen here; `diff MODEL ID --to live` shows it.
///
/// The columns are field, value, version, revision, date_created, user and username. Values are as Django serializes
/// them.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("Who last set each field of an order", "auditctl blame purchaseorders 9"),
]))]
pub struct BlameArgs {
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

    #[command(flatten)]
    rows: RowArgs,
}

/// Its columns.
pub(super) const COLUMNS: [Column; 7] = [
    Column { name: "field", title: "field", right: false, shrink: Shrink::End { rank: 4, floor: 8 } },
    Column { name: "value", title: "value", right: false, shrink: Shrink::End { rank: 0, floor: 12 } },
    who_when::VERSION,
    who_when::REVISION,
    who_when::TIME,
    who_when::USER,
    who_when::USERNAME,
];

/// A field and the oldest version known to hold its value without a break up to the newest.
struct Held {
    field: String,
    value: Value,
    version: usize,
    settled: bool,
}

pub(super) fn run(args: BlameArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let mut archive = Archive::open(context)?;
    let entity = archive.entity_with_versions(&args.model, &args.id)?;
    if args.rows.output == Format::Table {
        context.ui.page();
    }
    let in_table = ["field", "value", "version", "date_created", "username"];
    let mut rows = Rows::new(&args.rows, &COLUMNS, &in_table, COLUMNS.len(), &context.ui)?;
    let mut lens = archive.lens(&entity.of)?;
    warn_unmapped(&lens, context);

    let mut unread = Unreadable::default();
    let mut setters: Vec<Version> = Vec::new();
    let mut held: Vec<Held> = Vec::new();
    for (number, batch) in entity.ids.chunks(BATCH).enumerate() {
        let versions = archive.store.versions(batch, true)?;
        let mut readable: Vec<(Version, Snapshot)> = Vec::new();
        for version in versions {
            if let Some(snapshot) = unread.read(&lens, &mut *archive.store, &version)? {
                readable.push((Version { data: None, ..version }, snapshot));
            }
        }
        if number == 0 {
            lens.learn(&readable.iter().map(|(_, snapshot)| snapshot.clone()).collect::<Vec<_>>());
        }
        for (version, snapshot) in readable {
            let at = setters.len();
            if at == 0 {
                let fields = snapshot.fields.into_iter();
                held = fields.map(|(field, value)| Held { field, value, version: 0, settled: false }).collect();
            } else {
                for field in held.iter_mut().filter(|field| !field.settled) {
                    match snapshot.get(&field.field) {
                        Some(value) if lens.same(&field.field, value, &field.value) => field.version = at,
                        _ => field.settled = true,
                    }
                }
            }
            setters.push(version);
        }
        if !setters.is_empty() && held.iter().all(|field| field.settled) {
            break;
        }
    }
    if setters.is_empty() {
        unread.warn(&archive.masks, context);
        let what = format!("{} {}", entity.of.label(), entity.object_id);
        return Err(Failure::unable(format!("none of the {} versions of {what} can be read", entity.ids.len())).into());
    }
    let cells = VersionCells { zone: archive.settings.zone.value, masks: &archive.masks, format: rows.format };
    for Held { field, value, version, .. } in &held {
        let value = archive.masks.field(field, value);
        let version = &setters[*version];
        let mut row = vec![Cell::text(&**field), value_cell(rows.format, &value)];
        row.extend(cells.who_when(version));
        rows.row(row, &mut context.ui)?;
    }
    rows.finish(context)?;
    unread.warn(&archive.masks, context);
    Ok(Exit::Done)
}
