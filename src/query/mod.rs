//! What is asked for, as pure values: filters, orderings, times, pages. No SQL, no printing, no environment.

mod error;
mod expression;
mod field_test;
mod filter;
mod group;
mod look_up;
mod method;
mod number;
mod ordering;
mod page;
mod path;
mod status;
mod suggest;
mod time;
mod user;
mod vocabulary;
mod zone;

pub use error::QueryError;
pub use expression::{ExpressionError, Language};
pub use field_test::{FieldTest, Is, Literal, Pattern, Relation};
pub use filter::{Contains, Filter, Subject, Test};
pub use group::{Group, Grouping, Groups, KeyPart, Part, Tally, fold_ids, sort_groups};
pub use look_up::{FieldPath, Looked, Step};
pub use method::MethodSet;
pub use ordering::{Field, Key, Ordering};
pub use page::Page;
pub use path::PathGlob;
pub use status::StatusSet;
pub use suggest::closest;
pub use time::{Period, TimeExpr};
pub use user::UserSpec;
pub use vocabulary::{ENTRY, Kind, LEVELS, RECORD, Vocabulary};
pub use zone::Zone;
