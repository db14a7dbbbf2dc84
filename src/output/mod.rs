//! What the user sees: the terminal, the formats, colour, sanitising, the pager. Knows rows and cells, not where they
//! came from. Nothing else in the program prints.

mod ui;

pub use ui::{ColorChoice, Ui};
