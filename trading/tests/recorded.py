"""Candles recorded by exchanges: they lie beside the checkout and are read there, never copied into the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "candles"
MINUTES = FOLDER / "binanceus_BTC-USDT_1m_2023-03-01_2023-03-21.csv.gz"
HOURS = FOLDER / "binance_BTC-USDT_1h_2017-08-17_2024-04-21.csv.gz"

# In CI a missing file fails its tests; on a machine that has only the project they are skipped, and pytest says so.
needs_recorded = pytest.mark.skipif(
    not FOLDER.exists() and not os.environ.get("CI"), reason=f"NO RECORDED CANDLES BESIDE THE CHECKOUT ({FOLDER.name})"
)
