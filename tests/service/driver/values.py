"""Values at random for a field of any type, right ones and ones that only careless application code leaves."""

import string
import uuid
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

from django.db import models

ZONE = timezone(timedelta(hours=-6))
WORDS = ["colibrí", "tapir", "O'Neill", 'say "ah"', "línea\nnueva", "日本", "🦥", "=1+1", " spaces ", "a\tb", "\u202e", "x"]
LONG = (
    "The sloth hung in the cecropia by the gate all morning. It had not moved since the keeper came, and the visitors "
    "had begun to say that it was stuffed. At noon it blinked; at one it ate a leaf, slowly, and at two it was gone."
).split()


class Values:
    """Deterministic: the same generator gives the same values."""

    def __init__(self, rng):
        self.rng = rng

    def uuid(self):
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def text(self, limit=60):
        rng = self.rng
        if rng.random() < 0.2:
            return rng.choice(WORDS)[:limit]
        return " ".join(rng.choice(WORDS + ["uno", "dos", "tres"]) for _ in range(rng.randint(1, 4)))[:limit].strip("\n")

    def prose(self):
        """A text of which another one differs by some words."""
        words = list(LONG)
        for _ in range(self.rng.randrange(6)):
            words[self.rng.randrange(len(words))] = self.rng.choice(WORDS)
        return " ".join(words[: self.rng.choice([5, len(words)])])

    def slug(self, limit=20):
        return "".join(self.rng.choice(string.ascii_lowercase) for _ in range(self.rng.randint(3, min(12, limit))))

    def day(self):
        return date(2025, 1, 1) + timedelta(days=self.rng.randrange(365))

    def fraction(self):
        """Microseconds: none, whole milliseconds, or all six digits."""
        return self.rng.choice([0, 0, 110_000, 999_000, 1, 123_456, 999_999, self.rng.randrange(1_000_000)])

    def hour(self):
        rng = self.rng
        return time(rng.randrange(24), rng.randrange(60), rng.choice([0, rng.randrange(60)]), self.fraction())

    def moment(self):
        return datetime.combine(self.day(), self.hour(), timezone.utc)

    def decimal(self, digits, places):
        rng = self.rng
        kind = rng.randrange(6)
        if kind == 0:
            return Decimal(rng.randint(0, 9))
        whole = rng.randrange(10 ** min(digits - places, rng.choice([1, 3, 6, 15])))
        value = Decimal(whole) + Decimal(rng.randrange(10**places)).scaleb(-places)
        if kind == 1:
            return -value
        return value if kind < 5 else value.normalize()

    def json(self, depth=0):
        rng = self.rng
        kind = rng.randrange(9 if depth < 3 else 6)
        if kind < 6:
            scalars = [None, rng.choice([True, False]), rng.randrange(-9, 1000), rng.choice([0.1, 1e-7, 2.0, 1e22, -0.0])]
            return rng.choice([*scalars, self.text(), 2**53 + 1])
        if kind < 8:
            # In no order of the alphabet: order means nothing, and text is kept as it was written.
            return {rng.choice(["ñ", "b", "a", "c", "z z", '"']): self.json(depth + 1) for _ in range(rng.randrange(4))}
        return [self.json(depth + 1) for _ in range(rng.randrange(4))]

    def of(self, field):
        """A value that belongs into the field; not for relations."""
        rng = self.rng
        if field.null and rng.random() < 0.3:
            return None
        if field.choices:
            return rng.choice([key for key, _ in field.choices])
        for kind, make in MAKERS:
            if isinstance(field, kind):
                return make(self, field)
        raise NotImplementedError(field)

    def odd(self, field):
        """A value of another type than the field's, which Django stores all the same; None where there is none."""
        rng, kind = self.rng, type(field)
        if field.choices or field.primary_key:
            return None
        if kind in (models.CharField, models.TextField):
            return rng.choice([88887777, 0, -1, 2.5, True, Decimal("1.50")])
        if kind in (models.BooleanField,):
            return rng.choice([1, 0])
        if kind is models.FloatField:
            return rng.choice([2, 0, "2.5", "1e3", Decimal("0.10")])
        if kind is models.DecimalField:
            # 1E+3 is how a normalised Decimal prints; Decimal(0.1) prints 55 digits.
            spill = Decimal(0.1).quantize(Decimal("1e-30")) if field.max_digits > 30 else 0.1
            return rng.choice([Decimal("1E+3"), "1E+3", 0.1, 7, 2.5, 2.345, 0.1234567, 0.1 + 0.2, -7.00005, "3", "4.0", spill])
        if kind is models.DateTimeField:
            aware = self.moment().astimezone(ZONE)
            return rng.choice([aware, aware, aware.astimezone(timezone(timedelta(hours=5, minutes=45))), naive(aware)])
        if kind is models.DateField:
            return self.moment()
        if isinstance(field, models.IntegerField):
            return rng.choice(["12", "007", True, 3.0])
        if kind is models.UUIDField:
            return rng.choice([str(self.uuid()), self.uuid().hex, str(self.uuid()).upper()])
        return None


def naive(moment):
    return moment.replace(tzinfo=None)


def integer(values, field):
    low, high = {
        models.PositiveSmallIntegerField: (0, 32767),
        models.SmallIntegerField: (-32768, 32767),
        models.PositiveIntegerField: (0, 2**31 - 1),
        models.PositiveBigIntegerField: (0, 2**63 - 1),
        models.BigIntegerField: (-(2**63), 2**63 - 1),
    }.get(type(field), (-(2**31), 2**31 - 1))
    rng = values.rng
    return rng.choice([low, high, 0, 1, rng.randint(low, high), rng.randrange(min(high, 1000))])


def path(values, field):
    # No file is there: it is the path alone that the table holds.
    return values.rng.choice(["", f"{field.upload_to}/{values.slug()}.png", f"{field.upload_to}/ñandú 1.pdf"])


def weight(values, field):
    value = values.decimal(field.max_digits, field.decimal_places)
    return max(abs(value), Decimal("0.001")) if field.name in ("weight", "price") else value


def span(values, _):
    rng = values.rng
    choices = [timedelta(), timedelta(days=1, hours=2, microseconds=5), timedelta(microseconds=-1), timedelta(days=-3)]
    return rng.choice([*choices, timedelta(seconds=rng.randrange(10**6), microseconds=rng.randrange(10**6))])


def real(values, _):
    rng = values.rng
    return rng.choice([0.0, -0.0, 0.1, 1e-07, 1e300, 12345678.9, rng.random(), float(rng.randrange(100))])


# The first that fits: subclasses stand before their bases.
MAKERS = [
    (models.BooleanField, lambda values, _: values.rng.random() < 0.5),
    (models.IntegerField, integer),
    (models.FloatField, real),
    (models.DecimalField, weight),
    (models.FileField, path),
    (models.SlugField, lambda values, field: values.slug(field.max_length)),
    (models.EmailField, lambda values, _: f"{values.slug()}@ex.com"),
    (models.URLField, lambda values, _: f"https://ex.com/{values.slug()}?a=1&b=%20"),
    (models.CharField, lambda values, field: values.text(field.max_length)),
    (models.TextField, lambda values, _: values.prose()),
    (models.DateTimeField, lambda values, _: values.moment()),
    (models.DateField, lambda values, _: values.day()),
    (models.TimeField, lambda values, _: values.hour()),
    (models.DurationField, span),
    (models.UUIDField, lambda values, _: values.uuid()),
    (models.JSONField, lambda values, _: values.json()),
    (models.BinaryField, lambda values, _: values.rng.randbytes(values.rng.randrange(12))),
    (models.GenericIPAddressField, lambda values, _: values.rng.choice(["10.0.0.1", "::1", "2001:db8::ff", "::ffff:a00:1"])),
]
