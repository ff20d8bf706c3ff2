"""The tower holds in the database too: no foreign key points up."""

from django.apps import apps
from django.db import models

FLOORS = {"accounts": 1, "ledger": 2, "bots": 3, "trading": 4, "amarktai": 5}
PARTS_OF_A_PERSON = {"auth", "contenttypes", "django_otp", "otp_static", "knox", "sessions"}


def links():
    """Every foreign key, one-to-one and many-to-many of our apps as (model, field, app it points to)."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in FLOORS:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey | models.ManyToManyField):
                yield model, field, field.related_model._meta.app_label


def test_no_foreign_key_points_to_a_higher_floor():
    upward = [
        f"{model._meta.label}.{field.name} -> {target}"
        for model, field, target in links()
        if target in FLOORS and FLOORS[target] > FLOORS[model._meta.app_label]
    ]
    assert upward == []


def test_foreign_keys_to_libraries_are_those_of_a_person():
    foreign = {target for _, _, target in links() if target not in FLOORS}
    assert foreign <= PARTS_OF_A_PERSON


def test_the_walk_sees_the_links_there_are():
    assert len(list(links())) > 10
