"""Addresses of the doors of money, under /api/. Fills and profits are narrowed by bot on the floor above."""

from django.urls import path

from ledger.api import journal, wallets, worth

urlpatterns = [
    path("wallets", wallets.Wallets.as_view()),
    path("wallets/<uuid:id>/deposit", wallets.Deposit.as_view()),
    path("wallets/<uuid:id>/withdraw", wallets.Withdraw.as_view()),
    path("ledger/fills", journal.Fills.as_view()),
    path("ledger/audit-trail", journal.AuditTrail.as_view()),
    path("portfolio/summary", worth.Portfolio.as_view()),
    path("profits", worth.Profits.as_view()),
]
