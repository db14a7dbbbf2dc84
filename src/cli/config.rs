//! `auditctl config`: what is in force, and where each value came from.

use anyhow::Context as _;

use super::list::CANNOT_WRITE;
use super::{Context, Examples, Exit};
use crate::config::{ConfigError, ReportLine, report};
use crate::output::{Cell, Column, Format, Shape, Shrink, writer};

/// Show what is in force, and where each value came from
///
/// Lists the configuration files that were looked for, the profile, the database and every other setting, each with
/// the option, variable, file or place that gave it. Passwords are masked. A database that is not found is no error
/// here: the lines below it say where it was looked for.
///
/// Each row has a key, a value (null where there is none) and its source.
#[derive(Debug, clap::Args)]
#[command(add = Examples(&[
    ("What is in force here", "auditctl config"),
    ("The same for another program", "auditctl config -o json"),
    ("What an option would change", "auditctl config --timezone America/Costa_Rica"),
]))]
pub struct ConfigArgs {
    /// Print in this format
    #[arg(short, long, value_enum, default_value = "table", value_name = "FORMAT")]
    output: Format,
}

const COLUMNS: [Column; 3] = [
    Column { name: "key", title: "key", right: false, shrink: Shrink::Never },
    Column { name: "value", title: "value", right: false, shrink: Shrink::Middle { rank: 2, floor: 24 } },
    Column { name: "source", title: "source", right: false, shrink: Shrink::End { rank: 1, floor: 16 } },
];

pub(super) fn run(args: ConfigArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let shape = Shape {
        columns: COLUMNS.to_vec(),
        header: true,
        terminal: context.ui.width(),
        coloured: context.ui.coloured(),
    };
    let mut rows = writer(args.output, shape);
    for ReportLine { key, value, source } in report(&settings) {
        let cells = vec![Cell::text(key), value.map_or(Cell::Null, Cell::text), Cell::text(source)];
        rows.row(cells, context.ui.out()).context(CANNOT_WRITE)?;
    }
    rows.finish(context.ui.out()).context(CANNOT_WRITE)?;
    context.ui.finish().context(CANNOT_WRITE)?;
    match settings.database() {
        Ok(_) | Err(ConfigError::NoDatabase { .. }) => Ok(Exit::Done),
        Err(error) => Err(error.into()),
    }
}
