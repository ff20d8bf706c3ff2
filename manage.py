#!/usr/bin/env python
"""Every command. Makes sure of the database and the broker before Django loads; commands that change the schema run as its owner."""

import os
import sys

from amarktai.launcher import places, services
from amarktai.launcher.trouble import Trouble

# Commands that create or change tables. Everything else runs as the role `app`, which can do neither.
AS_OWNER = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations", "optimizemigration", "pgtrigger", "flush"}
# Commands that need no server.
WITHOUT_SERVERS = {"help", "--help", "-h", "version", "--version", "collectstatic", "findstatic", "diffsettings", "compilemessages"}


def main(arguments: list[str]) -> int:
    """Run the command named by the arguments."""
    command = arguments[1] if len(arguments) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amarktai.settings")
    if command in AS_OWNER:
        os.environ["AMARKTAI_ROLE"] = "owner"
    try:
        if command not in WITHOUT_SERVERS:
            services.ensure(places.of_environment())
        from django.core.management import execute_from_command_line
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"{error.name} is not installed: run deploy/up, or activate .venv first.", file=sys.stderr)
        return 2
    execute_from_command_line(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
