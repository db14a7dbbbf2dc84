//! Aligned columns for people. Rows are printed in batches, and the first batch sets the widths: a table of a million
//! rows begins at once and takes little memory.
//!
//! On a terminal the columns fit its width: spare columns go first, then cells are cut, and where that is not enough,
//! columns are left out and an ellipsis at the end of the header says so. Elsewhere nothing is cut, and a row that is wider than the first batch
//! stands out by itself.

use std::io::{self, Write};

use chrono::FixedOffset;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{RowWriter, Shape, plain};
use crate::output::cell::clock_text;
use crate::output::sanitise::escape_line;
use crate::output::theme::{Tone, paint, status_tone};
use crate::output::{Cell, Column, Shrink};

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
    layout: Option<Layout>,
    /// For each column of times, the offset that the header shows.
    offsets: Vec<Option<FixedOffset>>,
}

/// Which columns are shown, and how wide.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    /// Their places among all columns.
    kept: Vec<usize>,
    /// Their widths.
    widths: Vec<usize>,
    /// Whether columns that are missed are left out.
    is_cut_short: bool,
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
        Table { shape, batch: Vec::new(), bytes: 0, layout: None, offsets }
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
            Cell::Shown(text) => text.clone(),
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
        let terminal = self.shape.terminal;
        let is_first = self.layout.is_none();
        if is_first {
            if self.shape.header {
                let all = 0..self.shape.columns.len();
                rows.insert(0, all.map(|i| Shown { text: self.title(i), tone: Tone::Heading }).collect());
            }
            let natural = |column: usize| {
                let widths = rows.iter().map(|row: &Vec<Shown>| row[column].text.width());
                let widest = match terminal {
                    Some(terminal) => widths.map(|width| width.min(terminal)).max(),
                    None => widths.filter(|&width| width <= WIDEST).max(),
                };
                widest.unwrap_or(0)
            };
            let all: Vec<usize> = (0..self.shape.columns.len()).map(natural).collect();
            let layout = match terminal {
                Some(terminal) => fit(&all, &self.shape.columns.iter().map(|c| c.shrink).collect::<Vec<_>>(), terminal),
                None => Layout { kept: (0..all.len()).collect(), widths: all, is_cut_short: false },
            };
            self.layout = Some(layout);
        }
        let Some(Layout { kept, widths, is_cut_short }) = &self.layout else { return Ok(()) };
        if kept.len() < self.shape.columns.len() {
            for row in &mut rows {
                let mut at = 0..;
                row.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
            }
        }
        let columns: Vec<Column> = kept.iter().map(|&at| self.shape.columns[at].clone()).collect();
        if terminal.is_some() {
            for row in &mut rows {
                for ((shown, column), &width) in row.iter_mut().zip(&columns).zip(widths) {
                    // Only a column that stands alone is made narrower than it wants to be.
                    if column.shrink != Shrink::Never || kept.len() == 1 {
                        shown.text = cut(std::mem::take(&mut shown.text), width, column.shrink);
                    }
                }
            }
        }
        let mut rows = rows.as_slice();
        if is_first && self.shape.header && *is_cut_short {
            let header = stand_out(&columns, &rows[0], widths, true, self.shape.coloured);
            writeln!(out, "{header}{}…", " ".repeat(GAP.into()))?;
            rows = &rows[1..];
        }
        // Rows that fit are laid out together; one that does not stands alone, or it would push the others apart.
        let fits = |row: &[Shown]| row.iter().zip(widths).all(|(shown, &width)| shown.text.width() <= width);
        for rows in rows.chunk_by(|a, b| fits(a) && fits(b)) {
            match rows {
                [row] if !fits(row) => {
                    let (row, widths) = refit(row, &columns, widths, terminal);
                    writeln!(out, "{}", stand_out(&columns, &row, &widths, false, self.shape.coloured))?;
                }
                rows => writeln!(out, "{}", lay_out(&columns, rows, widths, self.shape.coloured))?,
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

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.print_batch(out)
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.print_batch(out)
    }
}

/// A row with a longer number than the first batch has: on a terminal its other cells make room for that.
fn refit(row: &[Shown], columns: &[Column], widths: &[usize], terminal: Option<usize>) -> (Vec<Shown>, Vec<usize>) {
    let wanted: Vec<usize> = row.iter().zip(widths).map(|(shown, &width)| shown.text.width().max(width)).collect();
    let widths = match terminal {
        None => widths.to_vec(),
        Some(terminal) => {
            // What is shown of the table is shown of each row.
            let shrink = columns.iter().map(|column| column.shrink);
            let shrink = shrink.map(|shrink| if shrink == Shrink::Spare { Shrink::Never } else { shrink });
            let layout = fit(&wanted, &shrink.collect::<Vec<_>>(), terminal);
            if layout.kept.len() == wanted.len() { layout.widths } else { wanted }
        }
    };
    let cells = row.iter().zip(columns).zip(&widths).map(|((shown, column), &width)| {
        let text = shown.text.clone();
        Shown { text: if terminal.is_some() { cut(text, width, column.shrink) } else { text }, tone: shown.tone }
    });
    (cells.collect(), widths)
}

fn lay_out(columns: &[Column], rows: &[Vec<Shown>], widths: &[usize], coloured: bool) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if coloured {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for row in rows {
        table.add_row(row.iter().map(|shown| {
            let cell = comfy_table::Cell::new(&shown.text);
            if coloured { shown.tone.cell(cell) } else { cell }
        }));
    }
    for ((i, column), &width) in columns.iter().enumerate().zip(widths) {
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
fn stand_out(columns: &[Column], row: &[Shown], widths: &[usize], padded: bool, coloured: bool) -> String {
    let mut line = String::new();
    for ((shown, column), &width) in row.iter().zip(columns).zip(widths) {
        if !line.is_empty() {
            line.extend(std::iter::repeat_n(' ', GAP.into()));
        }
        let padding = std::iter::repeat_n(' ', width.saturating_sub(shown.text.width()));
        let painted = paint(&shown.text, shown.tone, coloured);
        if column.right {
            line.extend(padding);
            line.push_str(&painted);
        } else {
            line.push_str(&painted);
            line.extend(padding);
        }
    }
    if !padded {
        line.truncate(line.trim_end_matches(' ').len());
    }
    line
}

/// Fits columns of these widths into the terminal. Spare ones are there only where all fit. Those that may shrink do so in the order of their ranks, first to
/// their floor, then to half of it; when that is not enough, columns are left out, those that tell least first.
fn fit(natural: &[usize], shrink: &[Shrink], terminal: usize) -> Layout {
    let mut kept: Vec<usize> = (0..natural.len()).collect();
    if natural.iter().sum::<usize>() + usize::from(GAP) * natural.len().saturating_sub(1) > terminal {
        kept.retain(|&i| shrink[i] != Shrink::Spare);
    }
    let missed = kept.len();
    loop {
        let mut widths: Vec<usize> = kept.iter().map(|&i| natural[i]).collect();
        // The ellipsis that stands for the columns that are left out takes room too.
        let is_cut_short = kept.len() < missed;
        let columns = kept.len() + usize::from(is_cut_short);
        let gaps = usize::from(GAP) * columns.saturating_sub(1) + (columns - kept.len());
        let excess = |widths: &[usize]| (widths.iter().sum::<usize>() + gaps).saturating_sub(terminal);
        let mut order: Vec<(u8, usize, usize)> = kept
            .iter()
            .enumerate()
            .filter_map(|(at, &i)| rank(shrink[i]).map(|(rank, floor)| (rank, at, floor)))
            .collect();
        order.sort_unstable();
        let half = order
            .iter()
            .map(|&(rank, at, floor)| (rank, at, if rank < WHOLE_RANK { (floor / 2).max(4) } else { floor }));
        for (_, at, floor) in order.iter().copied().chain(half) {
            let spare = widths[at].saturating_sub(floor);
            widths[at] -= spare.min(excess(&widths));
        }
        if excess(&widths) == 0 {
            return Layout { kept, widths, is_cut_short };
        }
        if let [width] = &mut widths[..] {
            *width = terminal.saturating_sub(gaps).max(1);
            return Layout { kept, widths, is_cut_short };
        }
        // A time would take half of a short line, and of an action or a path both ends tell much.
        let is_short = terminal < SHORT;
        let worth = |&(rank, at, _): &(u8, usize, usize)| {
            let is_middle = matches!(shrink[kept[at]], Shrink::Middle { .. });
            (!is_short || rank < WHOLE_RANK, is_middle, rank, std::cmp::Reverse(at))
        };
        let least = order.iter().min_by_key(|&column| worth(column)).map_or(widths.len() - 1, |&(_, at, _)| at);
        kept.remove(least);
    }
}

/// A column of this rank is of no use in part: the time.
const WHOLE_RANK: u8 = 6;
/// A line with fewer columns has no room for it.
const SHORT: usize = 50;

fn rank(shrink: Shrink) -> Option<(u8, usize)> {
    match shrink {
        Shrink::Never | Shrink::Spare => None,
        Shrink::End { rank, floor } | Shrink::Middle { rank, floor } => Some((rank, floor)),
    }
}

/// The text in at most `width` columns, with an ellipsis where something is left out.
fn cut(text: String, width: usize, shrink: Shrink) -> String {
    if text.len() <= most_bytes(width) && text.width() <= width {
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
            ("1234567", 4, Shrink::Never, "123…"),
        ] {
            assert_eq!(cut(text.to_owned(), width, shrink), expected);
        }
        let accents = cut("e".to_owned() + &"\u{301}".repeat(1_000_000), 10, end);
        assert!(accents.len() < 200, "{}", accents.len());
    }

    #[test]
    fn columns_give_way_by_rank_and_are_left_out_at_last() {
        let shrink = [
            Shrink::Never,
            Shrink::End { rank: 6, floor: 19 },
            Shrink::Middle { rank: 4, floor: 16 },
            Shrink::End { rank: 1, floor: 9 },
        ];
        for (terminal, kept, widths) in [
            (80, &[0, 1, 2, 3][..], &[4, 19, 30, 14][..]),
            (70, &[0, 1, 2, 3], &[4, 19, 30, 11]),
            (60, &[0, 1, 2, 3], &[4, 19, 22, 9]),
            (45, &[0, 1, 2, 3], &[4, 19, 12, 4]),
            (40, &[0, 2, 3], &[4, 20, 9]),
            (38, &[0, 2, 3], &[4, 18, 9]),
            (20, &[0, 2], &[4, 11]),
            (12, &[0], &[4]),
            (5, &[0], &[2]),
        ] {
            let layout = fit(&[4, 19, 30, 14], &shrink, terminal);
            let is_cut_short = kept.len() < 4;
            assert_eq!(layout, Layout { kept: kept.to_vec(), widths: widths.to_vec(), is_cut_short }, "{terminal}");
        }
    }

    #[test]
    fn a_spare_column_is_there_where_all_fit() {
        let shrink = [Shrink::Middle { rank: 0, floor: 12 }, Shrink::Never, Shrink::Spare];
        for (terminal, kept, widths) in
            [(60, &[0, 1, 2][..], &[26, 5, 20][..]), (54, &[0, 1], &[26, 5]), (30, &[0, 1], &[23, 5])]
        {
            let layout = fit(&[26, 5, 20], &shrink, terminal);
            assert_eq!(
                layout,
                Layout { kept: kept.to_vec(), widths: widths.to_vec(), is_cut_short: false },
                "{terminal}"
            );
        }
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
