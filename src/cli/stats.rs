//! `auditctl stats`: how many entries there are of each kind, and how many of them failed.

use std::cmp::Ordering;

use clap::Args;

use super::columns::{PartArgs, RowArgs, Rows};
use super::filters::FilterArgs;
use super::list::grouped;
use super::{Context, Examples, Exit, Failure};
use crate::audit::{Redactor, Token, Value};
use crate::output::{Cell, Column, EntryCells, Format, Shrink, Ui};
use crate::query::{ENTRY, Group, Grouping, KeyPart, Page, Part, closest};
use crate::store::Store;

/// By what to count when nothing is named.
const USUAL: &str = "status_class";

/// How many columns of a terminal the longest bar takes.
const BAR: usize = 20;

/// Count audit entries by user, action, path, status or time
///
/// Prints one row for each group: its key, how many entries there are, and which share of all entries that pass the
/// filters that is. The largest group comes first, of equal ones the one with the lowest key. On a terminal, bars
/// compare them. Every figure is exact.
///
/// In JSON each part of the key stands under its own name, null where an entry has none; `count` and `share` (0 to 1)
/// follow, with --error-rate also `requests`, `errors` and `error_rate`.
///
/// Memory is taken for the groups, not for the entries: about two hundred bytes and the text of the key for each, so
/// that a million groups, as `--by record_id` may give, take some hundred megabytes.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("Who did most this week", "auditctl stats --by username --since -7d --top 10"),
    ("What is asked of the API, ids aside, and how much of it fails", "auditctl stats --by method,path --fold-ids --error-rate"),
    ("When in the day the service is busy", "auditctl stats --by hour --ordering hour"),
    ("Requests a day as a spreadsheet", "auditctl stats --by day --model 'API Request' --ordering day -o csv > days.csv"),
    ("Who was refused most often", "auditctl stats --by username,path --where 'status in (401, 403)' --top 5"),
]))]
pub struct StatsArgs {
    /// Count by these
    ///
    /// Names are separated by commas. Fields: user, user_id, username, action, method, path, model, record_id, status,
    /// decoded, and keys in the bodies such as `response.detail`. Of the status: status_class (2xx, 4xx). Of the time, in
    /// the zone in force: hour (0 to 23), weekday (1, Monday, to 7), day (2026-11-23), week (2026-W48, ISO 8601) and
    /// month (2026-11). The default is status_class.
    ///
    /// Example: `--by user,status_class`
    #[arg(long, value_name = "NAME[,NAME…]")]
    by: Option<String>,

    /// Take numbers and UUIDs in paths for one and the same
    ///
    /// `/api/payments/12/` and `/api/payments/13/` are both counted as `/api/payments/:id/`. Holds for path and action.
    #[arg(long)]
    fold_ids: bool,

    /// Count failures too
    ///
    /// Adds `requests` (the entries of the group that are requests), `errors` (those of them that were answered with 4xx
    /// or 5xx) and `error_rate` (errors by requests, 0 to 1; null where there is no request). A request whose status can't
    /// be told for certain is no error.
    #[arg(long)]
    error_rate: bool,

    /// Show only the largest groups, so many of them
    ///
    /// Shares stay those of all entries. The same as --limit.
    #[arg(long, value_name = "N", conflicts_with_all = ["limit", "page", "all"], help_heading = "Paging")]
    top: Option<u64>,

    /// Sort by these columns
    ///
    /// Columns are separated by commas; a `-` in front sorts in descending order. The default is `-count`. Groups that are
    /// equal in all of them stand in the order of their keys.
    ///
    /// Example: `--by day --ordering day`
    #[arg(long, value_name = "[-]COLUMN[,…]", allow_hyphen_values = true, help_heading = "Paging")]
    ordering: Option<String>,

    #[command(flatten)]
    filters: FilterArgs,

    #[command(flatten)]
    part: PartArgs,

    #[command(flatten)]
    output: RowArgs,

    /// Exit with 1 when no entry matches
    ///
    /// Without it, the exit code is 0 then.
    #[arg(long, help_heading = "Output")]
    fail_empty: bool,
}

pub(super) fn run(args: StatsArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let zone = settings.zone.value;
    let asked = args.filters.read(settings.now.value, &zone)?;
    let grouping = Grouping {
        folds_ids: args.fold_ids,
        counts_errors: args.error_rate,
        ..Grouping::parse(args.by.as_deref().unwrap_or(USUAL), &ENTRY, zone)?
    };
    let table = Layout::of(&grouping, &context.ui);
    let ordering = args.ordering.as_deref().map(|text| {
        let sortable = &table.columns[..table.usual];
        group_ordering(text, sortable, table.parts, table.counts_errors)
    });
    let ordering = ordering.transpose()?;
    let page = match args.top {
        Some(top) => Page::new(Some(top), None, None, false, None)?,
        None => args.part.read()?,
    };
    let mut rows = Rows::new(&args.output, &table.columns, &table.in_table(), table.usual, &context.ui)?;
    let mut store = context.open_store()?;
    let filter = asked.resolve(&mut *store)?;
    let mut groups = store.group(&filter, &grouping)?;
    if let Some(ordering) = ordering {
        sort_groups(&mut groups, &ordering);
    }

    let redactor = Redactor::new(&settings.redact.add, &settings.redact.remove);
    let cells = EntryCells { zone, redactor: (!settings.reveal).then_some(&redactor) };
    if rows.format == Format::Table {
        context.ui.page();
    }
    let total: u64 = groups.iter().map(|group| group.tally.count).sum();
    let largest = groups.iter().map(|group| group.tally.count).max().unwrap_or(0);
    let offset = usize::try_from(page.offset).unwrap_or(usize::MAX).min(groups.len());
    let limit = page.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let shown = &groups[offset..groups.len().min(offset.saturating_add(limit))];
    for group in shown {
        let username = match table.user.filter(|_| rows.shows(table.username())) {
            Some(at) => username(&group.key[at], &mut *store)?,
            None => None,
        };
        let is_table = rows.format == Format::Table;
        rows.row(table.cells(group, username.as_deref(), total, largest, is_table, &cells), &mut context.ui)?;
    }
    rows.finish(context)?;
    context.note_effort(&*store, total);
    if shown.len() < groups.len() {
        let all = grouped(groups.len() as u64);
        context.ui.status(&format!("{} of {all} groups shown; --all shows all", grouped(shown.len() as u64)));
    }
    Ok(if total == 0 && args.fail_empty { Exit::No } else { Exit::Done })
}

/// A user's name, looked up for the groups that are shown.
fn username(key: &KeyPart, store: &mut dyn Store) -> anyhow::Result<Option<String>> {
    Ok(match key {
        KeyPart::Integer(id) => store.user(*id)?.and_then(|user| user.username),
        _ => None,
    })
}

/// What groups are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupKey {
    Part(usize),
    Count,
    Requests,
    Errors,
    ErrorRate,
}

/// Reads `day,-count`: of these columns, of which the first are the parts of the groups' keys. Each key with whether it
/// descends.
pub(super) fn group_ordering(
    text: &str,
    sortable: &[Column],
    parts: usize,
    counts_errors: bool,
) -> Result<Vec<(GroupKey, bool)>, Failure> {
    text.split(',')
        .map(|part| {
            let part = part.trim();
            let (name, descends) = part.strip_prefix('-').map_or((part, false), |name| (name, true));
            let key = match name {
                "count" | "share" => GroupKey::Count,
                "requests" if counts_errors => GroupKey::Requests,
                "errors" if counts_errors => GroupKey::Errors,
                "error_rate" if counts_errors => GroupKey::ErrorRate,
                name => match sortable[..parts].iter().position(|column| column.name == name) {
                    Some(at) => GroupKey::Part(at),
                    None => {
                        let names: Vec<&str> = sortable.iter().map(|column| column.name).collect();
                        let list = names.join(", ");
                        let message = format!("there is no column '{name}' to sort by: the columns are {list}");
                        let failure = Failure::usage(message);
                        return Err(match closest(name, names) {
                            Some(name) => failure.hint(format!("did you mean '{name}'?")),
                            None => failure,
                        });
                    }
                },
            };
            Ok((key, descends))
        })
        .collect()
}

/// Sorts groups; those that are equal by their keys.
pub(super) fn sort_groups(groups: &mut [Group], ordering: &[(GroupKey, bool)]) {
    groups.sort_by(|a, b| compare(a, b, ordering).then_with(|| a.key.cmp(&b.key)));
}

/// The columns of a grouping.
struct Layout {
    columns: Vec<Column>,
    /// How many parts a key has; their columns come first.
    parts: usize,
    /// How many of the columns the formats show that are no table.
    usual: usize,
    /// Which part is the user's id, where one is.
    user: Option<usize>,
    /// Which part is the status.
    status: Option<usize>,
    counts_errors: bool,
    has_bars: bool,
}

impl Layout {
    fn of(grouping: &Grouping, ui: &Ui) -> Self {
        let number = |name, title| Column { name, title, right: true, shrink: Shrink::Never };
        let mut columns: Vec<Column> = grouping.parts.iter().map(column).collect();
        columns.extend([number("count", "count"), number("share", "share")]);
        if grouping.counts_errors {
            columns.extend([
                number("requests", "requests"),
                number("errors", "errors"),
                number("error_rate", "error rate"),
            ]);
        }
        let usual = columns.len();
        let place =
            |name| grouping.parts.iter().position(|part| matches!(part, Part::Field(path) if path.name() == name));
        let user = place("user");
        columns.push(BARS);
        if user.is_some() {
            let shrink = Shrink::End { rank: 2, floor: 6 };
            columns.push(Column { name: "username", title: "username", right: false, shrink });
        }
        Layout {
            columns,
            parts: grouping.parts.len(),
            usual,
            user,
            status: place("status"),
            counts_errors: grouping.counts_errors,
            has_bars: ui.width().is_some(),
        }
    }

    fn username(&self) -> usize {
        self.usual + 1
    }

    /// The columns of a table: a user's name beside the id, and bars where there is room.
    fn in_table(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (at, column) in self.columns[..self.usual].iter().enumerate() {
            names.push(column.name);
            if self.user == Some(at) && !names.contains(&"username") {
                names.push("username");
            }
        }
        if self.has_bars {
            names.push("bar");
        }
        names
    }

    fn cells<'g>(
        &self,
        group: &'g Group,
        username: Option<&'g str>,
        total: u64,
        largest: u64,
        is_table: bool,
        cells: &EntryCells<'_>,
    ) -> Vec<Cell<'g>> {
        let share = |part: u64, of: u64| share(part, of, is_table);
        let tally = group.tally;
        let count = |n: u64| Cell::Int(i64::try_from(n).unwrap_or(i64::MAX));
        let mut row: Vec<Cell<'g>> =
            group.key.iter().enumerate().map(|(at, part)| key_cell(part, self.status == Some(at), cells)).collect();
        row.extend([count(tally.count), share(tally.count, total)]);
        if self.counts_errors {
            row.extend([count(tally.requests), count(tally.errors), share(tally.errors, tally.requests)]);
        }
        row.push(Cell::text(bar(tally.count, largest)));
        row.push(username.map_or(Cell::Null, |name| Cell::text(cells.masked(name).into_owned())));
        row
    }
}

/// The column of a part of the key.
fn column(part: &Part) -> Column {
    let name = part.to_string();
    let right = matches!(part, Part::Hour | Part::Weekday)
        || matches!(name.as_str(), "user" | "user_id" | "record_id" | "status");
    let shrink = match name.as_str() {
        "action" | "path" => Shrink::Middle { rank: 0, floor: 20 },
        _ => Shrink::End { rank: 1, floor: 6 },
    };
    Column::named(name, right, shrink)
}

fn key_cell<'g>(part: &'g KeyPart, is_status: bool, cells: &EntryCells<'_>) -> Cell<'g> {
    match part {
        KeyPart::Null => Cell::Null,
        KeyPart::Bool(value) => Cell::Value(Value::from_tokens(vec![Token::Bool(*value)])),
        KeyPart::Integer(n) if is_status => u16::try_from(*n).map_or(Cell::Int(*n), Cell::Status),
        KeyPart::Integer(n) => Cell::Int(*n),
        KeyPart::Decimal(digits) => Cell::Value(Value::from_tokens(vec![Token::Number(digits.clone())])),
        KeyPart::Text(text) => Cell::text(cells.masked(&String::from_utf8_lossy(text)).into_owned()),
        KeyPart::Nested => Cell::text(NESTED),
    }
}

/// How a table shows the key of groups by what is an object or an array.
pub(super) const NESTED: &str = "(object or array)";

/// A part of a whole; null where there is nothing.
pub(super) fn share(part: u64, of: u64, is_table: bool) -> Cell<'static> {
    match of {
        0 => Cell::Null,
        of if is_table => Cell::text(format!("{:.1}%", 100.0 * part as f64 / of as f64)),
        of => Cell::Real(part as f64 / of as f64),
    }
}

/// The column of bars, for which there is room on a terminal.
pub(super) const BARS: Column = Column { name: "bar", title: "", right: false, shrink: Shrink::Spare };

/// A bar in eighths of a column; what is more than nothing is seen.
pub(super) fn bar(count: u64, largest: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (8 * BAR) as f64 * count as f64 / largest.max(1) as f64;
    let eighths = (eighths.round() as usize).max(usize::from(count > 0));
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

fn compare(a: &Group, b: &Group, ordering: &[(GroupKey, bool)]) -> Ordering {
    // As fractions, without rounding; no requests at all is the lowest.
    let rates = || match (a.tally.requests, b.tally.requests) {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        (of_a, of_b) => {
            let product = |errors: u64, requests: u64| u128::from(errors) * u128::from(requests);
            product(a.tally.errors, of_b).cmp(&product(b.tally.errors, of_a))
        }
    };
    let by = |&(key, descends): &(GroupKey, bool)| {
        let order = match key {
            GroupKey::Part(at) => a.key[at].cmp(&b.key[at]),
            GroupKey::Count => a.tally.count.cmp(&b.tally.count),
            GroupKey::Requests => a.tally.requests.cmp(&b.tally.requests),
            GroupKey::Errors => a.tally.errors.cmp(&b.tally.errors),
            GroupKey::ErrorRate => rates(),
        };
        if descends { order.reverse() } else { order }
    };
    ordering.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
