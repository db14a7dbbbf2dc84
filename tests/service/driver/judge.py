"""Compares what `auditctl show … -o json --reveal` says of entries with what the service had in its hands.

Prints one JSON object: how many entries were `judged`, how many of them were `certain`, `ambiguous` and `none`, and
`wrong`, a sentence for each difference. `entries` repeats what was shown without the decoded bodies, whose depth and
size are no matter for other readers of JSON.
"""

import json
import math
import re
import sqlite3
from collections import Counter
from pathlib import Path

from .reading import NoLiteral, literal, read


# For the rows that no request wrote: nobody knows more of them than they say themselves.
REQUEST_LINE = re.compile("([A-Za-z_-]+) (/.*)", re.DOTALL)


class Pairs(list):
    """An object as it was printed: its order counts, and so does a key that comes twice."""


def judge(folder, shown, out):
    truth = {}
    for line in Path(folder, "truth.jsonl").read_text("ascii").splitlines():
        row = json.loads(line)
        truth[row["id"]] = row
    database = sqlite3.connect(f"file:{Path(folder, 'db.sqlite3').absolute()}?mode=ro", uri=True)
    names = dict(database.execute("SELECT id, username FROM auth_user"))
    stored = {row[0]: row[1:] for row in database.execute("SELECT id, action, details FROM api_auditlog")}

    counts, wrong, entries = Counter(), [], []
    for pairs in json.load(shown, object_pairs_hook=Pairs, parse_constant=no_json):
        entry = dict(pairs)
        counts[entry["decoded"]] += 1
        number = entry["id"]
        entries.append({key: value for key, value in entry.items() if key not in ("request", "response")})
        wrong += [f"entry {number}: {what}" for what in faults(entry, truth.get(number), *stored[number], names)]
    report = {"judged": counts.total(), "wrong": wrong, "entries": entries}
    report.update({kind: counts[kind] for kind in ("certain", "ambiguous", "none")})
    json.dump(report, out, ensure_ascii=False)


def no_json(constant):
    raise ValueError(f"{constant} is not JSON")


def faults(entry, had, action, details, names):
    reading = read(details)
    method, path = REQUEST_LINE.fullmatch(action).groups() if REQUEST_LINE.fullmatch(action) else (None, None)
    if had and reading.decoded == "certain":
        texts = (reading.request, reading.status, reading.response)
        if texts != (str(had["request"]), had["status"], str(had["response"])):
            yield "the rule itself is certain and wrong"
    expected = {
        "decoded": {canonical(reading.decoded)},
        "status": {canonical(reading.status)},
        "method": {canonical(had["method"] if had else method)},
        "path": {canonical(had["path"] if had else path)},
        "username": {canonical(names.get(entry["user"]))},
        "request": {canonical(None)},
        "response": {canonical(None)},
    }
    if reading.decoded == "certain":
        for side in ("request", "response"):
            expected[side] = possible(had[side] if had else getattr(reading, side))
    for key, allowed in expected.items():
        if key not in entry:
            yield f"{key} is missing"
        elif canonical(entry[key]) not in allowed:
            yield f"{key} is {brief(entry[key])}, expected {' or '.join(map(brief, allowed))}"


def possible(value):
    """The values that this one may be read back as: a text such as `[1, 2]` is printed like the array."""
    allowed = {canonical(value)}
    if isinstance(value, str):
        try:
            read_as = literal(value)
        except NoLiteral:
            return allowed
        if not isinstance(read_as, str):
            allowed.add(canonical(read_as))
    return allowed


def canonical(value):
    """A text that two values share when they are the same JSON: types, digits and order of keys included."""
    if isinstance(value, str):
        # A lone surrogate can't be a character.
        return json.dumps(re.sub("[\ud800-\udfff]", "\ufffd", value))
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}[repr(value)]
    if isinstance(value, (Pairs, dict)):
        pairs = value.items() if isinstance(value, dict) else value
        return "{" + ", ".join(f"{canonical(key)}: {canonical(item)}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(canonical, value)) + "]"
    return json.dumps(value)


def brief(value):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) < 200 else f"{text[:150]}… ({len(text)} characters)"
