"""The orders, the payment and the visits that the service's contract tells of: order 9 is versions 10 and 11, payment 1
of order 10 is version 16, the profile of user 5 is version 1. And a deleted payment with its order, to bring back."""

from datetime import date, timedelta
from decimal import Decimal

import reversion
from django.contrib.auth import get_user_model

from api.models import Donations, Payments, PurchaseOrders, Role, UserProfile, Visits

from .visitors import ANA, USER5


def tell(clock):
    for name in ("guía", "cajera", "guardaparques"):
        Role.objects.create(name=name)
    user = get_user_model().objects.get(pk=USER5)
    with reversion.create_revision():
        UserProfile.objects.create(pk=USER5, user=user)
        reversion.set_comment("Alta de perfil")
    with reversion.create_revision():
        visit = Visits.objects.create(day=date(2025, 12, 24))
    for number in range(1, 9):
        order = PurchaseOrders(user=user, visit=visit, email=f"b{number}@ex.com", total_price=Decimal(number))
        if number == 1:  # before there were versions
            order.save()
            continue
        with reversion.create_revision():
            order.save()
            reversion.set_user(user)
    ninth(visit)
    tenth(visit)
    awkward(visit, clock)
    gone()


def ninth(visit):
    ana = get_user_model().objects.get(pk=ANA)
    with reversion.create_revision():
        # The floats are the model's defaults: `"total_crc": 0.0` in this version, "0.00" in the next.
        order = PurchaseOrders.objects.create(
            user_id=USER5, visit=visit, email="ana.ñandú@ex.com", total_price=Decimal("1000.00")
        )
    order = PurchaseOrders.objects.get(pk=order.pk)
    order.status, order.total_price, order.qr_image = "PAID", Decimal("1500.50"), f"qr_codes/qr_order_{order.pk}.png"
    with reversion.create_revision():
        order.save()
        reversion.set_user(ana)
        reversion.set_comment("Pago en ventanilla")


def tenth(visit):
    ana = get_user_model().objects.get(pk=ANA)
    with reversion.create_revision():
        order = PurchaseOrders.objects.create(user=ana, visit=visit, email="ana.ñandú@ex.com", total_price=2)
    visit.occupied_slots = 2
    with reversion.create_revision():
        visit.save()
    with reversion.create_revision():
        Visits.objects.create(day=date(2025, 12, 25), total_slots=20)
    with reversion.create_revision():
        order = PurchaseOrders.objects.get(pk=order.pk)
        order.status = "PAID"
        order.save()
        Payments.objects.create(purchase_order=order, payment_method="CARD", transaction_id="TX-1 \"q\" 'a'")
        reversion.set_user(ana)
        reversion.set_comment("Pedido y pago\nde una vez")


def awkward(visit, clock):
    """What application code leaves: a number as telephone; and a set, a donor by name, text of a client."""
    profile = UserProfile.objects.get(pk=USER5)
    for phone, roles in [("8888-7777", [1, 2]), (88887777, [2, 3]), (None, [])]:
        with reversion.create_revision():
            profile.phone = phone
            profile.save()
            profile.roles.set(roles)
    with reversion.create_revision():
        gift = Donations.objects.create(amount=Decimal("25.00"), message="¡Por los\npájaros!", donor_id=7)
    gift.message = "Por los tucanes"
    with reversion.create_revision():
        gift.save()
    PurchaseOrders.objects.filter(pk=3).update(total_price=Decimal("99.99"), order_date=clock().date() - timedelta(days=3))


def gone():
    """A payment and then its order are deleted; so is a visit with an order, all at once."""
    ana = get_user_model().objects.get(pk=ANA)
    with reversion.create_revision():
        visit = Visits.objects.create(day=date(2025, 12, 26), total_slots=5)
        order = PurchaseOrders.objects.create(user=ana, visit=visit, email="adiós@ex.com", total_price=Decimal("0.10"))
        payment = Payments.objects.create(purchase_order=order, payment_method="CASH", transaction_id="TX-2")
        reversion.set_user(ana)
    payment.delete()
    order.delete()
    with reversion.create_revision():
        order = PurchaseOrders.objects.create(user=ana, visit=visit, email="nadie@ex.com")
    visit.delete()
