"""Compares what `auditctl diff -o json` printed with `compare`: which fields differ, how each side reads, what foreign keys
are called, and what was added to sets and removed from them."""

import json

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from reversion.models import Version

from . import compare


def judge(one, other, shown):
    told = compare.compare(one, other)
    if told["error"]:
        return {"error": told["error"], "wrong": []}
    report = json.loads(shown)
    wrong, seen, labels = [], set(), 0
    known, model = told["fields"], compare.model_of(other)
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
        if field["state"] not in ("changed", "from", "to") and not digits_beyond(field):
            wrong.append(f"{name} is said to differ and is {field['state']}: {brief(field)}")
        for end in ("from", "to"):
            if not reads(change.get(end), field[end]):
                wrong.append(f"{name}, {end}: shown {change.get(end)!r}, Django {field[end]!r}")
            expected = label(model, name, field[end])
            labels += expected is not None
            if change.get(f"{end}_label") != expected:
                wrong.append(f"{name}, {end}: called {change.get(f'{end}_label')!r}, not {expected!r}")
        if known[name]["set"]:
            wrong += [f"{name}: {sentence}" for sentence in members(change, field)]
    for name, field in known.items():
        if field["state"] == "changed" and name not in seen and not field["by_name"]:
            wrong.append(f"{name} differs and is not shown: {brief(field)}")
    states = [field["state"] for field in known.values()]
    counts = {state: states.count(state) for state in set(states)}
    return {"error": None, "wrong": wrong, "states": {**counts, "label": labels} if labels else counts}


def digits_beyond(field):
    """On purpose: SQLite has no scale of a decimal column, so digits behind those of the field are a difference to
    auditctl, where another program wrote them into the row. Django rounds them away as it reads."""
    return any(value and value["spilt"] for value in (field["from"], field["to"]))


def members(change, field):
    sides = [set(map(str, value["form"])) if value else set() for value in (field["from"], field["to"])]
    for word, expected in (("removed", sides[0] - sides[1]), ("added", sides[1] - sides[0])):
        if set(map(str, change.get(word, []))) != expected:
            yield f"{word} {change.get(word)!r}, not {sorted(expected)}"


# The columns that are taken for the name of a row without versions.
NAMING = ("username", "name", "title", "label", "slug", "email")


def label(model, name, value):
    """What the object is called that a foreign key refers to: its newest version's word, else its row's own text."""
    field = model._meta.get_field(name)
    if value is None or field.many_to_many or not field.is_relation or value["form"] is None:
        return None
    target = field.related_model
    row = target._base_manager.filter(**{field.target_field.attname: value["form"]}).first()
    key = row.pk if row else value["form"] if field.target_field.primary_key else None
    sharing = [each for each in apps.get_models() if each._meta.concrete_model is target._meta.concrete_model]
    types = ContentType.objects.get_for_models(*sharing, for_concrete_models=False).values()
    versions = Version.objects.filter(db="default", content_type__in=list(types), object_id=str(key))
    newest = versions.order_by("-pk").first()
    if newest and newest.object_repr:
        return newest.object_repr
    columns = {column.column: column for column in target._meta.local_concrete_fields}
    naming = next((columns[column] for column in NAMING if column in columns), None)
    text = getattr(row, naming.attname) if row and naming else None
    return text if isinstance(text, str) and text else None


def brief(field):
    return ", ".join(f"{end} {field[end] and field[end]['form']!r}" for end in ("from", "to"))


def reads(shown, value):
    """The form in the version's own text is as good as Django's of the value read, or of the value stored."""
    if value is None:
        return shown is None
    forms = [value["form"], value["stored"]] + [value[key] for key in ("raw", "spilt", "unread") if value[key] is not None]
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
