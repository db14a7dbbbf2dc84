//! A page of the manual in the making: the parts that pages are made of, written as roff.

use clap::builder::PossibleValue;
use clap::{Arg, Command};
use roff::{Inline, Roff, bold, italic, roman};

use crate::cli::Examples;
use crate::cli::examples::heading;

/// Longer lines are broken.
const WIDTH: usize = 76;

/// A page in the making.
pub(super) struct Page {
    roff: Roff,
}

impl Page {
    /// A page of section 1 with its name and what it is about.
    pub fn begin(name: &str, date: &str, manual: &str, about: &str) -> Self {
        let mut page = Page { roff: Roff::new() };
        page.roff.control("TH", [&*name.to_uppercase(), "1", date, name, manual]);
        // Names are not to be hyphenated, and gaps that even out the margin help nobody.
        page.roff.control("nh", []).control("ad", ["l"]);
        page.section("NAME");
        // What whatis(1) lists begins with a small letter.
        let (first, rest) = about.split_at_checked(1).unwrap_or(("", about));
        page.roff.text([roman(format!("{name} - {}{rest}", first.to_lowercase()))]);
        page
    }

    pub fn section(&mut self, title: &str) {
        self.roff.control("SH", [title]);
    }

    pub fn paragraph(&mut self) {
        self.roff.control("PP", []);
    }

    /// A tagged paragraph, its text to follow.
    pub fn entry(&mut self, tag: impl Into<Vec<Inline>>) {
        self.roff.control("TP", []);
        self.roff.text(tag);
    }

    /// A text of one paragraph, which gets a full stop where it has none and is no example.
    pub fn sentence(&mut self, text: &str) {
        let is_complete = text.ends_with(['.', ':', '?', '!']) || text.starts_with("Example:");
        let stop = if is_complete { "" } else { "." };
        self.lines(&format!("{text}{stop}"));
    }

    /// A text whose paragraphs have empty lines between.
    pub fn paragraphs(&mut self, text: &str) {
        for (at, paragraph) in text.split("\n\n").enumerate() {
            if at > 0 {
                self.paragraph();
            }
            self.sentence(paragraph);
        }
    }

    /// A paragraph, each sentence on lines of its own as is the custom in manuals. What stands in backticks is bold.
    fn lines(&mut self, paragraph: &str) {
        let mut inlines = Vec::new();
        for (at, part) in paragraph.split('`').enumerate() {
            if at % 2 == 1 {
                inlines.push(bold(part));
                continue;
            }
            let mut rest = part;
            while let Some(end) = sentence_end(rest) {
                inlines.push(roman(&rest[..end]));
                self.roff.text(std::mem::take(&mut inlines));
                rest = rest[end..].trim_start();
            }
            inlines.push(roman(rest));
        }
        if inlines.iter().any(|inline| *inline != roman("")) {
            self.roff.text(inlines);
        }
    }

    /// Lines as they are.
    pub fn verbatim(&mut self, text: &str) {
        self.roff.control("RS", ["4"]).control("EX", []);
        for line in text.lines() {
            self.roff.text([roman(line)]);
        }
        self.roff.control("EE", []).control("RE", []);
    }

    pub fn synopsis(&mut self, command: &Command) {
        self.section("SYNOPSIS");
        let usage = command.clone().render_usage().to_string();
        let mut inlines = Vec::new();
        for word in usage.trim_start_matches("Usage:").split_whitespace() {
            if !inlines.is_empty() {
                inlines.push(roman(" "));
            }
            let name = word.trim_matches(['[', ']', '<', '>', '.']);
            match word.split_once(name).filter(|_| name.len() < word.len()) {
                Some((before, after)) => inlines.extend([
                    roman(before.trim_end_matches('<')),
                    italic(name.to_lowercase()),
                    roman(after.trim_start_matches('>')),
                ]),
                None => inlines.push(bold(word)),
            }
        }
        self.roff.text(inlines);
    }

    pub fn description(&mut self, command: &Command) {
        self.section("DESCRIPTION");
        let text =
            command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string).unwrap_or_default();
        // The first line says what the section before says.
        let text = text.split_once("\n\n").map_or(text.as_str(), |(_, rest)| rest);
        self.paragraphs(text);
    }

    /// The options of a command, under the headings of its help, and its arguments before them.
    pub fn options(&mut self, command: &Command, is_wanted: impl Fn(&Arg) -> bool) {
        let wanted: Vec<&Arg> = command.get_arguments().filter(|arg| !arg.is_hide_set() && is_wanted(arg)).collect();
        let (arguments, options): (Vec<&Arg>, Vec<&Arg>) = wanted.into_iter().partition(|arg| arg.is_positional());
        if !arguments.is_empty() {
            self.section("ARGUMENTS");
            arguments.into_iter().for_each(|argument| self.option(argument));
        }
        let mut headings: Vec<Option<&str>> = Vec::new();
        for option in &options {
            if !headings.contains(&option.get_help_heading()) {
                headings.push(option.get_help_heading());
            }
        }
        self.section("OPTIONS");
        // Options without a heading are the general ones: they come last, as in the help they stand apart.
        headings.sort_by_key(Option::is_none);
        for heading in &headings {
            if headings.len() > 1 {
                self.roff.control("SS", [heading.unwrap_or("Other")]);
            }
            for option in options.iter().filter(|option| option.get_help_heading() == *heading) {
                self.option(option);
            }
        }
    }

    fn option(&mut self, option: &Arg) {
        let mut tag = Vec::new();
        if let Some(short) = option.get_short() {
            tag.extend([bold(format!("-{short}")), roman(", ")]);
        }
        if let Some(long) = option.get_long() {
            tag.push(bold(format!("--{long}")));
        }
        let takes_values = option.get_action().takes_values();
        if takes_values {
            let names = option
                .get_value_names()
                .unwrap_or_default()
                .iter()
                .map(|name| name.as_str())
                .collect::<Vec<_>>()
                .join(" ");
            if option.get_long().is_some() {
                tag.push(roman(" "));
            }
            tag.push(italic(names));
            if option.is_positional() && option.get_num_args().is_some_and(|range| range.max_values() > 1) {
                tag.push(roman(" …"));
            }
        }
        self.entry(tag);
        let help = option.get_long_help().or_else(|| option.get_help()).map(ToString::to_string).unwrap_or_default();
        for (at, paragraph) in help.split("\n\n").enumerate() {
            if at > 0 {
                self.roff.control("IP", []);
            }
            self.sentence(paragraph);
        }
        if takes_values {
            self.values(option);
        }
    }

    /// What an option can be, and what it is by default.
    fn values(&mut self, option: &Arg) {
        let values: Vec<PossibleValue> =
            option.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).collect();
        if !values.is_empty() {
            self.roff.control("RS", []);
            for value in &values {
                self.entry([bold(value.get_name())]);
                self.sentence(&value.get_help().map(ToString::to_string).unwrap_or_default());
            }
            self.roff.control("RE", []);
        }
        let default: Vec<_> = option.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        if !default.is_empty() && !option.is_hide_default_value_set() {
            self.roff.control("IP", []);
            self.sentence(&format!("The default is `{}`.", default.join(",")));
        }
    }

    pub fn examples(&mut self, command: &Command, program: &str) {
        let Some(examples) = command.get::<Examples>() else { return };
        self.section("EXAMPLES");
        for (at, (does, line)) in examples.lines(program).enumerate() {
            if at > 0 {
                self.paragraph();
            }
            self.sentence(&heading(does));
            self.verbatim(&line);
        }
    }

    pub fn see_also(&mut self, pages: impl IntoIterator<Item = String>) {
        self.section("SEE ALSO");
        let mut inlines = Vec::new();
        for page in pages {
            if !inlines.is_empty() {
                inlines.push(roman(", "));
            }
            inlines.extend([bold(page), roman("(1)")]);
        }
        self.roff.text(inlines);
    }

    /// The whole page.
    pub fn finish(self) -> String {
        portable(&self.roff.render())
    }
}

/// The page in ASCII and short lines, and every character of its text printed as it is: some programs make
/// typographer's quotes and accents of ` and ^ and ~.
fn portable(page: &str) -> String {
    let mut portable = String::with_capacity(page.len());
    let mut is_verbatim = false;
    for line in page.split_inclusive('\n') {
        if line.starts_with('.') {
            is_verbatim = line == ".EX\n" || (is_verbatim && line != ".EE\n");
            portable.push_str(line);
            continue;
        }
        let line = if is_verbatim { line.to_owned() } else { wrapped(line) };
        for c in line.chars() {
            match c {
                '`' => portable.push_str("\\(ga"),
                '^' => portable.push_str("\\(ha"),
                '~' => portable.push_str("\\(ti"),
                c if c.is_ascii() => portable.push(c),
                c => portable.push_str(&format!("\\[u{:04X}]", u32::from(c))),
            }
        }
    }
    portable
}

/// A line of running text broken where it is long. No line begins with what would make it a request.
fn wrapped(line: &str) -> String {
    let mut wrapped = String::with_capacity(line.len());
    let mut width = 0;
    for word in line.split_inclusive(' ') {
        if width > 0 && width + word.trim_end().len() > WIDTH && !word.starts_with(['.', '\'']) {
            wrapped.truncate(wrapped.trim_end().len());
            wrapped.push('\n');
            width = 0;
        }
        width += word.len();
        wrapped.push_str(word);
    }
    wrapped
}

/// Where a sentence ends that is not the last.
fn sentence_end(text: &str) -> Option<usize> {
    let ends = text.match_indices(". ").map(|(at, _)| at + 1);
    ends.into_iter().find(|end| text[*end..].trim_start().starts_with(|c: char| c.is_uppercase()))
}
