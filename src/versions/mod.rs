//! Versions of objects, as django-reversion keeps them: what they hold, how it compares with other versions and with
//! the live row, and how it goes back into a table.
//!
//! | module     | holds                                                                                        |
//! |------------|----------------------------------------------------------------------------------------------|
//! | `snapshot` | what a version holds: model, key, fields in order; or why it can't be read                   |
//! | `mapping`  | a model's table: which column or many-to-many table a field lives in                         |
//! | `kind`     | what a column holds, by its declared type and by what the versions show                      |
//! | `convert`  | serialized → stored, stored → serialized, and equality by type                               |
//! | `document` | JSON of any depth: equality without regard to order, and Python's spelling                   |
//! | `decimal`  | decimals of any size, as Python's `Decimal` reads and prints them                            |
//! | `clock`    | dates, times and durations, as Django reads and prints them                                  |
//! | `python`   | how Python prints numbers and `str()` prints a value                                         |
//!
//! Knows tables, columns and stored values as `store` describes them, and no SQL; knows nothing of the command line.

pub mod clock;
pub mod convert;
pub mod decimal;
pub mod document;
pub mod kind;
pub mod mapping;
mod python;
pub mod snapshot;

pub use convert::{Agreement, ConvertError, Converter};
pub use kind::Kind;
pub use mapping::{ColumnField, Field, Link, MappingError, ModelTable, Place};
pub use snapshot::{Snapshot, SnapshotError};
