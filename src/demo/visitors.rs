//! Requests that change nothing: people who look, a machine that asks whether all is well, strangers who probe.

use serde_json::{Value, json};

use super::answers;
use super::people::person;
use super::python::Body;
use super::rows::Order;
use super::service::{Service, drf};
use super::shop::visit_json;

/// Entries and orders on a page of the API.
const PAGE: usize = 3;

impl Service {
    /// The coming week.
    pub(super) fn see_visits(&mut self, user: Option<i64>) {
        let today = self.day();
        let week = self.park.visits.iter().filter(|v| v.day >= today).take(7).map(visit_json).collect();
        self.answer(user, "GET /api/visits/", Body::Empty, 200, Body::Json(Value::Array(week)));
    }

    /// How one can pay.
    pub(super) fn see_payment_methods(&mut self, user: Option<i64>) {
        let methods = json!([{"method": "VISA", "label": "Tarjeta Visa"}, {"method": "PAYPAL", "label": "PayPal"},
            {"method": "CASH", "label": "Efectivo/SINPE"}]);
        self.answer(user, "GET /api/payment_methods/", Body::Empty, 200, Body::Json(methods));
    }

    /// One order; 404 when it is not there.
    pub(super) fn see_order(&mut self, user: i64, id: i64) {
        let order = self.park.orders.iter().find(|o| o.id == id).map(|o| self.order_json(o));
        let (status, answer) = match order {
            Some(order) => (200, Body::Json(order)),
            None => (404, answers::no_such("PurchaseOrders")),
        };
        self.answer(Some(user), format!("GET /api/purchase_orders/{id}/"), Body::Empty, status, answer);
    }

    /// The picture for the gate, which is not text.
    pub(super) fn see_ticket(&mut self, user: i64, order: i64) {
        self.answer(Some(user), format!("GET /api/purchase_orders/{order}/qr/"), Body::Empty, 200, Body::Unseen);
    }

    /// The newest orders.
    pub(super) fn see_orders(&mut self, user: i64) {
        let staff = person(user).is_staff;
        let seen: Vec<&Order> = self.park.orders.iter().filter(|o| staff || o.user == user).collect();
        let next = (seen.len() > PAGE).then_some("https://parque.example/api/purchase_orders/?page=2");
        let results: Vec<Value> = seen.iter().rev().take(PAGE).map(|o| self.order_json(o)).collect();
        let page = json!({"count": seen.len(), "next": next, "previous": null, "results": results});
        self.answer(Some(user), "GET /api/purchase_orders/", Body::Empty, 200, Body::Json(page));
    }

    /// Who one is.
    pub(super) fn see_me(&mut self, user: i64) {
        let person = person(user);
        let roles = &self.park.profiles[(user - 1) as usize].roles;
        let names: Vec<&str> = self.park.roles.iter().filter(|r| roles.contains(&r.id)).map(|r| r.name).collect();
        let me = json!({"id": user, "username": person.username, "first_name": person.first_name,
            "last_name": person.last_name, "email": person.email, "roles": names});
        self.answer(Some(user), "GET /api/users/me/", Body::Empty, 200, Body::Json(me));
    }

    /// The sales of the month.
    pub(super) fn see_report(&mut self, user: i64) {
        let paid = self.park.orders.iter().filter(|o| o.status == "PAID");
        let (count, total) = paid.fold((0, 0), |(n, sum), o| (n + 1, sum + o.total_crc.0));
        let average = if count == 0 { 0.0 } else { total as f64 / 100.0 / f64::from(count) };
        let report = json!({"orders": count, "total_crc": total as f64 / 100.0, "average": average, "refunds": null,
            "complete": true});
        self.answer(Some(user), "GET /api/reports/sales/", Body::Empty, 200, Body::Json(report));
    }

    /// The audit log, audited: the rows of this answer hold the answers of others. The row's id.
    pub(super) fn see_audit_log(&mut self, user: i64) -> i64 {
        // Rows that hold a page of rows would grow without end.
        let short = self.park.audit.iter().rev().filter(|row| row.details.to_string().len() < 700);
        let results: Vec<Value> = short
            .take(PAGE)
            .map(|row| {
                json!({"id": row.id, "timestamp": drf(row.timestamp), "action": row.action, "model": row.model,
                    "record_id": row.record_id, "details": row.details.to_string(), "user": row.user})
            })
            .collect();
        let page = json!({"count": self.park.audit.len(), "next": "https://parque.example/api/audit_log/?page=2",
            "previous": null, "results": results});
        self.answer(Some(user), "GET /api/audit_log/", Body::Empty, 200, Body::Json(page))
    }

    /// The page Admin > Logs.
    pub(super) fn see_admin_logs(&mut self, user: i64) {
        let newest = self.park.audit.iter().rev().take(PAGE * 2);
        let logs = newest
            .map(|row| {
                let name = row.user.map(|id| person(id).username);
                json!({"id": row.id, "user": name, "action": row.action, "timestamp": drf(row.timestamp)})
            })
            .collect();
        self.answer(Some(user), "GET /api/admin/audit-logs/", Body::Empty, 200, Body::Json(Value::Array(logs)));
    }

    /// The monitoring asks, nobody is logged in; the answer is a JSON string.
    pub(super) fn health(&mut self) {
        self.answer(None, "GET /api/health/", Body::Empty, 200, Body::Json(json!("ok")));
    }

    /// A token is renewed.
    pub(super) fn refresh(&mut self, user: i64) {
        let answer = json!({"access": self.token("access", user)});
        self.answer(None, "POST /api/token/refresh/", Body::Unseen, 200, Body::Json(answer));
    }

    /// The session is over.
    pub(super) fn logout(&mut self, user: i64) {
        self.answer(Some(user), "POST /api/logout/", Body::Empty, 204, Body::Empty);
    }

    /// A browser asks what it may send from another site.
    pub(super) fn preflight(&mut self, path: &str) {
        self.answer(None, format!("OPTIONS {path}"), Body::Empty, 200, Body::Empty);
    }

    /// Someone without a token.
    pub(super) fn see_without_login(&mut self, path: &str) {
        self.answer(None, format!("GET {path}"), Body::Empty, 401, answers::not_authenticated());
    }

    /// Strangers look for software that isn't here.
    pub(super) fn probe(&mut self, action: &str, body: Body) -> i64 {
        self.answer(None, action, body, 404, answers::not_found_page())
    }
}
