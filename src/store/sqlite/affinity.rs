//! The affinity that a column's declared type gives it (<https://www.sqlite.org/datatype3.html>, section 3.1).

/// What a column prefers to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affinity {
    /// Integers; whole reals become some.
    Integer,
    /// Text; numbers become some.
    Text,
    /// Whatever it is given.
    Blob,
    /// Reals; integers become some.
    Real,
    /// Numbers; text that looks like one becomes one.
    Numeric,
}

impl Affinity {
    /// The affinity of a declared type: the rules in SQLite's own order.
    pub fn of(declared_type: &str) -> Self {
        let upper = declared_type.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| upper.contains(word));
        if has(&["INT"]) {
            Affinity::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Affinity::Text
        } else if upper.is_empty() || has(&["BLOB"]) {
            Affinity::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Affinity::Real
        } else {
            Affinity::Numeric
        }
    }
}
