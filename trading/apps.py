"""Floor 4: the act."""

import gc

from django.apps import AppConfig

# A batch of a thousand orders makes some seventy thousand objects that all live until it is booked. The collector's usual 700 makes it
# walk them over and over, a quarter of the time from the wish to the lots, and once is a twentieth; there are no cycles among them to find.
YOUNG, MIDDLE, OLD = 100_000, 20, 50


class TradingConfig(AppConfig):
    name = "trading"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        gc.set_threshold(YOUNG, MIDDLE, OLD)
