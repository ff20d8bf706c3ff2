"""What a person owns, and that nobody else sees it."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.domain.identity import new_id
from accounts.models import Alert, AuditRow, User
from accounts.models.token import Scope
from accounts.operations import alerts
from accounts.tests import builders
from accounts.tests.builders import NOON, post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_throttles")]


def tell(person: User | None, count: int = 1) -> None:
    notices = [
        alerts.Notice(person=person.pk if person else None, severity="INFO", code="TOLD", sentence=f"Number {n}.", dedup_key=str(n))
        for n in range(count)
    ]
    alerts.raise_alerts(notices=notices, now=NOON)


def test_alerts_stand_by_when_it_happened_not_by_when_it_was_written(alice: User, alice_api: APIClient) -> None:
    for hours_ago in (1, 3, 2):
        alerts.raise_alert(
            person=alice.pk, severity="INFO", code="TOLD", sentence=f"{hours_ago} h ago.", data={}, dedup_key=str(hours_ago),
            now=NOON - timedelta(hours=hours_ago),
        )  # fmt: skip
    assert [one["sentence"] for one in alice_api.get("/api/alerts").json()["results"]] == ["1 h ago.", "2 h ago.", "3 h ago."]


def test_alerts_come_in_pages_that_lead_on_without_loss(alice: User, alice_api: APIClient, bob: User) -> None:
    tell(alice, 25)
    tell(bob, 3)
    found: list[str] = []
    cursor: Any = ""
    for size in (10, 10, 5):
        page = alice_api.get("/api/alerts", {"limit": 10} | ({"cursor": cursor} if cursor else {})).json()
        assert len(page["results"]) == size
        found += [row["id"] for row in page["results"]]
        cursor = page["next"]
    assert cursor is None
    assert len(set(found)) == 25
    assert alice_api.get("/api/alerts/unread").json() == {"unread": 25}
    assert post(alice_api, "/api/alerts/read", {"ids": found[:5]}).json() == {"unread": 20}
    assert post(alice_api, "/api/alerts/read").json() == {"unread": 0}
    assert Alert.objects.filter(read_at=None).count() == 3


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=-1", "limit=99999999999", "cursor=zzz", "cursor=cD1uby1kYXRl"])
def test_a_bad_page_query_is_400(alice: User, alice_api: APIClient, query: str) -> None:
    tell(alice, 3)
    answer = alice_api.get("/api/alerts?" + query)
    assert answer.status_code == 400, answer.content
    assert answer.json()["message"].endswith(".")


@pytest.mark.parametrize("path", ["/api/alerts", "/api/audit", "/api/tokens"])
def test_alice_and_bob_never_see_each_others_rows(alice: User, bob: User, alice_api: APIClient, bob_api: APIClient, path: str) -> None:
    tell(alice)
    tell(bob)
    tell(None)
    seen = [{row["id"] for row in client.get(path).json()["results"]} for client in (alice_api, bob_api)]
    assert seen[0]
    assert seen[1]
    assert not seen[0] & seen[1]


def test_an_operator_sees_every_audit_row(alice_api: APIClient, olga_api: APIClient) -> None:
    assert len(olga_api.get("/api/audit").json()["results"]) == AuditRow.objects.count() == 2


def test_bob_cannot_revoke_alices_token_and_she_can(alice: User, alice_api: APIClient, bob_api: APIClient) -> None:
    second = builders.bearer(alice)
    (token,) = [row for row in alice_api.get("/api/tokens").json()["results"] if not row["current"]]
    assert set(token) == {"id", "label", "scopes", "created_at", "expires_at", "current"}
    assert bob_api.delete(f"/api/tokens/{token['id']}").status_code == 404
    assert bob_api.delete(f"/api/tokens/{new_id()}").status_code == 404
    assert second.get("/api/profile").status_code == 200
    assert alice_api.delete(f"/api/tokens/{token['id']}").status_code == 204
    assert second.get("/api/profile").status_code == 401


def test_a_reading_token_reads_and_changes_nothing(alice: User) -> None:
    reader = builders.bearer(alice, scopes={Scope.READ})
    assert reader.get("/api/profile").status_code == 200
    refused = reader.patch("/api/profile", {"goal": "5"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")


def test_a_profile_changes_with_an_audit_row(alice: User, alice_api: APIClient) -> None:
    answer = alice_api.patch("/api/profile", {"goal": "1000000", "time_zone": "Africa/Johannesburg"}, format="json")
    assert answer.json() | {"id": ""} == {
        "id": "", "username": "alice", "email": "", "time_zone": "Africa/Johannesburg", "reporting_currency": "USDT",
        "goal": "1000000", "is_staff": False,
    }  # fmt: skip
    row = AuditRow.objects.get(act="profile.changed")
    assert (row.before, row.after) == ({"goal": "", "time_zone": "UTC"}, {"goal": "1000000", "time_zone": "Africa/Johannesburg"})
    assert row.request_id == answer["X-Request-ID"]
    assert alice_api.patch("/api/profile", {"goal": None}, format="json").json()["goal"] is None


@pytest.mark.parametrize(
    "given",
    [
        {"goal": "NaN"},
        {"goal": "-1"},
        {"goal": "1" * 40},
        {"goal": 1.5},
        {"goal": "1e9"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"reporting_currency": "us dollar"},
        {"reporting_currency": "USD\n"},
        {"is_staff": True},
        {"id": "00000000-0000-0000-0000-000000000000"},
        {"username": "root"},
        [1],
        "text",
    ],
)
def test_a_bad_profile_is_refused_and_nothing_is_half_written(alice: User, alice_api: APIClient, given: Any) -> None:
    before = User.objects.values().get()
    answer = alice_api.patch("/api/profile", given, format="json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["message"]
    assert User.objects.values().get() == before
    assert not AuditRow.objects.filter(act="profile.changed").exists()
