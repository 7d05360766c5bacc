"""The laws of the house that a machine can read (docs: the design's section on laws)."""
