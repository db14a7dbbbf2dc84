"""The models of the ticket shop. Only what the database and the versions show of them."""

import reversion
from django.conf import settings
from django.db import models


class Role(models.Model):
    name = models.CharField(max_length=50, unique=True)
    description = models.CharField(max_length=200, blank=True)

    def __str__(self):
        return self.name


@reversion.register()
class UserProfile(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    phone = models.CharField(max_length=20, null=True, blank=True)
    language = models.CharField(max_length=5, default="es")
    created_at = models.DateTimeField(auto_now_add=True)
    province = models.CharField(max_length=30, null=True, blank=True)
    roles = models.ManyToManyField(Role, blank=True)

    def __str__(self):
        return f"Perfil de {self.user.username}"


@reversion.register()
class Visits(models.Model):
    day = models.DateField(unique=True)
    total_slots = models.PositiveIntegerField()
    occupied_slots = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"Visit on {self.day}"


@reversion.register()
class PurchaseOrders(models.Model):
    STATUSES = [(s, s.capitalize()) for s in ("PENDING", "PAID", "CANCELLED", "FAILED")]

    order_date = models.DateField(auto_now_add=True)
    purchase_date = models.DateField()
    total_price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    total_crc = models.DecimalField(max_digits=12, decimal_places=2, default=0.0)
    total_usd = models.DecimalField(max_digits=12, decimal_places=2, default=0.0)
    email = models.EmailField(max_length=50)
    qr_image = models.FileField(upload_to="qr_codes/", null=True, blank=True)
    status = models.CharField(max_length=20, choices=STATUSES, default="PENDING")
    visit = models.ForeignKey(Visits, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    def __str__(self):
        return f"Purchase Order by {self.email} on {self.order_date}"


@reversion.register()
class Payments(models.Model):
    METHODS = [("CARD", "Tarjeta"), ("PAYPAL", "PayPal"), ("CASH", "Efectivo/SINPE")]

    purchase_order = models.OneToOneField(PurchaseOrders, on_delete=models.CASCADE)
    payment_date = models.DateTimeField(auto_now_add=True)
    payment_method = models.CharField(max_length=30, choices=METHODS)
    transaction_id = models.CharField(max_length=100, unique=True)
    status = models.CharField(max_length=20)

    def __str__(self):
        return f"Payment {self.transaction_id} for order {self.purchase_order_id}"


@reversion.register()
class Donations(models.Model):
    donor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, default="CRC")
    payment_method = models.CharField(max_length=30)
    message = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return f"Donation of {self.amount} {self.currency}"


class AuditLog(models.Model):
    timestamp = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=255)
    model = models.CharField(max_length=255)
    record_id = models.PositiveIntegerField(null=True, blank=True)
    details = models.TextField(null=True, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
