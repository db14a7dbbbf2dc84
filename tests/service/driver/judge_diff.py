"""Compares what `auditctl diff -o json` printed with `compare`: which fields differ, and how each side reads."""

import json

from reversion.models import Version

from . import compare


def judge(one, other, shown):
    told = compare.compare(one, other)
    if told["error"]:
        return {"error": told["error"], "wrong": []}
    report = json.loads(shown)
    wrong, seen = [], set()
    known = told["fields"]
    for change in report["changes"]:
        name = change["field"]
        if name in seen:
            wrong.append(f"{name} comes twice")
        seen.add(name)
        if name not in known:
            if not foreign(name, one, other):
                wrong.append(f"{name} is a field of neither side")
            continue
        field = known[name]
        if field["by_name"]:
            continue
        if field["state"] not in ("changed", "from", "to"):
            wrong.append(f"{name} is said to differ and is {field['state']}: {brief(field)}")
        for end in ("from", "to"):
            if not reads(change.get(end), field[end]):
                wrong.append(f"{name}, {end}: shown {change.get(end)!r}, Django {field[end]!r}")
    for name, field in known.items():
        if field["state"] == "changed" and name not in seen and not field["by_name"]:
            wrong.append(f"{name} differs and is not shown: {brief(field)}")
    states = [field["state"] for field in known.values()]
    return {"error": None, "wrong": wrong, "states": {state: states.count(state) for state in set(states)}}


def brief(field):
    return ", ".join(f"{end} {field[end] and field[end]['form']!r}" for end in ("from", "to"))


def reads(shown, value):
    """The form in the version's own text is as good as Django's of the value read, or of the value stored."""
    if value is None:
        return shown is None
    forms = [value["form"], value["stored"]] + ([value["raw"]] if value["raw"] is not None else [])
    if isinstance(value["form"], list) and value["column"] is None:
        return isinstance(shown, list) and sorted(map(str, shown)) == sorted(map(str, value["form"]))
    return any(compare.canonical(strict(shown)) == compare.canonical(strict(form)) for form in forms)


def strict(value):
    """Non-finite numbers are no JSON: auditctl shows their names."""
    if isinstance(value, dict):
        return {key: strict(item) for key, item in value.items()}
    if isinstance(value, list):
        return [strict(item) for item in value]
    if isinstance(value, float):
        return {float("inf"): "Infinity", -float("inf"): "-Infinity"}.get(value, value) if value == value else "NaN"
    return value


def foreign(name, *sides):
    """Whether a version's text has a field that the model doesn't."""
    for side in sides:
        if "version" in side:
            if name in compare.held_by(Version.objects.get(pk=side["version"])):
                return True
    return False
