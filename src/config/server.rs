//! Databases of servers: what a `postgres://` or `mysql://` URL says, and its printing without the password.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::database::DatabaseError;
use crate::query::closest;

/// What stands for a password wherever a URL is shown.
pub(super) const MASK: &str = "***";

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The kind of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
}

impl Engine {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Postgres => "PostgreSQL",
            Engine::Mysql => "MySQL",
        }
    }

    fn scheme(self) -> &'static str {
        match self {
            Engine::Postgres => "postgres",
            Engine::Mysql => "mysql",
        }
    }
}

/// How far a connection is encrypted and the server checked, in libpq's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    /// Not encrypted.
    Disable,
    /// Encrypted only when the server insists.
    Allow,
    /// Encrypted when the server can.
    Prefer,
    /// Encrypted or not at all; the server is not checked.
    Require,
    /// As before, and the server's certificate has a known authority.
    VerifyCa,
    /// As before, and the certificate is for this host.
    VerifyFull,
}

impl SslMode {
    /// Libpq's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            SslMode::Disable => "disable",
            SslMode::Allow => "allow",
            SslMode::Prefer => "prefer",
            SslMode::Require => "require",
            SslMode::VerifyCa => "verify-ca",
            SslMode::VerifyFull => "verify-full",
        }
    }

    /// Reads libpq's words and those of MySQL's client.
    fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "disable" | "disabled" => SslMode::Disable,
            "allow" => SslMode::Allow,
            "prefer" | "preferred" => SslMode::Prefer,
            "require" | "required" => SslMode::Require,
            "verify-ca" | "verify_ca" => SslMode::VerifyCa,
            "verify-full" | "verify_identity" => SslMode::VerifyFull,
            _ => return None,
        })
    }
}

/// A password, which neither `Debug` nor `Display` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes a password into custody.
    pub fn new(password: impl Into<String>) -> Self {
        Password(password.into())
    }

    /// The password itself, for the server alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// A database of a server. What the URL leaves out is for the engine's own defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The kind of the server.
    pub engine: Engine,
    /// A host name, an address, or the absolute path of a socket or its folder.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The user to connect as.
    pub user: Option<String>,
    /// The password, where the URL holds one.
    pub password: Option<Password>,
    /// The name of the database.
    pub name: String,
    /// `sslmode`
    pub sslmode: Option<SslMode>,
    /// `sslrootcert`: the file of authorities to trust; `system` stands for the machine's.
    pub sslrootcert: Option<PathBuf>,
    /// Names of parameters that mean nothing here: options for Django's own connection.
    pub ignored: Vec<String>,
}

impl Server {
    /// A database of which nothing but the name is said.
    pub fn new(engine: Engine, name: impl Into<String>) -> Self {
        Server {
            engine,
            host: None,
            port: None,
            user: None,
            password: None,
            name: name.into(),
            sslmode: None,
            sslrootcert: None,
            ignored: Vec::new(),
        }
    }

    pub(super) fn seen_from(mut self, folder: &Path) -> Self {
        if let Some(file) = self.sslrootcert.take() {
            self.sslrootcert = Some(if file.as_os_str() == "system" { file } else { folder.join(file) });
        }
        self
    }

    fn parameter(&mut self, key: &str, value: String) -> Result<(), DatabaseError> {
        match key {
            "sslmode" | "ssl-mode" | "ssl_mode" => {
                self.sslmode = Some(SslMode::parse(&value).ok_or(DatabaseError::SslMode(value))?);
            }
            "sslrootcert" | "ssl-ca" | "ssl_ca" => self.sslrootcert = Some(PathBuf::from(value)),
            "host" | "unix_socket" => self.host = Some(value),
            "port" => self.port = Some(port(&value)?),
            "user" => self.user = Some(value),
            "password" | "passwd" => self.password = Some(Password(value)),
            "dbname" => self.name = value,
            // A slip here would leave the connection less protected than its owner believes.
            _ if key.to_ascii_lowercase().starts_with("ssl") || closest(key, ["sslmode", "sslrootcert"]).is_some() => {
                return Err(DatabaseError::SslParameter(key.to_owned()));
            }
            _ => self.ignored.push(key.to_owned()),
        }
        Ok(())
    }
}

/// Reads what follows `postgres://`. No part of it is quoted in an error before it is known not to be the password's.
pub(super) fn parse(engine: Engine, scheme: &'static str, rest: &str) -> Result<Server, DatabaseError> {
    let (before_query, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, name) = before_query.split_once('/').unwrap_or((before_query, ""));
    // A raw `/` or `?` in a password ends the authority too soon, and its `@` turns up behind.
    if name.contains(['@', '/']) || query.contains('@') {
        return Err(DatabaseError::Unescaped);
    }
    let (credentials, address) = match authority.rsplit_once('@') {
        Some((credentials, address)) => (Some(credentials), address),
        None => (None, authority),
    };
    let mut server = Server::new(engine, decode(name, "database name")?);
    if let Some(credentials) = credentials {
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (credentials, None),
        };
        server.user = Some(decode(user, "user")?).filter(|user| !user.is_empty());
        server.password = password
            .map(|password| decode(password, "password"))
            .transpose()?
            .filter(|password| !password.is_empty())
            .map(Password);
    }
    let (host, number) = split_address(address);
    if let Some(number) = number.filter(|number| !number.is_empty()) {
        server.port = Some(port(number)?);
    }
    server.host = Some(decode(host, "host")?).filter(|host| !host.is_empty());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        server.parameter(&decode(key, "parameter")?, decode(value, "parameter")?)?;
    }
    if server.host.as_deref().is_some_and(|host| host.contains(',')) {
        return Err(DatabaseError::SeveralHosts);
    }
    if server.name.is_empty() {
        return Err(DatabaseError::NoName(scheme));
    }
    Ok(server)
}

/// Host and port; an IPv6 address stands in brackets, which are not part of it.
fn split_address(address: &str) -> (&str, Option<&str>) {
    if let Some((host, after)) = address.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        return (host, after.strip_prefix(':'));
    }
    match address.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (address, None),
    }
}

fn port(text: &str) -> Result<u16, DatabaseError> {
    text.parse().ok().filter(|port| *port > 0).ok_or(DatabaseError::Port)
}

fn decode(text: &str, part: &'static str) -> Result<String, DatabaseError> {
    let text = percent_decode_str(text).decode_utf8().map(Cow::into_owned);
    text.map_err(|_| DatabaseError::NotUtf8(part))
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |text| utf8_percent_encode(text, ESCAPED);
        write!(f, "{}://", self.engine.scheme())?;
        if self.user.is_some() || self.password.is_some() {
            write!(f, "{}", escaped(self.user.as_deref().unwrap_or_default()))?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            f.write_str("@")?;
        }
        match self.host.as_deref() {
            Some(host) if host.contains(':') => write!(f, "[{host}]")?,
            host => write!(f, "{}", escaped(host.unwrap_or_default()))?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", escaped(&self.name))?;
        let mut separator = '?';
        if let Some(mode) = self.sslmode {
            write!(f, "{separator}sslmode={}", mode.as_str())?;
            separator = '&';
        }
        if let Some(file) = &self.sslrootcert {
            write!(f, "{separator}sslrootcert={}", escaped(&file.to_string_lossy()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::super::{Database, DatabaseError};
    use super::{Engine, Password, Server, SslMode};

    fn parse(text: &str) -> Result<Server, DatabaseError> {
        match Database::parse(OsStr::new(text))? {
            Database::Server(server) => Ok(server),
            Database::Sqlite { path } => panic!("{text} is the path {path:?}"),
        }
    }

    fn park(engine: Engine) -> Server {
        Server { host: Some("db".into()), ..Server::new(engine, "park") }
    }

    #[test]
    fn urls_of_servers() {
        let postgres = || park(Engine::Postgres);
        let with_user = || Server { user: Some("auditor".into()), ..postgres() };
        let with_password = |password: &str| Server { password: Some(Password(password.into())), ..with_user() };
        for (text, expected) in [
            ("postgres://db/park", postgres()),
            ("postgresql://db/park", postgres()),
            ("PostgreSQL://db/park", postgres()),
            ("mysql://db/park", park(Engine::Mysql)),
            ("mariadb://db/park", park(Engine::Mysql)),
            ("postgres://auditor@db/park", with_user()),
            ("postgres://auditor:@db/park", with_user()),
            ("postgres://auditor:hunter2@db/park", with_password("hunter2")),
            ("postgres://auditor:p%40ss%2Fw%3A%25@db/park", with_password("p@ss/w:%")),
            ("postgres://auditor:p@ss:w#d@db/park", with_password("p@ss:w#d")),
            ("postgres://db/park?user=auditor&password=a%26b", with_password("a&b")),
            ("postgres://db:5433/park", Server { port: Some(5433), ..postgres() }),
            ("postgres://db:/park", postgres()),
            ("postgres://[::1]:5433/park", Server { host: Some("::1".into()), port: Some(5433), ..postgres() }),
            ("postgres:///park", Server { host: None, ..postgres() }),
            ("postgres:///park?host=/run/postgresql", Server { host: Some("/run/postgresql".into()), ..postgres() }),
            ("postgres://%2Frun%2Fpostgresql/park", Server { host: Some("/run/postgresql".into()), ..postgres() }),
            ("postgres://db/my%20park", Server { name: "my park".into(), ..postgres() }),
            (
                "postgres://db/park?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
                Server { sslmode: Some(SslMode::VerifyFull), sslrootcert: Some("/etc/ca.pem".into()), ..postgres() },
            ),
            ("mysql://db/park?ssl-mode=REQUIRED", Server { sslmode: Some(SslMode::Require), ..park(Engine::Mysql) }),
            (
                "mysql://db/park?charset=utf8mb4&conn_max_age=600",
                Server { ignored: vec!["charset".into(), "conn_max_age".into()], ..park(Engine::Mysql) },
            ),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn urls_that_say_something_else_than_meant() {
        for (text, error) in [
            ("postgres://", DatabaseError::NoName("postgres")),
            ("mariadb://db", DatabaseError::NoName("mariadb")),
            ("postgres://db/", DatabaseError::NoName("postgres")),
            ("postgres://db:five/park", DatabaseError::Port),
            ("postgres://db:0/park", DatabaseError::Port),
            ("postgres://db:65536/park", DatabaseError::Port),
            ("postgres://u:hunt/er2@db/park", DatabaseError::Unescaped),
            ("postgres://u:hunt?er2@db/park", DatabaseError::Unescaped),
            ("postgres://u:h@unt/er2@db/park", DatabaseError::Unescaped),
            ("postgres://u:5?sslmode=hunter2@db/park", DatabaseError::Unescaped),
            ("postgres://a,b/park", DatabaseError::SeveralHosts),
            ("postgres://u:%ff@db/park", DatabaseError::NotUtf8("password")),
            ("postgres://db/park?sslmode=always", DatabaseError::SslMode("always".into())),
            ("postgres://db/park?sslmod=require", DatabaseError::SslParameter("sslmod".into())),
            ("postgres://db/park?ssl=true", DatabaseError::SslParameter("ssl".into())),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn shown_without_the_password() {
        for (text, shown) in [
            ("postgresql://auditor:hunter2@db:5433/park", "postgres://auditor:***@db:5433/park"),
            ("postgres://:hunter2@db/park", "postgres://:***@db/park"),
            ("mariadb://a%40b@db/my%20park", "mysql://a%40b@db/my%20park"),
            ("postgres://[::1]/park?sslmode=require", "postgres://[::1]/park?sslmode=require"),
            ("postgres:///park?host=/run&password=hunter2", "postgres://:***@%2Frun/park"),
        ] {
            let server = parse(text).unwrap();
            assert_eq!(server.to_string(), shown);
            let debug = format!("{server:?}");
            assert!(!debug.contains("hunter2"), "{debug}");
        }
        assert_eq!(format!("{:?} {0}", Password::new("hunter2")), "*** ***");
    }
}
