"""The trading floor in the console: everything read-only, and the big buttons as acts with a confirmation.

Stopping asks for a yes, resuming for a reason and a fresh code. Both make the same call as the API does.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.domain.refusals import Refusal
from accounts.models import User
from accounts.web import actor, clock, columns
from accounts.web.admin import ReadOnlyAdmin, TextInput
from trading.domain.explanation import GATES, REASONS
from trading.models import BreakerTrip, Heartbeat, Order, RejectedTrade, Stream, Trade
from trading.operations import kill_switch, stop
from trading.queries import stops


def why(reason: str) -> str:
    """What made an order, as the pages say it."""
    return REASONS[reason].capitalize() if reason in REASONS else columns.spoken(reason)


class StopForm(forms.Form):
    reason = forms.CharField(max_length=200, required=False, label="Reason (may stay empty)", widget=TextInput())
    flatten = forms.BooleanField(required=False, label="Also close open positions at the market")


class PersonForm(forms.Form):
    person = forms.ModelChoiceField(User.objects.all(), to_field_name="username", label="User name", widget=TextInput())


class ResumeForm(forms.Form):
    reason = forms.CharField(max_length=200, label="Reason", widget=TextInput())
    otp = forms.CharField(
        max_length=6, label="Code", widget=TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    )


def emergency_stop(request: HttpRequest) -> HttpResponse:
    """Halt everything of everybody."""
    return _stop(request, person=None)


def stop_one(request: HttpRequest) -> HttpResponse:
    """Halt one person, who is asked for first."""
    asked = PersonForm(request.GET or None)
    if not asked.is_valid():
        return _page(request, "admin/trading/stop_one.html", form=asked, title="Stop one person")
    return _stop(request, person=asked.cleaned_data["person"])


def _stop(request: HttpRequest, *, person: User | None) -> HttpResponse:
    """Ask once, listing what will happen, then halt the person, or everybody."""
    form = StopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        who = actor.operator_of(request)
        report = stop.emergency_stop(
            scope="USER" if person else "GLOBAL", user=person.id if person else None, **form.cleaned_data, **who.signs(),
            policy=settings.POLICY,
        )  # fmt: skip
        messages.warning(
            request,
            f"Trading of {person or 'everybody'} is stopped. Orders cancelled: {report.orders_cancelled}, still open: "
            f"{report.orders_open}; bots paused: {report.bots_paused}.",
        )
        return redirect("admin:trading_stops")
    title = f"Stop {person}" if person else "Emergency stop"
    reach = stops.reach(person=person.id if person else None)
    return _page(request, "admin/trading/stop.html", form=form, title=title, person=person, reach=reach)


def emergency_resume(request: HttpRequest) -> HttpResponse:
    """Lift the GLOBAL halts with a reason and a fresh code; bots stay paused."""
    form = ResumeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        who = actor.operator_of(request)
        try:
            stop.emergency_resume(
                scope="GLOBAL", user=None, **form.cleaned_data, actor_user=who.user, request_id=who.request_id,
                now=clock.now(), kill_switch=kill_switch.exists(settings.DATA_DIR),
            )  # fmt: skip
        except Refusal as no:
            form.add_error(None, no.sentence)
        else:
            messages.success(request, "The stop is lifted. Bots stay paused until somebody resumes them.")
            return redirect("admin:trading_stops")
    return _page(request, "admin/trading/resume.html", form=form, title="Lift the emergency stop")


def overview(request: HttpRequest) -> HttpResponse:
    """Halts in force, with the two buttons."""
    return _page(request, "admin/trading/stops.html", form=None, title="Stop and resume")


def _page(request: HttpRequest, template: str, *, form: forms.Form | None, title: str, **more: Any) -> HttpResponse:
    who = actor.operator_of(request)
    halts = stops.over_people(viewer=who.user)
    context = {**admin.site.each_context(request), "title": title, "form": form, "halts": halts, **more}
    return TemplateResponse(request, template, context)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders, and the addresses of the buttons: the console has no page of its own to hang them on."""

    list_display = ("created_at", "owner", "bot", "market", "side", "reason", "quantity", "state", "refusal")
    list_filter = ("state", "leg", "reason", "mode", "refusal")
    written = {"reason": why}
    list_select_related = ("owner", "bot", "market")
    search_fields = ("id", "client_order_id", "owner__username", "bot__name", "market__symbol")
    ordering = ("-id",)
    exclude = ("verdicts", "history")
    extra = ("gates", "course")

    @admin.display(description="gates")
    def gates(self, order: Order) -> columns.Shown:
        return columns.table(
            ("Gate", "Verdict", "Why", "Numbers"),
            [
                (
                    GATES.get(said["gate"], said["gate"]),
                    columns.spoken(said["verdict"]),
                    said.get("sentence") or columns.spoken(said.get("code") or ""),
                    ", ".join(f"{name} {columns.number(value)}" for name, value in said.get("numbers", {}).items()) or columns.NOTHING,
                )
                for said in order.verdicts
            ],
        )

    @admin.display(description="course")
    def course(self, order: Order) -> columns.Shown:
        moves = [(columns.spoken(state), at[:19].replace("T", " "), columns.spoken(note)) for state, at, note in order.history]
        return columns.table(("State", "At (UTC)", "Note"), moves)

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("stops/", guarded(overview), name="trading_stops"),
            path("stops/stop/", guarded(emergency_stop), name="trading_emergency_stop"),
            path("stops/one/", guarded(stop_one), name="trading_stop_one"),
            path("stops/resume/", guarded(emergency_resume), name="trading_emergency_resume"),
            *super().get_urls(),
        ]


@admin.register(Trade)
class TradeAdmin(ReadOnlyAdmin):
    list_display = ("closed_at", "owner", "bot", "market", "reason", "entry_price", "exit_price", "profit_loss")
    list_filter = ("mode", "reason", "bootstrap")
    written = {"reason": why}
    list_select_related = ("owner", "bot", "market")
    search_fields = ("id", "owner__username", "bot__name", "market__symbol")
    ordering = ("-id",)


@admin.register(RejectedTrade)
class RejectedTradeAdmin(ReadOnlyAdmin):
    list_display = ("at", "owner", "bot", "order", "reason", "resolved")
    list_filter = ("reason",)
    written = {"reason": columns.spoken}
    list_select_related = ("owner", "bot", "order", "order__trade")
    search_fields = ("owner__username", "bot__name", "order__id")
    ordering = ("-order",)

    @admin.display(boolean=True)
    def resolved(self, row: RejectedTrade) -> bool:
        """Whether late fills have made a trade of its order since."""
        return hasattr(row.order, "trade")


@admin.register(Stream)
class StreamAdmin(ReadOnlyAdmin):
    list_display = ("market", "timeframe", "run", "first_candle", "last_candle", "ticked_at")
    list_filter = ("timeframe",)
    list_select_related = ("market",)
    search_fields = ("market__symbol", "run")
    ordering = ("-ticked_at",)
    exclude = ("state", "reading")


@admin.register(BreakerTrip)
class BreakerTripAdmin(ReadOnlyAdmin):
    list_display = ("at", "owner", "bot", "mode", "limit", "value", "threshold", "reset_at", "reset_by")
    list_filter = ("limit", "mode", ("reset_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner", "bot")
    search_fields = ("owner__username", "bot__name", "sentence")
    ordering = ("-id",)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("process", "at", "detail")
    ordering = ("process",)
