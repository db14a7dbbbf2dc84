//! Which database: a path, or a URL as Django's helpers and the servers' own clients write it.
//!
//! Parses and prints; opens nothing. No password ever leaves through `Debug` or `Display`.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::server::{self, Engine, Server};

/// A database to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file of SQLite. To be opened as a path, not as one of SQLite's own URIs.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A database of a server.
    Server(Server),
}

/// Why a text names no database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// The empty text.
    #[error("the name of the database is empty")]
    Empty,
    /// `oracle://…`
    #[error(
        "`{0}:` is no known kind of database: write a path, or a URL that begins with sqlite:, postgres://, \
         postgresql://, mysql:// or mariadb://"
    )]
    UnknownScheme(String),
    /// `:memory:`
    #[error("a database in memory (`:memory:`) lives only inside the process that made it, so no other can read it")]
    Memory,
    /// `sqlite://db.sqlite3`
    #[error("two slashes after `sqlite:` name a host: write sqlite:///relative/path or sqlite:////absolute/path")]
    SqliteHost,
    /// `sqlite:///a#b`
    #[error("the `#` in the sqlite URL begins a fragment, which would be dropped: write %23 for it")]
    Fragment,
    /// `~/db.sqlite3`
    #[error("only a shell replaces the leading `~`, and none did: write the path in full, or ./~/… for such a folder")]
    Tilde,
    /// A NUL in a path.
    #[error("the path of the database holds a NUL character")]
    Nul,
    /// `postgres:park`
    #[error("a `{0}` URL goes on with two slashes: write {0}://user@host/name")]
    NoAuthority(&'static str),
    /// A `/`, `?` or `@` where it ends the part it belongs to.
    #[error(
        "the URL can't be told apart: in its user, password and database name, `/` is written %2F, `?` %3F and `@` %40"
    )]
    Unescaped,
    /// `postgres://db/`
    #[error("the URL names no database: write {0}://user@host/name")]
    NoName(&'static str),
    /// `postgres://a,b/park`
    #[error("the URL names several hosts: name one")]
    SeveralHosts,
    /// `postgres://db:five/park`
    #[error(
        "the port in the URL is no number from 1 to 65535 (in a password, `/` is written %2F, `?` %3F and `@` %40)"
    )]
    Port,
    /// A part that is not UTF-8 after percent-decoding.
    #[error("the URL's {0} is not UTF-8")]
    NotUtf8(&'static str),
    /// `?sslmode=always`
    #[error("`{0}` is no sslmode: it is one of disable, allow, prefer, require, verify-ca, verify-full")]
    SslMode(String),
    /// `?sslmod=require`
    #[error("the URL's parameter `{0}` is not known: of the ssl parameters, sslmode and sslrootcert are")]
    SslParameter(String),
}

/// The kinds of URL, by their scheme in lower case.
enum Scheme {
    Sqlite,
    Server(Engine, &'static str),
}

fn scheme_of(name: &str) -> Option<Scheme> {
    Some(match name.to_ascii_lowercase().as_str() {
        "sqlite" => Scheme::Sqlite,
        "postgres" => Scheme::Server(Engine::Postgres, "postgres"),
        "postgresql" => Scheme::Server(Engine::Postgres, "postgresql"),
        "mysql" => Scheme::Server(Engine::Mysql, "mysql"),
        "mariadb" => Scheme::Server(Engine::Mysql, "mariadb"),
        _ => return None,
    })
}

impl Database {
    /// Reads a path or a URL. A text is a URL when it begins with a known scheme and a colon, or with any word and
    /// `:/`; so `./a:b.sqlite3` and `a:b.sqlite3` are paths. In a URL `%20` is a space, in a path it is `%20`.
    pub fn parse(text: &OsStr) -> Result<Self, DatabaseError> {
        let Some(utf8) = text.to_str() else {
            let looks = text.to_string_lossy();
            return match split_scheme(&looks) {
                Some(_) => Err(DatabaseError::NotUtf8("text")),
                None => sqlite_path(text.to_owned()),
            };
        };
        match split_scheme(utf8) {
            None => sqlite_path(text.to_owned()),
            Some((name, rest)) => match scheme_of(name) {
                None => Err(DatabaseError::UnknownScheme(name.to_owned())),
                Some(Scheme::Sqlite) => sqlite_url(rest),
                Some(Scheme::Server(engine, scheme)) => match rest.strip_prefix("//") {
                    None => Err(DatabaseError::NoAuthority(scheme)),
                    Some(rest) => server::parse(engine, scheme, rest).map(Database::Server),
                },
            },
        }
    }

    /// The same with its files seen from a folder: those of a configuration file are seen from the file's.
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        match self {
            Database::Sqlite { path } => Database::Sqlite { path: folder.join(path) },
            Database::Server(server) => Database::Server(server.seen_from(folder)),
        }
    }
}

/// The scheme and what follows its colon, when the text is a URL.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(':')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    // `file:` is SQLite's own way to write a path, and must not be mistaken for one.
    let is_url = scheme_of(name).is_some() || name.eq_ignore_ascii_case("file") || rest.starts_with('/');
    (is_name && is_url).then_some((name, rest))
}

fn sqlite_path(path: OsString) -> Result<Database, DatabaseError> {
    let bytes = path.as_encoded_bytes();
    if bytes.is_empty() {
        return Err(DatabaseError::Empty);
    }
    if bytes == b":memory:" {
        return Err(DatabaseError::Memory);
    }
    if bytes == b"~" || bytes.starts_with(b"~/") {
        return Err(DatabaseError::Tilde);
    }
    if bytes.contains(&0) {
        return Err(DatabaseError::Nul);
    }
    Ok(Database::Sqlite { path: PathBuf::from(path) })
}

/// What follows `sqlite:`. Django's helpers count the slashes of an empty host: three are a relative path.
fn sqlite_url(rest: &str) -> Result<Database, DatabaseError> {
    // What follows `?` are options for Django's own connection.
    let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
    if rest.contains('#') {
        return Err(DatabaseError::Fragment);
    }
    let encoded = match rest.strip_prefix("//") {
        None => rest,
        Some("" | "/" | ":memory:") => return Err(DatabaseError::Memory),
        Some(rest) => rest.strip_prefix('/').ok_or(DatabaseError::SqliteHost)?,
    };
    sqlite_path(OsString::from_vec(percent_decode_str(encoded).collect()))
}

impl fmt::Display for Database {
    /// The path, or the URL with a mask in place of its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite { path } => write!(f, "{}", path.display()),
            Database::Server(server) => server.fmt(f),
        }
    }
}

/// What was typed for a database. It may hold a password, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseText(OsString);

impl DatabaseText {
    /// The text as it was typed.
    pub fn expose(&self) -> &OsStr {
        &self.0
    }
}

impl<T: Into<OsString>> From<T> for DatabaseText {
    fn from(text: T) -> Self {
        DatabaseText(text.into())
    }
}

impl fmt::Debug for DatabaseText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", mask_passwords(&self.0.to_string_lossy()))
    }
}

/// The text with a mask in place of the passwords of all URLs in it. For messages that quote what was typed where
/// nobody expected a URL; masks too much rather than too little when a line holds several.
pub fn mask_passwords(text: &str) -> Cow<'_, str> {
    if !text.contains([':', '=']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_inclusive('\n').map(mask_line).collect())
}

/// Where a URL's user may begin: behind `://`, or behind the name of a server's scheme where somebody forgot the
/// slashes.
fn start_of_user(line: &str) -> Option<usize> {
    line.find("://").map(|at| at + 3).or_else(|| {
        let lower = line.to_ascii_lowercase();
        let after = |name: &&str| lower.find(*name).map(|at| at + name.len());
        ["postgres:", "postgresql:", "mysql:", "mariadb:"].iter().filter_map(after).min()
    })
}

fn mask_line(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    if let Some(start) = start_of_user(line)
        && let Some(end) = line.rfind('@').filter(|end| *end > start)
        && let Some(colon) = line[start..end].find(':').map(|at| at + start)
    {
        masked.push_str(&line[..=colon]);
        masked.push_str(server::MASK);
        rest = &line[end..];
    }
    while let Some(at) = rest.find("password=").or_else(|| rest.find("passwd=")) {
        let value = at + rest[at..].find('=').unwrap_or(0) + 1;
        masked.push_str(&rest[..value]);
        masked.push_str(server::MASK);
        rest = rest[value..].trim_start_matches(|c: char| !matches!(c, '&' | '\'' | '"' | '`') && !c.is_whitespace());
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use proptest::prelude::*;

    use super::super::server::Server;
    use super::{Database, DatabaseError, DatabaseText, Engine, mask_passwords};

    fn parse(text: &str) -> Result<Database, DatabaseError> {
        Database::parse(OsStr::new(text))
    }

    #[test]
    fn paths_and_sqlite_urls() {
        for (text, path) in [
            ("db.sqlite3", "db.sqlite3"),
            ("/srv/park/db.sqlite3", "/srv/park/db.sqlite3"),
            ("./a:b.sqlite3", "./a:b.sqlite3"),
            ("a:b.sqlite3", "a:b.sqlite3"),
            ("dir/postgres://x", "dir/postgres://x"),
            ("100%25.sqlite3", "100%25.sqlite3"),
            ("a?b#c", "a?b#c"),
            (" ", " "),
            ("ñandú.db", "ñandú.db"),
            ("~user.db", "~user.db"),
            ("sqlite:db.sqlite3", "db.sqlite3"),
            ("sqlite:/srv/db.sqlite3", "/srv/db.sqlite3"),
            ("SQLite:///db.sqlite3", "db.sqlite3"),
            ("sqlite:///sub/db.sqlite3", "sub/db.sqlite3"),
            ("sqlite:////srv/park/db.sqlite3", "/srv/park/db.sqlite3"),
            ("sqlite:////srv/my%20park/100%25.db", "/srv/my park/100%.db"),
            ("sqlite:///a%23b%3Fc", "a#b?c"),
            ("sqlite:///50%.db", "50%.db"),
            ("sqlite:///db.sqlite3?timeout=20", "db.sqlite3"),
            ("sqlite:a:b", "a:b"),
        ] {
            assert_eq!(parse(text), Ok(Database::Sqlite { path: path.into() }), "{text}");
        }
    }

    #[test]
    fn what_is_no_database() {
        for (text, error) in [
            ("", DatabaseError::Empty),
            ("sqlite:", DatabaseError::Empty),
            (":memory:", DatabaseError::Memory),
            ("sqlite::memory:", DatabaseError::Memory),
            ("sqlite://:memory:", DatabaseError::Memory),
            ("sqlite:///:memory:", DatabaseError::Memory),
            ("sqlite://", DatabaseError::Memory),
            ("sqlite:///", DatabaseError::Memory),
            ("sqlite://db.sqlite3", DatabaseError::SqliteHost),
            ("sqlite:///a#b", DatabaseError::Fragment),
            ("sqlite:///a%00b", DatabaseError::Nul),
            ("~/db.sqlite3", DatabaseError::Tilde),
            ("sqlite:~/db.sqlite3", DatabaseError::Tilde),
            ("oracle://u:hunter2@db/park", DatabaseError::UnknownScheme("oracle".into())),
            ("postgress:/u:hunter2@db/park", DatabaseError::UnknownScheme("postgress".into())),
            ("file:db.sqlite3?mode=ro", DatabaseError::UnknownScheme("file".into())),
            ("postgres:park", DatabaseError::NoAuthority("postgres")),
            ("mariadb:/u:hunter2@db/park", DatabaseError::NoAuthority("mariadb")),
        ] {
            assert_eq!(parse(text), Err(error.clone()), "{text}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_path_need_not_be_utf8_but_a_url_must() {
        let path = OsStr::from_bytes(b"park\xff.sqlite3");
        assert_eq!(Database::parse(path), Ok(Database::Sqlite { path: path.into() }));
        let url = OsStr::from_bytes(b"postgres://u:hunter\xff2@db/park");
        assert_eq!(Database::parse(url), Err(DatabaseError::NotUtf8("text")));
    }

    #[test]
    fn files_of_a_configuration_are_seen_from_its_folder() {
        let from = |text| parse(text).unwrap().seen_from(Path::new("/etc/auditctl")).to_string();
        assert_eq!(from("park.db"), "/etc/auditctl/park.db");
        assert_eq!(from("/srv/park.db"), "/srv/park.db");
        assert_eq!(
            from("postgres://db/park?sslrootcert=ca.pem"),
            "postgres://db/park?sslrootcert=%2Fetc%2Fauditctl%2Fca.pem"
        );
    }

    #[test]
    fn passwords_are_masked_in_any_text() {
        for (text, masked) in [
            ("no such verb 'list'", "no such verb 'list'"),
            ("'postgres://u:hunter2@db/park'", "'postgres://u:***@db/park'"),
            ("'postgres://u:hu nter@2@db/park' found", "'postgres://u:***@db/park' found"),
            ("one\npostgres://u:hunter2@db/park\nthree", "one\npostgres://u:***@db/park\nthree"),
            ("postgres://db/park?user=u&password=hunter2&x=1", "postgres://db/park?user=u&password=***&x=1"),
            ("postgres://db:5432/park", "postgres://db:5432/park"),
            ("@ postgres://db:5432/park", "@ postgres://db:5432/park"),
            ("postgres:u:hunter2@db/park", "postgres:u:***@db/park"),
            ("'MySQL:/u:hunter2@db/park'", "'MySQL:/u:***@db/park'"),
            ("is it a:b@c?", "is it a:b@c?"),
        ] {
            assert_eq!(mask_passwords(text), masked);
        }
        let typed = DatabaseText::from("postgres://u:hunter2@db/park");
        assert_eq!(format!("{typed:?}"), "\"postgres://u:***@db/park\"");
        assert_eq!(typed.expose(), "postgres://u:hunter2@db/park");
    }

    fn part() -> impl Strategy<Value = String> {
        "[a-z:/?#@% &=ñ]{1,8}"
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(postgres://|sqlite:|mysql://)?\\PC{0,40}") {
            if let Ok(database) = parse(&text) {
                let _ = (database.to_string(), format!("{database:?}"));
            }
            let _ = mask_passwords(&text);
        }

        #[test]
        fn no_password_is_ever_shown(
            before in "[a-z/?#@%:]{0,6}", after in "[a-z/?#@%:]{0,6}", host in "[a-z]{1,5}(:[0-9a-z]{0,6})?", tail in "(/[a-z/?@#]{0,6})?",
        ) {
            // The password as a hurried person writes it: nothing escaped.
            let text = format!("postgres://u:{before}HUNTER{after}@{host}{tail}");
            match parse(&text) {
                Ok(database) => {
                    prop_assert!(!database.to_string().contains("HUNTER"), "{}", database);
                    let debug = format!("{:?}", database);
                    prop_assert!(!debug.contains("HUNTER"), "{}", debug);
                }
                Err(error) => prop_assert!(!error.to_string().contains("HUNTER"), "{}", error),
            }
            prop_assert!(!mask_passwords(&text).contains("HUNTER"));
        }

        #[test]
        fn what_is_shown_reads_back(user in part(), name in part(), host in "[a-z]{1,9}", port in proptest::option::of(1u16..)) {
            let server = Server { user: Some(user), port, host: Some(host), ..Server::new(Engine::Mysql, name) };
            let database = Database::Server(server);
            prop_assert_eq!(parse(&database.to_string()), Ok(database));
        }
    }
}
