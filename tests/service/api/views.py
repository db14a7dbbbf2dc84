"""The REST endpoints. DRF consumes the request's stream, so that the audit shows None for the body of a view that ran."""

import logging

from rest_framework import permissions, viewsets
from rest_framework.decorators import action
from rest_framework.filters import OrderingFilter
from rest_framework.response import Response

from .audit import log_event
from .models import AuditLog, Donations, Payments, PurchaseOrders, UserProfile, Visits
from .serializers import (
    AuditLogSerializer,
    DonationSerializer,
    OrderSerializer,
    PaymentSerializer,
    ProfileSerializer,
    VisitSerializer,
)


class AuditLogViewSet(viewsets.ReadOnlyModelViewSet):
    """The audit table, for administrators: the oracle of `auditctl list` and `show`.

    `user` is an exact id. `action` is a part of the action, `model` the whole name, both without regard to case (on
    SQLite: to ASCII case). `ordering` names fields, `-` descends, commas separate; the newest come first by default.
    """

    queryset = AuditLog.objects.all()
    serializer_class = AuditLogSerializer
    permission_classes = [permissions.IsAdminUser]
    filter_backends = [OrderingFilter]
    ordering_fields = AuditLogSerializer.Meta.fields
    ordering = ["-timestamp"]

    def get_queryset(self):
        rows, asked = super().get_queryset(), self.request.query_params
        if user := asked.get("user"):
            rows = rows.filter(user_id=user) if user.isdecimal() else rows.none()
        if part := asked.get("action"):
            rows = rows.filter(action__icontains=part)
        if name := asked.get("model"):
            rows = rows.filter(model__iexact=name)
        return rows


class VisitViewSet(viewsets.ModelViewSet):
    queryset = Visits.objects.order_by("id")
    serializer_class = VisitSerializer


class OrderViewSet(viewsets.ModelViewSet):
    queryset = PurchaseOrders.objects.order_by("id")
    serializer_class = OrderSerializer
    logger = logging.getLogger("purchase_orders")

    def perform_create(self, serializer):
        user = self.request.user
        order = serializer.save(user=user)
        order.qr_image = f"qr_codes/qr_order_{order.pk}.png"
        order.save()
        self.logger.info(
            "Usuario: %s (ID: %s) - Acción: CREATE_ORDER - Detalles: order_id: %s, total: %s",
            user.username, user.pk, order.pk, order.total_price,
        )


class PaymentViewSet(viewsets.ModelViewSet):
    queryset = Payments.objects.order_by("id")
    serializer_class = PaymentSerializer
    logger = logging.getLogger("payments")

    @action(detail=False, permission_classes=[permissions.AllowAny])
    def methods(self, request):
        return Response([{"method": "VISA", "label": "Tarjeta Visa"}, {"method": "CASH", "label": "Efectivo/SINPE"}])

    def perform_create(self, serializer):
        payment = serializer.save()
        order = payment.purchase_order
        paid = payment.status == "SUCCESS"
        order.status = "PAID" if paid else "FAILED"
        order.save()
        log_event(
            "PAYMENT_SUCCESS" if paid else "PAYMENT_FAILED",
            payment,
            extra={
                "purchase_order_id": order.pk,
                "transaction_id": payment.transaction_id,
                "payment_method": payment.payment_method,
                "buyer_email": order.email,
            },
            user=self.request.user,
        )
        if paid:
            self.logger.info("Pago creado exitosamente: %s", payment.pk)
        else:
            self.logger.warning("Pago rechazado: %s\nMotivo del banco:\n\tfondos insuficientes", payment.pk)


class ProfileViewSet(viewsets.ModelViewSet):
    queryset = UserProfile.objects.order_by("id")
    serializer_class = ProfileSerializer


class DonationViewSet(viewsets.ModelViewSet):
    queryset = Donations.objects.order_by("id")
    serializer_class = DonationSerializer

    def perform_create(self, serializer):
        gift = serializer.save(donor=self.request.user)
        logging.getLogger("donations").info("Donación recibida: %s (%s)", gift.amount, gift.message)
