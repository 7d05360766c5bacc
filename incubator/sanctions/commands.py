"""Everything that registers evidence, effects, daily steps and kinds of document, in one place for start-up."""

from incubator.sanctions import deciding, following, funds, rectifications, revocations

__all__ = ["deciding", "following", "funds", "rectifications", "revocations"]
