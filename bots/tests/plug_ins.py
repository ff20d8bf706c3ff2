"""Installs packages for tests as pip would leave them: a module, and beside it the record that names its entry points."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from bots.strategies import families

SOURCE = '''
    import numpy as np

    from bots.domain.genome import Parameter, Signals
    from bots.strategies import Strategy
    from bots.strategies.contract import columns


    class Riser(Strategy):
        """In while the mean of the closes rises, out while it falls."""

        family = "{family}"
        version = 1
        title = "Riser"
        description = "Buys while the exponential mean of the closes rises. It expects edge = 100 bps of every rise."
        parameters = (Parameter(name="period", low=2, high=50, default=5, unit="candles", sentence="Period of the mean."),)

        def check(self, values):
            pass

        def series(self, genome):
            return (("ema", int(genome["period"])),)

        def warmup(self, genome):
            return 20 * int(genome["period"])

        def signal(self, series, genomes, last):
            mean = columns(series, [self.series(genome)[0] for genome in genomes])
            move = np.diff(mean, axis=0)
            ready = ~np.isnan(move)
            direction = np.sign(np.where(ready, move, 0)).astype(np.int8)
            return Signals(direction=direction, edge_bps=np.where(ready, 100.0, 0.0), ready=ready)
'''


def install(folder: Path, *, package: str = "acme_riser", family: str = "riser", target: str = "Riser") -> None:
    """Into a folder of the import path: the package `package`, whose entry point names `target` in it."""
    record = folder / f"{package}-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text(f"[amarktai.strategies]\nanything = {package}:{target}\n")
    (folder / f"{package}.py").write_text(dedent(SOURCE).replace("{family}", family))


@contextmanager
def importable(folder: Path) -> Iterator[Path]:
    """The folder is on the import path; afterwards nothing of what lay in it is known any more."""
    sys.path.insert(0, str(folder))
    families.cache_clear()
    try:
        yield folder
    finally:
        sys.path.remove(str(folder))
        families.cache_clear()
        for name in [name for name in sys.modules if name.startswith("acme_")]:
            del sys.modules[name]
