"""Addresses of this room, from the root."""

from django.urls import path

from amarktai.health import views

urlpatterns = [
    path("health", views.health, name="health"),
    path("health/live", views.live, name="health-live"),
    path("api/system/status", views.SystemStatus.as_view(), name="system-status"),
]
