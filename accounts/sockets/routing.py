"""Where the sockets are. The ASGI application mounts `websocket`."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import re_path

from accounts.sockets.consumer import listen

websocket = AuthMiddlewareStack(URLRouter([re_path(r"^ws/?$", listen)]))  # type: ignore[arg-type]  # channels' router takes applications
