"""A plug-in that must not be there stops the start of every process with one line."""

import pytest

from amarktai.tests.launcher.test_up import manage, one_line
from bots.tests.plug_ins import install

pytestmark = pytest.mark.enable_socket


def test_no_process_starts_with_two_strategies_of_one_name(environment, tmp_path):
    install(tmp_path, family="ema_cross")
    environment["PYTHONPATH"] = str(tmp_path)
    for process in ("web", "worker", "beat"):
        done = manage(environment, "serve", process)
        assert done.returncode == 2, process
        assert one_line(done) == "Two strategies are called ema_cross: rename the one in acme_riser."
