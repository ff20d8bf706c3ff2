"""Addresses of the people doors, under /api/."""

from django.urls import path

from accounts.api import auth, factor, own

urlpatterns = [
    path("auth/register", auth.Register.as_view()),
    path("auth/login", auth.Login.as_view()),
    path("auth/logout", auth.Logout.as_view()),
    path("auth/step-up", auth.StepUp.as_view()),
    path("2fa/enroll", factor.Enroll.as_view()),
    path("2fa/confirm", factor.Confirm.as_view()),
    path("2fa/status", factor.Status.as_view()),
    path("tokens", own.Tokens.as_view()),
    path("tokens/<uuid:id>", own.Token.as_view()),
    path("alerts", own.Alerts.as_view()),
    path("alerts/unread", own.Unread.as_view()),
    path("alerts/read", own.Read.as_view()),
    path("audit", own.Audit.as_view()),
    path("profile", own.Profile.as_view()),
]
