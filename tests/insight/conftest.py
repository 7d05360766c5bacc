from tests.recognised import recognised  # noqa: F401
