"""What production refuses, each with the sentence that says what to set."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import SecretStr

from responder.settings.schema import Environment
from responder.settings.strength import is_placeholder, is_strong_key

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
SHARED_SECOND_LEVELS = {"ac", "co", "com", "edu", "go", "gob", "gov", "mil", "ne", "net", "ngo", "or", "org"}
PRIVATE = [ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")]
SHORTEST_TOKEN = 20
WIDEST_PROXIES = {4: 8, 6: 16}  # bits that a network of proxies fixes at least


class InsecureSettings(Exception):
    """Production was asked for with settings that are not safe; the message lists what to set."""


def refuse_insecure(environment: Environment) -> None:
    """Raise InsecureSettings when `environment` is production and anything in it is unsafe."""
    if environment.environment != "production":
        return
    problems = [*_secrets(environment), *_site(environment), *_services(environment), *_networks(environment)]
    if problems:
        raise InsecureSettings("Responder does not start in production:\n- " + "\n- ".join(problems))


def _secrets(environment: Environment) -> Iterator[str]:
    if not is_strong_key(_text(environment.secret_key)):
        yield (
            "RESPONDER_SECRET_KEY must hold at least 50 random characters "
            "(python -c 'import secrets; print(secrets.token_urlsafe(50))')."
        )
    token = _text(environment.metrics_token)
    if token and (len(token) < SHORTEST_TOKEN or len(set(token)) < 8 or is_placeholder(token)):
        yield (
            "RESPONDER_METRICS_TOKEN must hold at least 20 random characters, or nothing "
            "(python -c 'import secrets; print(secrets.token_urlsafe(30))')."
        )


def _site(environment: Environment) -> Iterator[str]:
    if environment.debug:
        yield "RESPONDER_DEBUG shows internals to strangers: unset it."
    hosts = environment.allowed_hosts
    if set(hosts) <= LOCAL_HOSTS or not all(_is_own_host(host) for host in hosts):
        yield (
            "RESPONDER_ALLOWED_HOSTS must name the host names of the site, for example responder.example.org: "
            "no *, no address with https://, and no suffix that others share, such as .com or .org.uk."
        )
    if not environment.https:
        yield "RESPONDER_HTTPS must be true: log-ins and tokens must not travel in the clear."
    if not all(_is_own_origin(origin) for origin in environment.trusted_origins):
        yield (
            "RESPONDER_TRUSTED_ORIGINS must name origins in full, for example https://responder.example.org: "
            "with https:// and without *."
        )


def _services(environment: Environment) -> Iterator[str]:
    database = urlsplit(_text(environment.database_url))
    if database.scheme not in ("postgres", "postgresql") or _is_example(database):
        yield (
            "DATABASE_URL must point to PostgreSQL (postgres://user:password@host/name), "
            "with a password of your own where it names one."
        )
    redis = urlsplit(_text(environment.redis_url))
    local = redis.scheme == "unix" or (redis.scheme in ("redis", "rediss") and _is_loopback(redis.hostname))
    if not local and (redis.scheme not in ("redis", "rediss") or not redis.password or _is_example(redis)):
        yield (
            "REDIS_URL must point to Redis with its password (redis://:password@host:6379/0, or rediss:// for TLS): "
            "whoever writes to Redis wakes the workers and resets the limits."
        )
    webhook = _text(environment.alert_webhook)
    if webhook and not webhook.startswith("https://") and not environment.webhook_networks:
        yield "RESPONDER_ALERT_WEBHOOK must begin with https://, unless RESPONDER_WEBHOOK_NETWORKS names its network."


def _networks(environment: Environment) -> Iterator[str]:
    named = {
        "RESPONDER_WEBHOOK_NETWORKS": environment.webhook_networks,
        "RESPONDER_FEED_NETWORKS": environment.feed_networks,
    }
    if any(ip_network(one).prefixlen < WIDEST_PROXIES[ip_network(one).version] for one in environment.trusted_proxies):
        yield "RESPONDER_TRUSTED_PROXIES must name your proxies alone: whoever it holds may claim any address and HTTPS."
    for name, networks in named.items():
        if not all(_is_private(network) for network in networks):
            yield (
                f"{name} must name private networks of yours, such as 10.1.0.0/16: no network that holds loopback, "
                "link-local (169.254.0.0/16, where clouds keep credentials) or public addresses."
            )


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _is_own_host(host: str) -> bool:
    """Whether a host name, or a domain with all below it (`.example.org`), is one site's."""
    if not host or set(host) & set("*/:@ ") - ({":"} if host.startswith("[") else set()):
        return False
    labels = host.strip(".").split(".")
    shared = len(labels) < 2 or (len(labels) == 2 and labels[0].lower() in SHARED_SECOND_LEVELS)
    return not (host.startswith(".") and shared)


def _is_own_origin(origin: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme == "https" and bool(parts.hostname) and "*" not in origin and parts.path in ("", "/")


def _is_example(url: SplitResult) -> bool:
    return bool(url.password) and is_placeholder(unquote(url.password or ""))


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _is_private(network: str) -> bool:
    found = ip_network(network)
    return any(found.version == one.version and found.subnet_of(one) for one in PRIVATE)  # type: ignore[arg-type]
