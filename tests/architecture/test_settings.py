"""The settings: everything that is wrong is told at once, and production refuses the rehearsal's switches."""

import base64
import dataclasses
import stat

import pytest

from config import Config, ConfigError


def key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


@pytest.fixture
def production(tmp_path):
    return {
        "DATABASE_URL": "postgresql://portal@/portal",
        "REDIS_URL": "redis://127.0.0.1/0",
        "INSTANCE_DIR": str(tmp_path),
        "FILES_DIR": str(tmp_path),
        "PUBLIC_BASE_URL": "https://portal.example",
        "TRUSTED_HOSTS": "portal.example",
        "PROXY_HOPS": "1",
        "SECRET_KEY": "s" * 40,
        "LEDGER_KEY": key("l"),
        "SEAL_KEY": key("e"),
    }


def problems(environ) -> str:
    with pytest.raises(ConfigError) as wrong:
        Config.from_env(environ)
    return "\n".join(wrong.value.problems)


def test_production_starts_with_its_ten_settings(production):
    config = Config.from_env(production)
    assert config.SESSION_COOKIE_NAME == "__Host-portal"
    assert config.SESSION_COOKIE_SECURE
    assert (config.SESSION_CAP, config.SECOND_FACTOR, config.TRAINING) == (2, True, False)


def test_all_that_is_missing_is_told_at_once(production):
    told = problems({})
    for name in production:
        assert (name in told) is (name not in {"REDIS_URL", "FILES_DIR"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRAINING", "1"), ("COOKIE_PLAIN", "1"), ("SESSION_CAP", "0"), ("SECOND_FACTOR", "0"),
        ("ARGON2_TIME_COST", "1"), ("ARGON2_MEMORY_COST", "1024"),
        ("DATABASE_URL", "mysql://x"), ("DATABASE_URL", "sqlite://"), ("REDIS_URL", "amqp://x"),
        ("PUBLIC_BASE_URL", "http://portal.example"), ("PUBLIC_BASE_URL", "https://elsewhere.example"),
        ("TRUSTED_HOSTS", "*"), ("TRUSTED_HOSTS", ""), ("PROXY_HOPS", "many"), ("PROXY_HOPS", "9"),
        ("SECRET_KEY", "short"), ("LEDGER_KEY", "!"), ("SEAL_KEY", key("l")), ("PASSWORD_POLICY", "none"),
        ("INSTANCE_DIR", "/nowhere/at/all"), ("PORT", "70000"),
    ],
)  # fmt: skip
def test_production_refuses(production, name, value):
    assert name in problems(production | {name: value})


def test_two_faults_are_told_together(production):
    told = problems(production | {"COOKIE_PLAIN": "1", "PROXY_HOPS": "x", "SECRET_KEY": ""})
    assert all(name in told for name in ("COOKIE_PLAIN", "PROXY_HOPS", "SECRET_KEY"))


def test_no_way_round_the_refusal(production):
    config = Config.from_env(production)
    with pytest.raises(ConfigError, match="SECOND_FACTOR"):
        dataclasses.replace(config, SECOND_FACTOR=False)


def test_secrets_do_not_show_when_settings_are_printed(production):
    shown = repr(Config.from_env(production | {"DATABASE_URL": "postgresql://portal:hidden@db/portal"}))
    assert "hidden" not in shown
    assert "s" * 40 not in shown
    assert "lll" not in shown


def test_keys_may_stand_in_files(production, tmp_path):
    file = tmp_path / "ledger"
    file.write_text(production.pop("LEDGER_KEY") + "\n")
    assert Config.from_env(production | {"LEDGER_KEY_FILE": str(file)}).LEDGER_KEY == b"l" * 32
    assert "LEDGER_KEY_FILE" in problems(production | {"LEDGER_KEY_FILE": str(tmp_path / "none")})


def test_training_makes_its_keys_once(tmp_path):
    first = Config.training(tmp_path / "instance", 8080)
    again = Config.training(tmp_path / "instance", 8080)
    assert first == again
    assert (first.TRAINING, first.COOKIE_PLAIN, first.SESSION_CAP, first.SECOND_FACTOR) == (True, True, 0, False)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "instance" / "keys").iterdir()}
    assert modes == {0o400}
    assert len({first.SECRET_KEY, base64.b64encode(first.LEDGER_KEY), base64.b64encode(first.SEAL_KEY)}) == 3


def test_training_refuses_a_key_that_others_may_read(tmp_path):
    Config.training(tmp_path)
    (tmp_path / "keys" / "seal").chmod(0o644)
    with pytest.raises(ConfigError, match="seal"):
        Config.training(tmp_path)


def test_training_never_works_on_a_shared_database(tmp_path):
    with pytest.raises(ConfigError, match="SQLite"):
        dataclasses.replace(Config.training(tmp_path), DATABASE_URL="postgresql://portal@/portal")
