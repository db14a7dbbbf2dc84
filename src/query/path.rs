//! Patterns for the path of a request: `/api/payments/*`.
//!
//! `*` is any run of characters but slashes, `**` any run at all, `?` one character but a slash, `[a-z]` one of a set,
//! `[!a-z]` one outside it, and a backslash takes the next character as it is. Letters count by case, and the whole
//! path must match. Two things are as people expect of addresses rather than of files: Django ends its paths with a
//! slash, so a pattern without one at its end matches either way (`/api/payments/*` finds `/api/payments/12/`), and
//! `/**/` may stand for a single slash.

use super::QueryError;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// This character.
    Is(char),
    /// `?`
    One,
    /// `[…]`: ranges, and whether it is what lies outside them.
    Set(Vec<(char, char)>, bool),
    /// `*`
    Run,
    /// `**`
    Deep,
    /// The `**/` of `/**/`: nothing, or anything that ends with a slash.
    Folders,
}

impl Piece {
    fn takes(&self, c: char) -> bool {
        match self {
            Piece::Is(own) => *own == c,
            Piece::One | Piece::Run => c != '/',
            Piece::Set(ranges, outside) => c != '/' && ranges.iter().any(|(a, b)| (*a..=*b).contains(&c)) != *outside,
            Piece::Deep | Piece::Folders => true,
        }
    }
}

/// A pattern that the whole path of a request must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathGlob {
    /// As it was written.
    text: String,
    /// What comes before the first piece that is not a plain character.
    prefix: String,
    rest: Vec<Piece>,
    ends_with_slash: bool,
}

impl PathGlob {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let wrong = |why: &str| QueryError::Path { given: text.to_owned(), why: why.to_owned() };
        if text.is_empty() {
            return Err(wrong("it is empty; '**' stands for every path"));
        }
        let mut rest = pieces(text).map_err(wrong)?;
        let ends_with_slash = matches!(rest.last(), Some(Piece::Is('/') | Piece::Folders));
        let mut prefix = String::new();
        let plain = rest.iter().map_while(|piece| if let Piece::Is(c) = piece { Some(*c) } else { None });
        prefix.extend(plain);
        rest.drain(..prefix.chars().count());
        let can_match = if prefix.is_empty() { Walk::new(&rest).step('/') } else { prefix.starts_with('/') };
        if !can_match {
            return Err(wrong("no path matches it, for they all begin with a slash; put '/' or '**' in front"));
        }
        Ok(PathGlob { text: text.to_owned(), prefix, rest, ends_with_slash })
    }

    /// Whether the whole path matches. The time it takes is at most the product of both lengths.
    pub fn matches(&self, path: &str) -> bool {
        let Some(rest) = path.strip_prefix(self.prefix.as_str()) else { return false };
        let (body, slash) = match rest.strip_suffix('/') {
            Some(body) if !self.ends_with_slash => (body, true),
            _ => (rest, false),
        };
        let mut walk = Walk::new(&self.rest);
        if !body.chars().all(|c| walk.step(c)) {
            return false;
        }
        walk.is_done() || slash && walk.step('/') && walk.is_done()
    }

    /// How it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What every path that matches begins with.
    pub fn literal_prefix(&self) -> &str {
        &self.prefix
    }
}

/// All places of a pattern that the characters so far may have led to, walked side by side: whatever the pattern and
/// the path, it never goes back.
struct Walk<'a> {
    pieces: &'a [Piece],
    /// For each piece, and for the end, whether it may be next.
    here: Vec<bool>,
    next: Vec<bool>,
}

impl<'a> Walk<'a> {
    fn new(pieces: &'a [Piece]) -> Self {
        let places = pieces.len() + 1;
        let mut walk = Walk { pieces, here: vec![false; places], next: vec![false; places] };
        walk.enter(0);
        std::mem::swap(&mut walk.here, &mut walk.next);
        walk
    }

    /// Takes one character; false when nothing can match any more.
    fn step(&mut self, c: char) -> bool {
        self.next.fill(false);
        let pieces = self.pieces;
        for (i, piece) in pieces.iter().enumerate() {
            if !self.here[i] || !piece.takes(c) {
                continue;
            }
            match piece {
                Piece::Run | Piece::Deep => self.enter(i),
                // It has begun and must come to a slash before it may end.
                Piece::Folders => {
                    self.next[i] = true;
                    if c == '/' {
                        self.enter(i + 1);
                    }
                }
                _ => self.enter(i + 1),
            }
        }
        std::mem::swap(&mut self.here, &mut self.next);
        self.here.contains(&true)
    }

    /// Marks a place as next, and those behind it that may take nothing.
    fn enter(&mut self, place: usize) {
        for i in place..=self.pieces.len() {
            self.next[i] = true;
            if !matches!(self.pieces.get(i), Some(Piece::Run | Piece::Deep | Piece::Folders)) {
                break;
            }
        }
    }

    fn is_done(&self) -> bool {
        self.here[self.pieces.len()]
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, &'static str> {
    let mut pieces = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '\\' => Piece::Is(chars.next().ok_or("the backslash at its end has nothing to escape; double it")?),
            '?' => Piece::One,
            '[' => set(&mut chars)?,
            '*' => {
                let mut deep = false;
                while chars.next_if_eq(&'*').is_some() {
                    deep = true;
                }
                let between_slashes = matches!(pieces.last(), None | Some(Piece::Is('/')));
                match deep {
                    true if between_slashes && chars.next_if_eq(&'/').is_some() => Piece::Folders,
                    true => Piece::Deep,
                    false => Piece::Run,
                }
            }
            c => Piece::Is(c),
        });
    }
    Ok(pieces)
}

/// The rest of a set after its `[`; a `]` that comes first belongs to it.
fn set(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Piece, &'static str> {
    const OPEN: &str = "the '[' is never closed; close it, or write '\\[' for the character";
    let outside = chars.next_if(|c| matches!(c, '!' | '^')).is_some();
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let from = match chars.next().ok_or(OPEN)? {
            ']' if !ranges.is_empty() => return Ok(Piece::Set(ranges, outside)),
            '\\' => chars.next().ok_or(OPEN)?,
            c => c,
        };
        let mut to = from;
        if chars.peek() == Some(&'-') {
            let mut ahead = chars.clone();
            ahead.next();
            // A '-' before the closing bracket is itself.
            if ahead.peek() != Some(&']') {
                *chars = ahead;
                to = match chars.next().ok_or(OPEN)? {
                    '\\' => chars.next().ok_or(OPEN)?,
                    c => c,
                };
            }
        }
        if from > to {
            return Err("a range in its brackets ends before it begins; turn it round");
        }
        ranges.push((from, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_whole_paths() {
        for (pattern, yes, no) in [
            ("/api/payments/", &["/api/payments/"][..], &["/api/payments", "/api/payments/1/", "/x/api/payments/"][..]),
            ("/api/payments", &["/api/payments/", "/api/payments"], &["/api/payments//", "/api/payments1/", "/api/"]),
            ("/", &["/"], &["", "//", "/a"]),
            (
                "/api/payments/*",
                &["/api/payments/12/", "/api/payments/12", "/api/payments/"],
                &["/api/payments", "/api/payments/12/refund/", "/api/Payments/12/", "/api/payments/12//"],
            ),
            ("/api/payments/*/", &["/api/payments/12/"], &["/api/payments/12", "/api/payments/1/2/"]),
            ("/api/payments/?*", &["/api/payments/1/", "/api/payments/12"], &["/api/payments/"]),
            ("/api/*/history", &["/api/a/history/"], &["/api/history/", "/api/a/b/history/"]),
            ("/api/**", &["/api/", "/api/a", "/api/a/b/"], &["/api", "/apia"]),
            ("/api**", &["/api", "/apia/b/"], &["/ap"]),
            ("/api/**/history/", &["/api/history/", "/api/a/history/", "/api/a/b/history/"], &["/api/xhistory/"]),
            ("**/history/", &["/history/", "/a/history/", "/a/b/history/"], &["/xhistory/", "/history"]),
            ("**history**", &["/history/", "/xhistory", "/a/history/b"], &["/hist/ory"]),
            ("**", &["/", "/a/b/"], &[]),
            ("*/a", &["/a", "/a/"], &["a/b", "/b/a"]),
            ("/a**/b", &["/a/b", "/ax/b/", "/a/x/b"], &["/ab"]),
            ("/a/***", &["/a/b/c/"], &["/b"]),
            ("/?", &["/a", "/ñ/", "/😀"], &["/", "/ab", "//"]),
            ("/[abc]", &["/a", "/c/"], &["/d", "/ab", "/A"]),
            ("/[!abc]", &["/d"], &["/a", "//", "/"]),
            ("/[^a-c]x", &["/dx"], &["/ax", "//x"]),
            ("/[a-c0-9]", &["/b", "/7"], &["/-", "/d"]),
            ("/[]x]", &["/]", "/x"], &["/a"]),
            ("/[a-]", &["/a", "/-"], &["/b"]),
            ("/[\\]-]", &["/]", "/-"], &["/\\"]),
            ("/[+-0]", &["/+", "/0"], &["//"]),
            ("/\\*\\?\\[a]", &["/*?[a]"], &["/x?[a]"]),
            ("/a\\/b", &["/a/b"], &["/a\\/b"]),
            ("/a b/%20", &["/a b/%20/"], &["/a b/ "]),
        ] {
            let glob = PathGlob::parse(pattern).unwrap();
            for path in yes {
                assert!(glob.matches(path), "{pattern} should match {path}");
                assert!(path.starts_with(glob.literal_prefix()));
            }
            for path in no {
                assert!(!glob.matches(path), "{pattern} should not match {path}");
            }
        }
    }

    #[test]
    fn knows_what_matches_begin_with() {
        for (pattern, prefix) in [
            ("/api/payments/*", "/api/payments/"),
            ("/api/**/x", "/api/"),
            ("/a\\*b?", "/a*b"),
            ("**/x", ""),
            ("/ñ/[a]", "/ñ/"),
            ("/a/", "/a/"),
        ] {
            assert_eq!(PathGlob::parse(pattern).unwrap().literal_prefix(), prefix, "{pattern}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (pattern, needle) in [
            ("", "empty"),
            ("payments/*", "begin with a slash"),
            ("*payments*", "begin with a slash"),
            ("?api", "begin with a slash"),
            ("[/]api", "begin with a slash"),
            ("/a[b", "never closed"),
            ("/a[]", "never closed"),
            ("/a[b-", "never closed"),
            ("/a[\\", "never closed"),
            ("/a\\", "nothing to escape"),
            ("/[z-a]", "turn it round"),
        ] {
            let error = PathGlob::parse(pattern).unwrap_err();
            assert!(error.to_string().contains(needle), "{pattern}: {error}");
        }
    }

    /// What a pattern of plain pieces means, written without care for time.
    fn slow(pattern: &[char], path: &[char]) -> bool {
        match pattern {
            [] => path.is_empty(),
            ['*', '*', rest @ ..] => (0..=path.len()).any(|n| slow(rest, &path[n..])),
            ['*', rest @ ..] => {
                let run = path.iter().take_while(|c| **c != '/').count();
                (0..=run).any(|n| slow(rest, &path[n..]))
            }
            ['?', rest @ ..] => matches!(path, [c, tail @ ..] if *c != '/' && slow(rest, tail)),
            [own, rest @ ..] => matches!(path, [c, tail @ ..] if c == own && slow(rest, tail)),
        }
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_plain_definition(pattern in "/([ab/?]|a\\*|b\\*\\*){0,8}", path in "/[ab/]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let open = !pattern.ends_with('/') && path.ends_with('/');
            let expected = slow(&chars(&pattern), &chars(&path))
                || open && slow(&chars(&pattern), &chars(&path[..path.len() - 1]));
            proptest::prop_assert_eq!(PathGlob::parse(&pattern).unwrap().matches(&path), expected);
        }

        #[test]
        fn never_panics(pattern in ".{0,40}", path in ".{0,40}") {
            if let Ok(glob) = PathGlob::parse(&pattern) {
                glob.matches(&path);
            }
        }
    }

    #[test]
    fn a_hostile_pattern_ends_on_a_hostile_path() {
        // Going back, this would take longer than the universe has.
        let glob = PathGlob::parse(&format!("/{}b", "a*".repeat(60))).unwrap();
        assert!(!glob.matches(&format!("/{}", "a".repeat(20_000))));
        let glob = PathGlob::parse(&format!("/{}b", "**/".repeat(60))).unwrap();
        assert!(!glob.matches(&"/a".repeat(10_000)));
    }
}
