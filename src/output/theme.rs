//! Colours by meaning. Everything reads as well without them.

use anstyle::{AnsiColor, Style};

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// Less important than the rest.
    Dim,
    /// A heading.
    Heading,
    /// The key of an object.
    Key,
    /// A string.
    Text,
    /// A number, a boolean, null.
    Scalar,
    /// It went well.
    Good,
    /// Worth a look.
    Notice,
    /// A client's failure, or something masked.
    Warning,
    /// A failure.
    Bad,
}

impl Tone {
    /// The style of text of this meaning.
    pub fn style(self) -> Style {
        let colour = |c: AnsiColor| c.on_default();
        match self {
            Tone::Plain => Style::new(),
            Tone::Dim => Style::new().dimmed(),
            Tone::Heading => Style::new().bold(),
            Tone::Key => colour(AnsiColor::Blue),
            Tone::Text => colour(AnsiColor::Green),
            Tone::Scalar => colour(AnsiColor::Cyan),
            Tone::Good => colour(AnsiColor::Green),
            Tone::Notice => colour(AnsiColor::Cyan),
            Tone::Warning => colour(AnsiColor::Yellow),
            Tone::Bad => colour(AnsiColor::Red).bold(),
        }
    }

    /// The same for the table's layout, which styles cells by itself.
    pub(super) fn cell(self, cell: comfy_table::Cell) -> comfy_table::Cell {
        use comfy_table::{Attribute, Color};
        match self {
            Tone::Plain => cell,
            Tone::Dim => cell.add_attribute(Attribute::Dim),
            Tone::Heading => cell.add_attribute(Attribute::Bold),
            Tone::Key => cell.fg(Color::DarkBlue),
            Tone::Text | Tone::Good => cell.fg(Color::DarkGreen),
            Tone::Scalar | Tone::Notice => cell.fg(Color::DarkCyan),
            Tone::Warning => cell.fg(Color::DarkYellow),
            Tone::Bad => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
        }
    }
}

/// What a response's status means.
pub fn status_tone(status: u16) -> Tone {
    match status {
        200..=299 => Tone::Good,
        300..=399 => Tone::Notice,
        400..=499 => Tone::Warning,
        500..=599 => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// The text in its tone, or as it is.
pub fn paint(text: &str, tone: Tone, coloured: bool) -> String {
    if !coloured || tone == Tone::Plain || text.is_empty() {
        return text.to_owned();
    }
    let style = tone.style();
    format!("{style}{text}{style:#}")
}
