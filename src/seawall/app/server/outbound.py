"""Where a desk may send to: a webhook is an address somebody typed, so private networks are refused unless allowed."""

from urllib.parse import urlsplit

from seawall.core.errors import DataError, InputError
from seawall.data.sources.address import ALLOW_PRIVATE, Address, check_public

LONGEST = 2_000


def outbound(url: str, allow_private: bool = False) -> str:
    """The address, if something may be sent there: https or http, no password, no private host.

    Call it again right before sending: a name may resolve to another number by then. Redirects must not be followed.
    Raises ``InputError``; its message never repeats the address, which may hold a secret.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InputError("the address to send to cannot be read: write it as https://host/path") from None
    if len(url) > LONGEST or parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise InputError("the address to send to is no http(s) address: write it as https://host/path")
    if parts.username or parts.password:
        raise InputError("the address to send to holds a password: use a token in a header of the receiver instead")
    environ = {ALLOW_PRIVATE: "1"} if allow_private else {}
    try:
        check_public(url, Address(url, named=False), environ)
    except DataError as fault:
        raise InputError(str(fault)) from None
    return url
