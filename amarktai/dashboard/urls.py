"""The addresses of the screens, their acts and their charts."""

from django.urls import path

from amarktai.dashboard.views import bots, charts, entry, money, orders, people, safety, screens, trades

app_name = "dashboard"

urlpatterns = [
    path("", screens.overview, name="overview"),
    path("login", entry.login, name="login"),
    path("register", entry.register, name="register"),
    path("logout", entry.logout, name="logout"),
    path("more", screens.more, name="more"),
    path("bots/", bots.index, name="bots"),
    path("bots/new", bots.new, name="bot-new"),
    path("bots/demo", bots.demo, name="demo-bot"),
    path("bots/pause-all", bots.pause_all, name="bots-pause-all"),
    path("bots/resume-all", bots.resume_all, name="bots-resume-all"),
    path("bots/selected", bots.selected, name="bots-selected"),
    path("bots/<uuid:bot_id>/", bots.one, name="bot"),
    path("bots/<uuid:bot_id>/start", bots.start, name="bot-start"),
    path("bots/<uuid:bot_id>/pause", bots.pause, name="bot-pause"),
    path("bots/<uuid:bot_id>/resume", bots.resume, name="bot-resume"),
    path("bots/<uuid:bot_id>/stop", bots.stop, name="bot-stop"),
    path("bots/<uuid:bot_id>/reset", safety.reset_bot, name="bot-reset"),
    path("orders/", orders.index, name="orders"),
    path("orders/new", orders.new, name="order-new"),
    path("orders/download", orders.download, name="orders-csv"),
    path("orders/cancel-all", money.cancel_all, name="orders-cancel-all"),
    path("orders/<uuid:order_id>/", orders.one, name="order"),
    path("orders/<uuid:order_id>/cancel", money.cancel, name="order-cancel"),
    path("trades/", trades.index, name="trades"),
    path("trades/download", trades.download, name="trades-csv"),
    path("money/", screens.money, name="money"),
    path("money/deposit", money.deposit, name="deposit"),
    path("money/withdraw", money.withdraw, name="withdraw"),
    path("profits/", screens.profits, name="profits"),
    path("risk/", screens.risk, name="risk"),
    path("alerts/", people.alerts, name="alerts"),
    path("alerts/read", people.read, name="alerts-read"),
    path("audit/", people.audit, name="audit"),
    path("settings/", people.settings, name="settings"),
    path("settings/profile", people.profile, name="profile"),
    path("settings/second-factor", people.enroll, name="enroll"),
    path("settings/second-factor/confirm", people.confirm, name="confirm"),
    path("stop", safety.stop, name="stop"),
    path("resume/<str:whose>", safety.resume, name="resume"),
    path("breaker/reset", safety.reset_own, name="breaker-reset"),
    path("charts/equity", charts.equity, name="chart-equity"),
    path("charts/profit", charts.profit, name="chart-profit"),
    path("charts/periods", charts.periods, name="chart-periods"),
    path("charts/bots/<uuid:bot_id>", charts.bot, name="chart-bot"),
]
