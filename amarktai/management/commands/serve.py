"""One process of the platform in the foreground: web, worker or beat. `up` runs all three, production one per unit."""

from __future__ import annotations

import socket
import warnings
from argparse import ArgumentParser
from typing import Any

import uvicorn
from celery.apps.beat import Beat
from celery.bin.celery import celery
from celery.exceptions import SecurityWarning
from django.core.management.base import BaseCommand

from amarktai.celery import app
from amarktai.health import proof
from amarktai.launcher.trouble import Trouble

GRACE_SECONDS = 10


class Command(BaseCommand):
    help = "Run one process of the platform in the foreground."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process", choices=["web", "worker", "beat"])
        parser.add_argument("--host", default="127.0.0.1", help="web: the address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="web: the port to listen on")
        parser.add_argument("--concurrency", type=int, default=2, help="worker: how many tasks at a time")

    def handle(self, *args: Any, **options: Any) -> None:
        proof.prove()
        match options["process"]:
            case "web":
                web(host=options["host"], port=options["port"])
            case "worker":
                worker(concurrency=options["concurrency"])
            case "beat":
                Beat(app=app, loglevel="INFO", quiet=True, scheduler="amarktai.scheduler:Scheduler").run()


def listen(*, host: str, port: int) -> socket.socket:
    """A listening socket, or Trouble with one sentence when the port is taken or the address is not ours."""
    if not 0 < port < 65_536:
        raise Trouble(f"{port} is no port: choose one from 1 to 65535 with --port.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    wire = socket.socket(family)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        wire.bind((host, port))
        wire.listen(2048)
    except OSError as error:
        wire.close()
        raise Trouble(f"Port {port} on {host} cannot be used ({error.strerror}): choose another one with --port.") from None
    return wire


def web(*, host: str, port: int) -> None:
    """Pages, API and sockets."""
    wire = listen(host=host, port=port)
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume")  # static files, small ones
    config = uvicorn.Config(
        "amarktai.asgi:application",
        lifespan="off",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=False,
        server_header=False,
        ws_per_message_deflate=False,  # messages are short, and a thousand sockets would each keep a compressor
    )
    uvicorn.Server(config).run(sockets=[wire])


def worker(*, concurrency: int) -> None:
    """Tasks. A first TERM waits for the tasks at hand, and after the grace period ends them: they are redelivered."""
    # As root Celery warns because pickled messages could run code as root; we read and write JSON only.
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges", category=SecurityWarning)
    arguments = ["--app=amarktai", "--quiet", "worker", "--pool=prefork", f"--concurrency={concurrency}", "--loglevel=INFO"]
    arguments += ["--without-gossip", "--without-mingle", "--events"]
    raise SystemExit(celery.main(arguments, standalone_mode=False))  # Celery's own entry would end in 0 after any failure
