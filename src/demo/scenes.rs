//! The screenplay's scenes worth finding: an order with a story, a clerk who took the cash, clients who send what they
//! should not, and the last five hours.

use serde_json::json;

use super::answers;
use super::days::{FIRST_DAY, Script};
use super::people::{ANA, DIGITS, DIRECTORA, GERARDO, KIOSK, LUIS, MARISOL, MEI, STAFF, person};
use super::python::Body;
use super::rows::{Level, Logger, Money};
use super::service::Service;
use super::shop::Method;

/// How many days ago the clerk lost his account.
pub(super) const LUIS_LEFT: u64 = 5;

/// Writes all scenes.
pub(super) fn write(script: &mut Script) {
    first_day(script);
    an_order_with_a_story(script);
    the_clerk_who_took_the_cash(script);
    strange_bodies(script);
    strangers_at_the_door(script);
    last_hours(script);
}

fn first_day(script: &mut Script) {
    script.on(FIRST_DAY, (5, 10), Service::found);
    script.on(FIRST_DAY, (5, 40), |s| {
        // A Django form: the body is there to be read, password and all.
        let token = s.chance.hex(32);
        let password = person(DIRECTORA).password;
        let form = format!("csrfmiddlewaretoken={token}&username=directora&password={password}&next=%2Fadmin%2F");
        s.answer(Some(DIRECTORA), "POST /admin/login/", Body::Text(form), 302, Body::Empty);
        for user in STAFF {
            s.wait(15, 40);
            s.assign_role(DIRECTORA, user);
        }
        s.wait(60, 90);
        s.open_days(DIRECTORA, 20, 120);
    });
    script.on(14, (5, 2), Service::log_start);
}

/// Order 9: sold too cheap, corrected, refused, its payment deleted, paid in cash, and changed once more when nobody
/// looked. The eight orders before it are those of the first three days.
fn an_order_with_a_story(script: &mut Script) {
    script.on(25, (8, 5), |s| {
        s.login(ANA);
        s.wait(5, 15);
        s.see_visits(Some(ANA));
        s.wait(30, 60);
        let order = s.buy(ANA, person(ANA).email, 0, 2, Money(100_000));
        s.park.highlights.order = order;
        s.park.highlights.user = ANA;
        s.wait(20, 40);
        s.change_price(ANA, order, Money(150_050));
        s.wait(20, 40);
        let payment = s.pay(ANA, order, Method::Card, false);
        s.park.highlights.deleted_payment = payment;
        s.wait(60, 90);
        s.see_order(ANA, order);
        s.wait(10, 20);
        s.delete_payment(ANA, payment);
        s.wait(30, 60);
        s.pay(ANA, order, Method::Cash, true);
    });
    // Long paid, and at a quarter to six in the morning.
    script.on(2, (5, 47), |s| {
        let order = s.park.highlights.order;
        s.change_price_in_admin(GERARDO, order, Money(50_050));
    });
}

/// Three orders paid in cash and deleted in the evening; the next morning the director reads the audit log.
fn the_clerk_who_took_the_cash(script: &mut Script) {
    for (day, name, email) in [
        (9, "first", "grupo.scout.14@correo.example"),
        (8, "second", "familia.salas@correo.example"),
        (7, "third", "tours.volcan@post.example"),
    ] {
        script.on(day, (15, 12), move |s| {
            s.login(LUIS);
            s.wait(20, 60);
            let order = s.buy(LUIS, email, 1, 12, Money(4_200_000));
            s.wait(20, 60);
            s.pay(LUIS, order, Method::Cash, true);
            s.remembered.insert(name, order);
        });
    }
    script.on(LUIS_LEFT + 1, (17, 40), |s| {
        s.login(LUIS);
        for name in ["first", "second", "third"] {
            let Some(order) = s.remembered.get(name).copied() else { continue };
            s.wait(8, 25);
            s.delete_order(LUIS, order);
            if name == "first" {
                s.park.highlights.deleted_order = order;
            }
        }
        s.wait(8, 15);
        s.answer(Some(LUIS), "GET /api/audit_log/", Body::Empty, 403, answers::permission_denied());
    });
    script.on(LUIS_LEFT, (8, 8), |s| {
        s.login(DIRECTORA);
        s.wait(20, 50);
        s.see_audit_log(DIRECTORA);
        s.wait(100, 300);
        if let Some(order) = s.remembered.get("second").copied() {
            s.see_order(DIRECTORA, order);
        }
        s.wait(30, 60);
        s.lock_out(DIRECTORA, LUIS);
    });
    script.on(LUIS_LEFT, (8, 55), |s| {
        s.wrong_login(person(LUIS).username, person(LUIS).password);
    });
}

/// Bodies that are hard to read back.
fn strange_bodies(script: &mut Script) {
    script.on(23, (6, 3), |s| {
        let odd = |json, printed| Body::Odd { json, printed };
        for body in [
            odd(
                r#"{"a": [1, 2.5, null, true, {"k": "v's \"q\" \n ñ 😀"}]}"#,
                r#"{'a': [1, 2.5, None, True, {'k': 'v\'s "q" \n ñ 😀'}]}"#,
            ),
            odd("12345678901234567890123", "12345678901234567890123"),
            odd(r#"{"x": Infinity, "y": -0.0, "z": 1e-7}"#, "{'x': inf, 'y': -0.0, 'z': 1e-07}"),
            odd(r#"{"dup": 1, "dup": 2, "\u0000nul": "\u0000"}"#, r"{'dup': 2, '\x00nul': '\x00'}"),
            odd(r#""antes\u0000después""#, "antes\0después"),
            Body::Text("a=1&b=2".to_owned()),
        ] {
            s.probe("POST /api/nada/", body);
            s.wait(1, 3);
        }
    });
    script.on(19, (14, 30), |s| {
        let answer = answers::method_not_allowed("PUT");
        let body = json!({"status": "PAID"});
        s.answer(Some(MARISOL), "PUT /api/purchase_orders/4/", Body::Json(body), 405, answer);
    });
    script.on(17, (17, 31), |s| {
        // The telephone number came as a number, and the version keeps it as one.
        s.change_phone(DIGITS, json!(88_887_777));
    });
    script.on(11, (6, 40), |s| {
        // Neither split of this row can be trusted: no side of either is one complete literal.
        let body = "{'a': 1}, Response Code: 200, Response Body: {'b'";
        s.probe("POST /api/nada/", Body::Text(body.to_owned()));
        // What would drive the terminal of someone who prints it raw.
        s.wait(1, 3);
        s.probe("POST /api/nada/", Body::Text("\u{1b}]0;hola\u{7}\u{1b}[2J\u{202e}txt.exe".to_owned()));
        s.wait(1, 3);
        s.probe("POST /api/nada/", Body::Json(json!("=HYPERLINK(\"https://mail.example/\",\"ver\")")));
    });
}

/// Someone tries passwords until the service has enough.
fn strangers_at_the_door(script: &mut Script) {
    script.on(4, (5, 21), |s| {
        for password in ["admin", "123456", "tucan", "password", "parque2026"] {
            s.wrong_login("directora", password);
            s.wait(1, 2);
        }
        let body = json!({"username": "directora", "password": "Tucan-Azul-26"});
        s.answer(None, "POST /api/login/", Body::Json(body), 429, answers::throttled(58));
    });
}

/// What happened since this morning: the first page that a user sees.
fn last_hours(script: &mut Script) {
    script.ago(318, |s| {
        s.login(DIRECTORA);
        s.wait(10, 20);
        s.park.highlights.audited_audit = s.see_audit_log(DIRECTORA);
        s.wait(10, 20);
        s.see_admin_logs(DIRECTORA);
    });
    script.ago(301, |s| {
        s.wrong_login("ana", "ñandú 4 pata");
        s.wait(6, 12);
        s.park.highlights.failing_login = s.wrong_login("ana", "Ñandú 4 patas");
        s.wait(6, 12);
        s.park.highlights.tokens = s.login(ANA);
        s.wait(30, 60);
        let order = s.buy(ANA, "escuela.santa.rosa@correo.example", 3, 9, Money(1_700_000));
        s.wait(20, 40);
        s.pay(ANA, order, Method::Cash, true);
    });
    script.ago(270, |s| {
        s.login(MARISOL);
        s.see_visits(Some(MARISOL));
        s.wait(20, 40);
        let order = s.buy(MARISOL, person(MARISOL).email, 2, 4, Money(1_100_000));
        s.wait(20, 40);
        let payment = s.pay(MARISOL, order, Method::Card, false);
        s.remembered.insert("refused", payment);
        s.remembered.insert("to pay", order);
    });
    script.ago(233, |s| {
        s.login(MEI);
        s.see_payment_methods(Some(MEI));
        s.wait(20, 40);
        let order = s.buy(MEI, person(MEI).email, 5, 2, Money(700_000));
        s.wait(20, 40);
        s.pay(MEI, order, Method::PayPal, true);
        s.see_ticket(MEI, order);
    });
    script.ago(190, |s| {
        s.answer(Some(ANA), "GET /api/audit_log/", Body::Empty, 403, answers::permission_denied());
    });
    script.ago(140, forge);
    script.ago(118, card_number);
    script.ago(95, |s| {
        s.log(Logger::SystemErrors, Level::Error, ("reports", "sales", 92), answers::TRACEBACK);
        let page = answers::server_error_page();
        s.park.highlights.error_page = s.answer(Some(GERARDO), "GET /api/reports/sales/", Body::Empty, 500, page);
    });
    script.ago(62, |s| {
        s.see_orders(ANA);
        s.wait(20, 40);
        let (payment, order) = (s.remembered.get("refused").copied(), s.remembered.get("to pay").copied());
        if let (Some(payment), Some(order)) = (payment, order) {
            s.delete_payment(ANA, payment);
            s.wait(20, 40);
            s.pay(ANA, order, Method::Cash, true);
        }
    });
    script.ago(41, |s| s.donate(Some(MARISOL), Money(500_000), "CRC", Method::Card, "¡Por las tortugas! 🐢"));
    script.ago(17, |s| {
        let answer = json!({"total_price": ["Asegúrese de que este valor es mayor o igual a 0."]});
        let order = s.remembered.get("to pay").copied().unwrap_or_default();
        s.answer(Some(ANA), format!("PATCH /api/purchase_orders/{order}/"), Body::Unseen, 400, Body::Json(answer));
        s.wait(10, 30);
        s.change_phone(ANA, json!("+506 8844-5566"));
    });
    script.ago(2, Service::health);
}

/// A client writes the separator itself. The answer is JSON, so that the row can still be read with certainty.
fn forge(s: &mut Service) {
    let body = Body::Text("not json, Response Code: 200, Response Body: x".to_owned());
    let answer = answers::unsupported_media_type();
    s.park.highlights.forged = s.answer(Some(KIOSK), "POST /api/payments/", body, 415, answer);
}

/// The token had expired, so the body was never read by the framework, and the middleware printed it whole.
fn card_number(s: &mut Service) {
    let order = s.remembered.get("to pay").copied().unwrap_or_default();
    let body = json!({"purchase_order": order, "payment_method": "CARD", "card_number": "4111 1111 1111 1111",
        "expires": "11/29", "cvv": "737", "holder": "MARISOL VARGAS CHAVES"});
    let answer = answers::expired_token();
    s.park.highlights.card_number = s.answer(None, "POST /api/payments/", Body::Json(body), 401, answer);
}
