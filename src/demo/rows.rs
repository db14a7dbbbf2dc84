//! The finished park as plain data: the rows of its tables and the records of its logs.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::people::Person;
use super::python::Details;

/// An amount, in hundredths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub i64);

impl Money {
    /// As the service's log prints it, where decimals become floats.
    pub fn float(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// The models of the application that leave traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// What a user has beyond Django's own.
    UserProfile,
    /// A day that the park is open.
    Visits,
    /// An order of tickets.
    PurchaseOrders,
    /// What was paid for an order.
    Payments,
    /// A gift to the park.
    Donations,
    /// Django's own user; it has no versions and no signal rows.
    AuthUser,
}

impl Model {
    /// The application's label.
    pub fn app(self) -> &'static str {
        if self == Model::AuthUser { "auth" } else { "api" }
    }

    /// Django's lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Model::UserProfile => "userprofile",
            Model::Visits => "visits",
            Model::PurchaseOrders => "purchaseorders",
            Model::Payments => "payments",
            Model::Donations => "donations",
            Model::AuthUser => "user",
        }
    }
}

/// A row of `auth_user`.
#[derive(Clone, Debug)]
pub struct User {
    /// Who it is.
    pub person: &'static Person,
    /// Whether the user may still log in.
    pub is_active: bool,
    /// When the user was created.
    pub date_joined: DateTime<Utc>,
    /// The last login that succeeded.
    pub last_login: Option<DateTime<Utc>>,
}

/// A row of `api_role`.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// The primary key.
    pub id: i64,
    /// Its name.
    pub name: &'static str,
    /// What it allows.
    pub description: &'static str,
}

/// A row of `api_userprofile` and its rows of `api_userprofile_roles`.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The primary key, the same as the user's.
    pub id: i64,
    /// The telephone number.
    pub phone: Option<String>,
    /// The language of the user's mails.
    pub language: &'static str,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// The province the user lives in.
    pub province: Option<&'static str>,
    /// The roles, ascending.
    pub roles: Vec<i64>,
}

/// A row of `api_visits`.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The primary key.
    pub id: i64,
    /// The day.
    pub day: NaiveDate,
    /// How many may come.
    pub total_slots: i64,
    /// How many have a ticket.
    pub occupied_slots: i64,
}

/// A row of `api_purchaseorders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The primary key.
    pub id: i64,
    /// The day it was made.
    pub order_date: NaiveDate,
    /// The day it counts for.
    pub purchase_date: NaiveDate,
    /// What the tickets cost.
    pub total_price: Money,
    /// What was paid, in colones.
    pub total_crc: Money,
    /// What was paid, in dollars.
    pub total_usd: Money,
    /// Where the tickets go.
    pub email: String,
    /// The picture at the gate, once it is paid.
    pub qr_image: String,
    /// `PENDING`, `PAID`, `CANCELLED`, `FAILED`.
    pub status: &'static str,
    /// The day of the visit.
    pub visit: i64,
    /// Whose order it is.
    pub user: i64,
    /// How many people; the table doesn't hold it.
    pub people: i64,
}

/// A row of `api_payments`.
#[derive(Clone, Debug)]
pub struct Payment {
    /// The primary key.
    pub id: i64,
    /// The order it pays.
    pub order: i64,
    /// When.
    pub payment_date: DateTime<Utc>,
    /// `CARD`, `PAYPAL`, `CASH`.
    pub method: &'static str,
    /// The processor's own id.
    pub transaction: String,
    /// `SUCCESS`, `FAILED`.
    pub status: &'static str,
}

/// A row of `api_donations`.
#[derive(Clone, Debug)]
pub struct Donation {
    /// The primary key.
    pub id: i64,
    /// The user who gave it, if one was logged in.
    pub donor: Option<i64>,
    /// How much.
    pub amount: Money,
    /// `CRC` or `USD`.
    pub currency: &'static str,
    /// As a payment's.
    pub method: &'static str,
    /// What the giver says.
    pub message: &'static str,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A row of `api_auditlog`.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// The primary key.
    pub id: i64,
    /// When it was written.
    pub timestamp: DateTime<Utc>,
    /// `created`, `updated`, `deleted` or `METHOD /path`.
    pub action: String,
    /// The model's name or `API Request`.
    pub model: &'static str,
    /// The object's primary key, if it is about one.
    pub record_id: Option<i64>,
    /// The text, and for a request what it was made from.
    pub details: Details,
    /// Who, if known.
    pub user: Option<i64>,
}

/// A row of `reversion_revision`.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The primary key.
    pub id: i64,
    /// When the request began.
    pub date_created: DateTime<Utc>,
    /// What the administration says was changed; empty for the API.
    pub comment: String,
    /// Who, if known.
    pub user: Option<i64>,
}

/// A row of `reversion_version`.
#[derive(Clone, Debug)]
pub struct Version {
    /// The primary key.
    pub id: i64,
    /// The revision it belongs to.
    pub revision: i64,
    /// The object's model.
    pub model: Model,
    /// The object's primary key.
    pub object: i64,
    /// The object as Django's JSON serializer printed it.
    pub serialized_data: String,
    /// The object's `str()`.
    pub object_repr: String,
}

/// A row of `django_admin_log`: a change made in Django's administration.
#[derive(Clone, Debug)]
pub struct AdminAction {
    /// The primary key.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub user: i64,
    /// The object's model.
    pub model: Model,
    /// The object's primary key.
    pub object: i64,
    /// The object's `str()`.
    pub object_repr: String,
    /// The fields that were changed, as JSON.
    pub message: String,
}

/// A logger of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logger {
    /// Prose about users, in `audit.log`.
    Audit,
    /// JSON about orders and payments, in `audit.log`.
    PurchaseAudit,
    /// `payments.log`
    Payments,
    /// `purchase_orders.log`
    PurchaseOrders,
    /// `donations.log`
    Donations,
    /// `errors.log`
    SystemErrors,
}

/// The level of a log record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `INFO`
    Info,
    /// `WARNING`
    Warning,
    /// `ERROR`
    Error,
}

/// Where in the service's code a record was written: module, function, line.
pub type Place = (&'static str, &'static str, u32);

/// A log record.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub logger: Logger,
    /// How bad.
    pub level: Level,
    /// Where in the code.
    pub place: Place,
    /// The message, line breaks and all.
    pub message: String,
}

/// What is worth showing, by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Highlights {
    /// The audit row of a failed login, its password in the clear.
    pub failing_login: i64,
    /// The audit row of a refused payment that holds a card number.
    pub card_number: i64,
    /// The audit row whose client forged the separator of request and response.
    pub forged: i64,
    /// The audit row of a successful login, answered with tokens.
    pub tokens: i64,
    /// The audit row answered with an HTML error page.
    pub error_page: i64,
    /// The audit row in which the service audited its own audit endpoint.
    pub audited_audit: i64,
    /// The order whose price was changed after it was paid.
    pub order: i64,
    /// An order that was deleted, with its payment.
    pub deleted_order: i64,
    /// A payment that was deleted while its order lives.
    pub deleted_payment: i64,
    /// The user with the most to tell.
    pub user: i64,
}

/// A month in the park.
#[derive(Clone, Debug)]
pub struct Park {
    /// The clock it was told for.
    pub now: DateTime<Utc>,
    /// When the tables were made.
    pub migrated: DateTime<Utc>,
    /// `auth_user`
    pub users: Vec<User>,
    /// `api_role`
    pub roles: &'static [Role],
    /// `api_userprofile`
    pub profiles: Vec<Profile>,
    /// `api_visits`
    pub visits: Vec<Visit>,
    /// `api_purchaseorders`
    pub orders: Vec<Order>,
    /// `api_payments`
    pub payments: Vec<Payment>,
    /// `api_donations`
    pub donations: Vec<Donation>,
    /// `api_auditlog`
    pub audit: Vec<AuditRow>,
    /// `reversion_revision`
    pub revisions: Vec<Revision>,
    /// `reversion_version`
    pub versions: Vec<Version>,
    /// `django_admin_log`
    pub admin_actions: Vec<AdminAction>,
    /// The records of all logs, in time.
    pub events: Vec<Event>,
    /// What is worth showing.
    pub highlights: Highlights,
}
