//! The log files of the park, each record in its logger's format, in the service's own zone.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use chrono::{DateTime, Duration, Utc};

use super::rows::{Event, Level, Logger, Park};
use super::service::local;

/// The log files, newest first where one was rotated.
pub const FILES: [&str; 6] =
    ["audit.log", "audit.log.1", "payments.log", "purchase_orders.log", "donations.log", "errors.log"];

/// The service began a new `audit.log` so many days before the park's clock.
const ROTATED: i64 = 14;

impl Logger {
    fn name(self) -> &'static str {
        match self {
            Logger::Audit => "audit",
            Logger::PurchaseAudit => "purchase_audit",
            Logger::Payments => "payments",
            Logger::PurchaseOrders => "purchase_orders",
            Logger::Donations => "donations",
            Logger::SystemErrors => "system_errors",
        }
    }

    fn file(self, at: DateTime<Utc>, now: DateTime<Utc>) -> &'static str {
        match self {
            Logger::Audit | Logger::PurchaseAudit if at < now - Duration::days(ROTATED) => "audit.log.1",
            Logger::Audit | Logger::PurchaseAudit => "audit.log",
            Logger::Payments => "payments.log",
            Logger::PurchaseOrders => "purchase_orders.log",
            Logger::Donations => "donations.log",
            Logger::SystemErrors => "errors.log",
        }
    }
}

/// The record as its file holds it, the line's end included.
pub fn record(event: &Event) -> String {
    let stamp = local(event.at).format("%Y-%m-%d %H:%M:%S");
    let (name, message) = (event.logger.name(), &event.message);
    let level = match event.level {
        Level::Info => "INFO",
        Level::Warning => "WARNING",
        Level::Error => "ERROR",
    };
    if event.logger == Logger::Donations {
        return format!("{stamp} - {name} - {level} - {message}\n");
    }
    let (module, function, line) = event.place;
    format!("{stamp} - {name} - {level} - {module} - {function}:{line} - {message}\n")
}

/// Writes the files into a folder that holds none of them.
pub fn write(folder: &Path, park: &Park) -> io::Result<()> {
    for name in FILES {
        let mut file = BufWriter::new(File::create_new(folder.join(name))?);
        for event in park.events.iter().filter(|e| e.logger.file(e.at, park.now) == name) {
            file.write_all(record(event).as_bytes())?;
        }
        file.flush()?;
    }
    Ok(())
}
