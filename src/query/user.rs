//! Whose entries: `5`, `ana`, `name:5`, `none`. Whether such a user exists is the database's to say.

use super::QueryError;

/// A user as the operator named it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UserSpec {
    /// By id.
    Id(i64),
    /// By name, exactly as stored.
    Name(String),
    /// Nobody: requests without a user.
    Anonymous,
}

impl UserSpec {
    /// Reads an id when it is all digits, `none`, `name:…` for a name that would read as one of these, else a name.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let wrong = |why| QueryError::User { given: text.to_owned(), why };
        if let Some(name) = text.strip_prefix("name:") {
            return match name {
                "" => Err(wrong("a name must follow 'name:'")),
                name => Ok(UserSpec::Name(name.to_owned())),
            };
        }
        if text.trim().is_empty() {
            return Err(wrong("it is empty; 'none' stands for requests without a user"));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            let id = text.parse().map_err(|_| wrong("ids go to 9223372036854775807; a name of digits is 'name:…'"))?;
            return Ok(UserSpec::Id(id));
        }
        Ok(if text == "none" { UserSpec::Anonymous } else { UserSpec::Name(text.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ids_names_and_nobody() {
        let name = |name: &str| UserSpec::Name(name.to_owned());
        for (text, expected) in [
            ("5", UserSpec::Id(5)),
            ("0", UserSpec::Id(0)),
            ("007", UserSpec::Id(7)),
            ("9223372036854775807", UserSpec::Id(i64::MAX)),
            ("name:5", name("5")),
            ("name:none", name("none")),
            ("name:name:x", name("name:x")),
            ("none", UserSpec::Anonymous),
            ("None", name("None")),
            ("ana", name("ana")),
            ("ana.ñandú@ex.com", name("ana.ñandú@ex.com")),
            ("-5", name("-5")),
            ("5a", name("5a")),
            ("٥", name("٥")),
        ] {
            assert_eq!(UserSpec::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_nothing_and_too_much() {
        for (text, needle) in [("", "empty"), (" ", "empty"), ("name:", "follow"), ("9223372036854775808", "ids go to")]
        {
            let message = UserSpec::parse(text).unwrap_err().to_string();
            assert!(message.contains(needle) && message.contains(&format!("'{text}'")), "{message}");
        }
    }
}
