//! `auditctl versions`: the versions of an object, or the members of a revision.

use clap::Args;

use super::archive::{Archive, Entity, Unreadable, warn_unmapped};
use super::columns::{PartArgs, RowArgs, Rows, WhoWhen, WhoWhenArgs};
use super::list::more;
use super::number::id;
use super::version_rows::{CHANGED, COLUMNS, VersionCells};
use super::{Context, Examples, Exit, Failure};
use crate::output::Format;
use crate::store::Version;
use crate::versions::{Lens, Snapshot};

/// How many versions are read at once.
const BATCH: usize = 64;

/// Show the versions of an object, or of a revision
///
/// Newest first: when a version was recorded, by whom, with which comment, and which fields differ from the version
/// before. Fields are compared by type: `0.0` and `"0.00"` of a decimal field are equal.
///
/// The model is written `purchaseorders` or `api.purchaseorders`, in any case; the app may be left out while one model
/// is meant. The id is the object's primary key; a UUID may be written with its dashes or without.
///
/// The columns are id, revision, date_created, user, username, comment, model, object_id, object_repr, db, format and
/// changed; the last is null for the first version of an object and next to one that can't be read. A version that
/// can't be read is listed, and stderr says why it can't.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("Every version of an order, newest first", "auditctl versions purchaseorders 9"),
    ("What was saved together with version 86", "auditctl versions --revision 39"),
]))]
pub struct VersionsArgs {
    /// Model of the object
    ///
    /// Written `purchaseorders` or `api.purchaseorders`, in any case; the app may be left out while one model is meant.
    #[arg(value_name = "MODEL", required_unless_present = "revision", requires = "id")]
    model: Option<String>,

    /// Primary key of the object
    ///
    /// As `versions` and `deleted` print it: a number, a text, or a UUID with or without dashes.
    #[arg(value_name = "ID", allow_negative_numbers = true)]
    id: Option<String>,

    /// List the versions of this revision instead
    ///
    /// A revision holds what was saved together, a version for each object, oldest first.
    #[arg(long, value_name = "N", conflicts_with_all = ["model", "id"], allow_negative_numbers = true, value_parser = id)]
    revision: Option<i64>,

    #[command(flatten)]
    who_when: WhoWhenArgs,

    #[command(flatten)]
    part: PartArgs,

    #[command(flatten)]
    rows: RowArgs,

    /// Exit with 1 when nothing is listed
    ///
    /// The default is to exit with 0.
    #[arg(long, help_heading = "Output")]
    fail_empty: bool,
}

pub(super) fn run(args: VersionsArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let page = args.part.read()?;
    let mut archive = Archive::open(context)?;
    let zone = archive.settings.zone.value;
    let who_when = args.who_when.read(archive.settings.now.value, &zone, &mut *archive.store)?;
    if args.rows.output == Format::Table {
        context.ui.page();
    }
    let in_table = match args.revision {
        Some(_) => &["id", "model", "object_id", "object_repr", "changed"][..],
        None => &["id", "revision", "date_created", "username", "comment", "changed"],
    };
    let rows = Rows::new(&args.rows, &COLUMNS, in_table, COLUMNS.len(), &context.ui)?;
    let mut listing =
        Listing { rows, who_when, skip: page.offset, left: page.limit, shown: 0, unread: Unreadable::default() };
    let ids = match (args.revision, args.model, args.id) {
        (Some(revision), ..) => members(revision, &mut archive, &mut listing, context)?,
        (None, Some(model), Some(id)) => {
            let entity = archive.entity_with_versions(&model, &id)?;
            of_object(&entity, &mut archive, &mut listing, context)?;
            entity.ids
        }
        _ => return Err(Failure::usage("name an object as MODEL ID, or a revision with --revision").into()),
    };
    let Listing { rows, who_when, shown, unread, .. } = listing;
    rows.finish(context)?;
    if page.is_part() {
        let matched = who_when.matched(&ids, page, &mut *archive.store)?;
        more("versions", shown, page, matched).iter().for_each(|line| context.ui.status(line));
    }
    unread.warn(&archive.masks, context);
    Ok(if shown == 0 && args.fail_empty { Exit::No } else { Exit::Done })
}

/// What is listed, and how far it has come.
struct Listing {
    rows: Rows,
    who_when: WhoWhen,
    skip: u64,
    left: Option<u64>,
    shown: u64,
    unread: Unreadable,
}

impl Listing {
    fn is_full(&self) -> bool {
        self.left == Some(0)
    }

    /// Whether this version is to be shown.
    fn takes(&mut self, version: &Version) -> bool {
        if self.is_full() || !self.who_when.accepts(version.user, &version.date_created) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        self.shown += 1;
        true
    }

    fn needs_data(&self) -> bool {
        self.rows.shows(CHANGED)
    }

    fn show(
        &mut self,
        version: &Version,
        model: &str,
        changed: Option<&[String]>,
        archive: &Archive,
        context: &mut Context,
    ) -> anyhow::Result<()> {
        let cells = VersionCells { zone: archive.settings.zone.value, masks: &archive.masks, format: self.rows.format };
        self.rows.row(cells.row(version, model, changed), &mut context.ui)
    }
}

fn of_object(
    entity: &Entity,
    archive: &mut Archive,
    listing: &mut Listing,
    context: &mut Context,
) -> anyhow::Result<()> {
    let model = entity.of.label();
    if !listing.needs_data() {
        for batch in entity.ids.chunks(BATCH) {
            for version in archive.store.versions(batch, false)? {
                if listing.takes(&version) {
                    listing.show(&version, &model, None, archive, context)?;
                }
            }
            if listing.is_full() {
                break;
            }
        }
        return Ok(());
    }
    let mut lens = archive.lens(&entity.of)?;
    warn_unmapped(&lens, context);
    for (number, batch) in entity.ids.chunks(BATCH).enumerate() {
        // One more than are shown: each is compared with the one before.
        let from = number * BATCH;
        let ids = &entity.ids[from..entity.ids.len().min(from + batch.len() + 1)];
        let versions = archive.store.versions(ids, true)?;
        let snapshots: Vec<Option<Snapshot>> = versions
            .iter()
            .map(|version| listing.unread.read(&lens, &mut *archive.store, version))
            .collect::<Result<_, _>>()?;
        if number == 0 {
            lens.learn(&snapshots.iter().flatten().cloned().collect::<Vec<_>>());
        }
        for (at, version) in versions.iter().enumerate().take(batch.len()) {
            if listing.takes(version) {
                let before = match versions.get(at + 1) {
                    Some(before) if before.db == version.db => snapshots[at + 1].clone(),
                    _ => match archive.version_before(&entity.ids, version)? {
                        Some(before) => listing.unread.read(&lens, &mut *archive.store, &before)?,
                        None => None,
                    },
                };
                let changed = changed(&lens, before.as_ref(), snapshots[at].as_ref());
                listing.show(version, &model, changed.as_deref(), archive, context)?;
            }
        }
        if listing.is_full() {
            break;
        }
    }
    Ok(())
}

/// The names of the fields that differ; None unless both versions are readable.
pub(super) fn changed(lens: &Lens, before: Option<&Snapshot>, after: Option<&Snapshot>) -> Option<Vec<String>> {
    let changes = lens.changes(Some(&before?.fields), &after?.fields);
    Some(changes.into_iter().map(|change| change.field).collect())
}

/// Lists the versions of a revision, and gives their ids.
fn members(
    revision: i64,
    archive: &mut Archive,
    listing: &mut Listing,
    context: &mut Context,
) -> anyhow::Result<Vec<i64>> {
    let ids = archive.store.revision_members(revision)?;
    if ids.is_empty() {
        let why = if archive.store.has_revision(revision)? { "holds no versions" } else { "does not exist" };
        return Err(Failure::no(format!("revision {revision} {why}")).into());
    }
    let mut lenses: Vec<(i64, Lens)> = Vec::new();
    for batch in ids.chunks(BATCH) {
        for version in archive.store.versions(batch, listing.needs_data())? {
            if !listing.takes(&version) {
                continue;
            }
            let model = archive.label(version.content_type);
            let changed =
                if listing.needs_data() { changed_by(&version, &mut lenses, archive, listing, context)? } else { None };
            listing.show(&version, &model, changed.as_deref(), archive, context)?;
        }
    }
    Ok(ids)
}

/// What a version changed, of an object of any model.
fn changed_by(
    version: &Version,
    lenses: &mut Vec<(i64, Lens)>,
    archive: &mut Archive,
    listing: &mut Listing,
    context: &mut Context,
) -> anyhow::Result<Option<Vec<String>>> {
    let of = version.content_type;
    let at = match lenses.iter().position(|(known, _)| *known == of) {
        Some(at) => at,
        None => {
            let Some(of_type) = archive.types.iter().find(|t| t.id == of).cloned() else { return Ok(None) };
            let lens = archive.lens(&of_type)?;
            warn_unmapped(&lens, context);
            lenses.push((of, lens));
            lenses.len() - 1
        }
    };
    let ids = archive.store.version_ids(of, &version.object_id)?;
    let before = archive.version_before(&ids, version)?;
    let lens = &mut lenses[at].1;
    let after = listing.unread.read(lens, &mut *archive.store, version)?;
    let before = match &before {
        Some(before) => listing.unread.read(lens, &mut *archive.store, before)?,
        None => None,
    };
    lens.learn(&after.iter().chain(&before).cloned().collect::<Vec<_>>());
    Ok(changed(lens, before.as_ref(), after.as_ref()))
}
