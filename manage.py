#!/usr/bin/env python
"""Every command. Makes sure of the database and the broker before Django loads; those that change the schema run as its owner."""

import os
import sys

from amarktai.launcher import client, places, throwaway
from amarktai.launcher.trouble import Trouble

# Commands that create or change tables. Everything else runs as the role `app`, which can do neither.
AS_OWNER = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations", "optimizemigration", "pgtrigger", "flush"}
# Commands that work in a data folder of their own, which is gone afterwards.
THROWAWAY = {"bench"}
# Commands that need no server.
WITHOUT_SERVERS = {"help", "--help", "-h", "version", "--version", "collectstatic", "findstatic", "diffsettings", "spectacular"}
WITHOUT_SERVERS |= {"smoke_check"}  # it looks whether they are there


def main(arguments: list[str]) -> int:
    """Run the command named by the arguments: 2 and one sentence when something outside stands in the way."""
    command = arguments[1] if len(arguments) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amarktai.settings")
    os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")  # a worker's TERM ends within the grace period; read when Celery is imported
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
            found = client.ensure(places.of_environment())
            if client.said("DATABASE_URL"):  # somebody else's server: prove that it answers before the command asks it
                prove(found.owner_url if command in AS_OWNER else found.database_url)
        run(arguments)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 2
    return 0


def name_data_folder(arguments: list[str]) -> None:
    """`up --data FOLDER` is another spelling of AMARKTAI_DATA, needed before anything starts."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--data="):
            os.environ["AMARKTAI_DATA"] = argument.removeprefix("--data=")
        elif argument == "--data" and position + 1 < len(arguments):
            os.environ["AMARKTAI_DATA"] = arguments[position + 1]


def prove(url: str) -> None:
    """Raise Trouble unless the database answers."""
    from amarktai.health import proof

    proof.database_answers(url, named="DATABASE_URL")


def run(arguments: list[str]) -> None:
    """Hand over to Django."""
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError as error:
        raise Trouble(f"{error.name} is not installed: run deploy/up, or activate .venv first.") from None
    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as error:
        raise Trouble(str(error)) from None
    except OperationalError as error:
        raise Trouble(f"The database does not answer, check DATABASE_URL: {' '.join(str(error).split())}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv))
