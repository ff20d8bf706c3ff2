"""How the console writes a row: plain amounts, names and links where ids stand, ways to what belongs together. It looks up
names and addresses only; what is shown is decided by each door."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.domain.decimals import plain
from accounts.models import User

Shown = str | SafeString
Column = Callable[[Any], Shown]
Write = Callable[[Any], Shown]

NOTHING = "-"
FRACTION = re.compile(r"-?[0-9]+\.[0-9]+")
LINK = '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>'
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
UNBROKEN = '<span class="whitespace-nowrap">{}</span>'
FRAME = (  # no wider than a phone, where the page around it does not scroll
    '<div class="overflow-x-auto" style="max-width: calc(100vw - 64px); overflow-wrap: break-word"><table class="w-full text-left">'
    "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
)
PEOPLE = ("user", "operator", "person")
LABELS = ("actor", "subject", "raised_by", "lifted_by", "reset_by")  # texts that name somebody or something as `kind:id`
CODES = ("pause_reason", "refusal", "ending", "source", "limit", "leg", "side", "type", "edge_source")  # read as words
SHARED = ("client_order_id",)  # texts that rows of several models have in common


class Names:
    """Turns `kind:id` into the name of the thing, with a link to its page. Made once per page: it asks once per thing."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site
        self.models = {model._meta.model_name: model for model in site._registry}
        self.known: dict[str, Shown] = {}

    def __call__(self, label: str) -> Shown:
        if not label:
            return NOTHING
        if label not in self.known:
            self.known[label] = self._looked_up(label)
        return self.known[label]

    def _looked_up(self, label: str) -> Shown:
        kind, _, key = label.partition(":")
        model = User if kind in PEOPLE else self.models.get(kind)
        if model is None or not key:
            return label
        try:
            found = model._default_manager.filter(pk=key).first()
        except (ValidationError, ValueError):
            return label
        return format_html("{} {}", kind, page_of(self.site, found)) if found else label


def page_of(site: AdminSite, thing: models.Model | None) -> Shown:
    """The thing's name as a link to its page, without a link where the console has none."""
    if thing is None:
        return NOTHING
    if type(thing) not in site._registry:
        return str(thing)
    meta = thing._meta
    return format_html(LINK, reverse(f"{site.name}:{meta.app_label}_{meta.model_name}_change", args=[thing.pk]), str(thing) or NOTHING)


def of_field(field: models.Field[Any, Any], *, site: AdminSite, names: Names, write: Write | None = None) -> Column | None:
    """The column of a field that the console would write badly by itself, None for all others; `write`: how, where the door says it."""
    written = write or _by_type(field, site=site, names=names)
    if written is None:
        return None

    def column(row: Any) -> Shown:
        return written(getattr(row, field.name))

    column.__name__ = field.name
    column.short_description = str(field.verbose_name)  # type: ignore[attr-defined]  # how the admin asks for a heading
    column.admin_order_field = field.name  # type: ignore[attr-defined]
    return column


def _by_type(field: models.Field[Any, Any], *, site: AdminSite, names: Names) -> Write | None:
    if isinstance(field, models.DecimalField):
        return amount
    if isinstance(field, models.DateTimeField):
        return moment
    if isinstance(field, models.ForeignKey):
        return partial(page_of, site)
    return names if field.name in LABELS else None


def moment(value: datetime | None) -> Shown:
    """A time on one line, however many columns stand beside it."""
    return format_html(UNBROKEN, f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC") if value else NOTHING


def amount(value: Decimal | None) -> str:
    return NOTHING if value is None else plain(value)


def percent(value: Decimal | None) -> str:
    """A fraction as people read it: 0.02 -> 2.00 %."""
    return NOTHING if value is None else f"{value * 100:.2f} %"


def spoken(value: Any) -> str:
    """A code in words: EDGE_UNDER_COST -> Edge under cost. What is no code stays as it is."""
    text = str(value)
    return (text.replace("_", " ").capitalize() if CODE.fullmatch(text) else text) or NOTHING


def number(value: Any) -> str:
    """A number that was stored as text, without padding; words stay as they are."""
    text = str(value)
    return plain(Decimal(text)) if FRACTION.fullmatch(text) else text


def related(site: AdminSite, row: models.Model) -> Shown:
    """Links to the lists of everything that names this row, or shares the order's id with it."""
    found = [_list_of(site, other, **{f"{name}__exact": value}) for other, name, value in _pointing_at(site, row)]
    return format_html_join(" · ", "{}", ((one,) for one in found)) if found else NOTHING


def _pointing_at(site: AdminSite, row: models.Model) -> Iterable[tuple[type[models.Model], str, Any]]:
    shared = {name: getattr(row, name, "") for name in SHARED}
    for other in site._registry:
        for field in other._meta.concrete_fields:
            if field.is_relation and field.related_model is type(row):
                yield other, f"{field.name}__{type(row)._meta.pk.name}", row.pk
            elif shared.get(field.name) and other is not type(row):
                yield other, field.name, shared[field.name]


def _list_of(site: AdminSite, model: type[models.Model], **asked: Any) -> SafeString:
    meta = model._meta
    address = reverse(f"{site.name}:{meta.app_label}_{meta.model_name}_changelist")
    return format_html(LINK, f"{address}?{urlencode(asked)}", str(meta.verbose_name_plural).capitalize())


def table(headings: Sequence[str], rows: Iterable[Sequence[Shown]]) -> Shown:
    """A small table inside a page; amounts are written before they come here."""
    head = format_html_join("", '<th scope="col" class="py-2 pr-4">{}</th>', ((heading,) for heading in headings))
    body = [format_html_join("", '<td class="py-2 pr-4 align-top">{}</td>', ((cell,) for cell in row)) for row in rows]
    if not body:
        return NOTHING
    lines = format_html_join("", "<tr>{}</tr>", ((line,) for line in body))
    return format_html(FRAME, head, lines)
