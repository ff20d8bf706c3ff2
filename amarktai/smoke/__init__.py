"""The smoke test: is a running platform well, seen from outside and from inside? One file per concern, one function per check.

A check looks, with three seconds of patience, and changes nothing but a mark in the cache that ends by itself. Pages and sockets
are asked at the address that was given, servers and tables where this installation's settings say.
"""

from amarktai.smoke import ledger, machine, pages, servers, sockets, trade

CHECKS = (*pages.CHECKS, *sockets.CHECKS, *servers.CHECKS, *trade.CHECKS, *ledger.CHECKS, *machine.CHECKS)
