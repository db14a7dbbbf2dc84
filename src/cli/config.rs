//! `auditctl config`: what is in force, and where each value came from.

use super::{Context, Exit};
use crate::config::{ConfigError, ReportLine, report};

/// Show what is in force, and where each value came from
///
/// Lists the configuration files that were looked for, the profile, the database and every other setting, each with
/// the option, variable, file or place that gave it. Passwords are masked. A database that is not found is no error
/// here: the lines below it say where it was looked for.
///
/// The JSON is one array of objects with the keys `key`, `value` (a string, or null where there is none) and `source`.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// Print in this format
    ///
    /// The default is `table`.
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: ReportFormat,
}

/// The formats of a report.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum ReportFormat {
    /// Columns for people.
    #[default]
    Table,
    /// One JSON array.
    Json,
}

pub(super) fn run(args: ConfigArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let lines = report(&settings);
    let text = match args.output {
        ReportFormat::Table => table(&lines),
        ReportFormat::Json => json(&lines)?,
    };
    context.ui.data(&text)?;
    match settings.database() {
        Ok(_) | Err(ConfigError::NoDatabase { .. }) => Ok(Exit::Done),
        Err(error) => Err(error.into()),
    }
}

fn table(lines: &[ReportLine]) -> String {
    let clean = |text: &str| -> String {
        text.chars().flat_map(|c| if c.is_control() { c.escape_unicode().collect() } else { vec![c] }).collect()
    };
    let rows: Vec<[String; 3]> = lines
        .iter()
        .map(|line| [clean(&line.key), clean(line.value.as_deref().unwrap_or("-")), clean(&line.source)])
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (keys, values) = (width(0), width(1));
    rows.iter().map(|[key, value, source]| format!("{key:keys$}  {value:values$}  {source}\n")).collect()
}

fn json(lines: &[ReportLine]) -> serde_json::Result<String> {
    let lines: Vec<_> = lines
        .iter()
        .map(|line| serde_json::json!({ "key": line.key, "value": line.value, "source": line.source }))
        .collect();
    Ok(serde_json::to_string_pretty(&lines)? + "\n")
}
