"""Command line: what a day changes."""

import click
from flask import Flask
from flask.cli import with_appcontext

from incubator.obligations import commands


@click.command("tick")
@with_appcontext
def tick():
    """Run every daily step up to today; a second run finds nothing to do."""
    for name, number in commands.tick().items():
        click.echo(f"{name}: {number}")


def register(app: Flask) -> None:
    app.cli.add_command(tick)
