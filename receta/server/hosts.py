"""Under which names does the server answer, and which pages may ask it?

A page of somebody else can give its own name the address of this machine (DNS rebinding).
The browser then takes the server for a part of that page: no rule about pages of other
sites holds any more, and only the name in `Host` tells. So a name must be known here. An
address needs no list, since whoever names an address reaches that machine and no other.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence

from receta.core.errors import InputError
from receta.server.http import Refused

_AUTHORITY = re.compile(
    r"(\[[0-9a-f:.]{2,45}\]|[^\s\[\]:/?#@\\]{1,253})(?::([0-9]{0,5}))?", re.ASCII
)
_ANY = ("", "0.0.0.0", "::")  # to listen on is no name to be asked by
_REMEMBERED = 1_000  # names as they were asked for
_SHOWN = 100  # characters of a strange name


class Hosts:
    """The one list of names that requests may be sent to."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """names: further ones beside localhost, this machine's own name and every address."""
        own = socket.gethostname().lower().rstrip(".")
        self._known = frozenset(
            ["localhost", own, f"{own}.local", *(_plain(name) for name in names)]
        ) - set(_ANY)
        self._judged: dict[str, bool] = {}

    def is_known(self, host: str) -> bool:
        """Whether a name, or an address (IPv6 in brackets), is one of this server's."""
        return host in self._known or _is_address(host)

    def _is_ours(self, named: str) -> bool:
        """Whether a host (and port) is this server's; those asked for lately are remembered."""
        ours = self._judged.get(named)
        if ours is None:
            host = host_of(named)
            ours = host is not None and self.is_known(host)
            if len(named) < _SHOWN and len(self._judged) < _REMEMBERED:
                self._judged[named] = ours
        return ours

    def judge(self, headers: Sequence[tuple[bytes, bytes]], *, trusted: bool) -> str:
        """The host (and port) that a request names; raises Refused for one that is not ours.

        trusted: whether it brings the server's secret, which a page of somebody else has not.
        """
        given = [value for name, value in headers if name == b"host"]
        if len(given) != 1:
            raise Refused(
                400,
                f"the request has {len(given)} headers 'Host'; expected one, with the name of "
                "this server.",
            )
        named = given[0].decode("latin-1")
        if not trusted and not self._is_ours(named):
            raise Refused(
                421,
                f"this server was asked as {named[:_SHOWN]!r}; expected its address, localhost "
                "or a name that it knows. "
                "Start it with --allow-host NAME, or with --token and send that.",
            )
        return named

    def own_page(self, origin: str, named: str, *, same_origin: bool, trusted: bool) -> bool:
        """Whether a page of this server asks; named: the host that the request was sent to.

        same_origin: whether the browser says so, which it does on safe addresses alone. It is
        what tells where something in front of the server writes another Host.
        """
        scheme, _, authority = origin.partition("://")
        host = host_of(authority)
        if scheme.lower() not in ("http", "https") or host is None:
            return False
        if _with_port(authority, scheme) == _with_port(named, scheme):
            return True
        return same_origin and (trusted or host in self._known)


def named_hosts(names: Sequence[str]) -> tuple[str, ...]:
    """What --allow-host says, each as a plain name; InputError for what is none."""
    for name in names:
        if host_of(_plain(name)) != _plain(name):
            raise InputError(
                f"--allow-host {name[:_SHOWN]} is no name of a host; expected one such as "
                "my.site, without http:// and port. Mend it."
            )
    return tuple(map(_plain, names))


def host_of(authority: str) -> str | None:
    """Name or address of `host[:port]`, in lower case and without a dot at its end.

    >>> host_of("My.Site.:8000"), host_of("[::1]:80"), host_of("user@my.site"), host_of("a:b")
    ('my.site', '[::1]', None, None)
    """
    found = _AUTHORITY.fullmatch(authority.lower())
    return None if found is None else found[1].removesuffix(".") or None


def _plain(name: str) -> str:
    """As `host_of` gives it, also for an IPv6 address without brackets."""
    bare = name.lower().removesuffix(".")
    return f"[{bare}]" if ":" in bare and not bare.startswith("[") else bare


def _is_address(host: str) -> bool:
    bare = host[1:-1] if host.startswith("[") else host
    try:
        return ipaddress.ip_address(bare).version == (6 if host.startswith("[") else 4)
    except ValueError:
        return False


def _with_port(authority: str, scheme: str) -> tuple[str | None, str]:
    found = _AUTHORITY.fullmatch(authority.lower())
    port = found[2] if found is not None else None
    return host_of(authority), port or {"http": "80", "https": "443"}[scheme.lower()]
