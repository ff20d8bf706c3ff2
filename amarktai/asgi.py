"""The ASGI door: pages and API in `deploy/up`, sockets everywhere."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amarktai.settings")
application = ProtocolTypeRouter({"http": get_asgi_application()})
