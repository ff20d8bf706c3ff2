"""The ASGI door: pages and API in `deploy/up`, sockets everywhere."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amarktai.settings")
http = get_asgi_application()

from accounts.sockets.routing import websocket  # noqa: E402  (models are ready only now)

application = ProtocolTypeRouter({"http": http, "websocket": websocket})
