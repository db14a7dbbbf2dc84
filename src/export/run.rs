//! One run: from the entries that are new to files that have their names, and a cursor that has moved.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};

use super::batch::{Batch, select_batches};
use super::compression::{Counted, Tallied};
use super::cursor::{Cursor, Pending, PendingFile, Terms, Witness};
use super::error::ExportError;
use super::manifest::{Manifest, ManifestFile};
use super::names::{Names, Part, Split};
use super::parts::{Layout, Parts, Rows, UNDATED};
use super::publish::{Aside, Staged, Step, check_folder, check_target, folder_of, name_all, publish};
use crate::output::{EntryCells, Ui};
use crate::query::{Filter, Ordering, Page};
use crate::store::{Matched, Selection, Store, Wanted};

/// How many entries are written between two words on the progress.
const PER_WORD: u64 = 256;

/// What is exported, and how it is written.
pub struct Export<'a> {
    /// Which entries.
    pub filter: Filter,
    /// Which of them.
    pub page: Page,
    /// Which of the entries' columns are read.
    pub wanted: Wanted,
    /// From entries to cells; its zone is that of the days.
    pub cells: EntryCells<'a>,
    /// The format, the columns, and how rows are laid out.
    pub layout: Layout,
    /// The database, for the manifest.
    pub database: String,
    /// What was asked for, in words.
    pub terms: Terms,
    /// The name of the manifest.
    pub manifest: Option<Names>,
    /// Whether a file that is there is replaced.
    pub force: bool,
    /// The program's name and version.
    pub tool: String,
    /// When.
    pub now: DateTime<Utc>,
}

/// Where the entries go.
pub enum Destination<'a> {
    /// Standard output.
    Stream(&'a mut Ui),
    /// Files of these names.
    Files {
        /// The names.
        names: &'a Names,
        /// Where one file ends and the next begins.
        split: Option<Split>,
    },
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// How many entries were written.
    pub rows: u64,
    /// How many more match, where a limit left some out.
    pub is_cut: bool,
    /// The files that have their names now, the manifest among them.
    pub files: Vec<PathBuf>,
    /// How many entries have a timestamp that is no time.
    pub undated: u64,
    /// The id of the first of them.
    pub first_undated: Option<i64>,
    /// Columns in which values were left out that are not of their types.
    pub unfit: Vec<&'static str>,
}

/// What was written, before it has its names.
#[derive(Default)]
struct Written {
    rows: u64,
    first: Option<i64>,
    last: Option<i64>,
    is_cut: bool,
    undated: u64,
    first_undated: Option<i64>,
    unfit: BTreeSet<&'static str>,
    files: Vec<(Option<Staged>, ManifestFile)>,
}

impl Written {
    /// Notices an entry of a day, or without one.
    fn notice(&mut self, id: i64, day: i64) {
        self.rows += 1;
        self.first.get_or_insert(id);
        self.last = Some(id);
        if day == UNDATED {
            self.undated += 1;
            self.first_undated.get_or_insert(id);
        }
    }
}

/// Which ids are read.
#[derive(Clone, Copy)]
struct Range {
    after: Option<i64>,
    through: Option<i64>,
}

/// Who hears how far it is.
struct Hearers<'a> {
    steps: &'a mut dyn FnMut(Step),
    progress: &'a mut dyn FnMut(i64, u64),
    /// Whether an end was asked for.
    is_over: &'a dyn Fn() -> bool,
    /// Whether a cursor will speak of what is written.
    with_cursor: bool,
}

impl Export<'_> {
    /// Exports what is after the cursor, or everything where there is none. `steps` hears how far it came, and
    /// `progress` the id up to which all was read and how many entries were written. Once `is_over`, it ends as if it
    /// had never been.
    pub fn run(
        &self,
        store: &mut dyn Store,
        destination: Destination<'_>,
        cursor: Option<(&Path, &mut Cursor)>,
        steps: &mut dyn FnMut(Step),
        progress: &mut dyn FnMut(i64, u64),
        is_over: &dyn Fn() -> bool,
    ) -> Result<Done, ExportError> {
        let with_cursor = cursor.is_some();
        let targets: Vec<&Names> = destination.names().into_iter().chain(&self.manifest).collect();
        for names in &targets {
            check_folder(names.folder())?;
            names.fixed().map_or(Ok(()), |name| check_target(&name, self.force, with_cursor))?;
        }
        let horizon = store.horizon()?;
        if let Some((path, cursor)) = &cursor {
            cursor.check_table(path, store, horizon)?;
        }
        let after = cursor.as_ref().and_then(|(_, cursor)| cursor.position);
        let through = horizon.settled;
        let mut aside = match &cursor {
            Some((path, _)) => Aside::of_cursor(path, targets.iter().map(|names| names.folder()))?,
            None => Aside::of_process(targets.iter().map(|names| names.folder()), self.now)?,
        };

        let mut hearers = Hearers { steps, progress, is_over, with_cursor };
        let written = self.write(store, Range { after, through }, destination, &mut aside, &mut hearers)?;
        let mut staged: Vec<Staged> = written.files.iter().filter_map(|(staged, _)| staged.clone()).collect();
        if let Some(names) = &self.manifest
            && (written.rows > 0 || !with_cursor)
        {
            let manifest = self.manifest_of(&written, store.audit_table(), after, through);
            staged.push(stage_manifest(&manifest, names, with_cursor, &mut aside)?);
        }
        for file in &staged {
            check_target(&file.name, self.force, with_cursor)?;
        }
        steps(Step::Written);

        match cursor {
            None => {
                name_all(&staged, self.force, false, steps)?;
                steps(Step::Published);
            }
            Some((path, cursor)) => {
                let position = if written.is_cut { written.last.or(after) } else { through };
                let pending = pending(store, position, cursor.exported + written.rows, &staged)?;
                publish(&staged, pending, cursor, path, self.now, steps).inspect_err(|_| {
                    if cursor.pending.is_some() {
                        aside.keep();
                    }
                })?;
            }
        }
        let files = staged.into_iter().map(|file| file.name).collect();
        let Written { rows, is_cut, undated, first_undated, unfit, .. } = written;
        Ok(Done { rows, is_cut, files, undated, first_undated, unfit: unfit.into_iter().collect() })
    }

    /// Writes the entries after one id and up to another.
    fn write(
        &self,
        store: &mut dyn Store,
        range: Range,
        destination: Destination<'_>,
        aside: &mut Aside,
        hearers: &mut Hearers<'_>,
    ) -> Result<Written, ExportError> {
        let hashed = hearers.with_cursor || self.manifest.is_some();
        let mut written = Written::default();
        match destination {
            Destination::Stream(ui) => {
                let mut rows = Rows::new(&self.layout).map_err(ExportError::Output)?;
                let mut out = Tallied::new(ui.out(), hashed);
                self.read(store, range, &mut written, hearers, &mut |batch| {
                    rows.batch(batch, &self.layout, &self.cells, &mut out).map_err(ExportError::Output)
                })?;
                rows.finish(&mut out).map_err(ExportError::Output)?;
                written.unfit.extend(rows.unfit());
                let file = ManifestFile {
                    name: "-".into(),
                    rows: written.rows,
                    first_id: written.first,
                    last_id: written.last,
                    size: out.size,
                    sha256: out.sha256(),
                };
                ui.sync().map_err(ExportError::Output)?;
                written.files.push((None, file));
            }
            Destination::Files { names, split } => {
                let mut parts = Parts::new(names, split, hashed, aside, &self.layout);
                self.read(store, range, &mut written, hearers, &mut |batch| match batch {
                    Batch::Entry(entry, day) => {
                        let row = self.cells.row_for(self.layout.format.rows(), entry, &self.layout.columns);
                        parts.entry(entry.id, *day, row)
                    }
                    Batch::Block(block) => parts.block(block),
                    Batch::Passed(_) => Ok(()),
                })?;
                let files = parts.finish(!hearers.with_cursor)?;
                written.unfit.append(&mut parts.unfit);
                written.files.extend(files.into_iter().map(|(staged, file)| (Some(staged), file)));
            }
        }
        Ok(written)
    }

    /// Hands on the entries after one id and up to another, ascending: as bytes that were made on several threads, or
    /// one by one for a format whose rows are laid out together.
    fn read(
        &self,
        store: &mut dyn Store,
        range: Range,
        written: &mut Written,
        hearers: &mut Hearers<'_>,
        each: &mut dyn FnMut(&Batch<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let Some(through) = range.through else { return Ok(()) };
        let ids = Filter::ids(range.after, through);
        let selection = Selection {
            filter: Filter::All(vec![ids, self.filter.clone()]),
            ordering: Ordering::by_id(),
            page: self.page,
            wanted: self.wanted,
        };
        let mut failed = None;
        let matched = select_batches(store, &selection, &self.layout, &self.cells, &mut |batch| {
            if (hearers.is_over)() {
                failed = Some(ExportError::Ended);
                return ControlFlow::Break(());
            }
            if let Err(error) = each(batch) {
                failed = Some(error);
                return ControlFlow::Break(());
            }
            let before = written.rows;
            batch.each(|id, day| written.notice(id, day));
            if let Batch::Passed(id) = batch {
                (hearers.progress)(*id, written.rows);
            } else if let Some(last) = written.last
                && (written.rows > before + 1 || written.rows % PER_WORD == 1)
            {
                (hearers.steps)(Step::Writing);
                (hearers.progress)(last, written.rows);
            }
            ControlFlow::Continue(())
        })?;
        failed.map_or(Ok(()), Err)?;
        written.is_cut = self.page.limit.is_some()
            && match matched {
                Matched::Exactly(all) | Matched::AtLeast(all) => all > self.page.offset.saturating_add(written.rows),
            };
        Ok(())
    }

    fn manifest_of(&self, written: &Written, table: &str, after: Option<i64>, through: Option<i64>) -> Manifest {
        Manifest {
            auditctl_manifest: Manifest::LAYOUT,
            tool: self.tool.clone(),
            created: self.now.to_rfc3339_opts(SecondsFormat::Secs, true),
            database: self.database.clone(),
            table: table.to_owned(),
            terms: self.terms.clone(),
            after,
            through: if written.is_cut { written.last } else { through },
            rows: written.rows,
            first_id: written.first,
            last_id: written.last,
            files: written.files.iter().map(|(_, file)| file.clone()).collect(),
        }
    }
}

impl<'a> Destination<'a> {
    fn names(&self) -> Option<&'a Names> {
        match self {
            Destination::Stream(_) => None,
            Destination::Files { names, .. } => Some(names),
        }
    }
}

/// What the cursor says once these files have their names.
fn pending(
    store: &mut dyn Store,
    position: Option<i64>,
    exported: u64,
    staged: &[Staged],
) -> Result<Pending, ExportError> {
    let witness = position.map(|id| Witness::of(store, id)).transpose()?.flatten();
    let absolute = |path: &Path| std::path::absolute(path).map_err(ExportError::file("write", path));
    let file = |file: &Staged| {
        Ok(PendingFile {
            aside: absolute(&file.aside)?,
            name: absolute(&file.name)?,
            size: file.size,
            sha256: file.sha256.clone(),
        })
    };
    let files = staged.iter().map(file).collect::<Result<_, ExportError>>()?;
    Ok(Pending { position, witness, exported, files })
}

/// Writes the manifest aside.
fn stage_manifest(manifest: &Manifest, names: &Names, hashed: bool, aside: &mut Aside) -> Result<Staged, ExportError> {
    let part = Part { first: manifest.first_id, last: manifest.last_id, ..Part::default() };
    let name = names.path(&part);
    let path = aside.next(folder_of(&name));
    let write = || -> io::Result<Counted> {
        let text = manifest.text()?;
        let mut file = Counted::create(&path, hashed)?;
        file.write_all(text.as_bytes())?;
        file.sync()?;
        Ok(file)
    };
    let file = write().map_err(ExportError::file("write", &name))?;
    Ok(Staged { aside: path, name, size: file.size, sha256: file.sha256() })
}
