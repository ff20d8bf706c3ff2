"""Every address of the platform: one line per room. Views live in the rooms."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("api/", include("trading.api.urls")),
    path("api/", include("accounts.api.urls")),
    path("api/", include("ledger.api.urls")),
    path("", include("amarktai.health.urls")),
    path("", include("amarktai.dashboard.urls")),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]

handler403 = "accounts.web.errors.forbidden"
handler404 = "accounts.web.errors.not_found"
handler500 = "accounts.web.errors.server_error"
