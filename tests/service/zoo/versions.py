"""Which models have versions, and how. Food has none."""

import reversion

from . import models


def register():
    exclude = {"Licence": ["secret", "uses"]}
    follow = {
        "Animal": ["care_set"],
        "Bird": ["animal_ptr"],
        "Parrot": ["bird_ptr"],
        "Habitat": ["animal_set"],
        "Locker": ["keeper"],
    }
    plain = ["Keeper", "Species", "Care", "Sampler", "Blank", "Plate", "Chip", "Visits", "Town", *models.editions.__all__]
    for name in [*plain, *exclude, *follow]:
        reversion.register(getattr(models, name), exclude=exclude.get(name, ()), follow=follow.get(name, ()))
    # By default a proxy's versions are those of its model.
    reversion.register(models.NightKeeper, for_concrete_model=False)
    reversion.register(models.Letter, format="jsonl")
    reversion.register(models.Signature, use_natural_foreign_keys=True)
