"""Which addresses may be asked for pictures, and how are they shown without their secrets?

An address is given by whoever made the data. It must not make receta ask the machines of
the user's own network, nor carry a password, nor show what stands behind its '?'.
"""

from __future__ import annotations

import hashlib
import ipaddress
from urllib.parse import urlsplit

from receta.core import naming

MOST_ADDRESS = 8000  # characters; servers refuse longer ones (RFC 9110, 4.1)
MOST_SHOWN = 200
# RFC 6052, RFC 8215
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")  # RFC 6890; Python before 3.12.4 calls it global
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")  # RFC 4291, 2.5.5.1: out of use


def why_refused(address: str) -> str:
    """Why an address is not asked, whatever it resolves to; '' for one that may be.

    >>> why_refused("https://host/a.jpg"), why_refused("ftp://host/a.jpg")
    ('', 'scheme ftp refused (only http and https)')
    >>> why_refused("http://me:secret@host/a.jpg")
    'user name or password in the address refused'
    """
    if len(address) > MOST_ADDRESS:
        return f"address of {len(address):,} characters refused (at most {MOST_ADDRESS:,})"
    if not all(character.isprintable() for character in address):
        return "address with control characters refused"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "no address"
    if parts.scheme not in ("http", "https"):
        return (
            f"scheme {parts.scheme} refused (only http and https)"
            if parts.scheme and ":/" in address
            else "no http(s) address"
        )
    if "@" in parts.netloc:
        return "user name or password in the address refused"
    return "" if host else "address without a host"


def show_address(address: str) -> str:
    """The address without user, password, query and fragment, fit for print.

    >>> show_address("https://me:secret@Host:8/a b.jpg?token=1#x"), show_address("cats/1.jpg")
    ('https://host:8/a b.jpg', 'cats/1.jpg')
    """
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2].lower()
        text = (
            f"{parts.scheme}://{host}{parts.path}"
            if host
            else f"{parts.scheme}:{parts.path}"
            if parts.scheme
            else parts.path
        )
        text = text if host else text.rpartition("@")[2]
    except ValueError:
        text = address.partition("?")[0].rpartition("@")[2]
    text = naming.printable(text)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 10]}...{_short(text)}"


def name(address: str) -> str:
    """What an example of that address is called: host and path, and a sign for its query.

    The sign tells queries apart without giving them away.

    >>> name("https://host/img/29_B.jpg"), name("https://host/get?id=7&key=secret")
    ('host/img/29_B.jpg', 'host/get?6251c6f9')
    """
    query = address.partition("#")[0].partition("?")[2]
    return show_address(address).partition("://")[2] + (f"?{_short(query)}" if query else "")


def is_public(address: str) -> bool:
    """Whether an IP address may be anybody's on the internet, and no one's in this network.

    An IPv4 address inside an IPv6 one (mapped, 6to4, Teredo, NAT64) is judged itself.

    >>> [
    ...     is_public(a)
    ...     for a in ("93.184.215.14", "10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1")
    ... ]
    [True, False, False, False]
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inside = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
        if found in _IPV4_COMPATIBLE or found in _NAT64[1] or found.is_site_local:
            return False
        if found in _NAT64[0]:
            inside.append(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF))
        if any(other is not None and not is_public(str(other)) for other in inside):
            return False
        if found.ipv4_mapped is not None or found in _NAT64[0]:
            return True
    if found in _PROTOCOLS:
        return False
    # is_global is true of most multicast, and 100.64.0.0/10 (RFC 6598) is neither global nor
    # private.
    return found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_unspecified or found.is_loopback
    )


def is_link_local(address: str) -> bool:
    """Whether it is where clouds keep the secrets of a machine (169.254.169.254, fe80::)."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_link_local


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
