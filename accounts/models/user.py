"""The person. `is_staff` makes an operator."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from accounts.domain.identity import new_id
from accounts.models.numbers import all_numbers


class User(AbstractUser):  # type: ignore[django-manager-missing]  # of devices and tokens, made by libraries
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    time_zone = models.CharField(max_length=64, default="UTC")
    reporting_currency = models.CharField(max_length=16, default="USDT")
    goal = models.DecimalField(max_digits=56, decimal_places=24, null=True, blank=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(name="accounts_user_goal_positive", condition=models.Q(goal__isnull=True) | models.Q(goal__gt=0)),
            models.UniqueConstraint(Lower("username"), name="accounts_user_name_unique_in_any_case"),
            all_numbers("goal", name="accounts_user_numbers"),
        ]
