//! The screenplay, and its ordinary days: the gate opens, people come and buy, machines ask, strangers probe.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Utc};

use super::chance::Chance;
use super::people::{ANA, DIRECTORA, GERARDO, KIOSK, LUIS, STAFF, person};
use super::python::Body;
use super::rows::{Level, Logger, Money, Park};
use super::scenes::LUIS_LEFT;
use super::service::{Service, ZONE, local};
use super::shop::Method;

/// How many days before today the story begins.
pub(super) const FIRST_DAY: u64 = 29;

type Act = Box<dyn FnOnce(&mut Service)>;

/// Scenes and when they begin.
pub(super) struct Script {
    now: DateTime<Utc>,
    today: NaiveDate,
    scenes: Vec<(DateTime<Utc>, Act)>,
}

impl Script {
    /// An empty one that ends now.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Script { now, today: local(now).date(), scenes: Vec::new() }
    }

    /// A scene so many days before today, at a time of that day. Between 05:00 and 18:00: the scenes of the last
    /// hours may begin the evening before today.
    pub(super) fn on(&mut self, days_ago: u64, time: (u32, u32), act: impl FnOnce(&mut Service) + 'static) {
        let at = self.time(days_ago, time) + self.unevenness();
        self.scenes.push((at, Box::new(act)));
    }

    /// A scene so many minutes before now.
    pub(super) fn ago(&mut self, minutes: i64, act: impl FnOnce(&mut Service) + 'static) {
        let at = self.now - Duration::minutes(minutes) - self.unevenness();
        self.scenes.push((at, Box::new(act)));
    }

    /// Nobody acts on the full minute; up to one minute, and another for each scene.
    fn unevenness(&self) -> Duration {
        Duration::milliseconds(self.scenes.len() as i64 * 37_619 % 60_000)
    }

    fn time(&self, days_ago: u64, (hour, minute): (u32, u32)) -> DateTime<Utc> {
        let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
        ZONE.resolve((self.today - Days::new(days_ago)).and_time(time))
    }

    /// Plays the scenes in the order of their times, those of one time as they were written.
    pub(super) fn play(mut self, seed: u64) -> Park {
        self.scenes.sort_by_key(|(at, _)| *at);
        let migrated = self.time(FIRST_DAY, (5, 0));
        let mut service = Service::new(self.now, migrated, seed);
        for (at, act) in self.scenes {
            service.go_to(at);
            act(&mut service);
        }
        service.park
    }
}

/// How many ordinary orders a day, over and over: the number of a day must not depend on the seed, or order 9 would
/// not be the one with a story.
const ORDERS: [u32; 7] = [3, 1, 2, 2, 2, 2, 3];

/// Days before today on which the customers make their accounts, in the order of their ids.
const REGISTRATIONS: [u64; 7] = [28, 28, 27, 25, 20, 16, 3];

/// Writes the ordinary days.
pub(super) fn write(script: &mut Script, seed: u64) {
    let mut chance = Chance::new(!seed);
    for day in REGISTRATIONS {
        script.on(day, (6, 20), |s| {
            s.see_visits(None);
            s.wait(30, 90);
            s.register();
        });
    }
    for day in (1..FIRST_DAY).rev() {
        open_gate(script, day);
        let registered = REGISTRATIONS.iter().filter(|d| **d >= day).count() as i64;
        for n in 0..ORDERS[day as usize % ORDERS.len()] {
            let time = (8 + n * 3 + chance.between(0, 2) as u32, chance.between(10, 59) as u32);
            let buyer = buyer(&mut chance, day, registered);
            script.on(day, time, move |s| shop(s, buyer));
        }
        if chance.happens(45) {
            let donor = chance.happens(50).then(|| customer(&mut chance, registered));
            script.on(day, (17, chance.between(1, 25) as u32), move |s| s.donate_something(donor));
        }
        if chance.happens(60) {
            script.on(day, (5, chance.between(5, 50) as u32), probe);
        }
        if day % 7 == 1 {
            script.on(day, (16, 40), |s| {
                s.login(GERARDO);
                s.wait(5, 20);
                s.see_report(GERARDO);
                s.wait(60, 200);
                s.see_orders(GERARDO);
            });
        }
        if day % 10 == 8 {
            script.on(day, (7, 31), |s| s.open_days(DIRECTORA, 10, 150));
        }
        if day % 6 == 5 {
            script.on(day, (7, 45), |s| {
                s.login(DIRECTORA);
                s.wait(10, 30);
                s.see_audit_log(DIRECTORA);
            });
        }
    }
}

/// Every morning the machine at the gate starts.
fn open_gate(script: &mut Script, day: u64) {
    script.on(day, (7, 0), move |s| {
        s.health();
        s.wait(2, 5);
        s.login(KIOSK);
        s.wait(1, 3);
        s.see_visits(Some(KIOSK));
        if day % 9 == 4 {
            let message = "Error al obtener estado del sistema: No module named 'visits'";
            s.log(Logger::SystemErrors, Level::Error, ("config", "get_system_status", 105), message);
        }
    });
    script.on(day, (12, 5), move |s| {
        s.health();
        if day == 10 {
            s.on_the_full_second();
        }
    });
}

/// One of the customers that have an account.
fn customer(chance: &mut Chance, registered: i64) -> i64 {
    let first = STAFF.end() + 1;
    chance.between(first, first + registered)
}

/// Who makes an ordinary order: mostly customers, now and then someone at the counter.
fn buyer(chance: &mut Chance, day: u64, registered: i64) -> i64 {
    match chance.between(0, 100) {
        0..60 => customer(chance, registered),
        60..75 => KIOSK,
        75..90 if day > LUIS_LEFT => LUIS,
        _ => ANA,
    }
}

/// People at the counter, who have no account.
const WALK_INS: [&str; 6] = [
    "familia.mendez@correo.example",
    "escuela.santa.rosa@correo.example",
    "p.castro@mail.example",
    "turismo.tortuguero@correo.example",
    "núñez.karla@correo.example",
    "hostel-limon@post.example",
];

/// What tickets cost: adults, children.
const PRICES: (i64, i64) = (350_000, 150_000);

/// An ordinary order from the login to the ticket, or as far as it gets.
fn shop(s: &mut Service, user: i64) {
    let staff = person(user).is_staff;
    if s.chance.happens(35) {
        s.preflight("/api/login/");
    }
    if user != KIOSK {
        if s.chance.happens(12) {
            // One letter short: the commonest way to mistype a password.
            let mut short = person(user).password.to_owned();
            short.pop();
            s.wrong_login(person(user).username, &short);
            s.wait(5, 15);
        }
        s.login(user);
        s.wait(2, 9);
    }
    if s.chance.happens(50) {
        s.see_me(user);
    }
    s.see_visits(Some(user));
    s.wait(20, 70);
    s.see_payment_methods(Some(user));
    s.wait(5, 20);
    let (adults, children) = (s.chance.between(1, 5), s.chance.between(0, 4));
    let price = Money(adults * PRICES.0 + children * PRICES.1);
    let email = if staff || user == KIOSK { s.chance.pick(&WALK_INS) } else { person(user).email };
    let ahead = if user == KIOSK { 0 } else { s.chance.between(0, 9) as u64 };
    let order = s.buy(user, email, ahead, adults + children, price);
    s.wait(20, 80);
    let method = match user {
        KIOSK => Method::Card,
        _ if staff => Method::Cash,
        _ => s.chance.pick(&[Method::Card, Method::Card, Method::PayPal]),
    };
    match s.chance.between(0, 100) {
        0..80 => {
            s.pay(user, order, method, true);
            s.wait(1, 4);
            s.see_order(user, order);
            s.see_ticket(user, order);
        }
        80..87 => {
            s.pay(user, order, Method::Card, false);
            s.wait(30, 60);
            s.see_orders(user);
        }
        87..94 => {
            s.wait(60, 200);
            s.cancel(user, order);
        }
        _ => s.see_orders(user), // left unpaid
    }
    if s.chance.happens(30) {
        s.wait(10, 40);
        s.logout(user);
    } else if s.chance.happens(25) {
        s.wait(10, 40);
        s.refresh(user);
    }
}

/// Strangers in the night.
fn probe(s: &mut Service) {
    for path in ["/wp-login.php", "/.env", "/phpmyadmin/index.php", "/api/.git/config"] {
        if s.chance.happens(55) {
            s.probe(&format!("GET {path}"), Body::Empty);
            s.wait(1, 3);
        }
    }
    if s.chance.happens(40) {
        s.see_without_login("/api/audit_log/");
    }
    if s.chance.happens(25) {
        s.probe("POST /xmlrpc.php", Body::Text("<?xml version=\"1.0\"?>\n<methodCall/>".to_owned()));
    }
    if s.chance.happens(20) {
        s.see_order(KIOSK, 4_000);
    }
}
