//! What can be wrong with a question, each said in one sentence: what, which value, what to do.
//!
//! Knows no option's name but those of paging, where the options themselves contradict each other.

use super::ExpressionError;

/// A value that means nothing, or a question that contradicts itself. Its cause is always what the user typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No zone of that name.
    #[error(
        "there is no time zone '{given}': give an IANA name such as America/Costa_Rica, an offset such as -06:00, \
         'UTC' or 'machine'"
    )]
    UnknownZone {
        /// What was typed.
        given: String,
        /// A name that looks like it.
        suggestion: Option<String>,
    },
    /// Not a time, or one that doesn't exist.
    #[error("'{given}' is not a time: {why}")]
    Time {
        /// What was typed.
        given: String,
        /// What is wrong with it.
        why: String,
        /// A word that looks like it.
        suggestion: Option<String>,
    },
    /// An ordering by something that entries don't have.
    #[error(
        "there is no field '{given}' to order by: the fields are id, timestamp, action, model, record_id, details \
         and user, with '-' in front for descending"
    )]
    UnknownField {
        /// What was typed.
        given: String,
        /// A field that looks like it, with its sign.
        suggestion: Option<String>,
    },
    /// An ordering that names a field twice.
    #[error("the ordering '{given}' names {field} twice: leave one of them out")]
    RepeatedField {
        /// The whole ordering.
        given: String,
        /// The field's name.
        field: &'static str,
    },
    /// An ordering without a field between its commas.
    #[error("the ordering '{given}' lacks a field: write fields with commas between, such as -timestamp,id")]
    MissingField {
        /// The whole ordering.
        given: String,
    },
    /// Not a status, a class of statuses or a range.
    #[error("'{given}' is not a status: {why}")]
    Status {
        /// The part that is wrong.
        given: String,
        /// What is wrong with it.
        why: String,
    },
    /// A pattern for paths that is broken or can't match.
    #[error("'{given}' is not a pattern for paths: {why}")]
    Path {
        /// The pattern.
        given: String,
        /// What is wrong with it.
        why: String,
    },
    /// Not a user.
    #[error("'{given}' is not a user: {why}")]
    User {
        /// What was typed.
        given: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Not an HTTP method.
    #[error("'{given}' is not an HTTP method: write methods with commas between, such as POST,PUT")]
    Method {
        /// The part that is wrong.
        given: String,
    },
    /// Paging options that contradict each other or make no sense.
    #[error("{0}")]
    Paging(&'static str),
    /// A grouping by something that there isn't.
    #[error("there is nothing called '{given}' to group by: there are {names}")]
    UnknownPart {
        /// What was typed.
        given: String,
        /// What there is.
        names: String,
        /// A name that looks like it.
        suggestion: Option<String>,
    },
    /// A grouping by the instant.
    #[error("'{given}' is an instant, which hardly two have in common: group by hour, weekday, day, week or month")]
    TimePart {
        /// What was typed.
        given: String,
    },
    /// A grouping that names a part twice.
    #[error("the grouping '{given}' names {name} twice: leave one of them out")]
    RepeatedPart {
        /// The whole grouping.
        given: String,
        /// The part's name.
        name: String,
    },
    /// An expression that can't be read.
    #[error(transparent)]
    Expression(#[from] Box<ExpressionError>),
    /// A period that ends before it begins.
    #[error("nothing was written between '{since}' and '{until}': the first is the later of the two")]
    EmptyPeriod {
        /// Where it begins.
        since: String,
        /// Where it ends.
        until: String,
    },
}

/// How times may be written, one example of each.
const TIME_FORMS: &str = "times are written 2026-11-23, '2026-11-23 10:00', 2026-11-23T10:00:05.25-06:00, 10:00, now, \
                          today, 'yesterday 10:00', monday, 'last friday', 'last month', '2 days ago', -90m, -1h30m or \
                          @1732356000";

impl QueryError {
    /// A second line that helps, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            QueryError::UnknownZone { suggestion: Some(suggestion), .. }
            | QueryError::Time { suggestion: Some(suggestion), .. }
            | QueryError::UnknownPart { suggestion: Some(suggestion), .. }
            | QueryError::UnknownField { suggestion: Some(suggestion), .. } => {
                Some(format!("did you mean '{suggestion}'?"))
            }
            QueryError::Expression(error) => error.hint.clone(),
            QueryError::Time { .. } => Some(TIME_FORMS.to_owned()),
            QueryError::Status { .. } => {
                Some("statuses are written 404, 4xx or 400..499, several with commas".to_owned())
            }
            QueryError::Path { .. } => Some(
                "'*' stands for anything but a slash, '**' for anything, '?' for one character, [abc] for one of these, \
                 and a backslash before any of them for itself"
                    .to_owned(),
            ),
            QueryError::User { .. } => {
                Some("users are written 5 (an id), ana (a name), name:5 (a name of digits) or none".to_owned())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_goes_before_the_list_of_forms() {
        let with = |suggestion| QueryError::Time { given: "yesteday".into(), why: "no".into(), suggestion };
        assert_eq!(with(Some("yesterday".into())).hint().as_deref(), Some("did you mean 'yesterday'?"));
        assert_eq!(with(None).hint().as_deref(), Some(TIME_FORMS));
    }
}
