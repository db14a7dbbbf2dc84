#!/usr/bin/env python3
"""Makes the log that scripts/bench measures on: the service's detailed format, so many megabytes as asked for.

    logs.py FILE --megabytes N [--seed S]

Nearly all records are the `AUDIT:` lines of purchase_audit, as the service's log_event writes them; some are prose, a
few are tracebacks of several lines. In one of a thousand the event is PAYMENT_FAILED. Beside FILE stands FILE.ndjson:
the objects of the AUDIT lines alone, which is what other tools can read. The same seed makes the same bytes.
"""

import argparse
import datetime
import json
import random

# Raised whenever the bytes of a seed change, so that a log made before is not taken for the same.
EDITION = 1

NAMES = ["ana", "luis", "maría", "josé", "sofía", "ñandú", "carlos", "lucía", "diego", "elena", "andrés", "valeria"]
TRACEBACK = """Traceback (most recent call last):
  File "/srv/park/api/views.py", line 66, in perform_create
    serializer.save()
api.errors.GatewayTimeout: no answer within 30 s"""


def event(dice, at, n):
    email = f"{dice.choice(NAMES)}.{dice.choice(NAMES)}{dice.randrange(999)}@ex.com"
    user = dice.choice([None, dice.randrange(1, 200)])
    order, kind = dice.randrange(1, 200000), dice.random()
    made = {"timestamp": at.isoformat()}
    who = {"user_id": user, "user_email": email if user else None}
    if kind < 0.001:
        made |= {"event_type": "PAYMENT_FAILED", "model": "Payments", "instance_id": n} | who
        made |= {"changes": {}, "extra_data": {"purchase_order_id": order, "transaction_id": f"TX-{n}", "payment_method": "CARD", "buyer_email": email}}
    elif kind < 0.45:
        made |= {"event_type": "UPDATE", "model": "PurchaseOrders", "instance_id": order} | who
        made |= {
            "changes": {
                "status": {"from": "PENDING", "to": dice.choice(["PAID", "CANCELLED"])},
                "total_price": {"from": dice.randrange(9000) / 2, "to": dice.randrange(9000) / 2},
            },
            "extra_data": {"email": email, "visit_id": dice.randrange(400)},
        }
    elif kind < 0.8:
        made |= {"event_type": "CREATE", "model": "PurchaseOrders", "instance_id": order} | who
        made |= {"changes": {}, "extra_data": {"email": email, "visit_id": dice.randrange(400), "visit_date": at.date().isoformat(), "total_price": dice.randrange(9000) / 2, "status": "PENDING"}}
    else:
        made |= {"event_type": "CREATE", "model": "Payments", "instance_id": n} | who
        made |= {"changes": {}, "extra_data": {"purchase_order_id": order, "transaction_id": f"TX-{n}", "payment_method": dice.choice(["CARD", "PAYPAL", "CASH"]), "status": "SUCCESS", "buyer_email": email}}
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    at, written, n = datetime.datetime(2026, 1, 1, 6), 0, 0
    with open(arguments.file, "w", encoding="utf-8") as log, open(arguments.file + ".ndjson", "w", encoding="utf-8") as objects:
        while written < arguments.megabytes * 1_000_000:
            n += 1
            at += datetime.timedelta(microseconds=dice.randrange(1, 60_000_000))
            stamp = at.strftime("%Y-%m-%d %H:%M:%S")
            kind = dice.random()
            if kind < 0.95:
                text = json.dumps(event(dice, at, n), ensure_ascii=False)
                objects.write(text + "\n")
                line = f"{stamp} - purchase_audit - INFO - audit - log_event:47 - AUDIT: {text}\n"
            elif kind < 0.995:
                line = f"{stamp} - audit - INFO - logging_config - log_user_action:171 - Usuario: {dice.choice(NAMES)} (ID: {dice.randrange(200)}) - Acción: LOGIN - Detalles: origen: web\n"
            else:
                line = f"{stamp} - audit - ERROR - views - perform_create:66 - Pago no confirmado: {n}\n{TRACEBACK}\n"
            log.write(line)
            written += len(line.encode())


if __name__ == "__main__":
    main()
