//! What is asked for, as pure values: filters, orderings, times, pages. No SQL, no printing, no environment.

mod error;
mod filter;
mod method;
mod ordering;
mod page;
mod path;
mod status;
mod suggest;
mod time;
mod user;
mod zone;

pub use error::QueryError;
pub use filter::{Contains, Filter, Subject, Test};
pub use method::MethodSet;
pub use ordering::{Field, Key, Ordering};
pub use page::Page;
pub use path::PathGlob;
pub use status::StatusSet;
pub use suggest::closest;
pub use time::TimeExpr;
pub use user::UserSpec;
pub use zone::Zone;
