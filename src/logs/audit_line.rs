//! The `AUDIT:` record that the logger `purchase_audit` writes for each change of an order or a payment, in the
//! service's own format.
//!
//! Knows the format and how to append to a file that others append to as well; knows nothing of what was changed.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Timelike, Utc};

use crate::audit::{Token, Value};
use crate::query::Zone;
use crate::versions::document::Document;

/// The file in the folder of the logs.
pub const FILE: &str = "audit.log";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// An object was made, or came back.
    Create,
    /// An object was changed.
    Update,
}

impl EventType {
    fn name(self) -> &'static str {
        match self {
            EventType::Create => "CREATE",
            EventType::Update => "UPDATE",
        }
    }
}

/// A record: what the service's `log_event` is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// What happened.
    pub event_type: EventType,
    /// The model's class: `PurchaseOrders`.
    pub model: &'static str,
    /// The object's primary key.
    pub instance_id: Value,
    /// Who did it.
    pub user_id: Option<i64>,
    /// The address of that user.
    pub user_email: Option<String>,
    /// Each field with its value before and after.
    pub changes: Vec<(String, Value, Value)>,
    /// What goes with it, by name.
    pub extra_data: Vec<(String, Value)>,
}

impl AuditLine {
    /// The line, its end included. `asctime` and the `timestamp` in it are in the service's zone.
    pub fn text(&self, at: DateTime<Utc>, zone: &Zone) -> String {
        let local = zone.at(at);
        let micros = local.nanosecond() / 1000 % 1_000_000;
        let seconds = local.format("%Y-%m-%dT%H:%M:%S");
        // As Python's isoformat(): no fraction where it is zero.
        let timestamp = if micros == 0 { seconds.to_string() } else { format!("{seconds}.{micros:06}") };
        let event = Document::new(&self.event(timestamp)).serialized();
        // The place in the code is this program's, so that its records can be told from the service's.
        format!(
            "{} - purchase_audit - INFO - auditctl - revert:0 - AUDIT: {event}\n",
            local.format("%Y-%m-%d %H:%M:%S")
        )
    }

    /// Appends the line to the log in this folder. The file has to be there: one that this program made could be
    /// closed to the service.
    pub fn append(&self, folder: &Path, at: DateTime<Utc>, zone: &Zone) -> Result<(), (PathBuf, io::Error)> {
        let path = folder.join(FILE);
        // One write to a file that is open for appending: whole between the lines of others.
        let append = || {
            let mut file = OpenOptions::new().append(true).open(&path)?;
            let line = self.text(at, zone);
            let written = file.write(line.as_bytes())?;
            if written < line.len() { Err(io::ErrorKind::WriteZero.into()) } else { Ok(()) }
        };
        append().map_err(|error| (path.clone(), error))
    }

    fn event(&self, timestamp: String) -> Value {
        let number = |n: i64| Value::from_tokens(vec![Token::Number(n.to_string().into())]);
        let optional = |value: Option<Value>| value.unwrap_or_else(Value::null);
        let pair = |from: &Value, to: &Value| object(&[("from", from.clone()), ("to", to.clone())]);
        let changes: Vec<_> = self.changes.iter().map(|(name, from, to)| (name.as_str(), pair(from, to))).collect();
        let extra: Vec<_> = self.extra_data.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        object(&[
            ("timestamp", Value::text(timestamp)),
            ("event_type", Value::text(self.event_type.name())),
            ("model", Value::text(self.model)),
            ("instance_id", self.instance_id.clone()),
            ("user_id", optional(self.user_id.map(number))),
            ("user_email", optional(self.user_email.as_deref().map(Value::text))),
            ("changes", object(&changes)),
            ("extra_data", object(&extra)),
        ])
    }
}

fn object(members: &[(&str, Value)]) -> Value {
    let mut tokens = vec![Token::ObjectStart];
    for (name, value) in members {
        tokens.push(Token::Key((*name).into()));
        tokens.extend(value.tokens().iter().cloned());
    }
    tokens.push(Token::ObjectEnd);
    Value::from_tokens(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::document::read_json;

    fn line() -> AuditLine {
        let json = |text: &str| read_json(text).unwrap();
        AuditLine {
            event_type: EventType::Update,
            model: "PurchaseOrders",
            instance_id: json("9"),
            user_id: None,
            user_email: None,
            changes: vec![
                ("status".into(), json("\"PENDING\""), json("\"PAID\"")),
                ("total_price".into(), json("1000.0"), json("1500.5")),
            ],
            extra_data: vec![("email".into(), json("\"ana.ñandú@ex.com\"")), ("visit_id".into(), json("1"))],
        }
    }

    #[test]
    fn the_line_is_the_services_own() {
        let zone = Zone::parse("America/Costa_Rica").unwrap();
        assert_eq!(
            line().text("2026-11-23T09:09:54.078351Z".parse().unwrap(), &zone),
            "2026-11-23 03:09:54 - purchase_audit - INFO - auditctl - revert:0 - AUDIT: {\"timestamp\": \"2026-11-23T03:09:54.078351\", \"event_type\": \"UPDATE\", \"model\": \"PurchaseOrders\", \"instance_id\": 9, \"user_id\": null, \"user_email\": null, \"changes\": {\"status\": {\"from\": \"PENDING\", \"to\": \"PAID\"}, \"total_price\": {\"from\": 1000.0, \"to\": 1500.5}}, \"extra_data\": {\"email\": \"ana.ñandú@ex.com\", \"visit_id\": 1}}\n"
        );
        let created = AuditLine { event_type: EventType::Create, changes: Vec::new(), ..line() };
        let text = created.text("2026-11-23T09:09:54Z".parse().unwrap(), &zone);
        assert!(
            text.contains("\"timestamp\": \"2026-11-23T03:09:54\", \"event_type\": \"CREATE\"")
                && text.contains("\"changes\": {}")
        );
    }

    #[test]
    fn it_is_appended_to_a_log_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = "2026-11-23T09:09:54Z".parse().unwrap();
        let (path, error) = line().append(folder.path(), at, &Zone::UTC).unwrap_err();
        assert_eq!((path, error.kind()), (folder.path().join(FILE), io::ErrorKind::NotFound));
        assert!(!folder.path().join(FILE).exists());
        std::fs::write(folder.path().join(FILE), "before\n").unwrap();
        line().append(folder.path(), at, &Zone::UTC).unwrap();
        line().append(folder.path(), at, &Zone::UTC).unwrap();
        let text = line().text(at, &Zone::UTC);
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), format!("before\n{text}{text}"));
    }
}
