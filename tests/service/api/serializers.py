"""What the REST endpoints print."""

from rest_framework import serializers

from .models import AuditLog, Donations, Payments, PurchaseOrders, UserProfile, Visits


class AuditLogSerializer(serializers.ModelSerializer):
    class Meta:
        model = AuditLog
        fields = ["id", "timestamp", "action", "model", "record_id", "details", "user"]


class VisitSerializer(serializers.ModelSerializer):
    class Meta:
        model = Visits
        fields = ["id", "day", "total_slots", "occupied_slots"]


class PaymentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Payments
        fields = ["id", "purchase_order", "payment_date", "payment_method", "transaction_id", "status"]


class OrderSerializer(serializers.ModelSerializer):
    payment = PaymentSerializer(read_only=True, allow_null=True)
    # Not Django's check of addresses, which refuses `ana.ñandú@ex.com`.
    email = serializers.CharField(max_length=50)

    class Meta:
        model = PurchaseOrders
        fields = ["id", "payment", "total_price", "email", "visit", "user", "status"]
        read_only_fields = ["user"]
        extra_kwargs = {"status": {"write_only": True}}


class ProfileSerializer(serializers.ModelSerializer):
    class Meta:
        model = UserProfile
        fields = ["id", "user", "phone", "province", "created_at", "roles"]


class DonationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Donations
        fields = ["id", "amount", "message", "created_at", "donor"]
        read_only_fields = ["donor"]
