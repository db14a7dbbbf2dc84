//! `auditctl list`: the main job. Who did what, when, and what came of it.

use std::ops::ControlFlow;

use anyhow::Context as _;
use clap::Args;

use super::filters::FilterArgs;
use super::rows::{OutputArgs, PageArgs};
use super::{Context, Examples, Exit};
use crate::audit::Redactor;
use crate::export::{ExportFormat, Layout, Rows, UNDATED, select_batches};
pub(super) use crate::output::grouped;
use crate::output::{EntryCells, EntryColumn, Format};
use crate::query::{Ordering, Page};
use crate::store::{Matched, Selection, Wanted};

const DEFAULT_LIMIT: u64 = 50;

/// List audit entries
///
/// Shows who did what, when, and what came of it: without options, the newest 50 entries. Filters narrow the entries,
/// and all of them have to hold.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("What user 5 did, newest first", "auditctl list --user 5 --ordering -timestamp"),
    ("What happened to one order, from its first day on", "auditctl list --model purchaseorders --record-id 9 --ordering id"),
    ("What was refused since yesterday", "auditctl list --status 4xx --since yesterday"),
    ("Who deleted what, for a spreadsheet", "auditctl list --action DELETE --all -o csv > deleted.csv"),
    ("What was sent to one part of the API and what came back, as JSON", "auditctl list --path '/api/payments/**' --columns id,status,request,response -o ndjson"),
    ("What went wrong for anybody but one user, or took a card", "auditctl list --where \"(status = 5xx and user != ana) or request.payment_method = CARD\""),
    ("How many requests of the last seven days came from nobody known", "auditctl list --user none --model 'API Request' --since -7d --count"),
]))]
pub struct ListArgs {
    #[command(flatten)]
    filters: FilterArgs,

    /// Sort by these fields
    ///
    /// Fields are id, timestamp, action, model, record_id, details and user, separated by commas; a `-` in front
    /// sorts in descending order. The default is `-timestamp`. Entries that are equal in all of them stand in the
    /// order of their ids, in the direction of the first field. Text is sorted by its bytes, and what is missing
    /// sorts low.
    ///
    /// Example: `--ordering user,-timestamp`
    #[arg(long, value_name = "[-]FIELD[,…]", allow_hyphen_values = true, help_heading = "Paging")]
    ordering: Option<String>,

    #[command(flatten)]
    page: PageArgs,

    /// Print only the number of matching entries
    ///
    /// The number is that of all entries that pass the filters.
    #[arg(long, help_heading = "Output", conflicts_with_all = ["limit", "offset", "page", "all", "columns", "no_header", "output"])]
    count: bool,

    #[command(flatten)]
    output: OutputArgs,

    /// Exit with 1 when no entry matches
    ///
    /// Without it, the exit code is 0 then.
    #[arg(long, help_heading = "Output")]
    fail_empty: bool,
}

pub(super) fn run(args: ListArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let zone = settings.zone.value;
    let asked = args.filters.read(settings.now.value, &zone)?;
    let ordering = args.ordering.as_deref().map(Ordering::parse).transpose()?.unwrap_or_default();
    let page = args.page.read(Some(DEFAULT_LIMIT))?;
    let columns = args.output.columns()?;
    let mut store = context.open_store()?;
    let filter = asked.resolve(&mut *store)?;

    if args.count {
        let count = store.count(&filter)?;
        context.note_effort(&*store, count);
        context.ui.data(&format!("{count}\n")).context(CANNOT_WRITE)?;
        return Ok(exit(count == 0 && args.fail_empty));
    }

    let selection = Selection { filter, ordering, page, wanted: wanted(&columns) };
    let redactor = Redactor::new(&settings.redact.add, &settings.redact.remove);
    let cells = EntryCells { zone, redactor: (!settings.reveal).then_some(&redactor) };
    if args.output.output == Format::Table {
        context.ui.page();
    }
    let shape = args.output.shape(&columns, &context.ui);
    let shows_times = columns.contains(&EntryColumn::Timestamp);
    let layout = Layout { format: ExportFormat::Rows(args.output.output), columns, shape };
    let mut rows = Rows::new(&layout).context(CANNOT_WRITE)?;
    let out = context.ui.out();
    let mut shown = 0_u64;
    let mut odd = Odd::default();
    let mut failed = None;
    let matched = select_batches(&mut *store, &selection, &layout, &cells, &mut |batch| {
        batch.each(|id, day| {
            shown += 1;
            if shows_times && day == UNDATED {
                odd.notice(id);
            }
        });
        match rows.batch(batch, &layout, &cells, out) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(()), Err).context(CANNOT_WRITE)?;
    rows.finish(out).context(CANNOT_WRITE)?;
    context.ui.finish().context(CANNOT_WRITE)?;
    if let Some(line) = odd.warning() {
        context.ui.warn(&line);
    }
    if let Some(line) = more("entries", shown, page, matched) {
        context.ui.status(&line);
    } else if matched == Matched::Exactly(0) && args.output.output == Format::Table {
        let hint = args.filters.unknown_model(&mut *store)?.map_or_else(String::new, |hint| format!("; {hint}"));
        context.ui.status(&format!("no entry matches{hint}"));
    }
    let (Matched::Exactly(found) | Matched::AtLeast(found)) = matched;
    context.note_effort(&*store, found);
    Ok(exit(shown == 0 && args.fail_empty))
}

/// What stands before the operating system's reason.
pub(super) const CANNOT_WRITE: &str = "cannot write the output";

fn exit(is_no: bool) -> Exit {
    if is_no { Exit::No } else { Exit::Done }
}

/// What is read for these columns.
pub(super) fn wanted(columns: &[EntryColumn]) -> Wanted {
    Wanted {
        details: columns.iter().any(|column| column.needs_details()),
        username: columns.contains(&EntryColumn::Username),
    }
}

/// The line that says that more match than are shown; `what` is their name, as in `entries`.
pub(super) fn more(what: &str, shown: u64, page: Page, matched: Matched) -> Option<String> {
    let last = page.offset.saturating_add(shown);
    let range = match shown {
        0 => "none".to_owned(),
        _ if page.offset == 0 => grouped(shown),
        _ => format!("{} to {}", grouped(page.offset.saturating_add(1)), grouped(last)),
    };
    // Without a limit it is the offset that leaves entries out.
    let remedy = if page.limit.is_some() { "; --all shows all" } else { "" };
    match matched {
        Matched::Exactly(all) if all > shown => {
            Some(format!("{range} of {} matching {what} shown{remedy}", grouped(all)))
        }
        Matched::AtLeast(all) if all > last && last == 1 => Some(format!("1 of several matching {what} shown{remedy}")),
        Matched::AtLeast(all) if all > last && shown == 0 => Some(format!("no {what} shown, but some match{remedy}")),
        Matched::AtLeast(all) if all > last => {
            Some(format!("{range} matching {what} shown, and there are more{remedy}"))
        }
        _ => None,
    }
}

/// Entries whose timestamp is no time: they are shown as stored, and said to be.
#[derive(Default)]
struct Odd {
    first: Option<i64>,
    others: u64,
}

impl Odd {
    fn notice(&mut self, id: i64) {
        match self.first {
            None => self.first = Some(id),
            Some(_) => self.others += 1,
        }
    }

    fn warning(&self) -> Option<String> {
        odd_times(self.first, self.others)
    }
}

/// What is said of entries whose timestamp is no time.
pub(super) fn odd_times(first: Option<i64>, others: u64) -> Option<String> {
    let first = first?;
    let others = match others {
        0 => String::new(),
        n => format!(" (and {} more)", grouped(n)),
    };
    Some(format!("entry {first}{others} has a timestamp that is not a time; it is shown as stored"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_when_more_match_than_are_shown() {
        let page = |limit, offset| Page { limit, offset };
        let exactly = |n| Matched::Exactly(n);
        for (shown, page, matched, line) in [
            (50, page(Some(50), 0), exactly(50), None),
            (0, page(Some(50), 0), exactly(0), None),
            (
                50,
                page(Some(50), 0),
                exactly(1_234_567),
                Some("50 of 1,234,567 matching entries shown; --all shows all"),
            ),
            (50, page(Some(50), 50), exactly(123), Some("51 to 100 of 123 matching entries shown; --all shows all")),
            (23, page(Some(50), 100), exactly(123), Some("101 to 123 of 123 matching entries shown; --all shows all")),
            (0, page(Some(50), 150), exactly(123), Some("none of 123 matching entries shown; --all shows all")),
            (0, page(Some(0), 0), exactly(123), Some("none of 123 matching entries shown; --all shows all")),
            (23, page(None, 100), exactly(123), Some("101 to 123 of 123 matching entries shown")),
            (
                50,
                page(Some(50), 0),
                Matched::AtLeast(51),
                Some("50 matching entries shown, and there are more; --all shows all"),
            ),
            (1, page(Some(1), 0), Matched::AtLeast(2), Some("1 of several matching entries shown; --all shows all")),
            (0, page(Some(0), 0), Matched::AtLeast(1), Some("no entries shown, but some match; --all shows all")),
        ] {
            assert_eq!(more("entries", shown, page, matched).as_deref(), line);
        }
    }
}
