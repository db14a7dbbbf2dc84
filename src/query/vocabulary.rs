//! Which names an expression may use, and what each stands for: those of an audit entry and those of a log record.

/// What a name stands for, which says how a word beside it is read and how it may be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An integer.
    Integer,
    /// Text, compared by its bytes.
    Text,
    /// The path of a request: text, and what patterns of paths match.
    Path,
    /// Text, compared without regard to ASCII case.
    Name,
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// A word of a scale, the lowest first.
    Level(&'static [&'static str]),
    /// When it was written.
    Time,
    /// The status of a response: `404`, `4xx`.
    Status,
    /// Who: an id, a name, or nobody.
    User,
    /// A value of any type and depth.
    Value,
}

/// The names that an expression may use.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    /// What it is about, in the plural, for messages.
    pub subject: &'static str,
    /// The names.
    pub names: &'static [(&'static str, Kind)],
    /// The name under which every other name is looked for, where there is one.
    pub open: Option<&'static str>,
}

impl Vocabulary {
    /// The name as it stands here, and its kind.
    pub fn find(&self, name: &str) -> Option<(&'static str, Kind)> {
        self.names.iter().copied().find(|(known, _)| *known == name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().map(|(name, _)| *name)
    }
}

/// What an audit entry is asked for.
pub const ENTRY: Vocabulary = Vocabulary {
    subject: "entries",
    names: &[
        ("id", Kind::Integer),
        ("timestamp", Kind::Time),
        ("user", Kind::User),
        ("user_id", Kind::Integer),
        ("username", Kind::Text),
        ("action", Kind::Text),
        ("method", Kind::Name),
        ("path", Kind::Path),
        ("model", Kind::Name),
        ("record_id", Kind::Integer),
        ("status", Kind::Status),
        ("details", Kind::Text),
        ("request", Kind::Value),
        ("response", Kind::Value),
        ("decoded", Kind::OneOf(&["certain", "ambiguous", "none"])),
    ],
    open: None,
};

/// The levels of Python's `logging`, the lowest first.
pub const LEVELS: &[&str] = &["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

/// What a log record is asked for; any other name is a path into its event. As `user`, a record answers with the text
/// that stands for its user, the e-mail address: ids are asked for by [`Test::User`](super::Test::User).
pub const RECORD: Vocabulary = Vocabulary {
    subject: "log records",
    names: &[
        ("timestamp", Kind::Time),
        ("logger", Kind::Text),
        ("level", Kind::Level(LEVELS)),
        ("module", Kind::Text),
        ("function", Kind::Text),
        ("line", Kind::Integer),
        ("message", Kind::Text),
        ("event_type", Kind::Text),
        ("model", Kind::Name),
        ("instance_id", Kind::Value),
        ("user", Kind::User),
        ("user_id", Kind::Value),
        ("user_email", Kind::Text),
        ("file", Kind::Text),
        ("line_number", Kind::Integer),
        ("offset", Kind::Integer),
        ("event", Kind::Value),
        ("decoded", Kind::OneOf(&["whole", "broken", "none"])),
    ],
    open: Some("event"),
};
