"""Everything that is wrong with the settings is named together, a sentence each; files of settings are read."""

from pathlib import Path

import pytest

from responder.installation import Location, UnusableSettings
from responder.settings.loading import data_dir, load
from responder.settings.production import InsecureSettings
from responder.settings.schema import REQUIRED_IN_PRODUCTION, Environment, template, variables
from tests.responder.settings.test_schema import SAFE

NOWHERE = Location(Path("var"))
TEMPLATE = Path(__file__).parents[3] / "deploy" / "responder.env.example"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, _, _ in variables():
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def problems(environment: pytest.MonkeyPatch, **values: str) -> list[str]:
    for name, value in values.items():
        environment.setenv(name, value)
    with pytest.raises(UnusableSettings) as refused:
        load(NOWHERE)
    return refused.value.problems


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RESPONDER_APPROVERS_REQUIRED", "two", "must be a whole number (it is “two”)"),
        ("RESPONDER_APPROVERS_REQUIRED", "9", "must be 5 or less (it is “9”)"),
        ("RESPONDER_APPROVERS_REQUIRED", "0", "must be 1 or more (it is “0”)"),
        ("RESPONDER_SHADOW_HOURS", "a day", "must be a number (it is “a day”)"),
        ("RESPONDER_HTTPS", "perhaps", "must be true or false (it is “perhaps”)"),
        ("RESPONDER_ENVIRONMENT", "prod", "must be 'local' or 'production' (it is “prod”)"),
        ("RESPONDER_PREDICT_RATE", "many", "does not have the right form (it is “many”)"),
        ("RESPONDER_TRUSTED_PROXIES", "my-proxy", "is wrong: 'my-proxy' does not appear to be"),
        ("RESPONDER_BACKUP_KEY", "short-secret", "must have at least 32 characters."),
        ("DATABASE_URL", "mysqlx://u:hidden-word@h/n", "is not the address of a database"),
        ("DATABASE_URL", "sqlite://:memory:", "must name a SQLite file"),
        ("REDIS_URL", "http://:hidden-word@h", "must look like redis://"),
    ],
)
def test_a_wrong_value_is_a_sentence_that_shows_no_secret(
    environment: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    (found,) = problems(environment, **{name: value})
    assert found.startswith(name) and said in found
    assert "hidden-word" not in found and "short-secret" not in found


def test_all_problems_are_named_together_those_of_production_too(environment: pytest.MonkeyPatch) -> None:
    values = {
        "RESPONDER_ENVIRONMENT": "production", "RESPONDER_APPROVERS_REQUIRED": "two", "REDIS_URL": "http://h",
        "DATABASE_URL": "postgres://u:random-enough-Zq81xK@db/n",
    }  # fmt: skip
    found = problems(environment, **values)
    named = [one.split()[0] for one in found]
    assert named == [
        "RESPONDER_APPROVERS_REQUIRED", "REDIS_URL", "RESPONDER_SECRET_KEY", "RESPONDER_ALLOWED_HOSTS", "RESPONDER_HTTPS"
    ]  # fmt: skip


def test_what_production_alone_refuses_says_so(environment: pytest.MonkeyPatch) -> None:
    for name, value in (SAFE | {"RESPONDER_HTTPS": "false"}).items():
        environment.setenv(name, value)
    with pytest.raises(InsecureSettings, match="does not start in production:\n- RESPONDER_HTTPS"):
        load(NOWHERE)


def test_a_file_is_read_and_the_environment_goes_first(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "responder.env"
    file.write_text(
        'RESPONDER_SHADOW_HOURS=3\nRESPONDER_EMAIL_HOST="mail.example.org"\nRESPONDER_DATA_DIR=data\nOTHER=1\n'
    )
    environment.setenv("RESPONDER_SHADOW_HOURS", "5")
    where = Location(Path("var"), file)
    found = load(where)
    assert (found.shadow_hours, found.email_host) == (5.0, "mail.example.org")
    assert data_dir(found, where) == tmp_path / "data"  # beside the file, wherever a command is run


def test_a_relative_database_in_a_file_is_refused(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "responder.env"
    file.write_text("DATABASE_URL=sqlite:///responder.sqlite3\n")
    with pytest.raises(UnusableSettings, match="whole path: sqlite:////"):
        load(Location(Path("var"), file))


def test_the_template_is_what_the_settings_say_and_changes_nothing(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert TEMPLATE.read_text() == template(), "run python scripts/reference.py"
    assert all(f"\n#{name}=" in template() for name, _, _ in variables() if name != "RESPONDER_ENV_FILE")
    assert Environment(_env_file=TEMPLATE) == Environment()  # type: ignore[call-arg]


def test_the_template_filled_in_starts_in_production(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = template().replace("PASSWORD", "vN7-pQ2xLz9_kR4tWb")
    for name in REQUIRED_IN_PRODUCTION:
        text = text.replace(f"\n#{name}=", f"\n{name}=")
    file = tmp_path / "responder.env"
    file.write_text(text.replace("\nRESPONDER_SECRET_KEY=", f"\nRESPONDER_SECRET_KEY={SAFE['RESPONDER_SECRET_KEY']}"))
    found = load(Location(Path("var"), file))
    assert found.environment == "production" and found.allowed_hosts == ("responder.example.org",)


@pytest.mark.parametrize(
    "targets", ["20,60,240", "20,60,240,1440,1", "0,60,240,1440", "20,60,240,soon", "20,60,240,-1", "1,2,3,100001", "1,2,3,1e9", "x"]
)  # fmt: skip
def test_targets_of_the_response_are_four_numbers_of_minutes(environment: pytest.MonkeyPatch, targets: str) -> None:
    environment.setenv("RESPONDER_RESPONSE_TARGETS", targets)
    with pytest.raises(UnusableSettings, match="RESPONDER_RESPONSE_TARGETS"):
        load(NOWHERE)


def test_targets_of_the_response_may_be_set(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RESPONDER_RESPONSE_TARGETS", "10, 30,120,600")
    assert load(NOWHERE).response_targets == ("10", "30", "120", "600")
