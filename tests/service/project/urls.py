"""The addresses of the service."""

from django.urls import include, path

from api import pages

urlpatterns = [
    path("api/", include("api.urls")),
    path("contacto/", pages.contact),
]
