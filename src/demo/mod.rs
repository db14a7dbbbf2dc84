//! The plausible little park that `auditctl demo` builds: a month in the ticket shop of a park in Costa Rica.
//!
//! Pure: from a clock and a seed to rows and log records. The SQL that stores the rows is in [`crate::store`].
//!
//! | module      | holds                                                                            |
//! |-------------|----------------------------------------------------------------------------------|
//! | `rows`      | the finished park: its tables and log records as plain data                      |
//! | `python`    | how the service prints: Python's `repr`, `json.dumps`, Django's date-times       |
//! | `people`    | the users                                                                        |
//! | `answers`   | what the service answers: pages and sentences read off a running one             |
//! | `service`   | what the service leaves behind of a request or a save: rows, versions, log lines |
//! | `shop`      | what can be done in the shop: register, buy, pay, cancel, delete, administer     |
//! | `visitors`  | requests that change nothing                                                     |
//! | `days`      | the screenplay: every ordinary day                                               |
//! | `scenes`    | the screenplay: what is worth finding                                            |
//! | `logs`      | the log files                                                                    |
//! | `folder`    | the folder a demo is built in, all of it or nothing                              |
//!
//! All that is told happened between 29 days ago and now, so that `--since -7d` always finds something. Whatever the
//! clock and the seed, the curated scenes are the same and order 9 is the one with a story.

mod answers;
pub(crate) mod chance;
mod days;
pub mod folder;
pub mod logs;
mod people;
mod python;
mod rows;
mod scenes;
mod service;
mod shop;
mod visitors;

use chrono::{DateTime, Datelike, Utc};

pub use people::{PEOPLE, Person};
pub use python::{Body, Details, instant};
pub use rows::{
    AdminAction, AuditRow, Donation, Event, Highlights, Level, Logger, Model, Money, Order, Park, Payment, Place,
    Profile, Revision, Role, User, Version, Visit,
};

/// The seed of the demo that users see.
pub const SEED: u64 = 1502;

/// A clock for which no demo can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no demo can be told for the clock {0}: its year must lie between 1970 and 9998")]
pub struct OddClock(DateTime<Utc>);

/// Tells the month before `now`. The same clock and seed tell the same, to the byte.
pub fn tell(now: DateTime<Utc>, seed: u64) -> Result<Park, OddClock> {
    if !(1970..=9998).contains(&now.year()) {
        return Err(OddClock(now));
    }
    let mut script = days::Script::new(now);
    scenes::write(&mut script);
    days::write(&mut script, seed);
    Ok(script.play(seed))
}
