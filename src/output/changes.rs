//! What differs between two sides of an object, laid out for a person: a line a field, long text word by word.

use std::borrow::Cow;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};
use unicode_width::UnicodeWidthStr;

use super::sanitise::escape_line;
use super::theme::{Tone, paint};
use crate::audit::{Token, Value};

/// Text longer than this is compared word by word.
const LONG: usize = 48;
/// How many characters of unchanged text stand on each side of a change.
const AROUND: usize = 48;
/// How long the best way from one text to another is looked for; after that a longer way is good enough.
const PATIENCE: Duration = Duration::from_millis(300);
/// Longer names of fields stand out.
const WIDEST_NAME: usize = 24;

/// A field that differs; None on the side that has no such field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What it was.
    pub from: Option<Value>,
    /// What it became.
    pub to: Option<Value>,
    /// What `from` refers to.
    pub from_label: Option<String>,
    /// What `to` refers to.
    pub to_label: Option<String>,
    /// For a set: what was taken out and what was put in.
    pub set: Option<SetChange>,
}

/// What differs between two sets: keys and what they refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetChange {
    /// Only the earlier one has these.
    pub removed: Vec<(Value, Option<String>)>,
    /// Only the later one has these.
    pub added: Vec<(Value, Option<String>)>,
}

/// The changes, a line or more each. `first` says that there is no earlier side at all: then each field stands with its
/// value. Nothing in them drives the terminal, and without colour they read as well:
/// `[-was-]` and `{+is+}` stand around the words of a long text that differ.
pub fn lay_out_changes(changes: &[FieldChange], first: bool, coloured: bool) -> String {
    let names: Vec<Cow<'_, str>> = changes.iter().map(|change| escape_line(&change.field)).collect();
    let width = names.iter().map(|name| name.width()).filter(|&width| width <= WIDEST_NAME).max().unwrap_or(0);
    let mut out = String::new();
    for (change, name) in changes.iter().zip(&names) {
        let gap = " ".repeat(width.saturating_sub(name.width()));
        let name = paint(name, Tone::Key, coloured);
        let laid = Painter { first, coloured }.change(change);
        let mut lines = laid.split('\n');
        out.push_str(&format!("  {name}{gap}  {}\n", lines.next().unwrap_or_default()));
        for line in lines {
            out.push_str(&format!("  {}  {line}\n", " ".repeat(width)));
        }
    }
    out
}

/// A value on one line, as it stands in a list of changes: text without quotes unless it would look like nothing.
pub fn value_line(value: &Value) -> String {
    match value.tokens() {
        [Token::Text(text)] => {
            let looks_odd = text.is_empty() || **text != *text.trim() || &**text == "null";
            let text = escape_line(text);
            if looks_odd { format!("\"{text}\"") } else { text.into_owned() }
        }
        _ => {
            let mut json = String::new();
            value.write_json(&mut json);
            json
        }
    }
}

struct Painter {
    first: bool,
    coloured: bool,
}

impl Painter {
    fn change(&self, change: &FieldChange) -> String {
        if let Some(set) = &change.set {
            return self.set(set);
        }
        if let (Some(from), Some(to)) = (&change.from, &change.to)
            && let (Some(from), Some(to)) = (long_text(from), long_text(to))
            && from.len().max(to.len()) > LONG
        {
            return self.words(&from, &to);
        }
        let to = self.side(change.to.as_ref(), change.to_label.as_deref(), Tone::Good);
        if self.first {
            return to;
        }
        let from = self.side(change.from.as_ref(), change.from_label.as_deref(), Tone::Bad);
        format!("{from} → {to}")
    }

    fn side(&self, value: Option<&Value>, label: Option<&str>, tone: Tone) -> String {
        let Some(value) = value else { return paint("(no such field)", Tone::Dim, self.coloured) };
        let text = paint(&value_line(value), tone, self.coloured);
        match label {
            Some(label) => format!("{text} {}", paint(&format!("({})", escape_line(label)), Tone::Dim, self.coloured)),
            None => text,
        }
    }

    fn set(&self, set: &SetChange) -> String {
        let item = |sign: char, (key, label): &(Value, Option<String>), tone| {
            let key = paint(&format!("{sign}{}", value_line(key)), tone, self.coloured);
            match label {
                Some(label) => {
                    format!("{key} {}", paint(&format!("({})", escape_line(label)), Tone::Dim, self.coloured))
                }
                None => key,
            }
        };
        let removed = set.removed.iter().map(|one| item('-', one, Tone::Bad));
        let added = set.added.iter().map(|one| item('+', one, Tone::Good));
        removed.chain(added).collect::<Vec<_>>().join("  ")
    }

    /// Two texts in one, the words that differ marked.
    fn words(&self, from: &str, to: &str) -> String {
        let diff = TextDiff::configure().timeout(PATIENCE).diff_words(from, to);
        let mut runs: Vec<(ChangeTag, String)> = Vec::new();
        for change in diff.iter_all_changes() {
            match runs.last_mut() {
                Some((tag, text)) if *tag == change.tag() => text.push_str(change.value()),
                _ => runs.push((change.tag(), change.value().to_owned())),
            }
        }
        let last = runs.len().saturating_sub(1);
        let (mut out, mut was, mut is) = (String::new(), String::new(), String::new());
        for (at, (tag, text)) in runs.iter().enumerate() {
            match tag {
                ChangeTag::Delete => was.push_str(text),
                ChangeTag::Insert => is.push_str(text),
                // Neighbours that changed are one change.
                ChangeTag::Equal if at > 0 && at < last && text.chars().all(|c| c == ' ') => {
                    was.push_str(text);
                    is.push_str(text);
                }
                ChangeTag::Equal => {
                    self.flush(&mut was, &mut is, &mut out);
                    out.push_str(&lines(&shortened(text, at > 0, at < last)));
                }
            }
        }
        self.flush(&mut was, &mut is, &mut out);
        out
    }

    /// Appends what was and what is in its place.
    fn flush(&self, was: &mut String, is: &mut String, out: &mut String) {
        if !was.is_empty() {
            out.push_str(&self.marked("[-", was, "-]", Tone::Bad));
        }
        if !is.is_empty() {
            out.push_str(&self.marked("{+", is, "+}", Tone::Good));
        }
        was.clear();
        is.clear();
    }

    fn marked(&self, open: &str, text: &str, close: &str, tone: Tone) -> String {
        let text = lines(text);
        let marked: Vec<String> =
            format!("{open}{text}{close}").split('\n').map(|line| paint(line, tone, self.coloured)).collect();
        marked.join("\n")
    }
}

/// A text, or the JSON of an object or array: what may be too long for one line.
fn long_text(value: &Value) -> Option<Cow<'_, str>> {
    match value.tokens() {
        [Token::Text(text)] => Some(Cow::Borrowed(text)),
        [_] => None,
        _ => {
            let mut json = String::new();
            value.write_json(&mut json);
            Some(Cow::Owned(json))
        }
    }
}

/// The text line by line, each of them harmless.
fn lines(text: &str) -> String {
    text.split('\n').map(escape_line).collect::<Vec<_>>().join("\n")
}

/// Unchanged text between changes, its middle left out when it is long.
fn shortened(text: &str, after_change: bool, before_change: bool) -> Cow<'_, str> {
    let count = text.chars().count();
    let (head, tail) = (if after_change { AROUND } else { 0 }, if before_change { AROUND } else { 0 });
    if count <= head + tail + AROUND {
        return Cow::Borrowed(text);
    }
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(count - tail).collect();
    Cow::Owned(format!("{head}…{tail}"))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::audit::is_dangerous;

    fn change(field: &str, from: Option<Value>, to: Option<Value>) -> FieldChange {
        FieldChange { field: field.into(), from, to, from_label: None, to_label: None, set: None }
    }

    fn number(digits: &str) -> Value {
        Value::from_tokens(vec![Token::Number(digits.into())])
    }

    fn all() -> Vec<FieldChange> {
        let text = |text: &str| Some(Value::text(text));
        let before =
            "Por las aves del parque, que cantan cada mañana antes de que abra la puerta y no piden nada a cambio";
        let after = "Por los tucanes del parque, que cantan cada mañana antes de que abra la puerta y no piden nada";
        vec![
            change("status", text("PENDING"), text("PAID")),
            change("qr_image", text(""), Some(Value::null())),
            FieldChange {
                from_label: Some("Visit on 2026-12-24".into()),
                to_label: Some("Visit\u{1b}[2J".into()),
                ..change("visit", Some(number("1")), Some(number("2")))
            },
            FieldChange {
                set: Some(SetChange {
                    removed: vec![(number("10"), None)],
                    added: vec![(number("3"), Some("Guía".into())), (number("13"), None)],
                }),
                ..change("roles", None, None)
            },
            change("message", text(before), text(after)),
            change("gone", text("a\nb"), None),
            change("a_name_that_is_much_longer_than_any_other", None, text("x")),
        ]
    }

    #[test]
    fn changes_are_laid_out() {
        assert_snapshot!(lay_out_changes(&all(), false, false), @r#"
          status    PENDING → PAID
          qr_image  "" → null
          visit     1 (Visit on 2026-12-24) → 2 (Visit\x1b[2J)
          roles     -10  +3 (Guía)  +13
          message   Por [-las aves-]{+los tucanes+} del parque, que cantan cada mañana antes de que abra la puerta y no piden nada[- a cambio-]
          gone      a\nb → (no such field)
          a_name_that_is_much_longer_than_any_other  (no such field) → x
        "#);
    }

    #[test]
    fn without_an_earlier_side_values_stand_alone() {
        let to = |to: &str| change("status", None, Some(Value::text(to)));
        assert_snapshot!(lay_out_changes(&[to("PAID"), to("")], true, false), @r#"
          status  PAID
          status  ""
        "#);
    }

    #[test]
    fn nothing_dangerous_is_printed() {
        let nasty = |c: &str| Value::text(format!("{}{c}\nb", "word ".repeat(30)));
        let changes = [change("f\u{1b}", Some(nasty("\u{1b}[31m\r")), Some(nasty("\u{202e}")))];
        let laid = lay_out_changes(&changes, false, false);
        assert!(!laid.chars().any(|c| c != '\n' && is_dangerous(c)), "{laid}");
        assert!(laid.contains("\\u202e") && laid.lines().count() > 1, "{laid}");
    }
}
