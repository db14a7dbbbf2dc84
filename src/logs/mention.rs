//! The records that are about one object, and when each was logged.
//!
//! A record is about an object when its event has the object's model and key. Knows records and clocks; what else is
//! known of the object, its caller says.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::SpooledTempFile;

use super::clock::Clock;
use super::files::LogSet;
use super::filter::RecordFilter;
use super::grammar::Form;
use super::json::{Scalar, scalar};
use super::record::Record;
use super::scan::{Reading, Trouble, in_order, usual_threads};

/// The time in an event is taken just before the record gets its stamp.
const NEAR: TimeDelta = TimeDelta::seconds(2);
/// What the service writes of one change, it writes at about the same time.
const SAME_CHANGE: TimeDelta = TimeDelta::minutes(1);

/// So many bytes of records are kept in memory; those of more are in a file without a name.
const IN_MEMORY: usize = 8 << 20;

/// The object that is looked for.
#[derive(Clone, Debug)]
pub struct Sought {
    /// The names that its model may have in an event, ASCII case folded.
    pub models: Vec<String>,
    /// The ways in which its key may be written.
    pub keys: Vec<String>,
}

/// A record that is about the object.
#[derive(Debug)]
pub struct Mention {
    /// Where its text is among those of all.
    text: Range<u64>,
    form: Form,
    file: Arc<str>,
    line_number: u64,
    offset: u64,
    /// The user that its event names.
    pub user: Option<i64>,
    /// When it was logged, as far as it says so itself; None for a stamp that is no time.
    stamped: Option<Stamped>,
}

/// What a stamp means: where clocks were put back, perhaps two instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamped {
    earlier: DateTime<Utc>,
    later: Option<DateTime<Utc>>,
}

impl Stamped {
    /// What the record says: to the microsecond by its event, where that agrees with the stamp.
    fn of(record: &Record<'_>, clock: &mut Clock) -> Option<Stamped> {
        let stamp = record.instant(clock)?;
        let again = clock.repeated(stamp);
        let agrees = |at: DateTime<Utc>| [Some(stamp), again].into_iter().flatten().any(|of| (at - of).abs() <= NEAR);
        Some(match record.event_instant(clock).filter(|(at, _)| agrees(*at)) {
            Some((at, true)) => Stamped { earlier: at, later: None },
            Some((at, false)) => Stamped { earlier: at, later: clock.repeated(at) },
            None => Stamped { earlier: stamp, later: again },
        })
    }
}

impl Mention {
    /// The record of this text.
    pub fn record<'m>(&'m self, text: &'m str) -> Record<'m> {
        Record::new(text, self.form, &self.file, self.line_number, self.offset)
    }

    /// When it was logged. Of two times with the same stamp, it is the one at which something is `known` to have
    /// happened to the object, else the earlier.
    pub fn instant(&self, known: &[DateTime<Utc>]) -> Option<DateTime<Utc>> {
        let Stamped { earlier, later } = self.stamped?;
        let distance = |at: DateTime<Utc>| known.iter().map(|known| (at - known).abs()).min();
        let is_it = |later: &DateTime<Utc>| {
            distance(*later).is_some_and(|far| far <= SAME_CHANGE && distance(earlier).is_none_or(|other| far < other))
        };
        Some(later.filter(is_it).unwrap_or(earlier))
    }

    /// Whether there were two times with the same stamp.
    pub fn is_ambiguous(&self) -> bool {
        self.stamped.is_some_and(|stamped| stamped.later.is_some())
    }
}

/// Records that are about one object, and their texts.
#[derive(Debug)]
pub struct Mentions {
    /// Each set in its order.
    pub all: Vec<Mention>,
    texts: SpooledTempFile,
    length: u64,
}

impl Default for Mentions {
    fn default() -> Self {
        Mentions { all: Vec::new(), texts: SpooledTempFile::new(IN_MEMORY), length: 0 }
    }
}

impl Mentions {
    fn add(&mut self, mention: Mention, text: &str) -> io::Result<()> {
        let from = self.length;
        self.texts.write_all(text.as_bytes())?;
        self.length += text.len() as u64;
        self.all.push(Mention { text: from..self.length, ..mention });
        Ok(())
    }

    /// One of them and its text.
    pub fn get(&mut self, at: usize) -> io::Result<Option<(&Mention, String)>> {
        let Some(mention) = self.all.get(at) else { return Ok(None) };
        let mut text = String::new();
        self.texts.seek(SeekFrom::Start(mention.text.start))?;
        (&mut self.texts as &mut dyn Read).take(mention.text.end - mention.text.start).read_to_string(&mut text)?;
        Ok(Some((mention, text)))
    }
}

/// The mentions of an object in these sets. Lines are counted. An error is one of the file for their texts.
pub fn mentions(sets: Vec<LogSet>, sought: &Sought, clock: &Clock) -> io::Result<(Mentions, Vec<Trouble>)> {
    let filter = RecordFilter { record_ids: sought.keys.clone(), ..RecordFilter::default() };
    let needles = filter.needles();
    let reading = Reading { threads: usual_threads(), counts_lines: true, read: Arc::default() };
    let (mut all, mut failed) = (Mentions::default(), None);
    let troubles = in_order(
        sets,
        &reading,
        || clock.clone(),
        |clock, block| {
            let mut found = Vec::new();
            block.records(needles.as_ref(), |record| {
                if filter.accepts(record, clock) && is_of(record, &sought.models) {
                    found.push((mention(record, &block.file, clock), record.text.to_owned()));
                }
            });
            found
        },
        |found| match found.into_iter().try_for_each(|(mention, text)| all.add(mention, &text)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        },
    );
    failed.map_or(Ok((all, troubles)), Err)
}

fn is_of(record: &Record<'_>, models: &[String]) -> bool {
    let model = record.event().and_then(|event| event.get("model")).map(scalar);
    matches!(model, Some(Scalar::Text(model)) if models.iter().any(|name| name.eq_ignore_ascii_case(&model)))
}

fn mention(record: &Record<'_>, file: &Arc<str>, clock: &mut Clock) -> Mention {
    let user = match record.event().and_then(|event| event.get("user_id")).map(scalar) {
        Some(Scalar::Number(digits)) => digits.parse().ok(),
        _ => None,
    };
    Mention {
        text: 0..0,
        form: record.form,
        file: Arc::clone(file),
        line_number: record.line_number,
        offset: record.offset,
        user,
        stamped: Stamped::of(record, clock),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::grammar::{Style, begins};
    use crate::query::Zone;

    /// In New York, 2026-11-01 has two hours from one to two: they begin at 05:00 and at 06:00 UTC.
    #[test]
    fn of_two_times_with_one_stamp_it_is_the_one_that_the_database_knows() {
        let prefix = "2026-11-01 01:30:00 - purchase_audit - INFO - audit - log_event:47 - AUDIT: ";
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (first, second) = (at("2026-11-01T05:30:00.25Z"), at("2026-11-01T06:30:00.25Z"));
        let (near_first, near_second) = (at("2026-11-01T05:30:00.3Z"), at("2026-11-01T06:29:59Z"));
        let whole = |instant: DateTime<Utc>| instant - TimeDelta::milliseconds(250);
        let cases = [
            ("2026-11-01T01:30:00.250000", vec![], first),
            ("2026-11-01T01:30:00.250000", vec![near_second], second),
            ("2026-11-01T01:30:00.250000", vec![near_first, near_second], first),
            ("2026-11-01T01:30:00.250000", vec![second + TimeDelta::minutes(5)], first),
            // The event says by itself which it was.
            ("2026-11-01T01:30:00.250000-05:00", vec![near_first], second),
            ("2026-11-01T01:30:00.250000-04:00", vec![near_second], first),
            // What the event says is of another time: the stamp counts.
            ("2026-10-31T23:00:00.250000", vec![near_second], whole(second)),
            ("yesterday", vec![], whole(first)),
        ];
        for (own, known, expected) in cases {
            let text = format!("{prefix}{{\"timestamp\": \"{own}\", \"model\": \"Payments\", \"user_id\": 5}}");
            let form = begins(text.as_bytes(), Some(Style::Prefixed)).unwrap();
            let record = Record::new(&text, form, "audit.log", 1, 0);
            let mut clock = Clock::new(Zone::parse("America/New_York").unwrap(), Zone::UTC);
            let mention = mention(&record, &"audit.log".into(), &mut clock);
            assert_eq!(mention.instant(&known), Some(expected), "{own} {known:?}");
            assert_eq!(mention.user, Some(5));
        }
    }
}
