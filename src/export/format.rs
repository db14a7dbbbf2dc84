//! The formats of an export: those in which rows are written one after another, and Parquet, which goes by columns.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::output::Format;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Row by row, as every verb prints.
    Rows(Format),
    /// Column by column, typed; only where the program was built with it.
    Parquet,
}

impl ExportFormat {
    /// Its name.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The format of rows whose columns and cells it has.
    pub fn rows(self) -> Format {
        match self {
            ExportFormat::Rows(format) => format,
            ExportFormat::Parquet => Format::Ndjson,
        }
    }

    /// Whether this program can write it.
    pub fn is_built_in(self) -> bool {
        self != ExportFormat::Parquet || cfg!(feature = "parquet")
    }
}

impl ValueEnum for ExportFormat {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [ExportFormat; 6] = [
            ExportFormat::Rows(Format::Table),
            ExportFormat::Rows(Format::Json),
            ExportFormat::Rows(Format::Ndjson),
            ExportFormat::Rows(Format::Csv),
            ExportFormat::Rows(Format::Tsv),
            ExportFormat::Parquet,
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            ExportFormat::Rows(format) => format.to_possible_value(),
            ExportFormat::Parquet => {
                Some(PossibleValue::new("parquet").help("Typed columns for engines such as DuckDB and Spark"))
            }
        }
    }
}
