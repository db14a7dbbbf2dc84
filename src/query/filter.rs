//! The filter: one tree of tests over an entry.
//!
//! A tree has two readers. A store turns what it can into SQL and keeps the rest as a residual tree; [`Filter::accepts`]
//! tests one [`Subject`], exactly. Both agree on every subject: a test on something that is not there is false.

use chrono::{DateTime, Utc};

use super::{Field, FieldPath, FieldTest, Is, Literal, Looked, MethodSet, PathGlob, Relation, StatusSet};
use crate::audit::request_line;

/// A tree of tests.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of them; an empty list accepts everything.
    All(Vec<Filter>),
    /// At least one of them; an empty list accepts nothing.
    Any(Vec<Filter>),
    /// The opposite.
    Not(Box<Filter>),
    /// One test.
    Test(Test),
}

/// One test on one part of an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// The user is one of these ids, or there is none.
    User {
        /// The ids, ascending.
        ids: Vec<i64>,
        /// Whether an entry without user is accepted.
        or_none: bool,
    },
    /// The action contains this text, ASCII case folded.
    Action(Contains),
    /// The model is this, ASCII case folded.
    Model(String),
    /// The record's id.
    RecordId(i64),
    /// The request's method is one of these, ASCII case folded.
    Method(MethodSet),
    /// The request's path matches.
    Path(PathGlob),
    /// The response's status, where it is certain, is one of these.
    Status(StatusSet),
    /// The details contain this text, ASCII case folded.
    Details(Contains),
    /// Written at this instant or later.
    Since(DateTime<Utc>),
    /// Written before this instant.
    Until(DateTime<Utc>),
    /// A field by its name.
    Field(FieldTest),
}

/// What a filter can be asked about. Text is bytes, since a database may hold bytes that are not UTF-8.
pub trait Subject {
    /// The user's id.
    fn user(&self) -> Option<i64>;
    /// Whether nobody is named as the user, not even somebody who can't be one.
    fn is_anonymous(&self) -> bool {
        self.user().is_none()
    }
    /// When it was written.
    fn timestamp(&self) -> Option<DateTime<Utc>>;
    /// `created`, or `METHOD /path`.
    fn action(&self) -> Option<&[u8]>;
    /// The model.
    fn model(&self) -> Option<&[u8]>;
    /// The id of the record.
    fn record_id(&self) -> Option<i64>;
    /// The details.
    fn details(&self) -> Option<&[u8]>;
    /// The response's status, decoded.
    fn status(&self) -> Option<u16>;
    /// Whether the status may be one of these, as far as can be told without decoding.
    fn may_have_status(&self, _set: &StatusSet) -> bool {
        true
    }
    /// What stands in the field of this name, behind these steps; nothing where the subject has no such field. Agrees
    /// with the answers above where it is asked for the same.
    fn lookup(&self, path: &FieldPath) -> Looked<'_>;
}

impl Filter {
    /// The ids above one, or from the first on, and up to another, which is included.
    pub fn ids(after: Option<i64>, through: i64) -> Self {
        let id = |relation, id: i64| {
            let is = Is::Ordered(relation, Literal::Number(id.to_string().into()));
            Filter::Test(Test::Field(FieldTest { path: FieldPath::new(Field::Id.name()), is, folds: false }))
        };
        let above = after.map(|after| id(Relation::Greater, after));
        Filter::All(above.into_iter().chain([id(Relation::AtMost, through)]).collect())
    }

    /// Accepts everything.
    pub fn everything() -> Self {
        Filter::All(Vec::new())
    }

    /// Whether it accepts everything for the reason that it asks nothing.
    pub fn is_everything(&self) -> bool {
        matches!(self, Filter::All(all) if all.iter().all(Filter::is_everything))
    }

    /// Whether the subject passes.
    pub fn accepts(&self, subject: &impl Subject) -> bool {
        match self {
            Filter::All(filters) => filters.iter().all(|f| f.accepts(subject)),
            Filter::Any(filters) => filters.iter().any(|f| f.accepts(subject)),
            Filter::Not(filter) => !filter.accepts(subject),
            Filter::Test(test) => test.accepts(subject),
        }
    }

    /// Every test in the tree.
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Filter::All(filters) | Filter::Any(filters) => filters.iter().flat_map(Filter::tests).collect(),
            Filter::Not(filter) => filter.tests(),
            Filter::Test(test) => vec![test],
        }
    }
}

impl Test {
    fn accepts(&self, subject: &impl Subject) -> bool {
        match self {
            Test::User { ids, or_none } => {
                subject.user().is_some_and(|id| ids.binary_search(&id).is_ok()) || (*or_none && subject.is_anonymous())
            }
            Test::Action(text) => subject.action().is_some_and(|action| text.is_in(action)),
            Test::Model(name) => subject.model().is_some_and(|model| model.eq_ignore_ascii_case(name.as_bytes())),
            Test::RecordId(id) => subject.record_id() == Some(*id),
            Test::Method(methods) => request(subject).is_some_and(|(method, _)| methods.contains(method)),
            Test::Path(glob) => request(subject).is_some_and(|(_, path)| glob.matches(path)),
            Test::Status(set) => {
                subject.may_have_status(set) && subject.status().is_some_and(|status| set.contains(status))
            }
            Test::Details(text) => subject.details().is_some_and(|details| text.is_in(details)),
            Test::Since(since) => subject.timestamp().is_some_and(|at| at >= *since),
            Test::Until(until) => subject.timestamp().is_some_and(|at| at < *until),
            Test::Field(test) => test.accepts(&subject.lookup(&test.path)),
        }
    }
}

fn request<S: Subject>(subject: &S) -> Option<(&str, &str)> {
    subject.action().and_then(|action| std::str::from_utf8(action).ok()).and_then(request_line)
}

/// A text to look for in others, ASCII case folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contains {
    /// In lower case.
    needle: Vec<u8>,
    /// Where in the needle its rarest byte stands.
    rarest: usize,
}

impl Contains {
    /// Looks for this text.
    pub fn new(text: &str) -> Self {
        let needle = text.to_ascii_lowercase().into_bytes();
        let rarest = (0..needle.len()).min_by_key(|&i| commonness(needle[i])).unwrap_or(0);
        Contains { needle, rarest }
    }

    /// The text, in lower case.
    pub fn as_str(&self) -> &str {
        // It was text, and folding ASCII letters leaves it text.
        std::str::from_utf8(&self.needle).unwrap_or_default()
    }

    /// Whether `text` contains it. Everything contains the empty text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.find(text).is_some()
    }

    /// Where `text` contains it first.
    pub fn find(&self, text: &[u8]) -> Option<usize> {
        let Some(&rare) = self.needle.get(self.rarest) else {
            return Some(0);
        };
        let (before, after) = (self.rarest, self.needle.len() - self.rarest - 1);
        if text.len() < self.needle.len() {
            return None;
        }
        // Only positions where the whole needle fits around the rare byte.
        let window = &text[before..text.len() - after];
        let fits = |at: &usize| text[*at..*at + self.needle.len()].eq_ignore_ascii_case(&self.needle);
        if rare.is_ascii_lowercase() {
            memchr::memchr2_iter(rare, rare.to_ascii_uppercase(), window).find(fits)
        } else {
            memchr::memchr_iter(rare, window).find(fits)
        }
    }
}

/// How often a byte stands in what the service writes: Python literals, paths, English and Spanish words.
fn commonness(byte: u8) -> usize {
    // From the most to the least frequent in a few thousand entries of the service; what is not here is rare.
    const COMMON: &[u8] = b" ':,eatrsdnop{}i_c0l1u-2m35b/[]4h6978.yfvgxqkwjz\"()=T@";
    COMMON.iter().position(|&b| b == byte).map_or(0, |place| COMMON.len() - place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Is, Literal};
    use super::*;

    struct Row(&'static str, &'static str, Option<i64>);

    impl Subject for Row {
        fn user(&self) -> Option<i64> {
            self.2
        }
        fn timestamp(&self) -> Option<DateTime<Utc>> {
            None
        }
        fn action(&self) -> Option<&[u8]> {
            Some(self.0.as_bytes())
        }
        fn model(&self) -> Option<&[u8]> {
            Some(self.1.as_bytes())
        }
        fn record_id(&self) -> Option<i64> {
            None
        }
        fn details(&self) -> Option<&[u8]> {
            None
        }
        fn status(&self) -> Option<u16> {
            None
        }
        fn lookup(&self, path: &FieldPath) -> Looked<'_> {
            match path.name() {
                "action" => Looked::text(self.action()),
                "user_id" => self.user().map_or(Looked::Nothing, Looked::Integer),
                _ => Looked::Nothing,
            }
        }
    }

    #[test]
    fn tests_on_an_entry() {
        let user = |ids: &[i64], or_none| Filter::Test(Test::User { ids: ids.to_vec(), or_none });
        let action = |text| Filter::Test(Test::Action(Contains::new(text)));
        let method = |list: &str| Filter::Test(Test::Method(MethodSet::parse(list).unwrap()));
        let field = |name, is| Filter::Test(Test::Field(FieldTest { path: FieldPath::new(name), is, folds: false }));
        let post = Row("POST /api/Ñandú/", "API Request", Some(5));
        let signal = Row("created", "PurchaseOrders", None);
        for (filter, on_post, on_signal) in [
            (Filter::everything(), true, true),
            (Filter::Any(vec![]), false, false),
            (user(&[5, 7], false), true, false),
            (user(&[7], true), false, true),
            (user(&[], false), false, false),
            (Filter::Not(Box::new(user(&[5], false))), false, true),
            (action("post /API"), true, false),
            // Only ASCII is folded: Ñ is not ñ.
            (action("ñandú"), false, false),
            (action("Ñandú"), true, false),
            (action(""), true, true),
            (Filter::Test(Test::Model("purchaseorders".into())), false, true),
            (Filter::Test(Test::Model("purchase".into())), false, false),
            (method("put,post"), true, false),
            (method("POS"), false, false),
            (field("user_id", Is::Present), true, false),
            (field("action", Is::NotIn(vec![Literal::Text("created".into())])), true, false),
            // What is not there passes no test, and so passes its opposite.
            (field("user_id", Is::NotIn(vec![Literal::Number("7".into())])), true, false),
            (Filter::Not(Box::new(field("user_id", Is::In(vec![Literal::Number("5".into())])))), false, true),
            (Filter::Test(Test::Since(DateTime::UNIX_EPOCH)), false, false),
            (Filter::Not(Box::new(Filter::Test(Test::RecordId(1)))), true, true),
            (Filter::Any(vec![user(&[5], false), action("CREATED")]), true, true),
            (Filter::All(vec![user(&[5], false), action("CREATED")]), false, false),
        ] {
            assert_eq!((filter.accepts(&post), filter.accepts(&signal)), (on_post, on_signal), "{filter:?}");
        }
    }

    proptest! {
        #[test]
        fn contains_is_what_folding_both_would_say(text in "[ab'eE\\x00Zz{ñ]{0,40}", needle in "[abeEzZ'ñ]{0,4}") {
            let plain = text.to_ascii_lowercase().contains(&needle.to_ascii_lowercase());
            prop_assert_eq!(Contains::new(&needle).is_in(text.as_bytes()), plain);
        }
    }
}
