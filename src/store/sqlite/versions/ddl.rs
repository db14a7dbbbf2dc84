//! The CHECK constraints of a table, read off the CREATE TABLE statement that SQLite keeps: no pragma tells them.
//!
//! A tokenizer and no more: it knows quotes, comments and parentheses, and believes that SQLite accepted the rest.

use crate::store::Check;

/// A piece of SQL and where it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// A word or a number, as written.
    Word(String),
    /// A quoted identifier, what it says. (Double quotes around something else can't be told apart; nothing here
    /// depends on it.)
    Name(String),
    /// A string.
    Text,
    /// Any other character.
    Mark(char),
}

/// A piece with the bytes it takes.
#[derive(Clone, Debug)]
struct Placed {
    piece: Piece,
    start: usize,
    end: usize,
}

/// The CHECK constraints of a CREATE TABLE statement, in order, with those of `columns` that they look at.
pub fn checks(sql: &str, columns: &[String]) -> Vec<Check> {
    let pieces = pieces(sql);
    let mut checks = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        if !is_word(&pieces[at], "CHECK") || !pieces.get(at + 1).is_some_and(|p| p.piece == Piece::Mark('(')) {
            at += 1;
            continue;
        }
        let Some(close) = closing(&pieces, at + 1) else { break };
        let inside = &pieces[at + 2..close];
        let condition = sql[pieces[at + 1].end..pieces[close].start].trim().to_owned();
        let mentioned = columns.iter().filter(|column| inside.iter().any(|piece| names(piece, column)));
        checks.push(Check { name: constraint_name(&pieces[..at]), condition, columns: mentioned.cloned().collect() });
        at = close + 1;
    }
    checks
}

/// Whether a CREATE TABLE statement has a column whose numbers are never given twice.
pub fn has_autoincrement(sql: &str) -> bool {
    pieces(sql).iter().any(|piece| is_word(piece, "AUTOINCREMENT"))
}

/// Whether a condition says that this column holds JSON, as Django's does: `JSON_VALID("column")`.
pub fn says_json(condition: &str, column: &str) -> bool {
    let pieces = pieces(condition);
    pieces.windows(4).any(|four| {
        is_word(&four[0], "JSON_VALID")
            && four[1].piece == Piece::Mark('(')
            && names(&four[2], column)
            && four[3].piece == Piece::Mark(')')
    })
}

fn is_word(piece: &Placed, word: &str) -> bool {
    matches!(&piece.piece, Piece::Word(this) if this.eq_ignore_ascii_case(word))
}

fn names(piece: &Placed, column: &str) -> bool {
    matches!(&piece.piece, Piece::Word(name) | Piece::Name(name) if name.eq_ignore_ascii_case(column))
}

/// The name that CONSTRAINT gives to what follows these pieces.
fn constraint_name(before: &[Placed]) -> Option<String> {
    match before {
        [.., constraint, Placed { piece: Piece::Word(name) | Piece::Name(name), .. }]
            if is_word(constraint, "CONSTRAINT") =>
        {
            Some(name.clone())
        }
        _ => None,
    }
}

/// The parenthesis that closes the one at `open`.
fn closing(pieces: &[Placed], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    pieces.iter().enumerate().skip(open).find_map(|(at, piece)| {
        match piece.piece {
            Piece::Mark('(') => depth += 1,
            Piece::Mark(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

fn pieces(sql: &str) -> Vec<Placed> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(c) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (length, piece) = match c {
            c if c.is_whitespace() => (c.len_utf8(), None),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), None),
            '/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |end| end + 2), None),
            '\'' => (quoted(rest, '\'').0, Some(Piece::Text)),
            '"' | '`' => {
                let (length, name) = quoted(rest, c);
                (length, Some(Piece::Name(name)))
            }
            '[' => {
                let length = rest.find(']').map_or(rest.len(), |end| end + 1);
                (length, Some(Piece::Name(rest[1..length].trim_end_matches(']').to_owned())))
            }
            c if is_word_character(c) => {
                let length = rest.find(|c: char| !is_word_character(c)).unwrap_or(rest.len());
                (length, Some(Piece::Word(rest[..length].to_owned())))
            }
            c => (c.len_utf8(), Some(Piece::Mark(c))),
        };
        pieces.extend(piece.map(|piece| Placed { piece, start: at, end: at + length }));
        at += length;
    }
    pieces
}

fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of a quoted piece and what it says; the quote doubled stands for itself.
fn quoted(text: &str, quote: char) -> (usize, String) {
    let mut said = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c != quote {
            said.push(c);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            said.push(quote);
        } else {
            return (at + quote.len_utf8(), said);
        }
    }
    (text.len(), said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Vec<(Option<String>, String, Vec<String>)> {
        let columns = ["slots", "occupied", "data", "to"].map(str::to_owned);
        checks(sql, &columns).into_iter().map(|check| (check.name, check.condition, check.columns)).collect()
    }

    #[test]
    fn checks_are_found_where_they_stand() {
        let sql = r#"CREATE TABLE "api_visits" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "slots" integer unsigned NOT NULL CHECK ("slots" >= 0), -- CHECK (nothing)
            "data" text NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)), /* CHECK (no) */
            "check" varchar(5) DEFAULT 'CHECK (''x'')',
            CONSTRAINT "fits" CHECK ("occupied" <= "slots" AND 'a)' <> "to"), UNIQUE ("slots"))"#;
        let columns = |columns: &[&str]| columns.iter().map(|column| column.to_string()).collect::<Vec<_>>();
        assert_eq!(
            found(sql),
            [
                (None, r#""slots" >= 0"#.to_owned(), columns(&["slots"])),
                (None, r#"(JSON_VALID("data") OR "data" IS NULL)"#.to_owned(), columns(&["data"])),
                (
                    Some("fits".to_owned()),
                    r#""occupied" <= "slots" AND 'a)' <> "to""#.to_owned(),
                    columns(&["slots", "occupied", "to"])
                ),
            ]
        );
        assert!(says_json(r#"(JSON_VALID("data") OR "data" IS NULL)"#, "data"));
        assert!(says_json("json_valid([data])", "Data"));
        assert!(!says_json(r#"JSON_VALID("other")"#, "data"));
        assert!(!says_json(r#"'JSON_VALID("data")'"#, "data"));
    }

    #[test]
    fn broken_sql_ends() {
        for sql in ["", "CHECK", "CHECK (", "CHECK (a", "\"", "'", "[", "/*", "--", "CREATE TABLE ñ(ñ CHECK(ñ", "()"]
        {
            found(sql);
        }
    }
}
