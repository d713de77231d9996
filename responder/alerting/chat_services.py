"""Messages to chat and push services (Slack, Teams, Telegram, ntfy, …) through Apprise, whose URLs say where.

Apprise has plugins that run programs, read files, write to local sockets or speak SMTP and MQTT, and it opens its own connections.
So here
1. only the services on the operator's list are taken (RESPONDER_CHAT_SERVICES), and of them only those that send by HTTP;
2. a URL may carry only the parameters that are listed here: others load files as templates or switch off TLS checks;
3. while a message is sent, urllib3 opens its sockets through `classifier.outbound`, so that redirects and names with
   private addresses reach nothing inside.
"""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from classifier import outbound
from responder.errors import Invalid

URL_LIMIT = 1_000
PARAMETERS = {"priority", "to", "thread", "topic", "tags", "mode", "silent"}
TIMEOUT_S = 5.0
_is_guarded: ContextVar[bool] = ContextVar("is_guarded", default=False)
_installing = threading.Lock()


def check_url(url: str) -> str:
    """Return an Apprise URL that may be stored. Raises Invalid, whose message does not repeat the URL."""
    url = url.strip()
    if not url or len(url) > URL_LIMIT or not url.isprintable() or " " in url:
        raise Invalid(_("Enter the address of the service, with at most %(most)d characters.") % {"most": URL_LIMIT})
    scheme = service_of(url)
    if scheme not in settings.CHAT_SERVICES:
        raise Invalid(
            _("Begin the address with one of these: %(names)s.")
            % {"names": ", ".join(f"{name}://" for name in settings.CHAT_SERVICES)}
        )
    try:
        names = {name for name, _value in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    except ValueError as error:
        raise Invalid(_("The address is not valid.")) from error
    if names - PARAMETERS:
        raise Invalid(
            _("The address can carry only these parameters: %(names)s.") % {"names": ", ".join(sorted(PARAMETERS))}
        )
    if _plugin(url) is None:
        raise Invalid(
            _("Apprise can't read this address. See its documentation for the form of %(name)s://.") % {"name": scheme}
        )
    return url


def service_of(url: str) -> str:
    """The service that a URL names, such as `slack`."""
    return url.partition("://")[0].lower()


def send(url: str, *, title: str, text: str) -> str:
    """Send one message. Returns what went wrong, without the URL; empty if it was sent. Raises Refused."""
    try:
        check_url(url)  # the operator's list may have changed since it was stored
    except Invalid as error:
        return str(error)
    plugin = _plugin(url)
    if plugin is None:
        return _("The address is not valid.")
    with _guarded() as refused:
        try:
            is_sent = plugin.notify(body=text, title=title)
        except Exception as error:  # plugins raise what they like; its text may contain the address
            return _("The service could not be reached (%(error)s).") % {"error": type(error).__name__}
    if refused:
        raise outbound.Refused(refused[0])
    return "" if is_sent else _("The service did not accept the message.")


def _plugin(url: str) -> Any:
    """Apprise's plugin for a URL, with TLS checked and short timeouts; None where there is none that sends by HTTP."""
    import apprise  # heavy, and needed only here

    asset = apprise.AppriseAsset(secure_logging=True, storage_mode="memory", plugin_paths=[], allow_templates=False)
    asset.app_id = "Responder"
    plugin = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if plugin is None or not _sends_by_http(plugin):
        return None
    plugin.verify_certificate = True
    plugin.socket_connect_timeout = plugin.socket_read_timeout = TIMEOUT_S
    return plugin


def _sends_by_http(plugin: Any) -> bool:
    module = vars(sys.modules[type(plugin).__module__])
    is_apprise = type(plugin).__module__.startswith("apprise.plugins.")
    return (
        is_apprise and "requests" in module and not {"smtplib", "subprocess", "socket", "paho", "dbus"} & module.keys()
    )


@contextmanager
def _guarded() -> Iterator[list[str]]:
    """Within it this thread's connections go to checked addresses alone; yields why some were refused."""
    _install()
    refused = list[str]()
    token, reasons = _is_guarded.set(True), _refusals.set(refused)
    try:
        yield refused
    finally:
        _is_guarded.reset(token)
        _refusals.reset(reasons)


_refusals: ContextVar[list[str]] = ContextVar("refusals")


def _install() -> None:
    """Put the guard where urllib3 opens sockets; outside of `_guarded` it changes nothing. Idempotent."""
    from urllib3.util import connection

    with _installing:
        usual = connection.create_connection
        if getattr(usual, "is_guard", False):
            return

        def create_connection(
            address: tuple[str, int], timeout: Any = None, source_address: Any = None, socket_options: Any = None
        ) -> socket.socket:
            if not _is_guarded.get():
                return usual(address, timeout, source_address=source_address, socket_options=socket_options)
            host, port = address
            try:
                return outbound.open_socket(
                    host.strip("[]"), port, timeout=TIMEOUT_S, allowed=settings.WEBHOOK_NETWORKS
                )  # fmt: skip
            except outbound.Refused as error:
                _refusals.get().append(str(error))
                raise OSError("refused") from error

        create_connection.is_guard = True  # type: ignore[attr-defined]
        connection.create_connection = create_connection
