//! The options of paging and output that verbs over entries share.

use clap::Args;

use super::Failure;
use super::number::count;
use crate::output::{EntryColumn, Format, Shape, Ui};
use crate::query::{Page, QueryError};

/// Which of the matching entries.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Paging")]
pub struct PageArgs {
    /// Show at most this many entries
    ///
    /// The default is 50. When more match than are shown, a line on stderr says so.
    #[arg(short = 'n', long, value_name = "N", allow_negative_numbers = true, value_parser = count)]
    limit: Option<u64>,

    /// Pass over this many entries first
    ///
    /// They are passed over in the order of --ordering. The default is 0.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count)]
    offset: Option<u64>,

    /// Show this page, counted from 1
    ///
    /// A page has as many entries as --limit says. It takes the place of --offset.
    ///
    /// Example: `--limit 20 --page 3`
    #[arg(long, value_name = "N", conflicts_with = "offset", allow_negative_numbers = true, value_parser = count)]
    page: Option<u64>,

    /// Show all matching entries
    ///
    /// It takes the place of --limit and --page.
    #[arg(long, conflicts_with_all = ["limit", "page"])]
    all: bool,
}

impl PageArgs {
    /// The page they mean, with the verb's own limit.
    pub fn read(&self, default_limit: Option<u64>) -> Result<Page, QueryError> {
        Page::new(self.limit, self.offset, self.page, self.all, default_limit)
    }
}

/// How entries are printed.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print in this format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value = "table")]
    pub output: Format,

    #[command(flatten)]
    columns: ColumnArgs,
}

/// Which columns of entries, whatever the format.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct ColumnArgs {
    /// Show these columns, in this order
    ///
    /// Names are separated by commas. The columns are id, timestamp, action, model, record_id, details, user,
    /// username, method, path, status, request, response and decoded. A table shows id, timestamp, username, action,
    /// model, record_id and status by default, the other formats the first seven.
    ///
    /// Example: `--columns timestamp,username,path,status`
    #[arg(long, value_name = "NAME[,NAME…]", value_delimiter = ',')]
    columns: Vec<String>,

    /// Print no header
    ///
    /// Of the formats, table, csv and tsv have one.
    #[arg(long)]
    no_header: bool,
}

impl OutputArgs {
    /// The columns to show.
    pub fn columns(&self) -> anyhow::Result<Vec<EntryColumn>> {
        self.columns.read(self.output)
    }

    /// The shape of rows of these columns.
    pub fn shape(&self, columns: &[EntryColumn], ui: &Ui) -> Shape {
        self.columns.shape(columns, ui)
    }
}

impl ColumnArgs {
    /// The columns to show, each once: JSON has no use for a key that occurs twice.
    pub fn read(&self, format: Format) -> anyhow::Result<Vec<EntryColumn>> {
        if self.columns.is_empty() {
            return Ok(EntryColumn::usual(format));
        }
        let mut columns = Vec::new();
        for name in &self.columns {
            let column = EntryColumn::parse(name)?;
            if columns.contains(&column) {
                let message = format!("the column '{}' is named twice: leave one of them out", column.name());
                return Err(Failure::usage(message).into());
            }
            columns.push(column);
        }
        Ok(columns)
    }

    /// Whether there is a header, where the format has one.
    pub fn header(&self) -> bool {
        !self.no_header
    }

    /// The shape of rows of these columns.
    pub fn shape(&self, columns: &[EntryColumn], ui: &Ui) -> Shape {
        Shape {
            columns: columns.iter().map(|column| column.column()).collect(),
            header: !self.no_header,
            terminal: ui.width(),
            coloured: ui.coloured(),
        }
    }
}
