"""What is remembered of bots. Fields and constraints only; writes go through `bots.operations`."""

from bots.models.bot import Bot, BotMove, OrderType, Profile, Stage, Status
from bots.models.halt import Halt, HaltEpoch, Level, Scope

__all__ = ["Bot", "BotMove", "Halt", "HaltEpoch", "Level", "OrderType", "Profile", "Scope", "Stage", "Status"]
