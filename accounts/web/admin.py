"""The base of all admin doors, and the one place that imports the admin theme. The console is a cockpit: what it shows
is read-only unless a door says otherwise, and who enters gives a second factor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.domain.refusals import Refusal
from accounts.models import User
from accounts.models.token import Scope
from accounts.operations import people, second_factor
from accounts.web import clock, columns, newest
from accounts.web.credentials import session_scopes

TextInput = UnfoldAdminTextInputWidget  # for forms of the console's own acts


class ConsoleLoginForm(AuthenticationForm):
    """User name, password and a code. Wrong tries lock and block as at every other door."""

    otp = forms.CharField(
        label="Code",
        required=False,
        max_length=6,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "pattern": "[0-9]{6}"}),
        help_text="Six digits from your authenticator app.",
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        try:
            user = people.login_check(request=self.request, username=given.get("username", ""), password=given.get("password", ""))
            self.confirm_login_allowed(user)
            if settings.ADMIN_REQUIRE_2FA or given.get("otp"):
                device = second_factor.verify(user=user, otp=given.get("otp", ""), now=clock.now())
                user.otp_device = device  # type: ignore[attr-defined]  # django-otp marks the session at login
        except Refusal as refusal:
            raise ValidationError(refusal.sentence, code=refusal.code) from refusal
        self.user_cache: AbstractBaseUser | None = user
        return given


class ConsoleSite(UnfoldAdminSite):
    """The operators' console: staff only, with a second factor in this session (ADMIN_REQUIRE_2FA)."""

    login_form = ConsoleLoginForm
    login_template = "admin/console_login.html"
    index_title = "Console"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only doors built on BaseAdmin open: those that libraries bring show raw backup codes and free-form editors."""
        if admin_class is not None and issubclass(admin_class, BaseAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and user.is_staff and Scope.ADMIN in session_scopes(request))


class BaseAdmin(ModelAdmin):
    """What every model in the console starts from."""

    list_per_page = 50
    show_full_result_count = False
    list_fullwidth = True
    warn_unsaved_form = True


class NewestList(ChangeList):
    """The newest rows of a table; all those that a search finds or that belong to one thing."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> models.QuerySet[Any]:
        if self.query or self.model_admin.belonging(request):
            self.root_queryset = self.model._default_manager.all()
        return super().get_queryset(request, exclude_parameters)


class SpokenFilter(admin.AllValuesFieldListFilter):
    """A filter by values that the list writes in words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        write = changelist.model_admin.writer(self.field.name)
        everything, *values = super().choices(changelist)
        yield everything
        yield from ({**one, "display": write(one["display"])} for one in values)


class ReadOnlyAdmin(BaseAdmin):
    """Shows rows; adds, changes and deletes nothing. Amounts are plain, names and links stand where ids do, and each page
    leads to the lists of what belongs to it."""

    actions = None
    paginator = newest.Bounded
    search_help_text = f"Whole ids and names, in all rows. Without a search the newest {newest.SHOWN:,} are listed."
    extra: tuple[str, ...] = ()  # methods of the door that a row's page shows below its fields
    written: Mapping[str, columns.Write] = {}  # how the door writes a field that its type alone would not tell

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        return newest.window(rows) if match is not None and (match.url_name or "").endswith("_changelist") else rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NewestList

    def get_ordering(self, request: HttpRequest) -> Any:
        return self.belonging(request) or super().get_ordering(request)

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str) -> tuple[Any, bool]:
        term = search_term.strip()[:200]
        if not term:
            return queryset, False
        everything = self.model._default_manager.all()
        return queryset.filter(pk__in=newest.searched(everything, paths=self.search_fields, term=term)), False

    def belonging(self, request: HttpRequest) -> list[str]:
        """The order of the index that leads to the rows of one thing, when the address asks for those."""
        for asked in request.GET:
            name = asked.removesuffix("__exact").split("__")[0]
            if asked.endswith("__exact") and name in self._leading:
                return [*newest.index_of(self.model, name)[1:2], "-pk"]
        return []

    @cached_property
    def _leading(self) -> set[str]:
        """Columns that name what a row belongs to and begin an index."""
        named = [field.name for field in self.opts.concrete_fields if field.is_relation or field.name in columns.SHARED]
        return {name for name in named if newest.index_of(self.model, name)}

    def writer(self, name: str) -> columns.Write | None:
        """How a field is written where neither its type nor its choices say it."""
        return self.written.get(name) or (columns.spoken if name in columns.CODES else None)

    def get_list_filter(self, request: HttpRequest) -> Any:
        asked = super().get_list_filter(request)
        return [(name, SpokenFilter) if isinstance(name, str) and self.writer(name) else name for name in asked]

    def get_list_display(self, request: HttpRequest) -> Any:
        """The first column is the link to the row's own page, so it holds no link of its own."""
        first, *others = super().get_list_display(request)
        times = [field.name for field in self.opts.concrete_fields if isinstance(field, models.DateTimeField)]
        return [*(self._columns([first]) if first in times else [first]), *self._columns(others)]

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        shown = [name for name in self.fields or self._stored() if name not in (self.exclude or ())]
        return [*self._columns(shown), *self.extra, self.related]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return self.get_fields(request, obj)

    @admin.display(description="belongs to it")
    def related(self, row: models.Model) -> columns.Shown:
        return columns.related(self.admin_site, row)

    def _stored(self) -> list[str]:
        return [field.name for field in self.opts.concrete_fields if not isinstance(field, models.BinaryField)]

    def _columns(self, shown: Iterable[Any]) -> list[Any]:
        names = columns.Names(self.admin_site)
        fields = {field.name: field for field in self.opts.concrete_fields}
        made = {
            name: columns.of_field(fields[name], site=self.admin_site, names=names, write=self.writer(name))
            for name in shown if name in fields
        }  # fmt: skip
        return [made.get(name) or name for name in shown]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Every operator may look; what may be done is up to the door."""
        user = request.user
        return bool(isinstance(user, User) and user.is_active and user.is_staff)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)
