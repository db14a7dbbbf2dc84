//! What the user sees: the terminal, the formats, colour, sanitising, the pager. Knows rows, cells and entries, not
//! where they came from. Nothing else in the program prints.

mod body;
mod caret;
mod cell;
mod changes;
mod entries;
mod figures;
mod format;
pub mod object;
mod progress;
mod sanitise;
mod theme;
mod ui;

pub use body::lay_out;
pub use caret::point_at;
pub use cell::{Cell, Column, Shrink, push_time, time_text};
pub use changes::{FieldChange, SetChange, lay_out_changes, value_line};
pub use entries::{EntryCells, EntryColumn, Lately, UnknownColumn, unnamed};
pub use figures::{bytes, counted, grouped};
pub use format::{Format, RowJoiner, RowWriter, Shape, part_writer, writer};
pub use progress::{CtrlC, Progress};
pub use sanitise::{escape_dangerous, escape_line, escape_torn};
pub use theme::{Tone, paint, status_tone};
pub use ui::{ColorChoice, Pager, Terminal, Ui};
