"""What `auditctl stats` should say: writes random entries into a database, then groups all of them in plain Python.

    stats.py DATABASE SEED

Prints a JSON object a line: the arguments of a question, and the rows of its answer.
"""

import itertools
import json
import random
import re
import sqlite3
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DATABASE, SEED = sys.argv[1], int(sys.argv[2])
ROWS = 3_000
ZONES = ["UTC", "America/Costa_Rica", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
KEYS = ["user", "username", "action", "method", "path", "model", "record_id", "status", "status_class", "hour",
        "weekday", "day", "week", "month"]
UUID = "1f8a2b7c-0d1e-4f3a-9b8c-7d6e5f4a3b2c"

try:
    zones = {name: ZoneInfo(name) for name in ZONES}
except ZoneInfoNotFoundError:
    sys.exit(3)

dice = random.Random(SEED)
database = sqlite3.connect(DATABASE)
database.execute("PRAGMA foreign_keys = OFF")


def entry():
    # Around nights in which clocks are changed, and around New Year.
    near = dice.choice(["2026-03-08 07:00", "2026-11-01 06:00", "2026-12-31 23:00", "2026-04-04 15:00", "2026-10-03 15:30"])
    at = datetime.fromisoformat(near) + timedelta(microseconds=dice.randrange(-10**11, 10**11))
    if dice.random() < 0.1:
        at = at.replace(microsecond=0)
    user = dice.choice([None, None, 1, 2, 3, 4, 5, 4711])
    if dice.random() < 0.4:
        action = dice.choice(["created", "updated", "deleted"])
        model = dice.choice(["payments", "Payments", "purchaseorders", "visits"])
        record = dice.choice([None, dice.randrange(40)])
        return str(at), action, model, record, f"Action {action} on {model}", user
    path = dice.choice(["/api/payments/", "/api/payments/{}/", "/api/v2/items/{}", "/ñandú/{}/x/{}/", "/", f"/api/{UUID}/",
                        f"/api/{UUID.replace('-', '').upper()}"])
    path = path.format(dice.randrange(20), dice.randrange(3))
    status = dice.choice([200, 201, 204, 301, 400, 401, 404, 404, 500, 503])
    details = f"Request Body: {{'n': {dice.randrange(9)}}}, Response Code: {status}, Response Body: {{}}"
    return str(at), f"{dice.choice(['GET', 'POST', 'put'])} {path}", "API Request", None, details, user


with database:
    columns = "timestamp, action, model, record_id, details, user_id"
    database.executemany(f"INSERT INTO api_auditlog ({columns}) VALUES (?, ?, ?, ?, ?, ?)", [entry() for _ in range(ROWS)])

    # Entries that a client has forged have a status that only the decoder knows.
    database.execute("DELETE FROM api_auditlog WHERE details LIKE '%, Response Code: %, Response Code: %'")

names = dict(database.execute("SELECT id, username FROM auth_user"))
rows = list(database.execute(f"SELECT id, {columns} FROM api_auditlog ORDER BY id"))


def folded(path):
    is_id = re.compile(r"[0-9]+|[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
    return "/".join(":id" if is_id.fullmatch(part) else part for part in path.split("/"))


def facts(row, zone, fold):
    id, timestamp, action, model, record_id, details, user = row
    at = datetime.fromisoformat(timestamp).replace(tzinfo=timezone.utc).astimezone(zones[zone])
    year, week, weekday = at.isocalendar()
    request = re.fullmatch(r"([A-Za-z_-]+) (/.*)", action, re.DOTALL)
    codes = re.findall(r", Response Code: ([0-9]{3}), Response Body: ", details or "")
    status = int(codes[0]) if len(codes) == 1 and details.startswith("Request Body: ") else None
    path = request and request[2]
    if fold and path:
        path = folded(path)
        action = f"{request[1]} {path}"
    return {
        "id": id, "user": user, "username": names.get(user), "action": action, "method": request and request[1],
        "path": path, "model": model, "record_id": record_id, "status": status,
        "status_class": status and f"{status // 100}xx", "hour": at.hour, "weekday": weekday, "day": f"{at:%Y-%m-%d}",
        "week": f"{year:04}-W{week:02}", "month": f"{at:%Y-%m}",
    }


def order(value):
    """As values are ordered: null, numbers, text by its bytes."""
    if value is None:
        return (0,)
    return (1, value) if isinstance(value, int) else (2, value.encode())


def grouped(by, zone, fold, error_rate, keep):
    tallies = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        fact = facts(row, zone, fold)
        if not keep(fact):
            continue
        tally = tallies[tuple(fact[key] for key in by)]
        tally[0] += 1
        if fact["method"] is not None:
            tally[1] += 1
            tally[2] += fact["status"] is not None and 400 <= fact["status"] < 600
    total = sum(tally[0] for tally in tallies.values())
    answer = []
    for key, (count, requests, errors) in sorted(tallies.items(), key=lambda item: (-item[1][0], [order(v) for v in item[0]])):
        group = dict(zip(by, key)) | {"count": count, "share": count / total}
        if error_rate:
            group |= {"requests": requests, "errors": errors, "error_rate": errors / requests if requests else None}
        answer.append(group)
    return answer


FILTERS = [
    ([], lambda fact: True),
    (["--user", "5"], lambda fact: fact["user"] == 5),
    (["--where", "user is null or status = 404"], lambda fact: fact["user"] is None or fact["status"] == 404),
    (["--where", "not (model = payments or id <= 1500)"], lambda fact: fact["model"].lower() != "payments" and fact["id"] > 1500),
    (["--where", "path =~ '^/api/' and record_id is null"], lambda fact: (fact["path"] or "").startswith("/api/") and fact["record_id"] is None),
    (["--method", "PUT"], lambda fact: (fact["method"] or "").lower() == "put"),
]

singles = [[key] for key in KEYS]
pairs = dice.sample(list(itertools.permutations(KEYS, 2)), 12)
triples = dice.sample(list(itertools.permutations(KEYS, 3)), 4)
for number, by in enumerate(singles + pairs + triples):
    for zone in ZONES if set(by) & {"hour", "day", "week", "month", "weekday"} else ["UTC"]:
        typed, keep = FILTERS[dice.randrange(len(FILTERS))] if number >= len(KEYS) else FILTERS[0]
        fold, error_rate = dice.random() < 0.4, dice.random() < 0.4
        # Folding changes what a filter on paths sees in `facts`, not what it sees in the database.
        if fold and "path" in " ".join(typed):
            fold = False
        arguments = ["stats", "-o", "json", "--reveal", "--timezone", zone, "--by", ",".join(by), *typed]
        arguments += ["--fold-ids"] * fold + ["--error-rate"] * error_rate
        print(json.dumps({"arguments": arguments, "rows": grouped(by, zone, fold, error_rate, keep)}))
