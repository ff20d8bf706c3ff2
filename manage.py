#!/usr/bin/env python
"""Every command. Makes sure of the database and the broker before Django loads; those that change the schema run as its owner."""

import errno
import os
import sys

from amarktai.launcher import client, places, throwaway
from amarktai.launcher.trouble import Trouble

try:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError
    from psycopg.errors import UndefinedColumn, UndefinedTable

    from amarktai.health import proof
except ImportError as error:
    print(f"{error.name} is not installed: run deploy/up, or activate .venv first.", file=sys.stderr)
    sys.exit(2)
except KeyboardInterrupt:
    sys.exit(130)

# Commands that create or change tables. Everything else runs as the role `app`, which can do neither.
AS_OWNER = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations", "optimizemigration", "flush"}
# Commands that make operators, which `app` may not.
AS_OWNER |= {"createsuperuser", "seed_demo"}
# Commands that work in a data folder of their own, which is gone afterwards.
THROWAWAY = {"bench"}
# Commands that need no server, or look whether one is there.
WITHOUT_SERVERS = {"help", "--help", "-h", "version", "--version", "collectstatic", "findstatic", "diffsettings", "spectacular"}
WITHOUT_SERVERS |= {"smoke_check"}  # it looks whether they are there
# Commands that must do what they can when nothing answers: a stop then leaves the kill-switch file.
WHATEVER_ANSWERS = {"emergency_stop"}
INTERRUPTED = 130  # what shells answer for SIGINT
# Commands that also prove a broker that the environment names before anything of ours is started.
WITH_BROKER = {"up", "serve"}


def main(arguments: list[str]) -> int:
    """Run the command named by the arguments: 2 and one sentence when something outside stands in the way, 130 after Ctrl-C."""
    command = arguments[1] if len(arguments) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amarktai.settings")
    os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")  # a worker's TERM ends within the grace period; read when Celery is imported
    if command in WHATEVER_ANSWERS:
        arguments = list(map(readable, arguments))
    elif garbled := [argument for argument in arguments if argument != readable(argument)]:
        print(f"{readable(garbled[0])[:60]!r} is no text in UTF-8.", file=sys.stderr)
        return 2
    if command in AS_OWNER:
        os.environ["AMARKTAI_ROLE"] = "owner"
    if command == "up":
        name_data_folder(arguments)
    try:
        if command in THROWAWAY and not {"--help", "-h"} & set(arguments):
            with throwaway.servers():
                run(arguments)
            return 0
        if command not in WITHOUT_SERVERS and not {"--help", "-h"} & set(arguments):
            make_sure(command)
        run(arguments)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    return 0


def readable(argument: str) -> str:
    """The argument with a mark in place of each byte that is no text: no name, reason or address could be stored with them."""
    return os.fsencode(argument).decode("utf-8", "replace")


def name_data_folder(arguments: list[str]) -> None:
    """`up --data FOLDER` is another spelling of AMARKTAI_DATA, needed before anything starts."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--data="):
            os.environ["AMARKTAI_DATA"] = argument.removeprefix("--data=")
        elif argument == "--data" and position + 1 < len(arguments):
            os.environ["AMARKTAI_DATA"] = arguments[position + 1]


def make_sure(command: str) -> None:
    """The database and the broker answer, or Trouble. A stop waits for nobody: it does what it can at once."""
    folder, at_once = places.of_environment(), command in WHATEVER_ANSWERS
    try:
        prove_named(client.addresses(folder), command)
        client.ensure(folder, patience_s=client.AT_ONCE_SECONDS if at_once else client.STOPPING_SECONDS)
    except Trouble as trouble:
        if not at_once:
            raise
        print(trouble, file=sys.stderr)


def prove_named(found: client.Services, command: str) -> None:
    """Raise Trouble unless the servers that the environment names answer, before any of our own is started beside them."""
    if client.said("DATABASE_URL"):
        proof.database_answers(found.owner_url if command in AS_OWNER else found.database_url, named="DATABASE_URL")
    if client.said("REDIS_URL") and command in WITH_BROKER:
        proof.broker_answers(found.redis_url)


def run(arguments: list[str]) -> None:
    """Hand over to Django."""
    try:
        execute_from_command_line(arguments)
        sys.stdout.flush()
    except ImproperlyConfigured as error:
        raise Trouble(str(error)) from None
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC) or error.filename is not None:
            raise
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # what is left goes nowhere when Python ends
        raise Trouble(f"The answer cannot be written: {error.strerror}.") from None
    except OperationalError as error:
        if torn(error):
            raise KeyboardInterrupt from None
        raise Trouble(f"The database does not answer, check DATABASE_URL: {' '.join(str(error).split())}") from error
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
            raise
        what = error.__cause__.diag.message_primary
        raise Trouble(f"The database lacks tables of this version ({what}): run manage.py migrate.") from error


def torn(error: BaseException | None) -> bool:
    """Whether it came of Ctrl-C within a statement, after which nothing can be said on that connection."""
    return error is not None and (isinstance(error, KeyboardInterrupt) or torn(error.__cause__ or error.__context__))


if __name__ == "__main__":
    sys.exit(main(sys.argv))
