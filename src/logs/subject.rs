//! A log record as the subject of an expression.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use chrono::{DateTime, Utc};

use super::clock::Clock;
use super::json::{self, Scalar, scalar};
use super::record::Record;
use crate::query::{FieldPath, Looked, Step, Subject};

/// A record that is asked by names.
#[derive(Debug)]
pub struct Asked<'r, 't> {
    record: &'r Record<'t>,
    clock: RefCell<&'r mut Clock>,
    instant: OnceCell<Option<DateTime<Utc>>>,
    model: OnceCell<Option<Cow<'t, str>>>,
}

impl<'r, 't> Asked<'r, 't> {
    /// A record; the clock reads its stamp.
    pub fn new(record: &'r Record<'t>, clock: &'r mut Clock) -> Self {
        Asked { record, clock: RefCell::new(clock), instant: OnceCell::new(), model: OnceCell::new() }
    }

    fn member(&self, key: &str) -> Option<&'t str> {
        self.record.event().and_then(|event| event.get(key))
    }

    fn integer(&self, key: &str) -> Option<i64> {
        match scalar(self.member(key)?) {
            Scalar::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

impl Subject for Asked<'_, '_> {
    fn user(&self) -> Option<i64> {
        self.integer("user_id")
    }

    fn is_anonymous(&self) -> bool {
        ["user_id", "user_email"].iter().all(|key| self.member(key).is_none_or(|value| value == "null"))
    }

    fn timestamp(&self) -> Option<DateTime<Utc>> {
        *self.instant.get_or_init(|| self.record.instant(&mut self.clock.borrow_mut()))
    }

    fn action(&self) -> Option<&[u8]> {
        None
    }

    fn model(&self) -> Option<&[u8]> {
        let read = || match scalar(self.member("model")?) {
            Scalar::Text(text) => Some(text),
            _ => None,
        };
        self.model.get_or_init(read).as_ref().map(|model| model.as_bytes())
    }

    fn record_id(&self) -> Option<i64> {
        self.integer("instance_id")
    }

    fn details(&self) -> Option<&[u8]> {
        Some(self.record.body().as_bytes())
    }

    fn status(&self) -> Option<u16> {
        None
    }

    fn lookup(&self, path: &FieldPath) -> Looked<'_> {
        let count = |n: u64| i64::try_from(n).map_or(Looked::Other, Looked::Integer);
        let event = || self.record.event().map(|event| event.text);
        let (value, steps) = match path.name() {
            "timestamp" => return self.timestamp().map_or(Looked::Nothing, Looked::Time),
            "logger" => return text(self.record.logger()),
            "level" => return text(self.record.level()),
            "module" => return text(self.record.module()),
            "function" => return text(self.record.function()),
            "line" => return self.record.line().map_or(Looked::Nothing, Looked::Integer),
            "message" => return text(Some(self.record.message())),
            "file" => return text(Some(Cow::Borrowed(self.record.file))),
            "line_number" => return count(self.record.line_number),
            "offset" => return count(self.record.offset),
            "decoded" => return text(Some(Cow::Borrowed(self.record.decoded()))),
            "event" => (event(), path.steps()),
            "user" => (self.member("user_email"), path.steps()),
            name => (self.member(name), path.steps()),
        };
        value.map_or(Looked::Nothing, |value| looked(value, steps))
    }
}

fn text(text: Option<Cow<'_, str>>) -> Looked<'_> {
    match text {
        None => Looked::Nothing,
        Some(Cow::Borrowed(text)) => Looked::Text(Cow::Borrowed(text.as_bytes())),
        Some(Cow::Owned(text)) => Looked::Text(Cow::Owned(text.into_bytes())),
    }
}

/// What stands in a value behind these steps.
fn looked<'t>(value: &'t str, steps: &[Step]) -> Looked<'t> {
    let Some(value) = steps.iter().try_fold(value, |value, step| json::descend(value, step.key(), step.index())) else {
        return Looked::Nothing;
    };
    match scalar(value) {
        Scalar::Null => Looked::Nothing,
        Scalar::Bool(is_true) => Looked::Bool(is_true),
        Scalar::Number(digits) => Looked::Number(Cow::Borrowed(digits)),
        Scalar::Text(found) => text(Some(found)),
        // A float that JSON has no number for is its name.
        Scalar::Other if value.starts_with(['N', 'I', '-']) => Looked::Text(Cow::Borrowed(value.as_bytes())),
        Scalar::Other => Looked::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::grammar::begins;
    use crate::query::{Filter, Language, RECORD, Zone};

    const RECORD_TEXT: &str = "2026-11-23 03:09:54 - purchase_audit - WARNING - audit - log_event:47 - AUDIT: {\"event_type\": \"UPDATE\", \"model\": \"PurchaseOrders\", \"instance_id\": 9, \"user_id\": 5, \"user_email\": \"ana@ex.com\", \"changes\": {\"status\": {\"from\": \"PENDING\", \"to\": \"PAID\"}, \"total_price\": {\"to\": 1500.50}}, \"tags\": [\"a\", null]}";

    #[test]
    fn expressions_on_a_record() {
        let form = begins(RECORD_TEXT.as_bytes(), None).unwrap();
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        for (text, holds) in [
            ("changes.status.to = PAID and model = purchaseorders", true),
            ("event_type in (CREATE, UPDATE)", true),
            ("event_type = update", false),
            ("changes.total_price.to = 1500.5", true),
            ("changes.total_price.to > 2000", false),
            ("level >= WARNING", true),
            ("level = ERROR", false),
            ("line = 47 and function ~ LOG", true),
            ("user = 5", true),
            ("user = ana@ex.com", true),
            ("user_email =~ '^ana@'", true),
            ("tags.0 = a and tags.1 is null", true),
            ("nothing.of.this is null", true),
            ("timestamp < '2026-11-23 03:09:55' and not timestamp < '2026-11-23 03:09:54'", true),
            ("message ~ 'audit: {' and file = audit.log and offset = 7", true),
        ] {
            let filter = Filter::parse(text, Language { vocabulary: &RECORD, now, zone: &Zone::UTC }).unwrap();
            let record = Record::new(RECORD_TEXT, form, "audit.log", 1, 7);
            let mut clock = Clock::new(Zone::UTC, Zone::UTC);
            assert_eq!(filter.accepts(&Asked::new(&record, &mut clock)), holds, "{text}");
        }
    }
}
