"""Our own lines of fills, as a sheet: the columns of `told`, taken as they are."""

from __future__ import annotations

from ledger.domain import told
from ledger.domain.layouts.layout import Fields, Layout, Row, Sheet


def _same(row: Row, sheet: Sheet) -> Fields:
    return dict(row.cells)


OWN = Layout(name="fills as this platform takes them", venue="", tell=_same, needs=told.REQUIRED, may=told.OPTIONAL, states_ids=True)
