"""What production refuses, each with the sentence that says what to set."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pydantic import SecretStr

from classifier.outbound import METADATA
from responder.installation import UnusableSettings
from responder.settings.paths import SHORTEST_KEY
from responder.settings.schema import Environment, split_keys
from responder.settings.strength import is_placeholder, is_strong, is_strong_key

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
SHARED_SECOND_LEVELS = {
    "ac", "asn", "co", "com", "ed", "edu", "gc", "geek", "gen", "go", "gob", "gouv", "gov", "govt", "gv", "id", "lg", "ltd",
    "me", "mil", "ne", "net", "ngo", "nhs", "or", "org", "plc", "police", "sch", "school",
}  # fmt: skip
# Hosts whose customers each have a name below them; the commonest, as no list of all comes with the product.
SHARED_HOSTS = {
    "amazonaws.com", "appspot.com", "awsapprunner.com", "azure.com", "azurecontainer.io", "azurecontainerapps.io",
    "azureedge.net", "azurefd.net", "azurestaticapps.net", "azurewebsites.net", "cloudapp.net", "cloudfront.net",
    "cloudfunctions.net", "ddns.net", "dedyn.io", "deno.dev", "digitaloceanspaces.com", "duckdns.org", "dyndns.org",
    "elasticbeanstalk.com", "eu.org", "firebaseapp.com", "fly.dev", "github.io", "gitlab.io", "glitch.me", "herokuapp.com",
    "hopto.org", "myqnapcloud.com", "netlify.app", "ngrok-free.app", "ngrok.app", "ngrok.io", "nip.io", "no-ip.org",
    "ondigitalocean.app", "onrender.com", "pages.dev", "pythonanywhere.com", "railway.app", "repl.co", "replit.app", "run.app",
    "scalingo.io", "sslip.io", "surge.sh", "synology.me", "trafficmanager.net", "trycloudflare.com", "vercel.app", "web.app",
    "windows.net", "workers.dev",
}  # fmt: skip
# Of these one label more is a region, or a service, that customers share too.
REGIONAL = {
    "amazonaws.com", "appspot.com", "awsapprunner.com", "azure.com", "azurecontainer.io", "azurecontainerapps.io",
    "azurestaticapps.net", "digitaloceanspaces.com", "elasticbeanstalk.com", "railway.app", "run.app", "scalingo.io", "windows.net",
}  # fmt: skip
PRIVATE = [ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")]
# Names that are resolved inside one network: a service of Compose or Kubernetes, a machine of the office.
PRIVATE_NAMES = (".internal", ".local", ".lan", ".home.arpa", ".svc", ".cluster.local")
PLAIN_MODES = {"disable", "allow"}  # of sslmode: passwords and rows may travel in the clear
SHORTEST_TOKEN, SHORTEST_PASSWORD = 20, 16
WIDEST_PROXIES = {4: 8, 6: 16}  # bits that a network of proxies fixes at least


class InsecureSettings(UnusableSettings):
    """The settings are not safe for production; the message lists what to set."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems, "Responder does not start in production:")


def refuse_insecure(environment: Environment) -> None:
    """Raise InsecureSettings when `environment` is production and anything in it is unsafe."""
    if environment.environment == "production" and (problems := insecure(environment)):
        raise InsecureSettings(problems)


def insecure(environment: Environment) -> list[str]:
    """A sentence for each setting that production refuses."""
    return [*_secrets(environment), *_site(environment), *_services(environment), *_networks(environment)]


def _secrets(environment: Environment) -> Iterator[str]:
    if not is_strong_key(_text(environment.secret_key)):
        yield (
            "RESPONDER_SECRET_KEY must hold at least 50 random characters "
            "(python -c 'import secrets; print(secrets.token_urlsafe(50))')."
        )
    token = _text(environment.metrics_token)
    if token and not is_strong(token, shortest=SHORTEST_TOKEN):
        yield (
            "RESPONDER_METRICS_TOKEN must hold at least 20 random characters, or nothing "
            "(python -c 'import secrets; print(secrets.token_urlsafe(30))')."
        )

    backup_key = _text(environment.backup_key)
    if backup_key and not is_strong(backup_key, shortest=SHORTEST_KEY):
        yield (
            "RESPONDER_BACKUP_KEY must hold at least 32 random characters, or nothing "
            "(python -c 'import secrets; print(secrets.token_urlsafe(50))'). Backups that the former key signed are restored "
            "with --sha256."
        )
    if not all(is_strong(key, shortest=SHORTEST_KEY) for key in split_keys(environment.encryption_key)):
        yield (
            "RESPONDER_ENCRYPTION_KEY must hold keys of at least 32 random characters, separated by commas, or nothing "
            "(python -c 'import secrets; print(secrets.token_urlsafe(50))')."
        )


def _site(environment: Environment) -> Iterator[str]:
    if environment.debug:
        yield "RESPONDER_DEBUG shows internals to strangers: unset it."
    hosts = environment.allowed_hosts
    if set(hosts) <= LOCAL_HOSTS or not all(_is_own_host(host) for host in hosts):
        yield (
            "RESPONDER_ALLOWED_HOSTS must name the host names of the site, for example responder.example.org: "
            "no *, no address with https://, and no suffix that others share, such as .com, .org.uk or .herokuapp.com."
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
    if database.scheme not in ("postgres", "postgresql") or _has_weak_password(database):
        yield (
            "DATABASE_URL must point to PostgreSQL (postgres://user:password@host/name). A password in it must hold at least "
            "16 random characters, unless the database is on this machine "
            "(python -c 'import secrets; print(secrets.token_urlsafe(30))')."
        )
    elif _option(database, "sslmode") in PLAIN_MODES and not _is_inside(_host_of(database)):
        yield (
            "DATABASE_URL turns TLS off on the way to another network: set sslmode=verify-full, or sslmode=require where "
            "the server's certificate cannot be checked. Without TLS only a database on this machine or a private network "
            "is used."
        )
    redis = urlsplit(_text(environment.redis_url))
    local = redis.scheme == "unix" or (redis.scheme in ("redis", "rediss") and _is_loopback(redis.hostname))
    if not local and (redis.scheme not in ("redis", "rediss") or not redis.password or _has_weak_password(redis)):
        yield (
            "REDIS_URL must point to Redis with its password (redis://:password@host:6379/0, or rediss:// for TLS), of at "
            "least 16 random characters (python -c 'import secrets; print(secrets.token_urlsafe(30))'): "
            "whoever writes to Redis wakes the workers and resets the limits."
        )
    if environment.oidc_issuer and not environment.oidc_issuer.startswith("https://"):
        yield "RESPONDER_OIDC_ISSUER must begin with https://: whoever can change its answers can sign in as anybody."
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
                "link-local or public addresses, or where a cloud keeps credentials (169.254.0.0/16, fd00:ec2::254, "
                "100.100.100.200). Name smaller networks around it."
            )


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _is_own_host(host: str) -> bool:
    """Whether a host name, or a domain with all below it (`.example.org`), is one site's."""
    if not host or set(host) & set("*/:@ ") - ({":"} if host.startswith("[") else set()):
        return False
    return not (host.startswith(".") and _is_shared(host.strip(".").lower()))


def _is_shared(suffix: str) -> bool:
    """Whether sites of different owners have names below a suffix."""
    labels = suffix.split(".")
    if len(labels) < 2 or (len(labels) == 2 and labels[0] in SHARED_SECOND_LEVELS):
        return True
    return suffix in SHARED_HOSTS or ".".join(labels[-2:]) in REGIONAL


def _is_own_origin(origin: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme == "https" and bool(parts.hostname) and "*" not in origin and parts.path in ("", "/")


def _has_weak_password(url: SplitResult) -> bool:
    """Whether a password can be guessed by those who reach the server, which on this machine are its own programs."""
    password = unquote(url.password or "") or _option(url, "password")
    host = _host_of(url)
    on_this_machine = not host or host.startswith("/") or _is_loopback(host)
    return is_placeholder(password) or (
        bool(password) and not on_this_machine and not is_strong(password, shortest=SHORTEST_PASSWORD)
    )


def _option(url: SplitResult, name: str) -> str:
    return parse_qs(url.query).get(name, [""])[-1]


def _host_of(url: SplitResult) -> str:
    """The host, or the folder of a socket, that a database's address leads to."""
    return _option(url, "host") or unquote(url.hostname or "")


def _is_inside(host: str) -> bool:
    """Whether a host is this machine, or of a private network by its number or its name."""
    if not host or host.startswith("/") or _is_loopback(host) or not set(host) & set(".:"):
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return host.lower().endswith(PRIVATE_NAMES)
    return any(found in network for network in PRIVATE)


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _is_private(network: str) -> bool:
    found = ip_network(network)
    if any(found.overlaps(one) for one in METADATA if one.version == found.version):
        return False
    return any(found.version == one.version and found.subnet_of(one) for one in PRIVATE)  # type: ignore[arg-type]
