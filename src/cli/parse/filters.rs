//! The filters over log records: what was typed, and the filter it means.

use chrono::{DateTime, Utc};
use clap::Args;

use crate::cli::Failure;
use crate::logs::filter::{RecordFilter, Who};
use crate::logs::level::{LevelSet, NAMES, number};
use crate::query::{Contains, Filter, Language, Period, QueryError, RECORD, UserSpec, Zone, closest};

/// Which records.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Filters")]
pub struct RecordFilterArgs {
    /// Keep the records of this user
    ///
    /// A number is the `user_id` of the record's event, be it a number or text there, anything else its `user_email`, exactly as written. Write `none`
    /// for records that name no user, such as those without an event. Can be repeated; a record of any of these users
    /// is kept.
    ///
    /// Example: `--user 5 --user ana@example.com`
    #[arg(long, value_name = "ID|EMAIL|none")]
    user: Vec<String>,

    /// Keep the records about this model
    ///
    /// The whole name, as the record's event has it: `PurchaseOrders`. Upper and lower case of ASCII letters are the
    /// same.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,

    /// Keep the records about the object with this id
    ///
    /// The id is the `instance_id` of the record's event. Several are separated by commas.
    ///
    /// Example: `--model PurchaseOrders --record-id 9`
    #[arg(long, value_name = "ID[,ID…]", allow_negative_numbers = true, value_delimiter = ',')]
    record_id: Vec<String>,

    /// Keep the records of these events
    ///
    /// The `event_type` of the record's event, exactly as written: CREATE, UPDATE, DELETE, PAYMENT_SUCCESS,
    /// PAYMENT_FAILED. Several are separated by commas.
    ///
    /// Example: `--event UPDATE,DELETE`
    #[arg(long, value_name = "TYPE[,TYPE…]", value_delimiter = ',')]
    event: Vec<String>,

    /// Keep the records of these levels
    ///
    /// A level by its name, in any case; a `+` behind it stands for it and all above. Several are separated by commas.
    ///
    /// Example: `--level WARNING+`
    #[arg(long, value_name = "LEVEL[+][,…]")]
    level: Option<String>,

    /// Keep the records of this logger
    ///
    /// Its whole name, exactly as written. Several are separated by commas.
    ///
    /// Example: `--logger payments`
    #[arg(long, value_name = "NAME[,NAME…]", value_delimiter = ',')]
    logger: Vec<String>,

    /// Keep the records that contain this text
    ///
    /// What stands behind the record's prefix is searched, as it is written: the message with all its lines, or the
    /// whole object of a JSON line. Upper and lower case of ASCII letters are the same.
    ///
    /// Example: `--search TX-1`
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    search: Option<String>,

    /// Keep the records written at this time or later
    ///
    /// A date (`2026-11-23`), a date and a time (`2026-11-23 10:00`), RFC 3339 (`2026-11-23T10:00:00-06:00`),
    /// `today`, `yesterday`, `2 days ago`, or a span back from now, as in `-90m`. Times without an offset are read in
    /// the zone in force, see --timezone; the stamps of the records are in that of --log-timezone.
    ///
    /// Example: `--since yesterday`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,

    /// Keep the records written before this time
    ///
    /// Takes what --since takes. A whole day, such as `2026-11-23` or `yesterday`, is included.
    ///
    /// Example: `--since 2026-11-01 --until 2026-11-30`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,

    /// Keep the records for which this expression holds
    ///
    /// Tests with `and`, `or`, `not` and parentheses between: `=`, `!=`, `<`, `<=`, `>`, `>=`, `in (…)`, `~` for
    /// contains, `=~` for a regular expression, `is null`. The names are the columns and any path into the event. What
    /// a record does not have passes no test but `is null`, not even `!=`.
    ///
    /// Example: `--where 'level >= WARNING or changes.status.to = PAID'`
    #[arg(long = "where", id = "where", value_name = "EXPR", allow_hyphen_values = true)]
    expression: Option<String>,
}

impl RecordFilterArgs {
    /// Reads what was typed, at this time and in this zone.
    pub fn read(&self, now: DateTime<Utc>, zone: &Zone) -> anyhow::Result<RecordFilter> {
        let Period { since, until } = Period::parse(self.since.as_deref(), self.until.as_deref(), now, zone)?;
        let language = Language { vocabulary: &RECORD, now, zone };
        let expression = self.expression.as_deref().map(|text| Filter::parse(text, language)).transpose();
        Ok(RecordFilter {
            users: self.user.iter().map(|user| who(user)).collect::<Result<_, _>>()?,
            model: self.model.clone(),
            record_ids: trimmed(&self.record_id, "--record-id", "9,12")?,
            events: trimmed(&self.event, "--event", "UPDATE,DELETE")?,
            levels: self.level.as_deref().map(levels).transpose()?,
            loggers: trimmed(&self.logger, "--logger", "payments,donations")?,
            search: self.search.as_deref().map(Contains::new),
            search_text: self.search.clone(),
            since,
            until,
            expression: expression.map_err(QueryError::from)?,
        })
    }
}

fn trimmed(words: &[String], option: &str, example: &str) -> Result<Vec<String>, Failure> {
    let words: Vec<String> = words.iter().map(|word| word.trim().to_owned()).collect();
    if words.iter().any(String::is_empty) {
        let given = words.join(",");
        let message =
            format!("'{given}' for {option} lacks a value: write values with commas between, such as {example}");
        return Err(Failure::usage(message));
    }
    Ok(words)
}

fn who(text: &str) -> anyhow::Result<Who> {
    if text.trim().is_empty() {
        let message =
            "'' is no user of a log record: give an id, an e-mail address, or 'none' for records without a user";
        return Err(Failure::usage(message).into());
    }
    match UserSpec::parse(text)? {
        UserSpec::Id(id) => Ok(Who::Id(id)),
        UserSpec::Anonymous => Ok(Who::Nobody),
        UserSpec::Name(name) if name.contains('@') => Ok(Who::Email(name)),
        UserSpec::Name(name) => {
            let message = format!("'{text}' is no user of a log record: records name users by id or e-mail address");
            let failure = Failure::usage(message);
            Err(match name.parse::<i64>() {
                Ok(id) => failure.hint(format!("the user of the id {id} is --user {id}")),
                Err(_) => failure.hint("to find a name in the text of records, use --search"),
            }
            .into())
        }
    }
}

fn levels(text: &str) -> Result<LevelSet, Failure> {
    // Others have levels of their own: what is like none that is known may be one.
    for part in text.split(',').map(str::trim).filter(|part| !part.ends_with('+') && number(part).is_none()) {
        let names = NAMES.map(|(name, _)| name).into_iter().filter(|name| *name != "NOTSET");
        if let Some(name) = closest(part, names) {
            let failure = Failure::usage(format!("there is no level '{part}'")).hint(format!("did you mean '{name}'?"));
            return Err(
                failure.hint(format!("a level of your own by that name is found by --where \"level = '{part}'\""))
            );
        }
    }
    LevelSet::parse(text).map_err(|part| {
        let names = NAMES.map(|(name, _)| name);
        let message = match part.as_str() {
            "" => format!("the levels '{text}' lack one: write levels with commas between, such as INFO,WARNING"),
            part => format!("what is above the level in '{part}' is not known: the levels in order are DEBUG, INFO, WARNING, ERROR and CRITICAL"),
        };
        match closest(part.trim_end_matches('+'), names) {
            Some(name) => Failure::usage(message).hint(format!("did you mean '{name}+'?")),
            None => Failure::usage(message),
        }
    })
}
