"""Door of the stages: how far each bot is trusted, and what it still has to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.web import clock
from accounts.web.views import OwnedView
from bots.models import Bot, Stage
from trading.api.pages import page
from trading.api.shapes.stages import StageOut
from trading.queries import bots, stages


class StagesQuery(serializers.Serializer[Any]):
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)


class Stages(OwnedView):
    queryset = Bot.objects.none()
    serializer_class = StageOut
    page_ordering = ("-created_at", "-id")

    def owned(self, *, user: User) -> QuerySet[Bot]:
        return bots.of(owner=user.id).exclude(status="STOPPED")

    @extend_schema(parameters=[StagesQuery], responses=StageOut(many=True), operation_id="bots_stages")
    def get(self, request: Request) -> Response:
        """Days, trades, the bound of the net return with its uncertainty, and each threshold met or not."""
        asked = StagesQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        now = clock.now()

        def shown(rows: Sequence[Bot]) -> Sequence[stages.StageView]:
            return stages.views(bots=rows, now=now)

        return page(self, self.get_queryset().filter(**asked.validated_data), shape=StageOut, shown=shown)
