"""The console shows bots, moves and halts to operators, and lets nobody edit them there."""

import pytest
from django.contrib import admin
from django.test import RequestFactory

from bots.models import Bot, BotMove, Halt

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [Bot, BotMove, Halt])
def test_operators_look_and_nobody_edits(alice, olga, model):
    room = admin.site._registry[model]
    request = RequestFactory().get("/admin/")
    request.user = olga
    assert room.has_view_permission(request)
    assert not room.has_add_permission(request)
    assert not room.has_change_permission(request)
    assert not room.has_delete_permission(request)
    request.user = alice
    assert not room.has_view_permission(request)


@pytest.mark.parametrize("model", [Bot, BotMove, Halt])
def test_the_lists_name_columns_that_exist(olga, model):
    room = admin.site._registry[model]
    request = RequestFactory().get("/admin/")
    request.user = olga
    changes = room.get_changelist_instance(request)
    assert list(changes.get_queryset(request)) == []
