"""The tables that stay as they are. Those that a release changes are in `editions`.

`__str__` is short and has no meaning: only Python knows it.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from . import editions
from .editions import *  # noqa: F403 (Django looks for models here)


class Keeper(models.Model):
    """A text key, a self reference, a one-to-one to another app."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=60)
    badge = models.PositiveSmallIntegerField(unique=True)
    boss = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    def __str__(self):
        return f"Keeper {self.name}"


class NightKeeper(Keeper):
    """A proxy with versions of its own: its content type has no table."""

    class Meta:
        proxy = True


class Species(models.Model):
    """A UUID key, and a set of itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    latin = models.CharField(max_length=80, unique=True)
    kin = models.ManyToManyField("self", blank=True)
    predators = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="prey")

    def __str__(self):
        return f"{self.latin}"


class Habitat(models.Model):
    """Pointed at by its slug, not its key."""

    slug = models.SlugField(unique=True)
    area = models.FloatField()
    climate = models.JSONField(default=dict)

    def __str__(self):
        return f"{self.slug}"


class Food(models.Model):
    """A small table without versions."""

    name = models.CharField(max_length=40, unique=True)


class Animal(models.Model):
    """Every kind of relation; the parent of others."""

    SEXES = [("f", "hembra"), ("m", "macho"), ("", "sin determinar")]

    name = models.CharField(max_length=50)
    sex = models.CharField(max_length=1, choices=SEXES, blank=True)
    weight = models.DecimalField(max_digits=9, decimal_places=3)
    born = models.DateField(null=True, blank=True)
    arrived = models.DateTimeField()
    species = models.ForeignKey(Species, null=True, blank=True, on_delete=models.CASCADE)
    keeper = models.ForeignKey(Keeper, null=True, blank=True, on_delete=models.SET_NULL)
    habitat = models.ForeignKey(Habitat, to_field="slug", null=True, blank=True, on_delete=models.CASCADE)
    mother = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL)
    foods = models.ManyToManyField(Food, blank=True)
    watch = models.ManyToManyField(Keeper, blank=True, db_table="turnos", related_name="watched")
    friends = models.ManyToManyField("self", blank=True)
    carers = models.ManyToManyField(Keeper, through="Care", related_name="cared")

    class Meta:
        unique_together = [("name", "species")]
        constraints = [
            models.CheckConstraint(condition=Q(weight__gt=0), name="zoo_animal_weight"),
            models.UniqueConstraint(fields=["habitat", "mother"], condition=Q(sex="m"), name="zoo_one_son"),
        ]

    def __str__(self):
        return f"{self.name} ({self.pk})"


class Care(models.Model):
    """The rows of a many-to-many set, with versions of their own."""

    animal = models.ForeignKey(Animal, on_delete=models.CASCADE)
    keeper = models.ForeignKey(Keeper, on_delete=models.CASCADE)
    since = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        unique_together = [("animal", "keeper")]

    def __str__(self):
        return f"Care {self.pk}"


class Bird(Animal):
    """A child in a table of its own, whose key is its parent's."""

    wingspan = models.DecimalField(max_digits=5, decimal_places=1)
    ringed = models.BooleanField(default=False)
    nests = models.ManyToManyField(Habitat, blank=True)


class Parrot(Bird):
    """A grandchild."""

    words = models.JSONField(null=True, blank=True)


class Sampler(models.Model):
    """Every type of field, never NULL."""

    small = models.SmallIntegerField()
    number = models.IntegerField(default=3)
    big = models.BigIntegerField()
    positive_small = models.PositiveSmallIntegerField()
    positive = models.PositiveIntegerField()
    positive_big = models.PositiveBigIntegerField()
    flag = models.BooleanField()
    ratio = models.FloatField()
    whole = models.DecimalField(max_digits=10, decimal_places=0)
    money = models.DecimalField(max_digits=12, decimal_places=2)
    fine = models.DecimalField(max_digits=15, decimal_places=8)
    huge = models.DecimalField(max_digits=40, decimal_places=10)
    short = models.CharField(max_length=30)
    long = models.TextField()
    letter = models.EmailField()
    site = models.URLField()
    day = models.DateField()
    hour = models.TimeField()
    moment = models.DateTimeField()
    span = models.DurationField()
    token = models.UUIDField(unique=True)
    data = models.JSONField()
    blob = models.BinaryField(editable=True)
    file = models.FileField(upload_to="files")
    image = models.ImageField(upload_to="images")
    address = models.GenericIPAddressField()

    def __str__(self):
        return f"{self.short}"


class Blank(models.Model):
    """The same types, all of which may be NULL."""

    number = models.IntegerField(null=True, blank=True)
    big = models.BigIntegerField(null=True, blank=True, unique=True)
    valid = models.BooleanField(null=True, blank=True)
    length_km = models.FloatField(null=True, blank=True)
    exact = models.DecimalField(max_digits=20, decimal_places=5, null=True, blank=True)
    phone = models.CharField(max_length=30, null=True, blank=True)
    notes = models.TextField(null=True, blank=True)
    day = models.DateField(null=True, blank=True)
    hour = models.TimeField(null=True, blank=True)
    moment = models.DateTimeField(null=True, blank=True)
    span = models.DurationField(null=True, blank=True)
    token = models.UUIDField(null=True, blank=True)
    data = models.JSONField(null=True, blank=True)
    blob = models.BinaryField(null=True, blank=True, editable=True)
    file = models.FileField(upload_to="files", null=True, blank=True)
    image = models.ImageField(upload_to="images", null=True, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)

    def __str__(self):
        return f"Blank {self.pk}"


class Plate(models.Model):
    """Other names in the database than Django gives: of the table, of columns, of a set."""

    label = models.CharField(max_length=60, db_column="texto", unique=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, db_column="precio", default=1)
    habitat = models.ForeignKey(Habitat, null=True, blank=True, db_column="lugar", on_delete=models.SET_NULL)
    species = models.ForeignKey(Species, null=True, blank=True, db_column="especie", on_delete=models.CASCADE)
    animals = models.ManyToManyField(Animal, blank=True)

    class Meta:
        db_table = "placas"

    def __str__(self):
        return f"{self.label}"


class Locker(models.Model):
    """Its key is a foreign key, to a text key."""

    keeper = models.OneToOneField(Keeper, primary_key=True, on_delete=models.CASCADE)
    number = models.IntegerField(unique=True)
    open_until = models.TimeField(null=True, blank=True)

    def __str__(self):
        return f"Locker {self.number}"


class Licence(models.Model):
    """Some of its fields are kept out of the versions."""

    holder = models.CharField(max_length=60)
    secret = models.CharField(max_length=60, default="none")
    uses = models.IntegerField(default=7)
    seen = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"{self.holder}"


class Chip(models.Model):
    """A UUID key, a foreign key to another, and a unique pair."""

    code = models.UUIDField(primary_key=True)
    species = models.ForeignKey(Species, on_delete=models.CASCADE)
    animal = models.OneToOneField(Animal, null=True, blank=True, on_delete=models.SET_NULL)
    serial = models.BigIntegerField()
    batch = models.CharField(max_length=10)

    class Meta:
        unique_together = [("batch", "serial")]

    def __str__(self):
        return f"Chip {self.serial}"


class Visits(models.Model):
    """The same name as a model of the ticket shop."""

    day = models.DateTimeField()
    animals = models.ManyToManyField(Animal, blank=True)
    keeper = models.ForeignKey(Keeper, null=True, blank=True, on_delete=models.CASCADE)

    def __str__(self):
        return f"Round {self.pk}"


class Letter(models.Model):
    """Its versions are in Django's `jsonl`, which auditctl doesn't read."""

    text = models.TextField()

    def __str__(self):
        return f"Letter {self.pk}"


class Signature(models.Model):
    """A foreign key kept by natural key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    town = models.ForeignKey("Town", null=True, blank=True, on_delete=models.SET_NULL)
    text = models.CharField(max_length=100)

    def __str__(self):
        return f"{self.text}"


class TownManager(models.Manager):
    def get_by_natural_key(self, name):
        return self.get(name=name)


class Town(models.Model):
    """Named by its natural key in the versions of others."""

    name = models.CharField(max_length=50, unique=True)
    objects = TownManager()

    def natural_key(self):
        return (self.name,)

    def __str__(self):
        return f"{self.name}"
