//! Which records are asked for, and by which bytes those can be found.

use chrono::{DateTime, Utc};

use super::clock::Clock;
use super::json::{Scalar, scalar};
use super::level::LevelSet;
use super::needle::Needles;
use super::record::Record;
use super::subject::Asked;
use crate::query::{Contains, Filter, Test};

/// A user as records name one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// By id.
    Id(i64),
    /// By e-mail address.
    Email(String),
    /// Nobody.
    Nobody,
}

/// What must hold of a record: all that is given.
#[derive(Clone, Debug, Default)]
pub struct RecordFilter {
    /// One of these users.
    pub users: Vec<Who>,
    /// Its event is about this model, ASCII case folded.
    pub model: Option<String>,
    /// Its event is about an object with one of these keys.
    pub record_ids: Vec<String>,
    /// Its event is one of these.
    pub events: Vec<String>,
    /// Its level.
    pub levels: Option<LevelSet>,
    /// Its logger is one of these.
    pub loggers: Vec<String>,
    /// Its text contains this, ASCII case folded.
    pub search: Option<Contains>,
    /// The text of that, to find it by.
    pub search_text: Option<String>,
    /// Logged at this instant or later.
    pub since: Option<DateTime<Utc>>,
    /// Logged before this instant.
    pub until: Option<DateTime<Utc>>,
    /// This holds of it.
    pub expression: Option<Filter>,
}

impl RecordFilter {
    /// Whether it asks nothing.
    pub fn is_everything(&self) -> bool {
        !self.asks_event()
            && self.levels.is_none()
            && self.loggers.is_empty()
            && self.search.is_none()
            && self.since.is_none()
            && self.until.is_none()
            && self.expression.is_none()
    }

    fn asks_event(&self) -> bool {
        !self.users.is_empty() || self.model.is_some() || !self.record_ids.is_empty() || !self.events.is_empty()
    }

    /// Whether the record passes.
    pub fn accepts(&self, record: &Record<'_>, clock: &mut Clock) -> bool {
        let level = || record.level().unwrap_or_default();
        if self.levels.as_ref().is_some_and(|levels| !levels.contains(&level())) {
            return false;
        }
        if !self.loggers.is_empty() && record.logger().is_none_or(|logger| !self.loggers.iter().any(|l| *l == logger)) {
            return false;
        }
        if self.search.as_ref().is_some_and(|text| !text.is_in(record.body().as_bytes())) {
            return false;
        }
        if self.since.is_some() || self.until.is_some() {
            let Some(at) = record.instant(clock) else { return false };
            if self.since.is_some_and(|since| at < since) || self.until.is_some_and(|until| at >= until) {
                return false;
            }
        }
        if self.asks_event() && !self.accepts_event(record) {
            return false;
        }
        self.expression.as_ref().is_none_or(|expression| expression.accepts(&Asked::new(record, clock)))
    }

    fn accepts_event(&self, record: &Record<'_>) -> bool {
        let event = record.event();
        let member = |key: &str| event.and_then(|event| event.get(key)).map_or(Scalar::Null, scalar);
        if !self.users.is_empty() {
            let (id, email) = (member("user_id"), member("user_email"));
            let is_user = |who: &Who| match who {
                Who::Id(wanted) => match &id {
                    Scalar::Number(digits) => digits.parse() == Ok(*wanted),
                    Scalar::Text(digits) => digits.parse() == Ok(*wanted),
                    _ => false,
                },
                Who::Email(wanted) => matches!(&email, Scalar::Text(email) if email == wanted),
                Who::Nobody => id == Scalar::Null && email == Scalar::Null,
            };
            if !self.users.iter().any(is_user) {
                return false;
            }
        }
        if let Some(wanted) = &self.model
            && !matches!(member("model"), Scalar::Text(model) if model.eq_ignore_ascii_case(wanted))
        {
            return false;
        }
        if !self.record_ids.is_empty() {
            let is_it = match member("instance_id") {
                Scalar::Number(digits) => self.record_ids.iter().any(|id| id == digits),
                Scalar::Text(text) => self.record_ids.iter().any(|id| *id == text),
                _ => false,
            };
            if !is_it {
                return false;
            }
        }
        self.events.is_empty()
            || matches!(member("event_type"), Scalar::Text(event) if self.events.iter().any(|e| *e == event))
    }

    /// Whether it asks for the numbers of lines.
    pub fn counts_lines(&self) -> bool {
        let tests = self.expression.iter().flat_map(Filter::tests);
        tests.into_iter().any(|test| matches!(test, Test::Field(test) if test.path.name() == "line_number"))
    }

    /// Bytes that every record which passes has, the rarest that are known.
    pub fn needles(&self) -> Option<Needles> {
        let ids: Vec<String> = self
            .users
            .iter()
            .map(|who| match who {
                Who::Id(id) => id.to_string(),
                _ => String::new(),
            })
            .collect();
        let emails = self.users.iter().map(|who| match who {
            Who::Email(email) => email.as_str(),
            _ => "",
        });
        let text = self.search_text.as_deref().and_then(Needles::text);
        let keys = || Needles::member("instance_id", self.record_ids.iter().map(String::as_str));
        let events = || Needles::values(self.events.iter().map(String::as_str), false);
        let by_email = || Needles::values(emails, false);
        let by_id = || Needles::member("user_id", ids.iter().map(String::as_str));
        let model = || Needles::values(self.model.as_deref(), true);
        let has = |all: usize| all > 0;
        text.or_else(|| has(self.record_ids.len()).then(keys).flatten())
            .or_else(|| has(self.users.len()).then(by_email).flatten())
            .or_else(|| (has(ids.len()) && ids.iter().all(|id| !id.is_empty())).then(by_id).flatten())
            .or_else(|| has(self.events.len()).then(events).flatten())
            .or_else(|| self.model.is_some().then(model).flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::grammar::{Style, begins};
    use crate::query::Zone;

    const UPDATE: &str = "2026-11-23 03:09:54 - purchase_audit - INFO - audit - log_event:47 - AUDIT: {\"event_type\": \"UPDATE\", \"model\": \"PurchaseOrders\", \"instance_id\": 9, \"user_id\": null, \"user_email\": \"ana.ñ@ex.com\"}";
    const PROSE: &str = "2026-11-23 03:09:55 - payments - WARNING - Pago rechazado: 9";
    const ESCAPED: &str =
        r#"{"timestamp": "2026-11-23T03:09:56", "\u0065vent_type": "UPD\u0041TE", "instance_id": "9", "user_id":"5"}"#;

    #[test]
    fn tests_on_records() {
        let s = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
        let filter = RecordFilter::default;
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        for (filter, passes) in [
            (filter(), [true, true, true]),
            (RecordFilter { events: s(&["UPDATE"]), ..filter() }, [true, false, true]),
            (RecordFilter { events: s(&["CREATE", "update"]), ..filter() }, [false, false, false]),
            (RecordFilter { model: Some("purchaseorders".into()), ..filter() }, [true, false, false]),
            (RecordFilter { record_ids: s(&["9"]), ..filter() }, [true, false, true]),
            (RecordFilter { record_ids: s(&["90"]), ..filter() }, [false, false, false]),
            (RecordFilter { users: vec![Who::Id(5)], ..filter() }, [false, false, true]),
            (
                RecordFilter { users: vec![Who::Email("ana.ñ@ex.com".into()), Who::Id(5)], ..filter() },
                [true, false, true],
            ),
            (RecordFilter { users: vec![Who::Nobody], ..filter() }, [false, true, false]),
            (RecordFilter { levels: LevelSet::parse("WARNING+").ok(), ..filter() }, [false, true, false]),
            (RecordFilter { loggers: s(&["payments", "x"]), ..filter() }, [false, true, false]),
            (
                RecordFilter {
                    search: Some(Contains::new("RECHAZADO")),
                    search_text: Some("RECHAZADO".into()),
                    ..filter()
                },
                [false, true, false],
            ),
            (RecordFilter { since: at("2026-11-23T03:09:55Z"), ..filter() }, [false, true, true]),
            (RecordFilter { until: at("2026-11-23T03:09:55Z"), ..filter() }, [true, false, false]),
        ] {
            let mut clock = Clock::new(Zone::UTC, Zone::UTC);
            for (text, passes) in [UPDATE, PROSE, ESCAPED].into_iter().zip(passes) {
                let form = begins(text.as_bytes(), Some(Style::Json)).unwrap();
                let record = Record::new(text, form, "", 0, 0);
                assert_eq!(filter.accepts(&record, &mut clock), passes, "{filter:?} {text}");
                if let Some(needles) = filter.needles() {
                    assert!(!passes || needles.find(text.as_bytes(), 0).is_some(), "{filter:?} {text}");
                }
            }
        }
    }
}
