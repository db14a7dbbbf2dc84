"""Traffic at random, the same for the same seed."""

import json

from . import awkward
from .visitors import ADMIN, NAMES, Visitor

READS = [
    "/api/payments/methods/", "/api/visits/", "/api/orders/1/", "/api/payments/?page_size=3", "/api/orders/?page_size=2",
    "/api/profiles/2/", "/api/export/", "/api/valor/text/", "/api/system/status/", "/api/donations/", "/robots.txt",
]  # fmt: skip


class Noise:
    def __init__(self, rng):
        self.rng = rng
        # Nobody, most users, and the administrator; an inactive one is as good as nobody.
        self.visitors = [Visitor(), Visitor()] + [Visitor(pk) for pk in range(1, len(NAMES) + 1)]
        self.admin = Visitor(ADMIN)
        self.orders = 0

    def make(self, requests):
        kinds = [self.read, self.lost, self.echo, self.order, self.refused, self.audit, self.form, self.odd]
        for kind in self.rng.choices(kinds, weights=[20, 20, 15, 20, 15, 3, 4, 3], k=requests):
            kind(self.rng.choice(self.visitors))

    def read(self, who):
        who.send("GET", self.rng.choice(READS))

    def lost(self, who):
        """A body that no view read, and an answer that is HTML."""
        who.send(self.rng.choice(["POST", "PUT", "PATCH"]), "/api/nada/", awkward.body(self.rng))

    def echo(self, who):
        who.send("POST", self.rng.choice(["/api/eco/", "/api/webhook/"]), awkward.body(self.rng))

    def order(self, who):
        """An order and now and then its payment, a change, its end."""
        rng, self.orders = self.rng, self.orders + 1
        order = {"email": f"b{self.orders}@ex.com", "visit": rng.choice([1, 2]), "total_price": rng.randrange(10**6) / 100}
        answer = who.send("POST", "/api/orders/", json.dumps(order))
        if answer.status_code != 201:
            return
        number = answer.json()["id"]
        if rng.random() < 0.5:
            payment = {"purchase_order": number, "payment_method": "CARD", "transaction_id": f"N-{number}"}
            payment["status"] = rng.choice(["SUCCESS", "SUCCESS", "FAILED", "OTRO"])
            who.send("POST", "/api/payments/", json.dumps(payment))
        if rng.random() < 0.4:
            who.send("PATCH", f"/api/orders/{number}/", json.dumps({"status": rng.choice(["PAID", "CANCELLED"])}))
        if rng.random() < 0.2:
            self.admin.send("DELETE", f"/api/orders/{number}/")

    def refused(self, who):
        """Answers that DRF gives without reading the body."""
        path, kind = self.rng.choice(
            [
                ("/api/audit_log/", "application/json"),
                ("/api/payments/methods/", "application/json"),
                ("/api/orders/", "text/plain"),
                ("/api/visits/999/", "application/x-odd"),
            ]
        )
        who.send(self.rng.choice(["POST", "PUT", "DELETE"]), path, awkward.body(self.rng), kind=kind)

    def audit(self, who):
        """The service auditing its own audit; small pages, since each holds those before it."""
        self.admin.get("/api/audit_log/", page_size=2, page=self.rng.randint(1, 20), ordering="id")

    def form(self, who):
        who.form("/contacto/", nombre=awkward.text(self.rng), mensaje=awkward.text(self.rng))

    def odd(self, who):
        who.send(self.rng.choice(["GET", "HEAD", "OPTIONS", "LOCK", "get"]), self.rng.choice(awkward.PATHS))
