"""Every environment variable that Responder reads, with its type, default and meaning.

Nothing else in the code reads settings; `installation` finds their file and the data directory. `docs/reference/settings.md`
and `deploy/responder.env.example` are checked against this file.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from responder.rates import RATE
from responder.settings.paths import SHORTEST_KEY

TARGETS, LONGEST_TARGET = 4, 100_000  # severities; minutes, some ten weeks
CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class Environment(BaseSettings):
    """The typed environment. Unset variables take the embedded default, which needs no server."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, populate_by_name=True)

    environment: Literal["local", "production"] = Field(
        "local",
        validation_alias="RESPONDER_ENVIRONMENT",
        description="`production` refuses to start with insecure settings.",
    )
    secret_key: SecretStr | None = Field(
        None,
        validation_alias="RESPONDER_SECRET_KEY",
        description="Signs sessions; at least 50 characters. The embedded default makes its own in the data directory.",
    )
    backup_key: SecretStr | None = Field(
        None,
        min_length=32,
        validation_alias="RESPONDER_BACKUP_KEY",
        description="Signs backups; a restore refuses others. Unset: derived from `RESPONDER_SECRET_KEY`, else the file `backup_key` in the data directory, which no backup contains.",
    )
    encryption_key: SecretStr | None = Field(
        None,
        validation_alias="RESPONDER_ENCRYPTION_KEY",
        description="Keys that encrypt secrets in the database, such as feeds' access tokens, separated by commas: the first encrypts, all decrypt. At least 32 characters each. Unset: derived from the secret key.",
    )
    debug: bool = Field(
        False, validation_alias="RESPONDER_DEBUG", description="Django's debug pages. Never in production."
    )
    allowed_hosts: CommaSeparated = Field(
        ("localhost", "127.0.0.1", "[::1]"),
        validation_alias="RESPONDER_ALLOWED_HOSTS",
        description="Host names that the site answers to, separated by commas.",
    )
    trusted_origins: CommaSeparated = Field(
        (),
        validation_alias="RESPONDER_TRUSTED_ORIGINS",
        description="Origins (scheme and host) that may post forms through a proxy, separated by commas.",
    )
    trusted_proxies: CommaSeparated = Field(
        ("127.0.0.1", "::1"),
        validation_alias="RESPONDER_TRUSTED_PROXIES",
        description="Addresses or networks of the proxies in front, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, separated by commas.",
    )
    connections_per_address: int = Field(
        256,
        ge=1,
        validation_alias="RESPONDER_CONNECTIONS_PER_ADDRESS",
        description="Connections that one address may hold open to a web process; trusted proxies may hold any number.",
    )
    https: bool = Field(
        False,
        validation_alias="RESPONDER_HTTPS",
        description="The site is reached over HTTPS: secure cookies, HSTS, redirect.",
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="`postgres://user:password@host/name`, or `sqlite:////folder/file` for a SQLite file elsewhere; without it SQLite in the data directory.",
    )
    redis_url: SecretStr | None = Field(
        None,
        validation_alias="REDIS_URL",
        description="`redis://…` or `unix://…`; without it `responder up` starts an embedded Redis.",
    )
    data_dir: Path = Field(
        Path("var"),
        validation_alias="RESPONDER_DATA_DIR",
        description="Database, media, models and embedded Redis of this installation. Unset: `var` in the current folder, or where that holds no installation the one that `responder up` or `responder init` used last.",
    )
    env_file: Path | None = Field(
        None,
        validation_alias="RESPONDER_ENV_FILE",
        description="File of lines `NAME=value` that holds other settings; variables of the environment take precedence. Unset: `.env` in the current folder, if it sets something of Responder's.",
    )
    heartbeat_file: Path | None = Field(
        None,
        validation_alias="RESPONDER_HEARTBEAT_FILE",
        description="File that worker, beat, queue and feeds touch every few seconds, for a probe that restarts a process that hangs; each process needs one of its own.",
    )
    corpus_dir: Path | None = Field(
        None,
        validation_alias="RESPONDER_CORPUS_DIR",
        description="Labelled files that the operator brings for training and evaluation.",
    )
    model_registry: Literal["local", "azureml"] = Field(
        "local",
        validation_alias="RESPONDER_MODEL_REGISTRY",
        description="Where model versions are kept: `local` is `registry/` in the data directory, `azureml` Azure ML.",
    )
    azure_subscription: str = Field(
        "", validation_alias="RESPONDER_AZURE_SUBSCRIPTION", description="Azure subscription (id) of the workspace."
    )
    azure_resource_group: str = Field(
        "", validation_alias="RESPONDER_AZURE_RESOURCE_GROUP", description="Azure resource group of the workspace."
    )
    azure_workspace: str = Field(
        "",
        validation_alias="RESPONDER_AZURE_WORKSPACE",
        description="Azure ML workspace that keeps models and deploys.",
    )
    azure_registry: str = Field(
        "",
        validation_alias="RESPONDER_AZURE_REGISTRY",
        description="Azure ML registry that approved models are shared to; the model registry where no workspace is set.",
    )
    azure_endpoint: str = Field(
        "",
        validation_alias="RESPONDER_AZURE_ENDPOINT",
        description="Managed online endpoint that `responder azure` deploys to.",
    )
    scoring_place: Literal["local", "azure"] = Field(
        "local",
        validation_alias="RESPONDER_SCORING_PLACE",
        description="Who classifies posts: this machine, or the Azure endpoint with this machine as its fall-back.",
    )
    x_token: SecretStr | None = Field(
        None, validation_alias="RESPONDER_X_TOKEN", description="Bearer token of the X API, for feeds of X."
    )
    mastodon_tokens: SecretStr | None = Field(
        None,
        validation_alias="RESPONDER_MASTODON_TOKENS",
        description="Access tokens of Mastodon servers as `host=token`, separated by commas; each is sent to its host alone.",
    )
    training_place: Literal["local", "azure"] = Field(
        "local",
        validation_alias="RESPONDER_TRAINING_PLACE",
        description="Where new training runs train: on this machine, or as a job of the Azure ML workspace.",
    )
    azure_compute: str = Field(
        "cpu-cluster",
        pattern=r"^[A-Za-z0-9-]{1,40}$",
        validation_alias="RESPONDER_AZURE_COMPUTE",
        description="Compute cluster of the workspace that trains.",
    )
    approvers_required: int = Field(
        1,
        ge=1,
        le=5,
        validation_alias="RESPONDER_APPROVERS_REQUIRED",
        description="Different people who must approve a model before it serves.",
    )
    shadow_hours: float = Field(
        24.0,
        ge=0,
        le=720,
        validation_alias="RESPONDER_SHADOW_HOURS",
        description="Hours that a new model runs in shadow before anybody may approve it.",
    )
    training_minutes: int = Field(
        300,
        ge=1,
        le=2880,
        validation_alias="RESPONDER_TRAINING_MINUTES",
        description="Minutes after which a training run is stopped.",
    )
    training_memory_gb: float = Field(
        12.0,
        ge=0.5,
        le=1024,
        validation_alias="RESPONDER_TRAINING_MEMORY_GB",
        description="Memory (GB) at which a training run is stopped.",
    )
    training_profile: Literal["full", "quick"] = Field(
        "full",
        validation_alias="RESPONDER_TRAINING_PROFILE",
        description="`quick` trains on few texts, to try the loop out.",
    )
    alert_emails: CommaSeparated = Field(
        (),
        validation_alias="RESPONDER_ALERT_EMAILS",
        description="Addresses that alerts about the model are sent to, separated by commas.",
    )
    alert_webhook: SecretStr | None = Field(
        None,
        validation_alias="RESPONDER_ALERT_WEBHOOK",
        description="Address that alerts about the model are posted to, signed.",
    )
    email_host: str | None = Field(
        None,
        validation_alias="RESPONDER_EMAIL_HOST",
        description="SMTP server that sends emails: alerts, invitations and links to set a password.",
    )
    email_port: int = Field(
        25, ge=1, le=65535, validation_alias="RESPONDER_EMAIL_PORT", description="Port of the SMTP server."
    )
    email_user: str = Field(
        "", validation_alias="RESPONDER_EMAIL_USER", description="User name at the SMTP server, if it asks for one."
    )
    email_password: SecretStr | None = Field(
        None, validation_alias="RESPONDER_EMAIL_PASSWORD", description="Password at the SMTP server."
    )
    email_tls: bool = Field(
        False, validation_alias="RESPONDER_EMAIL_TLS", description="Whether emails are sent over TLS (STARTTLS)."
    )
    email_from: str = Field(
        "responder@localhost",
        max_length=254,
        pattern=r"^[^\r\n]+@[^\s,@]+$",
        validation_alias="RESPONDER_EMAIL_FROM",
        description="Address that emails come from, such as responder@example.org.",
    )
    two_factor: Literal["required-roles", "optional"] | None = Field(
        None,
        validation_alias="RESPONDER_TWO_FACTOR",
        description="Whether approvers, administrators and superusers must use two-factor authentication (`required-roles`) or may (`optional`). Unset: `required-roles` in production, otherwise `optional`.",
    )
    oidc_issuer: str = Field(
        "",
        max_length=500,
        pattern=r"^(https?://[^\s?#]+)?$",
        validation_alias="RESPONDER_OIDC_ISSUER",
        description="Issuer of your OpenID Connect identity provider, such as https://login.example.org/realms/relief. Unset: no single sign-on.",
    )
    oidc_client_id: str = Field(
        "",
        max_length=191,
        validation_alias="RESPONDER_OIDC_CLIENT_ID",
        description="Client ID that the identity provider gave to this site.",
    )
    oidc_client_secret: SecretStr | None = Field(
        None,
        max_length=191,
        validation_alias="RESPONDER_OIDC_CLIENT_SECRET",
        description="Client secret that the identity provider gave to this site.",
    )
    oidc_name: str = Field(
        "single sign-on",
        min_length=1,
        max_length=40,
        validation_alias="RESPONDER_OIDC_NAME",
        description="Name of the identity provider on the sign-in page, after “Sign in with”.",
    )
    oidc_domains: CommaSeparated = Field(
        (),
        validation_alias="RESPONDER_OIDC_DOMAINS",
        description="Domains of email addresses that may use single sign-on, separated by commas. Unset: all that the identity provider verifies.",
    )
    oidc_create_people: bool = Field(
        False,
        validation_alias="RESPONDER_OIDC_CREATE_PEOPLE",
        description="Whether people without an account get one, without roles, when they use single sign-on.",
    )
    public_corrections: bool = Field(
        True,
        validation_alias="RESPONDER_PUBLIC_CORRECTIONS",
        description="Whether strangers can ask for a correction at `/correct/`. A person named in a post can't use a page that is off: switch it off only where there is another way to ask.",
    )
    corrections_two_people: bool = Field(
        False,
        validation_alias="RESPONDER_CORRECTIONS_TWO_PEOPLE",
        description="Whether somebody else than the person who checked the identity must decide on a correction.",
    )
    backup_days: int = Field(
        30,
        ge=1,
        le=3650,
        validation_alias="RESPONDER_BACKUP_DAYS",
        description="Days that you keep backups: receipts of corrections promise it. Responder deletes no backups.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias="RESPONDER_LOG_LEVEL", description="Least severity that is logged."
    )
    log_format: Literal["text", "json"] = Field(
        "text", validation_alias="RESPONDER_LOG_FORMAT", description="`json` for log collectors."
    )
    otel_endpoint: str | None = Field(
        None,
        validation_alias="RESPONDER_OTEL_ENDPOINT",
        pattern=r"^https?://[^\s/]+(/[^\s?#]*)?$",
        description="OpenTelemetry collector (OTLP over HTTP) that traces are sent to, as `http://host:4318`; needs the extra `[otel]`.",
    )
    predict_rate: str = Field(
        "600/min",
        validation_alias="RESPONDER_PREDICT_RATE",
        pattern=RATE,
        description="Requests that one API token may send, as number/sec, /min, /hour or /day, where neither it nor its organisation says otherwise.",
    )
    daily_quota: int = Field(
        1_000_000,
        ge=1,
        le=2_000_000_000,
        validation_alias="RESPONDER_DAILY_QUOTA",
        description="Requests that one API token may send in a day of UTC, where neither it nor its organisation says otherwise.",
    )
    job_megabytes: int = Field(
        64,
        ge=1,
        le=1000,
        validation_alias="RESPONDER_JOB_MEGABYTES",
        description="Megabytes of a file that is sent to be classified.",
    )
    import_megabytes: int = Field(
        250,
        ge=1,
        le=2000,
        validation_alias="RESPONDER_IMPORT_MEGABYTES",
        description="Megabytes of a file of posts that is uploaded to be imported.",
    )
    basemap_megabytes: int = Field(
        500,
        ge=1,
        le=4000,
        validation_alias="RESPONDER_BASEMAP_MEGABYTES",
        description="Megabytes of a base map file that is uploaded; larger files are placed in the data directory's folder `basemaps`.",
    )
    cap_sender: str = Field(
        "responder@localhost",
        max_length=200,
        validation_alias="RESPONDER_CAP_SENDER",
        pattern=r"^[^\s,<&]+$",
        description="Who answers for CAP alerts, as their `sender`: an address under a domain of yours, without spaces or commas.",
    )
    webhook_networks: CommaSeparated = Field(
        (),
        validation_alias="RESPONDER_WEBHOOK_NETWORKS",
        description="Networks such as 10.1.0.0/16 that webhooks and alerts may reach although they are not public; http:// is allowed inside them.",
    )
    chat_services: CommaSeparated = Field(
        (
            "slack", "workflows", "tgram", "ntfys", "discord", "mmosts", "rockets", "matrixs", "gotifys", "gchat", "wxteams",
            "zulip", "pover",
        ),
        validation_alias="RESPONDER_CHAT_SERVICES",
        description="Services, as Apprise names them in its URLs, to which people may have their notifications sent, separated by commas. Only services that Apprise reaches by HTTP are taken.",
    )  # fmt: skip
    push_private_key: SecretStr | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]{43}$",
        validation_alias="RESPONDER_PUSH_PRIVATE_KEY",
        description="Private key that signs push messages to browsers (VAPID): 32 bytes of P-256 in base64url. Unset: made once and stored, encrypted, in the database.",
    )
    feed_networks: CommaSeparated = Field(
        (),
        validation_alias="RESPONDER_FEED_NETWORKS",
        description="Networks such as 10.1.0.0/16 that feeds, mailboxes for reports and a translation engine may reach although they are not public; allows http:// and ws:// too.",
    )
    response_targets: CommaSeparated = Field(
        ("20", "60", "240", "1440"),
        validation_alias="RESPONDER_RESPONSE_TARGETS",
        description="Minutes within which somebody should be going to an incident: four whole numbers, for critical, high, medium and low severity.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        validation_alias="RESPONDER_METRICS_TOKEN",
        description="Bearer token for `/metrics`; without it only loopback addresses may read it.",
    )
    live_max_clients: int = Field(
        2000,
        ge=1,
        validation_alias="RESPONDER_LIVE_MAX_CLIENTS",
        description="Open event streams per web process; more are told to poll.",
    )

    @field_validator(
        "allowed_hosts",
        "trusted_origins",
        "trusted_proxies",
        "alert_emails",
        "webhook_networks",
        "feed_networks",
        "chat_services",
        "oidc_domains",
        "response_targets",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("encryption_key")
    @classmethod
    def _are_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value and any(len(key) < SHORTEST_KEY for key in split_keys(value)):
            raise ValueError(f"each key must have at least {SHORTEST_KEY} characters")
        return value

    @field_validator("response_targets")
    @classmethod
    def _are_minutes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        whole = all(one.isascii() and one.isdecimal() and 1 <= int(one[:7]) <= LONGEST_TARGET for one in value)
        if len(value) != TARGETS or not whole:
            raise ValueError(
                f"must be {TARGETS} whole numbers of minutes from 1 to {LONGEST_TARGET}, such as 20,60,240,1440"
            )
        return value

    @field_validator("trusted_proxies", "webhook_networks", "feed_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(one)) for one in value)  # a ValueError names what is no network


def split_keys(value: SecretStr | None) -> list[str]:
    """The keys of a comma-separated setting, in order."""
    return [key.strip() for key in (value.get_secret_value() if value else "").split(",") if key.strip()]


def variables() -> list[tuple[str, str, str]]:
    """(environment variable, default as text, description) of every setting, in order of definition."""
    rows = []
    for field in Environment.model_fields.values():
        default = ",".join(field.default) if isinstance(field.default, tuple) else field.default
        rows.append((str(field.validation_alias), "" if default is None else str(default), field.description or ""))
    return rows


REQUIRED_IN_PRODUCTION = {  # with what a template shows in place of the value
    "RESPONDER_ENVIRONMENT": "production",
    "RESPONDER_SECRET_KEY": "",
    "RESPONDER_ALLOWED_HOSTS": "responder.example.org",
    "RESPONDER_TRUSTED_ORIGINS": "https://responder.example.org",
    "RESPONDER_HTTPS": "true",
    "DATABASE_URL": "postgres://responder:PASSWORD@127.0.0.1/responder",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "RESPONDER_DATA_DIR": "/var/lib/responder",
}
TEMPLATE = """\
# Settings of a Responder installation, one per line: NAME=value. Written by scripts/reference.py from the settings themselves.
# Copy it to .env in the folder that you start Responder from, or anywhere else and set RESPONDER_ENV_FILE to its path; then
# chmod 600 it: a file with secrets that others can read is refused. Variables of the environment take precedence.
# A line that begins with # is not read: remove the # to set the variable. Settings that are not here keep their defaults.
"""


def template() -> str:
    """The text of `deploy/responder.env.example`: every variable, those that production needs first."""
    rows = {name: (default, description) for name, default, description in variables()}
    del rows["RESPONDER_ENV_FILE"]
    parts = [TEMPLATE, "# ---- Production needs these ----\n"]
    for name, value in REQUIRED_IN_PRODUCTION.items():
        hint = "# python -c 'import secrets; print(secrets.token_urlsafe(50))'\n" if name.endswith("_KEY") else ""
        parts.append(f"# {rows.pop(name)[1]}\n{hint}#{name}={value}\n")
    parts.append("# ---- Everything else ----\n")
    parts += [f"# {description}\n#{name}={default}\n" for name, (default, description) in rows.items()]
    return "\n".join(parts)
