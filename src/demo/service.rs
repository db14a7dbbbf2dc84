//! What the service leaves behind: the middleware's row for each response, the signals' row for each save, the
//! versions of a request in one revision, and the log records; all of one clock that only goes forward.

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, SubsecRound, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::chance::Chance;
use super::people::{PEOPLE, person};
use super::python::{Body, Details, dumps, isoformat, serialized};
use super::rows::{
    AdminAction, AuditRow, Event, Level, Logger, Model, Order, Park, Payment, Place, Profile, Revision, User, Version,
    Visit,
};
use crate::query::Zone;

/// The zone of the service: its dates, its logs.
pub(super) const ZONE: Zone = Zone::Named(Tz::America__Costa_Rica);

/// What a clock in the park shows.
pub(super) fn local(at: DateTime<Utc>) -> NaiveDateTime {
    ZONE.at(at).naive_local()
}

/// An instant as Django REST framework prints it: in the service's zone, six fraction digits or none.
pub(super) fn drf(at: DateTime<Utc>) -> String {
    format!("{}{}", isoformat(local(at)), ZONE.at(at).format("%:z"))
}

/// The service while the story is told.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) chance: Chance,
    pub(super) park: Park,
    /// Orders and payments that later scenes come back to, by a name.
    pub(super) remembered: HashMap<&'static str, i64>,
    clock: DateTime<Utc>,
    draft: Option<Draft>,
    next_order: i64,
    next_payment: i64,
}

/// A revision under way.
#[derive(Debug)]
struct Draft {
    started: DateTime<Utc>,
    user: Option<i64>,
    comment: String,
    versions: Vec<(Model, i64, String, String)>,
}

impl Service {
    pub(super) fn new(now: DateTime<Utc>, migrated: DateTime<Utc>, seed: u64) -> Self {
        let park = Park {
            now,
            migrated,
            users: Vec::new(),
            roles: super::shop::ROLES,
            profiles: Vec::new(),
            visits: Vec::new(),
            orders: Vec::new(),
            payments: Vec::new(),
            donations: Vec::new(),
            audit: Vec::new(),
            revisions: Vec::new(),
            versions: Vec::new(),
            admin_actions: Vec::new(),
            events: Vec::new(),
            highlights: Default::default(),
        };
        Service {
            chance: Chance::new(seed),
            park,
            remembered: HashMap::new(),
            clock: migrated,
            draft: None,
            next_order: 1,
            next_payment: 1,
        }
    }

    // The clock.

    /// The time in the story.
    pub(super) fn clock(&self) -> DateTime<Utc> {
        self.clock
    }

    /// The day in the park.
    pub(super) fn day(&self) -> NaiveDate {
        local(self.clock).date()
    }

    /// Goes on to `at`, or stays if the story is later already.
    pub(super) fn go_to(&mut self, at: DateTime<Utc>) {
        self.clock = self.clock.max(at);
    }

    /// Lets some seconds pass, as a person takes to read a page.
    pub(super) fn wait(&mut self, low: i64, high: i64) {
        let micros = self.chance.between(low * 1_000_000, high * 1_000_000);
        self.clock += Duration::microseconds(micros);
    }

    /// Lets some milliseconds pass, as the service takes to do something.
    pub(super) fn tick(&mut self) -> DateTime<Utc> {
        let micros = self.chance.between(700, 24_000);
        self.clock += Duration::microseconds(micros);
        self.clock
    }

    // Requests.

    /// A request that a view answers, whose saves are one revision; the id of its audit row.
    pub(super) fn serve(
        &mut self,
        user: Option<i64>,
        action: impl Into<String>,
        request: Body,
        view: impl FnOnce(&mut Self) -> (u16, Body),
    ) -> i64 {
        let started = self.tick();
        self.draft = Some(Draft { started, user, comment: String::new(), versions: Vec::new() });
        let (status, response) = view(self);
        self.commit();
        self.answer(user, action, request, status, response)
    }

    /// A request that changes nothing; the id of its audit row.
    pub(super) fn answer(
        &mut self,
        user: Option<i64>,
        action: impl Into<String>,
        request: Body,
        status: u16,
        response: Body,
    ) -> i64 {
        self.audit(action.into(), "API Request", None, Details::Exchange { request, status, response }, user)
    }

    fn audit(
        &mut self,
        action: String,
        model: &'static str,
        record_id: Option<i64>,
        details: Details,
        user: Option<i64>,
    ) -> i64 {
        let timestamp = self.tick();
        let id = self.park.audit.len() as i64 + 1;
        self.park.audit.push(AuditRow { id, timestamp, action, model, record_id, details, user });
        id
    }

    /// Makes the newest audit row one of those, of a million, that fall on a full second: Django stores them without
    /// a fraction.
    pub(super) fn on_the_full_second(&mut self) {
        if let Some(row) = self.park.audit.last_mut() {
            row.timestamp = row.timestamp.trunc_subsecs(0) + Duration::seconds(1);
            self.clock = row.timestamp;
        }
    }

    // Versions.

    /// Saves made by a command, outside any request, are one revision too.
    pub(super) fn revise(&mut self, comment: &str, save: impl FnOnce(&mut Self)) {
        self.draft = Some(Draft { started: self.clock, user: None, comment: comment.to_owned(), versions: Vec::new() });
        save(self);
        self.commit();
    }

    /// What the administration says of the change under way.
    pub(super) fn comment(&mut self, comment: &str) {
        if let Some(draft) = &mut self.draft {
            comment.clone_into(&mut draft.comment);
        }
    }

    fn commit(&mut self) {
        let Some(draft) = self.draft.take() else { return };
        // django-reversion keeps only what still exists, and nothing of a request that saved nothing.
        if draft.versions.is_empty() {
            return;
        }
        let revision = self.park.revisions.len() as i64 + 1;
        self.park.revisions.push(Revision {
            id: revision,
            date_created: draft.started,
            comment: draft.comment,
            user: draft.user,
        });
        for (model, object, serialized_data, object_repr) in draft.versions {
            let id = self.park.versions.len() as i64 + 1;
            self.park.versions.push(Version { id, revision, model, object, serialized_data, object_repr });
        }
    }

    /// Puts the object as it is now into the revision under way; a second save of it replaces the first.
    pub(super) fn version(&mut self, model: Model, object: i64, fields: Value, object_repr: String) {
        let label = format!("{}.{}", model.app(), model.name());
        let data = dumps(&json!([{"model": label, "pk": object, "fields": fields}]));
        let Some(draft) = &mut self.draft else { return };
        match draft.versions.iter_mut().find(|(m, id, ..)| (*m, *id) == (model, object)) {
            Some(version) => (version.2, version.3) = (data, object_repr),
            None => draft.versions.push((model, object, data, object_repr)),
        }
    }

    // Saves and deletes: a signal row and a version each.

    /// A model's signal: `created`, `updated`, `deleted`.
    pub(super) fn signal(&mut self, verb: &str, model: Model, id: i64, owner: Option<i64>) {
        let sentence = format!("Action {verb} on {} with id {id}", model.name());
        self.audit(verb.to_owned(), model.name(), Some(id), Details::Sentence(sentence), owner);
    }

    /// After an order was saved. One that was just made still holds its model's defaults, which are floats.
    pub(super) fn order_saved(&mut self, order: &Order, created: bool) {
        self.signal(if created { "created" } else { "updated" }, Model::PurchaseOrders, order.id, Some(order.user));
        let decimal = |money: super::Money| if created { json!(money.float()) } else { json!(money.to_string()) };
        let fields = json!({
            "order_date": order.order_date.to_string(),
            "purchase_date": order.purchase_date.to_string(),
            "total_price": order.total_price.to_string(),
            "total_crc": decimal(order.total_crc),
            "total_usd": decimal(order.total_usd),
            "email": order.email,
            "qr_image": order.qr_image,
            "status": order.status,
            "visit": order.visit,
            "user": order.user,
        });
        self.version(Model::PurchaseOrders, order.id, fields, order_repr(order));
    }

    /// After a payment was made; payments are never changed.
    pub(super) fn payment_saved(&mut self, payment: &Payment) {
        self.signal("created", Model::Payments, payment.id, None);
        let fields = json!({
            "purchase_order": payment.order,
            "payment_date": serialized(payment.payment_date),
            "payment_method": payment.method,
            "transaction_id": payment.transaction,
            "status": payment.status,
        });
        let repr = format!("Payment {} for order {}", payment.transaction, payment.order);
        self.version(Model::Payments, payment.id, fields, repr);
    }

    /// After a day was saved.
    pub(super) fn visit_saved(&mut self, visit: &Visit, created: bool) {
        self.signal(if created { "created" } else { "updated" }, Model::Visits, visit.id, None);
        let fields = json!({
            "day": visit.day.to_string(),
            "total_slots": visit.total_slots,
            "occupied_slots": visit.occupied_slots,
        });
        self.version(Model::Visits, visit.id, fields, format!("Visit on {}", visit.day));
    }

    /// After a profile was saved, `phone` being what the code had put there: not always a string.
    pub(super) fn profile_version(&mut self, profile: &Profile, phone: Value) {
        let fields = json!({
            "user": profile.id,
            "phone": phone,
            "language": profile.language,
            "created_at": serialized(profile.created_at),
            "province": profile.province,
            "roles": profile.roles,
        });
        let repr = format!("Perfil de {}", person(profile.id).username);
        self.version(Model::UserProfile, profile.id, fields, repr);
    }

    /// A change made in Django's administration, in its own log.
    pub(super) fn admin_action(&mut self, user: i64, model: Model, object: i64, object_repr: String, field: &str) {
        let id = self.park.admin_actions.len() as i64 + 1;
        let message = dumps(&json!([{"changed": {"fields": [field]}}]));
        let at = self.tick();
        self.park.admin_actions.push(AdminAction { id, at, user, model, object, object_repr, message });
    }

    // Log records.

    /// A line of prose.
    pub(super) fn log(&mut self, logger: Logger, level: Level, place: Place, message: impl Into<String>) {
        let at = self.tick();
        self.park.events.push(Event { at, logger, level, place, message: message.into() });
    }

    /// What a user did, in prose.
    pub(super) fn log_user_action(&mut self, user: i64, action: &str, detail: &str) {
        let name = person(user).username;
        let message = format!("Usuario: {name} (ID: {user}) - Acción: {action} - Detalles: {detail}");
        self.log(Logger::Audit, Level::Info, ("logging_config", "log_user_action", 171), message);
    }

    /// An `AUDIT: ` line about an order or a payment.
    pub(super) fn log_event(
        &mut self,
        event: &str,
        model: Model,
        id: i64,
        user: Option<i64>,
        changes: Value,
        extra: Value,
    ) {
        let at = self.tick();
        let line = json!({
            "timestamp": isoformat(local(at)),
            "event_type": event,
            "model": if model == Model::Payments { "Payments" } else { "PurchaseOrders" },
            "instance_id": id,
            "user_id": user,
            "user_email": user.map(|id| person(id).email),
            "changes": changes,
            "extra_data": extra,
        });
        let message = format!("AUDIT: {}", dumps(&line));
        let place = ("audit", "log_event", 47);
        self.park.events.push(Event { at, logger: Logger::PurchaseAudit, level: Level::Info, place, message });
    }

    // Keys.

    /// The next order's id; ids are never used twice.
    pub(super) fn next_order(&mut self) -> i64 {
        self.next_order += 1;
        self.next_order - 1
    }

    /// The next payment's id.
    pub(super) fn next_payment(&mut self) -> i64 {
        self.next_payment += 1;
        self.next_payment - 1
    }

    /// The users so far are the first of everybody; makes the next one and their profile.
    pub(super) fn add_user(&mut self) -> Option<&'static super::Person> {
        let person = PEOPLE.get(self.park.users.len())?;
        let date_joined = self.tick();
        self.park.users.push(User { person, is_active: true, date_joined, last_login: None });
        let created_at = self.tick();
        self.park.profiles.push(Profile {
            id: person.id,
            phone: None,
            language: "es",
            created_at,
            province: None,
            roles: Vec::new(),
        });
        self.signal("created", Model::UserProfile, person.id, Some(person.id));
        Some(person)
    }
}

/// An order's `str()`.
pub(super) fn order_repr(order: &Order) -> String {
    format!("Purchase Order by {} on {}", order.email, order.order_date)
}
