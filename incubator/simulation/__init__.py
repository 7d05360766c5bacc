"""A province walked by real commands: the training accounts and the bases that `make run` starts with."""
