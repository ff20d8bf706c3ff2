"""The checks of `deploy/verify`: is this installation whole? Each check answers what it counted, or raises Broken with what is wrong.
They read; the one row a check writes is the session it looks at the screens with, and it takes that away again.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunSQL
from django.test import Client
from django.urls import URLPattern, reverse
from drf_spectacular.generators import SchemaGenerator

from accounts.models import AuditChain, User
from accounts.queries import audit
from amarktai import rights as database_rights
from amarktai.dashboard import urls as dashboard
from amarktai.health import proof

FLOORS = ("accounts", "ledger", "bots", "trading", "amarktai")
NOBODY = str(UUID(int=0))  # an object that does not exist: its routes answer 404, never 500
PATIENCE_SECONDS = 30
DEMO = "demo"
Get = Callable[[str], tuple[int, str]]


class Broken(Exception):
    """What a check found; its text says which thing and how."""


def modules() -> str:
    """Every module compiles and imports."""
    names = [name for floor in FLOORS for name in modules_of(floor)]
    for name in names:
        importlib.import_module(name)
    return f"{len(names)} modules"


def modules_of(floor: str) -> Iterator[str]:
    package = importlib.import_module(floor)
    yield floor
    for found in pkgutil.walk_packages(package.__path__, floor + "."):
        if ".tests" not in found.name:
            yield found.name


def migrations() -> str:
    """Every migration is applied."""
    proof.schema_is_current()
    return "all applied"


def constraints() -> str:
    """Every constraint and index that a model names exists in the database."""
    declared = {
        part.name for model in our_models() for part in (*model._meta.constraints, *model._meta.indexes) if part.name is not None
    }
    found = column("SELECT conname FROM pg_constraint WHERE convalidated UNION SELECT relname FROM pg_class WHERE relkind = 'i'")
    complain_of(declared - found, "missing in the database")
    return f"{len(declared)} named constraints and indexes"


def triggers() -> str:
    """Every trigger that a migration makes and no later one drops exists and is switched on."""
    declared: set[str] = set()
    for act, name in re.findall(r"(CREATE|DROP) (?:CONSTRAINT )?TRIGGER (\w+)", "\n".join(plain_sql())):
        (declared.add if act == "CREATE" else declared.discard)(name)
    complain_of(declared - column("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"), "missing or switched off")
    return f"{len(declared)} triggers"


def plain_sql() -> Iterator[str]:
    """The SQL that migrations run as text, in their order."""
    graph = MigrationLoader(None).graph
    for key in dict.fromkeys(key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf)):
        yield from (part.sql for part in graph.nodes[key].operations if isinstance(part, RunSQL) and isinstance(part.sql, str))


def rights(*, role: str = "") -> str:
    """The role of this process, or the named one, owns no table and may write what `amarktai/rights.py` says, no more and no less."""
    role = role or database_rights.role_of_this_process()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s) AND pg_has_role(%s, tableowner, 'USAGE')",
            [list(database_rights.RIGHTS), role],
        )
        owned = {name for (name,) in cursor.fetchall()}
    complain_of(owned, f"can be altered by this role, for {role} owns them: web, worker and beat need a role of their own")
    complain_of(database_rights.too_many(role=role), f"{role} may do this and must not: as the owner, REVOKE each FROM {role}")
    complain_of(database_rights.too_few(role=role), f"{role} may not do this and must: as the owner, GRANT each TO {role}")
    return f"{len(database_rights.RIGHTS)} tables"


def audit_trail() -> str:
    """Every audit chain, recomputed from its rows, ends in the head that is kept of it."""
    broken = {f"{each.chain} at {each.seq} ({each.found})" for each in audit.breaks()}
    complain_of(broken, "not what was written")
    return f"{AuditChain.objects.count()} chains"


def routes(get: Get) -> str:
    """Each readable route of the schema answers, without a server error."""
    generator: Any = SchemaGenerator
    schema = generator().get_schema(request=None, public=True)
    paths = [path for path, acts in schema["paths"].items() if "get" in acts]
    bad = set()
    for path in paths:
        status, _ = get(re.sub(r"{\w+}", NOBODY, path))
        if status >= 500 or status == 0:
            bad.add(f"{path} ({status})")
    complain_of(bad, "answered with an error")
    return f"{len(paths)} routes"


def screens() -> str:
    """Each screen renders for the demo user, with its landmarks and the red button."""
    with visitor() as client:
        if not client.session.get("_auth_user_id"):
            return "left out: there is no demo user here"
        addresses = list(plain_addresses())
        complain_of({address for address in addresses if not whole(client.get(address, follow=True))}, "does not render whole")
    return f"{len(addresses)} screens"


@contextmanager
def visitor() -> Iterator[Client]:
    """A browser without a server: the demo user's where there is one, else an anonymous one."""
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    user = User.objects.filter(username=DEMO).first()
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    try:
        yield client
    finally:
        client.logout()


def plain_addresses() -> Iterator[str]:
    """The dashboard's screens that need no object and can be read."""
    for pattern in dashboard.urlpatterns:
        if isinstance(pattern, URLPattern) and str(pattern.pattern).endswith("/") and "<" not in str(pattern.pattern):
            yield reverse(f"dashboard:{pattern.name}")
    yield reverse("dashboard:overview")


def whole(answer: Any) -> bool:
    """A page with its navigation, its main part and the way to the emergency stop."""
    text = answer.content.decode()
    return answer.status_code == 200 and all(part in text for part in ("<nav", "<main", reverse("dashboard:stop")))


def from_inside(path: str) -> tuple[int, str]:
    """Ask this code, without a server."""
    with visitor() as client:
        answer = client.get(path)
        return answer.status_code, answer.content.decode()


def from_outside(url: str) -> Get:
    """Ask a running platform."""

    def get(path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(url.rstrip("/") + path, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    return get


def our_models() -> list[Any]:
    return [model for floor in FLOORS for model in apps.get_app_config(floor).get_models()]


def column(sql: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {name for (name,) in cursor.fetchall()}


def complain_of(names: set[str], words: str) -> None:
    if names:
        raise Broken(f"{', '.join(sorted(names)[:10])}: {words} ({len(names)} in all)")
