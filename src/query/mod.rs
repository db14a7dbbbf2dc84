//! What is asked for, as pure values: filters, orderings, times, pages. No SQL, no printing, no environment.

mod zone;
mod zone_name;

pub use zone::Zone;
