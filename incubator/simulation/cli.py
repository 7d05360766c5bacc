"""Command line: the training province."""

import click
from flask import Flask
from flask.cli import with_appcontext

from incubator.simulation import training


@click.command("training")
@with_appcontext
def seed_training():
    """Make the training accounts and a handful of bases in different states, by real commands, once."""
    click.echo(training.seed())


def register(app: Flask) -> None:
    app.cli.commands["seed"].add_command(seed_training)
