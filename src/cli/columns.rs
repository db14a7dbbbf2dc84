//! The options of verbs whose rows are no audit entries: format, columns, paging, and who and when.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::Args;

use super::filters::whose;
use super::list::CANNOT_WRITE;
use super::number::count;
use super::{Context, Failure};
use crate::audit::Stamp;
use crate::output::{Cell, Column, Format, RowWriter, Shape, Ui, writer};
use crate::query::{Page, Period, QueryError, UserSpec, Zone, closest};
use crate::store::{Matched, Store, StoreError};

/// How many versions are read at once to count them.
const BATCH: usize = 256;

/// How rows are printed.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct RowArgs {
    /// Print in this format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value = "table")]
    pub output: Format,

    /// Show these columns, in this order
    ///
    /// Names are separated by commas. A table shows those that matter most by default, the other formats all that the
    /// description above lists.
    #[arg(long, value_name = "NAME[,NAME…]", value_delimiter = ',')]
    columns: Vec<String>,

    /// Print no header
    ///
    /// Of the formats, table, csv and tsv have one.
    #[arg(long)]
    no_header: bool,
}

impl RowArgs {
    /// The same options as another verb has read them.
    pub fn new(output: Format, columns: &[String], no_header: bool) -> Self {
        RowArgs { output, columns: columns.to_vec(), no_header }
    }

    /// Whether columns were asked for.
    pub fn names_columns(&self) -> bool {
        !self.columns.is_empty()
    }
}

/// Which of the rows.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Paging")]
pub struct PartArgs {
    /// Show at most this many rows
    ///
    /// The default is all of them. When more match than are shown, a line on stderr says so.
    #[arg(short = 'n', long, value_name = "N", allow_negative_numbers = true, value_parser = count)]
    limit: Option<u64>,

    /// Pass over this many rows first
    ///
    /// The default is 0.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count)]
    offset: Option<u64>,

    /// Show this page, counted from 1
    ///
    /// A page has as many rows as --limit says.
    #[arg(long, value_name = "N", conflicts_with = "offset", allow_negative_numbers = true, value_parser = count)]
    page: Option<u64>,

    /// Show all rows
    ///
    /// The default; for scripts that say so.
    #[arg(long, conflicts_with_all = ["limit", "page"])]
    all: bool,
}

impl PartArgs {
    /// The part they mean.
    pub fn read(&self) -> Result<Page, QueryError> {
        Page::new(self.limit, self.offset, self.page, self.all, None)
    }
}

/// By whom and when.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Filters")]
pub struct WhoWhenArgs {
    /// Keep what this user did
    ///
    /// A number is a user's id, anything else a user name, exactly as stored. Write `name:5` for a user whose name
    /// is a number, and `none` for what names no user. Can be repeated; what any of these users did is kept.
    #[arg(long, value_name = "ID|NAME|none")]
    user: Vec<String>,

    /// Keep what was done at this time or later
    ///
    /// A date (`2026-11-23`), a date and a time (`2026-11-23 10:00`), RFC 3339 (`2026-11-23T10:00:00-06:00`),
    /// `today`, `yesterday`, `2 days ago`, or a span back from now, as in `-90m`. Times without an offset are read in
    /// the zone in force; see --timezone.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,

    /// Keep what was done before this time
    ///
    /// Takes what --since takes. A whole day, such as `2026-11-23` or `yesterday`, is included.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
}

/// Whom and when, read.
#[derive(Clone, Debug, Default)]
pub struct WhoWhen {
    /// Ids of users, and whether no user will do; None for anybody.
    pub users: Option<(Vec<i64>, bool)>,
    /// From this instant on.
    pub since: Option<DateTime<Utc>>,
    /// Before this one.
    pub until: Option<DateTime<Utc>>,
}

impl WhoWhenArgs {
    /// Reads what was typed; users are found in the database.
    pub fn read(&self, now: DateTime<Utc>, zone: &Zone, store: &mut dyn Store) -> anyhow::Result<WhoWhen> {
        let Period { since, until } = Period::parse(self.since.as_deref(), self.until.as_deref(), now, zone)?;
        let users: Vec<UserSpec> = self.user.iter().map(|user| UserSpec::parse(user)).collect::<Result<_, _>>()?;
        let users = if users.is_empty() { None } else { Some(whose(&users, store)?) };
        Ok(WhoWhen { users, since, until })
    }
}

impl WhoWhen {
    /// How many of these versions are meant, as far as it takes to know whether there are more than a page shows.
    pub fn matched(&self, ids: &[i64], page: Page, store: &mut dyn Store) -> Result<Matched, StoreError> {
        if self.users.is_none() && self.since.is_none() && self.until.is_none() {
            return Ok(Matched::Exactly(ids.len() as u64));
        }
        let (mut count, end) = (0, page.limit.map_or(u64::MAX, |limit| page.offset.saturating_add(limit)));
        for batch in ids.chunks(BATCH) {
            let versions = store.versions(batch, false)?;
            count += versions.iter().filter(|v| self.accepts(v.user, &v.date_created)).count() as u64;
            if count > end {
                return Ok(Matched::AtLeast(count));
            }
        }
        Ok(Matched::Exactly(count))
    }

    /// Whether this user at this time is meant. What has no time is in no period.
    pub fn accepts(&self, user: Option<i64>, at: &Stamp) -> bool {
        let by = self.users.as_ref().is_none_or(|(ids, or_none)| user.map_or(*or_none, |user| ids.contains(&user)));
        let instant = if let Stamp::At(instant) = at { Some(*instant) } else { None };
        let not_before = self.since.is_none_or(|since| instant.is_some_and(|at| at >= since));
        let before = self.until.is_none_or(|until| instant.is_some_and(|at| at < until));
        by && not_before && before
    }
}

/// Rows of some of a verb's columns, on their way out.
pub struct Rows {
    writer: Box<dyn RowWriter>,
    picked: Vec<usize>,
    is_empty: bool,
    /// The format.
    pub format: Format,
}

impl Rows {
    /// The columns that were asked for; else those of a table, or all but the ones that are shown on demand.
    pub fn new(args: &RowArgs, all: &[Column], in_table: &[&str], usual: usize, ui: &Ui) -> Result<Rows, Failure> {
        let find = |name: &str| all.iter().position(|column| column.name == name);
        let picked: Vec<usize> = if !args.columns.is_empty() {
            let asked = args.columns.iter().map(|name| find(name.trim()).ok_or_else(|| unknown(name.trim(), all)));
            asked.collect::<Result<_, _>>()?
        } else if args.output == Format::Table {
            in_table.iter().filter_map(|name| find(name)).collect()
        } else {
            (0..usual.min(all.len())).collect()
        };
        let shape = Shape {
            columns: picked.iter().map(|&at| all[at].clone()).collect(),
            header: !args.no_header,
            terminal: ui.width(),
            coloured: ui.coloured(),
        };
        Ok(Rows { writer: writer(args.output, shape), picked, is_empty: true, format: args.output })
    }

    /// Whether the column of this place among all is shown.
    pub fn shows(&self, at: usize) -> bool {
        self.picked.contains(&at)
    }

    /// Writes a row: the cells of all columns.
    pub fn row(&mut self, mut cells: Vec<Cell<'_>>, ui: &mut Ui) -> anyhow::Result<()> {
        let picked = self.picked.iter().map(|&at| cells.get_mut(at).map_or(Cell::Null, |cell| cell.clone())).collect();
        self.is_empty = false;
        self.writer.row(picked, ui.out()).context(CANNOT_WRITE)
    }

    /// Writes what comes after the last row and brings it out. A table without rows shows nothing at all, so that
    /// there is a line on stderr.
    pub fn finish(self, context: &mut Context) -> anyhow::Result<()> {
        let shows_nothing = self.is_empty && self.format == Format::Table;
        self.end(context)?;
        if shows_nothing {
            context.ui.status("nothing matches");
        }
        Ok(())
    }

    /// The same for a verb that says by itself why there are no rows.
    pub fn end(mut self, context: &mut Context) -> anyhow::Result<()> {
        let finished = self.writer.finish(context.ui.out());
        finished.and_then(|()| context.ui.finish()).context(CANNOT_WRITE)
    }
}

fn unknown(given: &str, all: &[Column]) -> Failure {
    let names: Vec<&str> = all.iter().map(|column| column.name).collect();
    let failure = Failure::usage(format!("there is no column '{given}': the columns are {}", names.join(", ")));
    match closest(given, names) {
        Some(name) => failure.hint(format!("did you mean '{name}'?")),
        None => failure,
    }
}
