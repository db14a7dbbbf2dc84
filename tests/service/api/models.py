"""The tables. Their SQLite DDL is a contract: `tests/service.rs` compares it with what auditctl was written for."""

from django.conf import settings
from django.db import models


class AuditLog(models.Model):
    """Who did what: written by the middleware and by the signals."""

    timestamp = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=255)
    model = models.CharField(max_length=255)
    record_id = models.PositiveIntegerField(null=True, blank=True)
    details = models.TextField(null=True, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)


class Visits(models.Model):
    """A day of the park and its places."""

    day = models.DateField(unique=True)
    total_slots = models.PositiveIntegerField(default=50)
    occupied_slots = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"Visit on {self.day}"


class PurchaseOrders(models.Model):
    """Tickets for a visit."""

    STATUSES = [("PENDING", "Pendiente"), ("PAID", "Pagado"), ("CANCELLED", "Cancelado"), ("FAILED", "Fallido")]

    order_date = models.DateField(auto_now_add=True)
    purchase_date = models.DateField(auto_now_add=True)
    total_price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    email = models.EmailField(max_length=50)
    qr_image = models.FileField(upload_to="qr_codes", max_length=100, null=True, blank=True)
    status = models.CharField(max_length=20, choices=STATUSES, default="PENDING")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    visit = models.ForeignKey(Visits, on_delete=models.CASCADE)
    # A float as default is a slip of the service that its versions show: 0.0 in the first, "0.00" in the next.
    total_crc = models.DecimalField(max_digits=12, decimal_places=2, default=0.0)
    total_usd = models.DecimalField(max_digits=12, decimal_places=2, default=0.0)

    def __str__(self):
        return f"Purchase Order by {self.email} on {self.order_date}"


class Payments(models.Model):
    """The payment of an order."""

    METHODS = [("CARD", "Tarjeta"), ("PAYPAL", "PayPal"), ("CASH", "Efectivo/SINPE")]
    STATUSES = [("SUCCESS", "Exitoso"), ("FAILED", "Fallido")]

    payment_date = models.DateTimeField(auto_now_add=True)
    payment_method = models.CharField(max_length=30, choices=METHODS)
    transaction_id = models.CharField(max_length=100, unique=True)
    status = models.CharField(max_length=20, choices=STATUSES, default="SUCCESS")
    purchase_order = models.OneToOneField(PurchaseOrders, related_name="payment", on_delete=models.CASCADE)

    def __str__(self):
        return f"Payment {self.transaction_id}"


class Role(models.Model):
    """What a person does in the park."""

    name = models.CharField(max_length=50, unique=True)

    def __str__(self):
        return self.name


class UserProfile(models.Model):
    """What the park knows of a user."""

    phone = models.CharField(max_length=20, null=True, blank=True)
    province = models.CharField(max_length=50, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, related_name="profile", on_delete=models.CASCADE)
    roles = models.ManyToManyField(Role, blank=True)

    def __str__(self):
        return f"Profile of {self.user}"


class Donations(models.Model):
    """A gift to the park."""

    amount = models.DecimalField(max_digits=12, decimal_places=2)
    message = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    donor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    def __str__(self):
        return f"Donation {self.pk}"
