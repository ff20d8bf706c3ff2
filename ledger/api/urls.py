"""Addresses of the doors of money, under /api/. Fills and profits know bots and have their doors on the trading floor."""

from django.urls import path

from ledger.api import journal, wallets, worth

urlpatterns = [
    path("wallets", wallets.Wallets.as_view()),
    path("wallets/<uuid:id>/deposit", wallets.Deposit.as_view()),
    path("wallets/<uuid:id>/withdraw", wallets.Withdraw.as_view()),
    path("ledger/audit-trail", journal.AuditTrail.as_view()),
    path("portfolio/summary", worth.Portfolio.as_view()),
]
