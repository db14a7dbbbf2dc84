//! `parse --follow`: what comes after what is there.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use anyhow::Context as _;

use super::print::Printer;
use super::work::Work;
use crate::cli::interrupt::{Interrupt, Woken};
use crate::cli::list::CANNOT_WRITE;
use crate::cli::{Context, Failure};
use crate::logs::files::{LogSet, Source};
use crate::logs::follow::{Folders, Follower};
use crate::logs::input::{Left, LeftOff};
use crate::output::Format;

/// The log of each set will be followed: its reading leaves behind where it ended.
pub fn prepare(sets: &mut [LogSet], format: Format) -> Result<Vec<(PathBuf, Left)>, Failure> {
    if format == Format::Json {
        let message = "a JSON array has an end, and --follow has none: print JSON lines with -o ndjson";
        return Err(Failure::usage(message));
    }
    let mut followed = Vec::new();
    for set in sets {
        let Some(last) = set.sources.last_mut() else { continue };
        match last {
            Source::File(path) if set.log.as_ref().is_none_or(|log| log == path) => {
                let (path, left) = (path.clone(), Left::default());
                followed.push((path.clone(), Left::clone(&left)));
                *last = Source::Followed(path, left);
            }
            Source::Stdin => {
                return Err(Failure::usage(
                    "standard input can't be followed: it has no name; leave out --follow, it is shown as it comes",
                ));
            }
            _ => {}
        }
    }
    Ok(followed)
}

/// The folders among what was named, or the one in force where nothing was: logs may appear in them.
pub fn folders(files: &[PathBuf], in_force: Option<&Path>, sets: &[LogSet]) -> Folders {
    let named = files.iter().filter(|path| path.is_dir()).cloned();
    let in_force = in_force.filter(|_| files.is_empty()).map(Path::to_owned);
    Folders::new(named.chain(in_force).collect(), sets)
}

/// Shows records as they come, until the user wants an end or the reader of the output leaves.
pub fn run(
    followed: Vec<(PathBuf, Left)>,
    folders: Folders,
    work: &Work<'_>,
    counts_lines: bool,
    interrupt: &mut Interrupt,
    printer: &mut Printer<'_>,
    context: &mut Context,
) -> anyhow::Result<()> {
    let logs: Vec<_> = followed
        .into_iter()
        .filter_map(|(path, left)| {
            let LeftOff { place, kept } = std::mem::take(&mut *left.lock().unwrap_or_else(PoisonError::into_inner));
            Some((path, place?, kept))
        })
        .collect();
    if interrupt.is_asked() {
        return Ok(());
    }
    if logs.is_empty() && folders.is_empty() {
        return Err(Failure::unable("there is no log to follow").into());
    }
    if logs.is_empty() {
        context.ui.status("there are no log files yet; they are shown when they come");
    }
    let mut follower = Follower::new(logs, folders, counts_lines);
    let mut own = work.own();
    printer.bring_out(context.ui.out()).context(CANNOT_WRITE)?;
    loop {
        let mut notices = Vec::new();
        let (mut printed, mut is_new): (io::Result<()>, _) = (Ok(()), false);
        let out = context.ui.out();
        let take = |block: &crate::logs::block::Block| {
            let batch = work.batch(&mut own, block);
            if printed.is_ok() && batch.len() > 0 {
                printed = printer.batch(batch, out).map(|_| ());
                is_new = true;
            }
        };
        let pause = follower.step(take, |notice| notices.push(notice));
        if is_new && printed.is_ok() {
            printed = printer.bring_out(out);
        }
        printed.context(CANNOT_WRITE)?;
        for notice in notices {
            context.ui.warn(&format!("{}: {}", notice.log.display(), notice.what));
        }
        if interrupt.wait_or(pause, follower.notes())? == Woken::End {
            return Ok(());
        }
    }
}
