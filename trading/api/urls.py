"""Addresses of the trading floor's doors, under /api/."""

from django.urls import path

from trading.api import bots, markets, money, orders, stops

urlpatterns = [
    path("bots", bots.Bots.as_view()),
    path("bots/pause-all", bots.PauseAll.as_view()),
    path("bots/resume-all", bots.ResumeAll.as_view()),
    path("bots/<uuid:id>", bots.OneBot.as_view()),
    path("bots/<uuid:id>/start", bots.StartBot.as_view()),
    path("bots/<uuid:id>/pause", bots.PauseBot.as_view()),
    path("bots/<uuid:id>/resume", bots.ResumeBot.as_view()),
    path("bots/<uuid:id>/stop", bots.StopBot.as_view()),
    path("bots/<uuid:id>/allocation", bots.BotAllocation.as_view()),
    path("bots/<uuid:id>/why", bots.BotWhy.as_view()),
    path("bots/<uuid:id>/candles", bots.BotCandles.as_view()),
    path("strategies", markets.Strategies.as_view()),
    path("markets", markets.Markets.as_view()),
    path("equity", money.Equity.as_view()),
    path("ledger/fills", money.Fills.as_view()),
    path("profits", money.Profits.as_view()),
    path("orders", orders.Orders.as_view()),
    path("orders/submit", orders.SubmitOrder.as_view()),
    path("orders/pending", orders.PendingOrders.as_view()),
    path("orders/cancel-all", orders.CancelAllOrders.as_view()),
    path("orders/<uuid:id>/status", orders.OrderStatus.as_view()),
    path("orders/<uuid:id>/cancel", orders.CancelOrder.as_view()),
    path("trades", orders.Trades.as_view()),
    path("trades/<uuid:id>", orders.OneTrade.as_view()),
    path("circuit-breaker/status", stops.BreakerStatus.as_view()),
    path("circuit-breaker/history", stops.BreakerHistory.as_view()),
    path("circuit-breaker/reset", stops.BreakerReset.as_view()),
    path("limits/status", stops.LimitsStatus.as_view()),
    path("emergency-stop/status", stops.EmergencyStatus.as_view()),
    path("system/emergency-stop", stops.EmergencyStop.as_view()),
    path("system/emergency-resume", stops.EmergencyResume.as_view()),
    path("admin/emergency-stop", stops.AdminEmergencyStop.as_view()),
    path("admin/emergency-resume", stops.AdminEmergencyResume.as_view()),
]
