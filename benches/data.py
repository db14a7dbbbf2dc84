#!/usr/bin/env python3
"""Makes the database that scripts/bench measures on: the service's schema, and as many audit rows as asked for.

    data.py FILE --rows N [--seed S]

About 85 % of the rows are the HTTP middleware's, with bodies of 1 KB on average and a long tail, printed as Python
prints them; the others are the model signals'. Users go from 1 to 200; user 5 has one row in two hundred. Times are
nearly in the order of ids, as they are when several processes write, and there is no index on them. The same seed makes
the same rows. A million rows are 1 GB and take some twenty seconds.
"""

import argparse
import datetime
import os
import random
import sqlite3
import sys

# Raised whenever the rows of a seed change, so that data made before is not taken for the same.
EDITION = 1

SCHEMA = """
CREATE TABLE "django_content_type" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL);
CREATE UNIQUE INDEX "django_content_type_app_label_model_76bd3d3b_uniq" ON "django_content_type" ("app_label", "model");
CREATE TABLE "auth_user" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "is_superuser" bool NOT NULL, "username" varchar(150) NOT NULL UNIQUE, "last_name" varchar(150) NOT NULL, "email" varchar(254) NOT NULL, "is_staff" bool NOT NULL, "is_active" bool NOT NULL, "date_joined" datetime NOT NULL, "first_name" varchar(150) NOT NULL);
CREATE TABLE "api_auditlog" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "timestamp" datetime NOT NULL, "action" varchar(255) NOT NULL, "model" varchar(255) NOT NULL, "record_id" integer unsigned NULL CHECK ("record_id" >= 0), "details" text NULL, "user_id" integer NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX "api_auditlog_user_id_b15d4175" ON "api_auditlog" ("user_id");
CREATE TABLE "reversion_revision" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "date_created" datetime NOT NULL, "comment" text NOT NULL, "user_id" integer NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX "reversion_revision_date_created_96f7c20c" ON "reversion_revision" ("date_created");
CREATE INDEX "reversion_revision_user_id_17095f45" ON "reversion_revision" ("user_id");
CREATE TABLE "reversion_version" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "object_id" varchar(191) NOT NULL, "format" varchar(255) NOT NULL, "serialized_data" text NOT NULL, "object_repr" text NOT NULL, "content_type_id" integer NOT NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "revision_id" integer NOT NULL REFERENCES "reversion_revision" ("id") DEFERRABLE INITIALLY DEFERRED, "db" varchar(191) NOT NULL);
CREATE UNIQUE INDEX "reversion_version_db_content_type_id_objec_b2c54f65_uniq" ON "reversion_version" ("db", "content_type_id", "object_id", "revision_id");
CREATE INDEX "reversion_version_content_type_id_7d0ff25c" ON "reversion_version" ("content_type_id");
CREATE INDEX "reversion_version_revision_id_af9f6a9d" ON "reversion_version" ("revision_id");
CREATE INDEX "reversion_v_content_f95daf_idx" ON "reversion_version" ("content_type_id", "db");
"""

MODELS = ["purchaseorders", "payments", "visits", "userprofile", "donations", "tickets", "services"]
NAMES = ["ana", "luis", "maría", "josé", "sofía", "ñandú", "carlos", "lucía", "diego", "elena", "andrés", "valeria"]
USERS = 200

# Enough different records that no two pages of results are alike, few enough to print once.
POOL = 4000


class Park:
    """Plausible requests and answers, printed as Python prints them."""

    def __init__(self, dice):
        self.dice = dice
        self.orders = [repr(self.order(n)) for n in range(POOL)]
        self.payments = [repr(self.payment(n)) for n in range(POOL)]
        self.visits = [repr(self.visit(n)) for n in range(POOL)]
        self.entries = [repr(self.entry(n)) for n in range(POOL)]

    def email(self):
        return f"{self.dice.choice(NAMES)}.{self.dice.choice(NAMES)}{self.dice.randrange(999)}@ex.com"

    def day(self):
        return f"2026-{self.dice.randint(1, 12):02}-{self.dice.randint(1, 28):02}"

    def order(self, n):
        dice = self.dice
        return {
            "id": n, "payment": dice.choice([None, n]), "order_date": self.day(), "purchase_date": self.day(),
            "total_price": f"{dice.randrange(100_000) / 100:.2f}", "total_crc": "0.00", "total_usd": "0.00",
            "email": self.email(), "qr_image": f"http://park.example/media/qr_codes/qr_order_{n}.png",
            "status": dice.choice(["PENDING", "PAID", "PAID", "PAID", "CANCELLED", "FAILED"]),
            "visit": dice.randrange(400), "user": dice.randint(1, USERS),
        }

    def payment(self, n):
        dice = self.dice
        return {
            "id": n, "purchase_order": n, "payment_date": f"{self.day()}T09:09:54.{dice.randrange(10**6):06}-06:00",
            "payment_method": dice.choice(["CARD", "PAYPAL", "CASH"]), "transaction_id": f"TX-{dice.getrandbits(64):016x}",
            "status": dice.choice(["SUCCESS", "SUCCESS", "SUCCESS", "FAILED"]),
        }

    def visit(self, n):
        slots = self.dice.randrange(50, 400)
        return {"id": n, "day": self.day(), "total_slots": slots, "occupied_slots": self.dice.randrange(slots)}

    def entry(self, n):
        details = details_of("", 200, f"[{self.payments[n]}, {self.orders[n]}]")
        return {
            "id": n, "timestamp": f"{self.day()}T03:09:54.628009-06:00", "action": "GET /api/payments/",
            "model": "API Request", "record_id": None, "details": details, "user": self.dice.randint(1, USERS),
        }

    def page(self, path, pool, most):
        """A page of results; long ones are rare."""
        count = min(int(self.dice.expovariate(1 / 6)) + 1, most)
        first = self.dice.randrange(POOL - count)
        results = ", ".join(pool[first : first + count])
        following = f"'http://park.example{path}?page=2'" if count == most else "None"
        return f"{{'count': {first}, 'next': {following}, 'previous': None, 'results': [{results}]}}"

    def token(self):
        return f"eyJhbGciOiJIUzI1NiJ9.{self.dice.getrandbits(480):0120x}.{self.dice.getrandbits(256):064x}"

    def request(self):
        """One request: its method, path and details."""
        dice = self.dice
        kind = dice.random()
        n = dice.randrange(POOL)
        if kind < 0.20:
            path = "/api/purchase-orders/"
            return "GET", path, details_of("", 200, self.page(path, self.orders, 20))
        if kind < 0.36:
            path = "/api/payments/"
            return "GET", path, details_of("", 200, self.page(path, self.payments, 50))
        if kind < 0.48:
            return "GET", "/api/visits/", details_of("", 200, self.page("/api/visits/", self.visits, 100))
        if kind < 0.56:
            methods = "[{'method': 'VISA', 'label': 'Tarjeta Visa'}, {'method': 'CASH', 'label': 'Efectivo/SINPE'}]"
            return "GET", "/api/payments/available_methods/", details_of("", 200, methods)
        if kind < 0.64:
            return "POST", "/api/purchase-orders/", details_of("None", 201, self.orders[n])
        if kind < 0.70:
            return "POST", "/api/payments/", details_of("None", 201, self.payments[n])
        if kind < 0.74:
            return "PATCH", f"/api/purchase-orders/{n}/", details_of("None", 200, self.orders[n])
        if kind < 0.79:
            tokens = {"refresh": self.token(), "access": self.token()}
            return "POST", "/api/token/", details_of("None", 200, repr(tokens))
        if kind < 0.82:
            body = {"username": f"user{dice.randint(1, USERS)}", "password": f"clave-{dice.getrandbits(40):x}"}
            refused = {"detail": "La combinación de credenciales no tiene una cuenta activa"}
            return "POST", "/api/token/", details_of(repr(body), 401, repr(refused))
        if kind < 0.85:
            refused = {"transaction_id": ["Ya existe un pago con este transaction id."], "code": "insufficient_funds"}
            refused["order"] = n
            return "POST", "/api/payments/", details_of("None", 400, repr(refused))
        if kind < 0.88:
            return "GET", f"/api/payments/{n}/", details_of("", 403, "{'detail': 'Usted no tiene permiso para realizar esta acción.'}")
        if kind < 0.91:
            return "DELETE", f"/api/purchase-orders/{n}/", details_of("", 204, "")
        if kind < 0.94:
            return "GET", f"/api/orders/{n}", details_of("", 404, not_found(n))
        if kind < 0.96:
            return "GET", f"/api/purchase-orders/{n}/qr/", details_of("", 200, "None")
        if kind < 0.965:
            return "POST", "/api/donations/", details_of(f"amount={n}&currency=CRC", 415, "{'detail': 'Tipo de medio incompatible.'}")
        if kind < 0.97:
            return "GET", "/api/admin/system-status/", details_of("", 500, "<h1>Server Error (500)</h1>" + not_found(n))
        path = "/api/audit_log/"
        return "GET", path, details_of("", 200, self.page(path, self.entries, 50))


def details_of(request, status, response):
    return f"Request Body: {request}, Response Code: {status}, Response Body: {response}"


def not_found(n):
    lines = "".join(f"    <li>api/route-{n}-{i}/ [name='route-{i}']</li>\n" for i in range(25))
    return f'\n<!doctype html>\n<html lang="en">\n<head><title>Page not found</title></head>\n<ol>\n{lines}</ol>\n</html>\n'


def user_chooser(dice):
    """Some write much, most little; user 5 has one row in two hundred."""
    others = [user for user in range(1, USERS + 1) if user != 5]
    weights = [1 / (rank + 3) for rank in range(len(others))]
    dice.shuffle(weights)
    pool = dice.choices(others, weights, k=1 << 14)

    def choose():
        chance = dice.random()
        if chance < 0.005:
            return 5
        return None if chance < 0.2 else pool[dice.getrandbits(14)]

    return choose


def audit_rows(count, dice):
    park = Park(dice)
    user = user_chooser(dice)
    end = datetime.datetime(2026, 11, 23, 9, 9, 53, 377372)
    step = datetime.timedelta(seconds=14)
    clock = end - count * step
    for record in range(1, count + 1):
        clock += step
        # A slow request gets its id late: times are out of order by up to half a minute.
        moment = clock - datetime.timedelta(microseconds=dice.randrange(30_000_000))
        if record % 500 == 0:
            # The fraction is absent when it is zero.
            moment = moment.replace(microsecond=0)
        if dice.random() < 0.85:
            method, path, details = park.request()
            yield record, moment.isoformat(" "), f"{method} {path}", "API Request", None, details, user()
        else:
            action, model = dice.choice(["created", "updated", "updated", "updated", "deleted"]), dice.choice(MODELS)
            key = dice.randrange(1, 50_000)
            details = f"Action {action} on {model} with id {key}"
            yield record, moment.isoformat(" "), action, model, key, details, user() if dice.random() < 0.5 else None


def users():
    for n in range(1, USERS + 1):
        name = f"{NAMES[n % len(NAMES)]}{n}"
        password = "pbkdf2_sha256$1000000$bench$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        joined = "2025-01-01 12:00:00"
        yield n, password, None, n == 1, name, "", f"{name}@ex.com", n == 1, True, joined, name.title()


def make(path, rows, seed):
    part = f"{path}.part"
    if os.path.exists(part):
        os.remove(part)
    database = sqlite3.connect(part, isolation_level=None)
    # Nothing is lost when this is cut short: the file gets its name at the end.
    database.executescript("PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA cache_size = -262144;")
    database.executescript(SCHEMA)
    database.execute("BEGIN")
    database.executemany("INSERT INTO auth_user VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", users())
    database.executemany("INSERT INTO django_content_type (app_label, model) VALUES ('api', ?)", [(m,) for m in MODELS])
    database.executemany("INSERT INTO api_auditlog VALUES (?, ?, ?, ?, ?, ?, ?)", audit_rows(rows, random.Random(seed)))
    database.execute("COMMIT")
    database.close()
    os.replace(part, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=EDITION)
    arguments = parser.parse_args()
    if arguments.rows < 1:
        sys.exit("data.py: --rows must be at least 1")
    make(arguments.file, arguments.rows, arguments.seed)


if __name__ == "__main__":
    main()
