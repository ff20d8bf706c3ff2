"""How the console looks: its name and the accent of the dashboard. Plain values, because the settings read them."""

from django.http import HttpRequest
from django.templatetags.static import static

_BLUE = {
    "50": "oklch(97% .014 254.604)",
    "100": "oklch(93.2% .032 255.585)",
    "200": "oklch(88.2% .059 254.128)",
    "300": "oklch(80.9% .105 251.813)",
    "400": "oklch(70.7% .165 254.624)",
    "500": "oklch(58% .2 262)",
    "600": "oklch(48% .2 266)",
    "700": "oklch(44% .2 266)",
    "800": "oklch(42.4% .199 265.638)",
    "900": "oklch(37.9% .146 265.522)",
    "950": "oklch(28.2% .091 267.935)",
}


def _favicon(request: HttpRequest) -> str:
    """The mark of the pages; its address is known once the settings are read."""
    return static("img/mark.svg")


def _style(request: HttpRequest) -> str:
    return static("css/console.css")


CONSOLE = {
    "SITE_TITLE": "Amarktai Network",
    "SITE_HEADER": "Amarktai Network",
    "SITE_SUBHEADER": "Operators' console",
    "SITE_SYMBOL": "candlestick_chart",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _favicon}],
    "STYLES": [_style],
    "SHOW_HISTORY": False,  # the audit trail is the history
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"primary": _BLUE},
}
