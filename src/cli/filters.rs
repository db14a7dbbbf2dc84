//! The filters that every verb over entries shares: what was typed, and the filter it means.

use chrono::{DateTime, Days, Utc};
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Failure;
use super::number::id;
use crate::query::{
    Contains, ENTRY, FieldTest, Filter, Is, Language, Literal, Looked, MethodSet, PathGlob, Period, QueryError,
    StatusSet, Test, UserSpec, Zone, closest,
};
use crate::store::{Store, StoreError, User};

/// How many user names are looked at for a suggestion.
const NAMES_FOR_SUGGESTION: usize = 20_000;

/// The model of what the middleware writes.
const REQUESTS: &str = "API Request";

/// Which entries.
#[derive(Clone, Debug, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// Keep the entries of this user
    ///
    /// A number is a user's id, anything else a user name, exactly as stored. Write `name:5` for a user whose name
    /// is a number, and `none` for entries without a user, such as requests that were not signed in. Can be
    /// repeated; an entry of any of these users is kept.
    ///
    /// Example: `--user 5 --user ana`
    #[arg(long, value_name = "ID|NAME|none")]
    user: Vec<String>,

    /// Keep the entries whose action contains this text
    ///
    /// Upper and lower case of ASCII letters are the same. The action of a request is its method and path, as in
    /// `POST /api/payments/`; that of a change to a model is `created`, `updated` or `deleted`.
    ///
    /// Example: `--action /payments/`
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    action: Option<String>,

    /// Keep the entries about this model
    ///
    /// The whole name, such as `purchaseorders`; upper and lower case of ASCII letters are the same. Requests have
    /// the model `API Request`.
    ///
    /// Example: `--model purchaseorders`
    #[arg(long, value_name = "NAME")]
    model: Option<String>,

    /// Keep the entries about the object with this id
    ///
    /// The id is the object's own; together with --model it names one object.
    ///
    /// Example: `--model purchaseorders --record-id 9`
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = id)]
    record_id: Option<i64>,

    /// Keep the requests with one of these methods
    ///
    /// Several are separated by commas, as in `POST,PUT`; upper and lower case are the same.
    #[arg(long, value_name = "METHOD[,METHOD…]")]
    method: Option<String>,

    /// Keep the requests whose path matches this pattern
    ///
    /// `*` stands for anything within one part of the path, `**` for any number of parts, `?` for one character and
    /// `[abc]` for one of several. The whole path has to match: `/api/payments/*/` matches `/api/payments/12/`.
    #[arg(long, value_name = "GLOB")]
    path: Option<String>,

    /// Keep the requests that were answered with one of these statuses
    ///
    /// A status (`404`), a class (`4xx`) or a range (`400..499`); several are separated by commas. The status is
    /// decoded from the details; an entry whose status can't be told for certain is not kept.
    ///
    /// Example: `--status 404,5xx`
    #[arg(long, value_name = "STATUS[,STATUS…]")]
    status: Option<String>,

    /// Keep the entries whose details contain this text
    ///
    /// The details are searched as stored: the request's body, the status and the response's body. Upper and lower
    /// case of ASCII letters are the same.
    ///
    /// Example: `--search TX-1`
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    search: Option<String>,

    /// Keep the entries written at this time or later
    ///
    /// A date (`2026-11-23`), a date and a time (`2026-11-23 10:00`), RFC 3339 (`2026-11-23T10:00:00-06:00`),
    /// `today`, `yesterday`, `2 days ago`, or a span back from now, as in `-90m`. Times without an offset are read in
    /// the zone in force; see --timezone.
    ///
    /// Example: `--since yesterday`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,

    /// Keep the entries written before this time
    ///
    /// Takes what --since takes. A whole day, such as `2026-11-23` or `yesterday`, is included.
    ///
    /// Example: `--since 2026-11-01 --until 2026-11-30`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,

    /// Keep the entries for which this expression holds
    ///
    /// Tests on fields, joined by `and`, `or`, `not` and parentheses. A test is `FIELD = VALUE` (also `!=`, `<`, `<=`,
    /// `>`, `>=`), `FIELD ~ TEXT` (contains), `FIELD =~ REGEX`, `path glob GLOB`, `FIELD in (A, B)` or `FIELD is null`,
    /// each with `not` in front for its opposite. Fields are id, timestamp, user, user_id, username, action, method,
    /// path, model, record_id, status, details, decoded, and `request` and `response` with keys into their bodies, as
    /// in `response.items[0].id`. Put the whole into quotes for the shell, and values with blanks into quotes of the
    /// other kind. The manual says more under EXPRESSIONS.
    ///
    /// Example: `--where "status in (4xx, 5xx) and not user = ana"`
    #[arg(long = "where", id = "where", value_name = "EXPR", allow_hyphen_values = true)]
    #[serde(rename = "where")]
    expression: Option<String>,
}

/// A filter whose users are still to be found in the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    users: Vec<UserSpec>,
    tests: Vec<Test>,
    expression: Option<Filter>,
}

impl FilterArgs {
    /// What to say of a model that the service does not have, where nothing matched. It is no error: what is gone
    /// from the service may be in its audit table still.
    pub fn unknown_model(&self, store: &mut dyn Store) -> Result<Option<String>, StoreError> {
        let Some(given) = &self.model else { return Ok(None) };
        let models = store.models()?;
        let known = || models.iter().map(String::as_str).chain([REQUESTS]);
        if models.is_empty() || known().any(|name| name.eq_ignore_ascii_case(given)) {
            return Ok(None);
        }
        let suggestion = closest(given, known()).map_or_else(String::new, |name| format!(", did you mean '{name}'?"));
        Ok(Some(format!("the service has no model '{given}'{suggestion}")))
    }

    /// What was typed, by the name of its option; what was not is left out.
    pub fn typed(&self) -> Map<String, Value> {
        let Ok(Value::Object(all)) = serde_json::to_value(self) else { return Map::new() };
        all.into_iter()
            .filter(|(_, value)| !value.is_null() && value.as_array().is_none_or(|a| !a.is_empty()))
            .collect()
    }

    /// Whether they mean the same tomorrow: no time is counted from now.
    pub fn are_fixed(&self, now: DateTime<Utc>, zone: &Zone) -> bool {
        let later = now.checked_add_days(Days::new(400)).unwrap_or(now);
        match (self.read(now, zone), self.read(later, zone)) {
            (Ok(now), Ok(later)) => now == later,
            (Err(_), _) => true,
            (Ok(_), Err(_)) => false,
        }
    }

    /// Reads what was typed, at this time and in this zone.
    pub fn read(&self, now: DateTime<Utc>, zone: &Zone) -> Result<Asked, QueryError> {
        let mut tests = Vec::new();
        let users = self.user.iter().map(|user| UserSpec::parse(user)).collect::<Result<_, _>>()?;
        tests.extend(self.action.as_deref().map(|text| Test::Action(Contains::new(text))));
        tests.extend(self.model.clone().map(Test::Model));
        tests.extend(self.record_id.map(Test::RecordId));
        if let Some(methods) = &self.method {
            tests.push(Test::Method(MethodSet::parse(methods)?));
        }
        if let Some(glob) = &self.path {
            tests.push(Test::Path(PathGlob::parse(glob)?));
        }
        if let Some(set) = &self.status {
            tests.push(Test::Status(StatusSet::parse(set)?));
        }
        let Period { since, until } = Period::parse(self.since.as_deref(), self.until.as_deref(), now, zone)?;
        tests.extend(since.map(Test::Since));
        tests.extend(until.map(Test::Until));
        tests.extend(self.search.as_deref().map(|text| Test::Details(Contains::new(text))));
        let language = Language { vocabulary: &ENTRY, now, zone };
        let expression = self.expression.as_deref().map(|text| Filter::parse(text, language)).transpose()?;
        Ok(Asked { users, tests, expression })
    }
}

impl Asked {
    /// The filter, its users found in the database.
    pub fn resolve(self, store: &mut dyn Store) -> anyhow::Result<Filter> {
        let mut filters = Vec::new();
        if !self.users.is_empty() {
            let (ids, or_none) = whose(&self.users, store)?;
            filters.push(Filter::Test(Test::User { ids, or_none }));
        }
        filters.extend(self.tests.into_iter().map(Filter::Test));
        if let Some(expression) = self.expression {
            filters.push(with_users(expression, store)?);
        }
        Ok(Filter::All(filters))
    }
}

/// The ids of these users, sorted, and whether no user will do too.
pub(super) fn whose(users: &[UserSpec], store: &mut dyn Store) -> anyhow::Result<(Vec<i64>, bool)> {
    let (mut ids, mut or_none) = (Vec::new(), false);
    for user in users {
        match user {
            UserSpec::Id(id) => ids.push(*id),
            UserSpec::Anonymous => or_none = true,
            UserSpec::Name(name) => ids.extend(ids_of(name, store)?),
        }
    }
    ids.sort_unstable();
    Ok((ids, or_none))
}

/// The filter with its tests on the names of users turned into tests on their ids, which is what entries hold. A user
/// that is named must exist; a name that is only compared need not.
fn with_users(filter: Filter, store: &mut dyn Store) -> anyhow::Result<Filter> {
    let mut each = |filters: Vec<Filter>| -> anyhow::Result<Vec<Filter>> {
        filters.into_iter().map(|filter| with_users(filter, store)).collect()
    };
    Ok(match filter {
        Filter::All(filters) => Filter::All(each(filters)?),
        Filter::Any(filters) => Filter::Any(each(filters)?),
        Filter::Not(inner) => Filter::Not(Box::new(with_users(*inner, store)?)),
        Filter::Test(Test::Field(FieldTest { ref path, is: Is::In(ref names), .. })) if path.name() == "user" => {
            let mut ids = Vec::new();
            for name in names {
                if let Literal::Text(name) = name {
                    ids.extend(ids_of(name, store)?);
                }
            }
            of_users(ids)
        }
        Filter::Test(Test::Field(test)) if test.path.name() == "username" => {
            let users = store.all_users()?.into_iter();
            let name = |user: &User| user.username.as_ref().map(|name| name.as_bytes().to_vec());
            let passes =
                |user: &User| test.accepts(&name(user).map_or(Looked::Nothing, |name| Looked::Text(name.into())));
            of_users(users.filter(passes).map(|user| user.id).collect())
        }
        other => other,
    })
}

fn of_users(mut ids: Vec<i64>) -> Filter {
    ids.sort_unstable();
    Filter::Test(Test::User { ids, or_none: false })
}

/// The ids of the users of this name; an error names one that looks like it.
fn ids_of(name: &str, store: &mut dyn Store) -> anyhow::Result<Vec<i64>> {
    let users = store.users_named(name)?;
    if users.is_empty() {
        return Err(no_such_user(name, store)?.into());
    }
    Ok(users.into_iter().map(|user| user.id).collect())
}

pub(super) fn no_such_user(name: &str, store: &mut dyn Store) -> Result<Failure, StoreError> {
    let names = store.usernames("", NAMES_FOR_SUGGESTION)?;
    let failure = Failure::usage(format!("there is no user named '{name}'"));
    Ok(match closest(name, names.iter().map(String::as_str)) {
        Some(similar) => failure.hint(format!("did you mean '{similar}'?")),
        None => failure.hint("user names are compared exactly; --user takes an id too"),
    })
}
