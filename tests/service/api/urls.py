"""The addresses below /api/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from . import config, pages, views

router = SimpleRouter()
router.register("audit_log", views.AuditLogViewSet, basename="audit_log")
router.register("admin/audit-logs", views.AuditLogViewSet, basename="admin_audit_logs")
router.register("visits", views.VisitViewSet)
router.register("orders", views.OrderViewSet)
router.register("payments", views.PaymentViewSet)
router.register("profiles", views.ProfileViewSet)
router.register("donations", views.DonationViewSet)

urlpatterns = [
    path("login/", pages.login),
    path("eco/", pages.echo),
    path("webhook/", pages.webhook),
    path("silencio/", pages.silent),
    path("valor/<name>/", pages.scalar),
    path("export/", pages.export),
    path("qr.png", pages.picture),
    path("boom/", pages.boom),
    path("profiles/<int:pk>/loose/", pages.loose_profile),
    path("system/status/", config.get_system_status),
    path("", include(router.urls)),
]
