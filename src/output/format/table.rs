//! Aligned columns for people. Rows are printed in batches, and the first batch sets the widths: a table of a million
//! rows begins at once and takes little memory.
//!
//! On a terminal the columns fit its width; elsewhere nothing is cut, and a row that is wider than the first batch
//! stands out by itself.

use std::io::{self, Write};

use chrono::FixedOffset;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{RowWriter, Shape, plain};
use crate::output::cell::clock_text;
use crate::output::sanitise::escape_line;
use crate::output::theme::{Tone, paint, status_tone};
use crate::output::{Cell, Shrink};

const BATCH: usize = 1000;
/// A batch of long rows is printed sooner.
const BATCH_BYTES: usize = 4 << 20;
const GAP: u16 = 2;
/// No column is made wider than this for the sake of one long cell: a client may send ten megabytes.
const WIDEST: usize = 500;
/// What stands for null.
const NOTHING: &str = "-";

/// Writes a table.
pub struct Table {
    shape: Shape,
    batch: Vec<Vec<Shown>>,
    /// How much text is in the batch.
    bytes: usize,
    /// Set by the first batch.
    widths: Option<Vec<usize>>,
    /// For each column of times, the offset that the header shows.
    offsets: Vec<Option<FixedOffset>>,
}

/// A cell as it is shown.
struct Shown {
    text: String,
    tone: Tone,
}

impl Table {
    /// Rows of this shape.
    pub fn new(shape: Shape) -> Self {
        let offsets = vec![None; shape.columns.len()];
        Table { shape, batch: Vec::new(), bytes: 0, widths: None, offsets }
    }

    fn show(&mut self, column: usize, cell: &Cell<'_>) -> Shown {
        let tone = match cell {
            Cell::Null => Tone::Dim,
            Cell::Status(status) => status_tone(*status),
            _ => Tone::Plain,
        };
        let text = match cell {
            Cell::Time(time) => {
                let header = *self.offsets[column].get_or_insert(*time.offset());
                let clock = clock_text(time);
                if header == *time.offset() { clock } else { format!("{clock} {}", time.offset()) }
            }
            other => plain(other).map_or_else(|| NOTHING.to_owned(), |text| escape_line(&text).into_owned()),
        };
        Shown { text, tone }
    }

    fn title(&self, column: usize) -> String {
        let title = self.shape.columns[column].title.to_uppercase();
        match self.offsets[column] {
            Some(offset) => format!("{title} ({offset})"),
            None => title,
        }
    }

    fn print_batch(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let mut rows = std::mem::take(&mut self.batch);
        self.bytes = 0;
        if self.widths.is_none() {
            let header: Vec<Shown> = (0..self.shape.columns.len())
                .filter(|_| self.shape.header)
                .map(|i| Shown { text: self.title(i), tone: Tone::Heading })
                .collect();
            if !header.is_empty() {
                rows.insert(0, header);
            }
        }
        let terminal = self.shape.terminal;
        let natural = |column: usize| {
            let widths = rows.iter().map(|row: &Vec<Shown>| row[column].text.width());
            match terminal {
                Some(terminal) => widths.map(|width| width.min(terminal)).max(),
                None => widths.filter(|&width| width <= WIDEST).max(),
            }
        };
        let widths = self.widths.get_or_insert_with(|| {
            let mut widths = (0..self.shape.columns.len()).map(|i| natural(i).unwrap_or(0)).collect::<Vec<_>>();
            if let Some(terminal) = terminal {
                fit(&mut widths, &self.shape.columns.iter().map(|c| c.shrink).collect::<Vec<_>>(), terminal);
            }
            widths
        });
        if terminal.is_some() {
            for row in &mut rows {
                for ((shown, column), &width) in row.iter_mut().zip(&self.shape.columns).zip(&*widths) {
                    shown.text = cut(std::mem::take(&mut shown.text), width, column.shrink);
                }
            }
        }
        // Rows that fit are laid out together; one that does not stands alone, or it would push the others apart.
        let fits = |row: &[Shown]| row.iter().zip(&*widths).all(|(shown, &width)| shown.text.width() <= width);
        for rows in rows.chunk_by(|a, b| fits(a) && fits(b)) {
            match rows {
                [row] if !fits(row) => writeln!(out, "{}", stand_out(&self.shape, row, widths))?,
                rows => writeln!(out, "{}", lay_out(&self.shape, rows, widths))?,
            }
        }
        Ok(())
    }
}

impl RowWriter for Table {
    fn row(&mut self, cells: Vec<Cell<'_>>, out: &mut dyn Write) -> io::Result<()> {
        let row: Vec<Shown> = cells.iter().enumerate().map(|(i, cell)| self.show(i, cell)).collect();
        self.bytes += row.iter().map(|shown| shown.text.len()).sum::<usize>();
        self.batch.push(row);
        if self.batch.len() == BATCH || self.bytes > BATCH_BYTES { self.print_batch(out) } else { Ok(()) }
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.print_batch(out)
    }
}

fn lay_out(shape: &Shape, rows: &[Vec<Shown>], widths: &[usize]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if shape.coloured {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for row in rows {
        table.add_row(row.iter().map(|shown| {
            let cell = comfy_table::Cell::new(&shown.text);
            if shape.coloured { shown.tone.cell(cell) } else { cell }
        }));
    }
    for ((i, column), &width) in shape.columns.iter().enumerate().zip(widths) {
        let Some(laid) = table.column_mut(i) else { continue };
        let gap = if i + 1 < widths.len() { GAP } else { 0 };
        laid.set_padding((0, gap));
        let width = u16::try_from(width).unwrap_or(u16::MAX - GAP);
        laid.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width + gap)));
        laid.set_cell_alignment(if column.right { CellAlignment::Right } else { CellAlignment::Left });
    }
    table.trim_fmt()
}

/// A row with a cell wider than its column: what comes after it moves to the right. The layout of [`lay_out`] would
/// wrap a cell of more than 65,535 columns.
fn stand_out(shape: &Shape, row: &[Shown], widths: &[usize]) -> String {
    let mut line = String::new();
    for ((shown, column), &width) in row.iter().zip(&shape.columns).zip(widths) {
        if !line.is_empty() {
            line.extend(std::iter::repeat_n(' ', GAP.into()));
        }
        let padding = std::iter::repeat_n(' ', width.saturating_sub(shown.text.width()));
        let painted = paint(&shown.text, shown.tone, shape.coloured);
        if column.right {
            line.extend(padding);
            line.push_str(&painted);
        } else {
            line.push_str(&painted);
            line.extend(padding);
        }
    }
    line.truncate(line.trim_end_matches(' ').len());
    line
}

/// Takes from the columns that may shrink, in the order of their ranks, what is too much for the terminal.
fn fit(widths: &mut [usize], shrink: &[Shrink], terminal: usize) {
    let gaps = usize::from(GAP) * widths.len().saturating_sub(1);
    let excess = |widths: &[usize]| (widths.iter().sum::<usize>() + gaps).saturating_sub(terminal);
    let mut order: Vec<(u8, usize, usize)> = shrink
        .iter()
        .enumerate()
        .filter_map(|(i, shrink)| match *shrink {
            Shrink::Never => None,
            Shrink::End { rank, floor } | Shrink::Middle { rank, floor } => Some((rank, i, floor)),
        })
        .collect();
    order.sort_unstable();
    // On a very narrow terminal even the floors give way.
    let narrow = order.iter().map(|&(rank, i, _)| (rank, i, 1));
    for (_, i, floor) in order.iter().copied().chain(narrow) {
        let spare = widths[i].saturating_sub(floor);
        widths[i] -= spare.min(excess(widths));
    }
}

/// The text in at most `width` columns, with an ellipsis where something is left out.
fn cut(text: String, width: usize, shrink: Shrink) -> String {
    let is_short = text.len() <= most_bytes(width) && text.width() <= width;
    if is_short || matches!(shrink, Shrink::Never) {
        return text;
    }
    let room = width.saturating_sub(1);
    let tail_room = if matches!(shrink, Shrink::Middle { .. }) { room / 2 } else { 0 };
    let head = taken(text.chars(), room - tail_room);
    let tail: String = taken(text.chars().rev(), tail_room).chars().rev().collect();
    // An accent without its letter would go to the ellipsis.
    format!("{head}…{}", tail.trim_start_matches(|c: char| c.width().unwrap_or(0) == 0))
}

/// How many bytes so many columns may take: accents need no column, and a client may send any number of them.
fn most_bytes(width: usize) -> usize {
    16 * width + 16
}

fn taken(chars: impl Iterator<Item = char>, width: usize) -> String {
    let (mut columns, mut bytes) = (0, 0);
    chars
        .take_while(|&c| {
            // This one makes a picture, two columns wide, of the character before it.
            columns += if c == '\u{fe0f}' { 1 } else { c.width().unwrap_or(0) };
            bytes += c.len_utf8();
            columns <= width && bytes <= most_bytes(width)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_cut_keeps_its_end_or_its_ends() {
        let (end, middle) = (Shrink::End { rank: 0, floor: 1 }, Shrink::Middle { rank: 0, floor: 1 });
        for (text, width, shrink, expected) in [
            ("DELETE /api/payments/12/", 24, middle, "DELETE /api/payments/12/"),
            ("DELETE /api/payments/12/", 13, middle, "DELETE…ts/12/"),
            ("DELETE /api/payments/12/", 12, end, "DELETE /api…"),
            ("DELETE /api/payments/12/", 1, middle, "…"),
            ("漢字漢字漢字", 6, middle, "漢…字"),
            ("漢字漢字漢字", 5, end, "漢字…"),
            ("cafe\u{301} cafe\u{301}", 4, middle, "ca…e\u{301}"),
            ("❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}", 4, middle, "❤\u{fe0f}…"),
            ("not to be cut", 1, Shrink::Never, "not to be cut"),
        ] {
            assert_eq!(cut(text.to_owned(), width, shrink), expected);
        }
        let accents = cut("e".to_owned() + &"\u{301}".repeat(1_000_000), 10, end);
        assert!(accents.len() < 200, "{}", accents.len());
    }

    proptest! {
        #[test]
        fn what_is_cut_fits(text in "[a漢é\u{301}❤\u{fe0f}\u{200d}🔥ب]{0,40}", width in 1usize..20, middle: bool) {
            let shrink = if middle { Shrink::Middle { rank: 0, floor: 1 } } else { Shrink::End { rank: 0, floor: 1 } };
            let cut = cut(text.clone(), width, shrink);
            prop_assert!(cut.width() <= width, "{:?} of {:?}", cut, text);
        }
    }
}
