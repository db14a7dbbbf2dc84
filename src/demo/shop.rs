//! What can be done in the shop, with everything that it leaves behind: register, log in, buy, pay, cancel, delete.

use chrono::{Days, Duration};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::answers;
use super::people::{STAFF, person};
use super::python::{Body, serialized};
use super::rows::{Donation, Level, Logger, Model, Money, Order, Payment, Role, Visit};
use super::service::{Service, drf, local, order_repr};

/// The roles, laid down by a migration.
pub(super) const ROLES: &[Role] = &[
    Role { id: 1, name: "Administración", description: "Todo, también los registros" },
    Role { id: 2, name: "Taquilla", description: "Vende entradas y cobra" },
    Role { id: 3, name: "Contabilidad", description: "Pagos, donaciones y reportes" },
    Role { id: 4, name: "Guía", description: "Ve las visitas del día" },
    Role { id: 5, name: "Cliente", description: "Compra para sí" },
];

/// How something is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Card,
    PayPal,
    Cash,
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Method::Card => "CARD",
            Method::PayPal => "PAYPAL",
            Method::Cash => "CASH",
        }
    }
}

/// Colones to the dollar, in hundredths.
const RATE: i64 = 50_835;

impl Service {
    // Users.

    /// The first day: the staff's accounts, made in the shell, and a first version of what is there.
    pub(super) fn found(&mut self) {
        self.log_start();
        for _ in STAFF {
            self.wait(20, 60);
            self.add_user();
        }
        for id in STAFF {
            self.tick();
            self.revise("Initial version.", |s| s.profile_unchanged(id));
        }
    }

    /// The service has started.
    pub(super) fn log_start(&mut self) {
        // The handler is made a moment before the line is written, and the line says when.
        let stamp = local(self.tick()).format("%Y-%m-%d %H:%M:%S%.6f");
        let message = format!("Sistema de logging configurado correctamente - {stamp}");
        self.log(Logger::Audit, Level::Info, ("logging_config", "setup_logging", 156), message);
    }

    fn profile_unchanged(&mut self, user: i64) {
        let profile = self.park.profiles[(user - 1) as usize].clone();
        let phone = json!(profile.phone);
        self.profile_version(&profile, phone);
    }

    /// The next of the customers makes an account.
    pub(super) fn register(&mut self) {
        self.serve(None, "POST /api/register/", Body::Unseen, |s| {
            let Some(person) = s.add_user() else { return (400, Body::Json(json!({}))) };
            let profile = &mut s.park.profiles[(person.id - 1) as usize];
            profile.roles = vec![person.role];
            profile.province = person.province;
            profile.phone = person.phone.map(str::to_owned);
            s.signal("updated", Model::UserProfile, person.id, Some(person.id));
            s.profile_unchanged(person.id);
            s.log_user_action(person.id, "REGISTER", &format!("email: {}", person.email));
            (201, Body::Json(json!({"id": person.id, "username": person.username, "email": person.email})))
        });
    }

    /// A login that succeeds; the id of its audit row, which holds the password and two tokens.
    pub(super) fn login(&mut self, user: i64) -> i64 {
        let person = person(user);
        let request = json!({"username": person.username, "password": person.password});
        let now = self.tick();
        self.park.users[(user - 1) as usize].last_login = Some(now);
        self.log_user_action(user, "LOGIN", "origen: web");
        let (access, refresh) = (self.token("access", user), self.token("refresh", user));
        let me = json!({"id": user, "username": person.username, "is_staff": person.is_staff});
        let answer = json!({"access": access, "refresh": refresh, "user": me});
        self.answer(Some(user), "POST /api/login/", Body::Json(request), 200, Body::Json(answer))
    }

    /// A login that fails; the id of its audit row.
    pub(super) fn wrong_login(&mut self, username: &str, password: &str) -> i64 {
        let request = Body::Json(json!({"username": username, "password": password}));
        let message = format!("Inicio de sesión fallido: {username}");
        self.log(Logger::Audit, Level::Warning, ("views", "login", 41), message);
        self.answer(None, "POST /api/login/", request, 401, answers::wrong_login())
    }

    /// A JSON Web Token as the service would make one, signed by chance.
    pub(super) fn token(&mut self, kind: &str, user: i64) -> String {
        let id = self.chance.hex(32);
        let expires = self.clock() + if kind == "access" { Duration::hours(1) } else { Duration::days(1) };
        let payload = json!({"token_type": kind, "exp": expires.timestamp(), "jti": id, "user_id": user});
        let header = json!({"alg": "HS256", "typ": "JWT"});
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signature = self.chance.bytes(32);
        format!("{}.{}.{}", part(&header), part(&payload), BASE64URL_NOPAD.encode(&signature))
    }

    /// The director gives a member of the staff a role, in the administration.
    pub(super) fn assign_role(&mut self, admin: i64, user: i64) {
        let role = person(user).role;
        let token = self.chance.hex(32);
        let form =
            format!("csrfmiddlewaretoken={token}&user={user}&phone=&language=es&province=&roles={role}&_save=Guardar");
        self.serve(Some(admin), format!("POST /admin/api/userprofile/{user}/change/"), Body::Text(form), |s| {
            s.park.profiles[(user - 1) as usize].roles = vec![role];
            s.signal("updated", Model::UserProfile, user, Some(user));
            s.profile_unchanged(user);
            s.admin_action(admin, Model::UserProfile, user, format!("Perfil de {}", person(user).username), "Roles");
            s.comment("Modificado Roles.");
            (302, Body::Empty)
        });
    }

    /// The director locks a user out, in the administration.
    pub(super) fn lock_out(&mut self, admin: i64, user: i64) {
        let person = person(user);
        let token = self.chance.hex(32);
        let form = format!(
            "csrfmiddlewaretoken={token}&username={}&first_name={}&last_name={}&is_staff=on&_save=Guardar",
            person.username, person.first_name, person.last_name
        );
        self.park.users[(user - 1) as usize].is_active = false;
        self.admin_action(admin, Model::AuthUser, user, person.username.to_owned(), "Active");
        self.answer(Some(admin), format!("POST /admin/auth/user/{user}/change/"), Body::Text(form), 302, Body::Empty);
    }

    /// A user changes the own telephone number; `sent` is a number or a string, and the version keeps which.
    pub(super) fn change_phone(&mut self, user: i64, sent: Value) {
        self.serve(Some(user), format!("PATCH /api/profiles/{user}/"), Body::Unseen, |s| {
            let profile = &mut s.park.profiles[(user - 1) as usize];
            profile.phone = Some(sent.as_str().map_or_else(|| sent.to_string(), str::to_owned));
            let profile = profile.clone();
            s.signal("updated", Model::UserProfile, user, Some(user));
            s.profile_version(&profile, sent.clone());
            (200, Body::Json(json!({"id": user, "phone": sent, "province": profile.province})))
        });
    }

    // Days.

    /// The director opens the park on so many days more.
    pub(super) fn open_days(&mut self, admin: i64, days: u64, slots: i64) {
        self.serve(Some(admin), "POST /api/visits/bulk/", Body::Unseen, |s| {
            let after = s.park.visits.last().map_or(s.day(), |v| v.day + Days::new(1));
            let mut made = Vec::new();
            for offset in 0..days {
                let id = s.park.visits.len() as i64 + 1;
                let visit = Visit { id, day: after + Days::new(offset), total_slots: slots, occupied_slots: 0 };
                made.push(visit_json(&visit));
                s.visit_saved(&visit, true);
                s.park.visits.push(visit);
            }
            (201, Body::Json(Value::Array(made)))
        });
    }

    fn occupy(&mut self, visit: i64, people: i64) {
        let visit = &mut self.park.visits[(visit - 1) as usize];
        visit.occupied_slots += people;
        let visit = visit.clone();
        self.visit_saved(&visit, false);
    }

    // Orders.

    /// An order of `user` for the day `ahead` days from now; its id.
    pub(super) fn buy(&mut self, user: i64, email: &str, ahead: u64, people: i64, price: Money) -> i64 {
        let id = self.next_order();
        self.serve(Some(user), "POST /api/purchase_orders/", Body::Unseen, |s| {
            let today = s.day();
            let day = today + Days::new(ahead);
            let visit = s.park.visits.iter().find(|v| v.day == day).map_or(1, |v| v.id);
            let order = Order {
                id,
                order_date: today,
                purchase_date: today,
                total_price: price,
                total_crc: Money::default(),
                total_usd: Money::default(),
                email: email.to_owned(),
                qr_image: String::new(),
                status: "PENDING",
                visit,
                user,
                people,
            };
            s.park.orders.push(order.clone());
            s.order_saved(&order, true);
            let extra = json!({"email": email, "visit_id": visit, "visit_date": day.to_string(),
                "total_price": price.float(), "status": "PENDING"});
            s.log_event("CREATE", Model::PurchaseOrders, id, Some(user), json!({}), extra);
            s.occupy(visit, people);
            s.log_user_action(user, "CREATE_ORDER", &format!("order_id: {id}, total: {}", price.0 / 100));
            let place = ("views", "perform_create", 88);
            s.log(Logger::PurchaseOrders, Level::Info, place, format!("Orden de compra creada: {id} - {email}"));
            (201, Body::Json(s.order_json(&order)))
        });
        id
    }

    /// Changes an order and saves it.
    pub(super) fn update_order(&mut self, id: i64, change: impl FnOnce(&mut Order)) {
        let Some(order) = self.park.orders.iter_mut().find(|o| o.id == id) else { return };
        let before = order.clone();
        change(order);
        let order = order.clone();
        self.order_saved(&order, false);
        let mut changes = serde_json::Map::new();
        let mut note = |field: &str, from: Value, to: Value| {
            if from != to {
                changes.insert(field.to_owned(), json!({"from": from, "to": to}));
            }
        };
        note("status", json!(before.status), json!(order.status));
        note("total_price", json!(before.total_price.float()), json!(order.total_price.float()));
        note("total_crc", json!(before.total_crc.float()), json!(order.total_crc.float()));
        note("total_usd", json!(before.total_usd.float()), json!(order.total_usd.float()));
        let extra = json!({"email": order.email, "visit_id": order.visit});
        self.log_event("UPDATE", Model::PurchaseOrders, id, None, Value::Object(changes), extra);
    }

    /// The order as it is; a scene asks only for orders it made.
    fn order(&self, id: i64) -> Option<Order> {
        self.park.orders.iter().find(|o| o.id == id).cloned()
    }

    /// A new price through the API.
    pub(super) fn change_price(&mut self, user: i64, id: i64, price: Money) {
        self.serve(Some(user), format!("PATCH /api/purchase_orders/{id}/"), Body::Unseen, |s| {
            s.update_order(id, |o| o.total_price = price);
            (200, s.order(id).map_or(Body::Empty, |o| Body::Json(s.order_json(&o))))
        });
    }

    /// A new price in the administration, whose form has a file field, so that the middleware sees no body.
    pub(super) fn change_price_in_admin(&mut self, admin: i64, id: i64, price: Money) {
        self.serve(Some(admin), format!("POST /admin/api/purchaseorders/{id}/change/"), Body::Unseen, |s| {
            s.update_order(id, |o| o.total_price = price);
            if let Some(order) = s.order(id) {
                let repr = order_repr(&order);
                s.admin_action(admin, Model::PurchaseOrders, id, repr, "Total price");
            }
            s.comment("Modificado Total price.");
            (302, Body::Empty)
        });
    }

    /// Cancels an order and gives its places back.
    pub(super) fn cancel(&mut self, user: i64, id: i64) {
        let Some(order) = self.order(id) else { return };
        self.serve(Some(user), format!("PATCH /api/purchase_orders/{id}/"), Body::Unseen, |s| {
            s.update_order(id, |o| o.status = "CANCELLED");
            s.occupy(order.visit, -order.people);
            s.log_user_action(user, "CANCEL_ORDER", &format!("order_id: {id}"));
            (200, s.order(id).map_or(Body::Empty, |o| Body::Json(s.order_json(&o))))
        });
    }

    /// Deletes an order and, as Django does, its payment before it.
    pub(super) fn delete_order(&mut self, user: i64, id: i64) {
        let Some(order) = self.order(id) else { return };
        let payment = self.park.payments.iter().position(|p| p.order == id);
        self.serve(Some(user), format!("DELETE /api/purchase_orders/{id}/"), Body::Empty, |s| {
            if let Some(payment) = payment.map(|at| s.park.payments.remove(at)) {
                s.payment_deleted(&payment, user);
            }
            s.park.orders.retain(|o| o.id != id);
            s.signal("deleted", Model::PurchaseOrders, id, Some(order.user));
            let extra = json!({"email": order.email, "visit_id": order.visit, "status": order.status});
            s.log_event("DELETE", Model::PurchaseOrders, id, Some(user), json!({}), extra);
            let place = ("views", "perform_destroy", 131);
            s.log(Logger::PurchaseOrders, Level::Warning, place, format!("Orden de compra eliminada: {id}"));
            if order.status != "CANCELLED" {
                s.occupy(order.visit, -order.people);
            }
            (204, Body::Empty)
        });
    }

    // Payments.

    /// Pays an order, or tries to; the payment's id.
    pub(super) fn pay(&mut self, user: i64, id: i64, method: Method, succeeds: bool) -> i64 {
        let Some(order) = self.order(id) else { return 0 };
        let payment_id = self.next_payment();
        self.serve(Some(user), "POST /api/payments/", Body::Unseen, |s| {
            let at = s.tick();
            let transaction = match method {
                Method::Card => format!("ch_{}", s.chance.hex(16)),
                Method::PayPal => format!("PAYID-{}", s.chance.hex(14).to_uppercase()),
                Method::Cash => format!("CAJA-{}-{payment_id:05}", at.format("%y%m%d")),
            };
            let status = if succeeds { "SUCCESS" } else { "FAILED" };
            let payment =
                Payment { id: payment_id, order: id, payment_date: at, method: method.name(), transaction, status };
            s.payment_saved(&payment);
            let about = json!({"purchase_order_id": id, "transaction_id": payment.transaction});
            let created =
                with(&about, &[("payment_method", method.name()), ("status", status), ("buyer_email", &order.email)]);
            s.log_event("CREATE", Model::Payments, payment_id, Some(user), json!({}), created);
            s.update_order(id, |o| {
                if succeeds {
                    o.status = "PAID";
                    o.qr_image = format!("qr_codes/qr_order_{id}.png");
                    o.total_crc = o.total_price;
                    o.total_usd = Money((o.total_price.0 * 100 + RATE / 2) / RATE);
                } else {
                    o.status = "FAILED";
                }
            });
            let outcome = with(&about, &[("payment_method", method.name()), ("buyer_email", &order.email)]);
            let event = if succeeds { "PAYMENT_SUCCESS" } else { "PAYMENT_FAILED" };
            s.log_event(event, Model::Payments, payment_id, None, json!({}), outcome);
            let place = ("views", "perform_create", 60);
            if succeeds {
                s.log(Logger::Payments, Level::Info, place, format!("Pago creado exitosamente: {payment_id}"));
            } else {
                let message = format!(
                    "Pago rechazado: {payment_id}\n  orden: {id}\n  procesador: card_declined (insufficient_funds)"
                );
                s.log(Logger::Payments, Level::Warning, ("views", "perform_create", 66), message);
            }
            let answer = payment_json(&payment);
            s.park.payments.push(payment);
            (201, Body::Json(answer))
        });
        payment_id
    }

    fn payment_deleted(&mut self, payment: &Payment, user: i64) {
        self.signal("deleted", Model::Payments, payment.id, None);
        let extra = json!({"purchase_order_id": payment.order, "transaction_id": payment.transaction,
            "status": payment.status});
        self.log_event("DELETE", Model::Payments, payment.id, Some(user), json!({}), extra);
        let message = format!("Pago eliminado: {} (orden {})", payment.id, payment.order);
        self.log(Logger::Payments, Level::Warning, ("views", "perform_destroy", 97), message);
    }

    /// Deletes a failed payment, so that its order can be paid again.
    pub(super) fn delete_payment(&mut self, user: i64, id: i64) {
        let Some(at) = self.park.payments.iter().position(|p| p.id == id) else { return };
        self.serve(Some(user), format!("DELETE /api/payments/{id}/"), Body::Empty, |s| {
            let payment = s.park.payments.remove(at);
            s.payment_deleted(&payment, user);
            s.update_order(payment.order, |o| o.status = "PENDING");
            (204, Body::Empty)
        });
    }

    // Donations.

    /// A gift.
    pub(super) fn donate(
        &mut self,
        donor: Option<i64>,
        amount: Money,
        currency: &'static str,
        method: Method,
        message: &'static str,
    ) {
        self.serve(donor, "POST /api/donations/", Body::Unseen, |s| {
            let id = s.park.donations.len() as i64 + 1;
            let created_at = s.tick();
            s.park.donations.push(Donation { id, donor, amount, currency, method: method.name(), message, created_at });
            s.signal("created", Model::Donations, id, None);
            let fields = json!({"donor": donor, "amount": amount.to_string(), "currency": currency,
                "payment_method": method.name(), "message": message, "created_at": serialized(created_at)});
            s.version(Model::Donations, id, fields, format!("Donation of {amount} {currency}"));
            let from = donor.map_or("anónimo", |id| person(id).username);
            let line = format!("Donación recibida: {id} - {amount} {currency} - {from}");
            s.log(Logger::Donations, Level::Info, ("views", "perform_create", 24), line);
            (201, Body::Json(json!({"id": id, "amount": amount.to_string(), "currency": currency, "message": message})))
        });
    }

    /// A gift of chance.
    pub(super) fn donate_something(&mut self, donor: Option<i64>) {
        let message =
            self.chance.pick(&["", "", "Pura vida 🌿", "Für die Schildkröten", "Gracias al parque", "加油！"]);
        let (amount, currency) =
            self.chance.pick(&[(500_000, "CRC"), (1_000_000, "CRC"), (1_050, "USD"), (2_500, "USD")]);
        let method = if currency == "USD" { Method::PayPal } else { Method::Card };
        self.donate(donor, Money(amount), currency, method, message);
    }

    // Answers.

    /// An order as the API prints it.
    pub(super) fn order_json(&self, order: &Order) -> Value {
        let payment = self.park.payments.iter().find(|p| p.order == order.id).map(payment_json);
        json!({"id": order.id, "payment": payment, "total_price": order.total_price.to_string(),
            "email": order.email, "visit": order.visit, "user": order.user})
    }
}

/// A payment as the API prints it.
fn payment_json(payment: &Payment) -> Value {
    json!({"id": payment.id, "payment_date": drf(payment.payment_date), "payment_method": payment.method,
        "transaction_id": payment.transaction, "status": payment.status, "purchase_order": payment.order})
}

/// A day as the API prints it.
pub(super) fn visit_json(visit: &Visit) -> Value {
    json!({"id": visit.id, "day": visit.day.to_string(), "total_slots": visit.total_slots,
        "occupied_slots": visit.occupied_slots})
}

/// An object with more keys.
fn with(object: &Value, more: &[(&str, &str)]) -> Value {
    let mut object = object.clone();
    if let Value::Object(fields) = &mut object {
        fields.extend(more.iter().map(|(key, value)| ((*key).to_owned(), json!(value))));
    }
    object
}
