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
//! | `lens`     | a model as its versions and its table show it together; what differs between two sides        |
//! | `labels`   | the names of what foreign keys refer to                                                      |
//! | `names`    | which model is meant by a name that was typed                                                |
//! | `paths`    | which requests name an object in their path                                                  |
//! | `plan`     | what a revert would do, as values; what forbids it                                           |
//! | `decide`   | what becomes of each field: written, left, or left out                                      |
//! | `symmetry` | whether a set between objects of one model goes both ways                                    |
//! | `planner`  | makes a plan from versions and live rows                                                     |
//! | `parents`  | what a row refers to that is gone, and which version would bring it back                     |
//! | `record`   | an object as a new version holds it                                                          |
//! | `apply`    | a plan in one transaction, with its trail                                                    |
//! | `clock`    | dates, times and durations, as Django reads and prints them                                  |
//! | `python`   | how Python prints numbers and `str()` prints a value                                         |
//!
//! Knows tables, columns and stored values as `store` describes them, and no SQL; knows nothing of the command line.

pub mod apply;
pub mod clock;
pub mod convert;
mod decide;
pub mod decimal;
pub mod document;
pub mod kind;
pub mod labels;
pub mod lens;
pub mod mapping;
pub mod names;
mod parents;
pub mod paths;
pub mod plan;
mod planner;
mod python;
mod record;
pub mod snapshot;
mod symmetry;

pub use convert::{Agreement, ConvertError, Converter};
pub use kind::Kind;
pub use labels::Labels;
pub use lens::{Change, Fields, Lens, Live};
pub use mapping::{ColumnField, Field, Link, MappingError, ModelTable, Place};
pub use names::{NameError, resolve};
pub use paths::PathNames;
pub use plan::{Ignored, ObjectPlan, Operation, Plan, PlanError, Planning, Reason, Refusal, Request};
pub use planner::plan;
pub use python::float_token;
pub use snapshot::{Snapshot, SnapshotError};
