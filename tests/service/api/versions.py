"""Which models have versions (django-reversion)."""

import reversion

from .models import Donations, Payments, PurchaseOrders, UserProfile, Visits


def register():
    for model in (PurchaseOrders, Payments, UserProfile, Visits):
        reversion.register(model)
    # The donor is kept by name: `"donor": ["user7"]`.
    reversion.register(Donations, use_natural_foreign_keys=True)
