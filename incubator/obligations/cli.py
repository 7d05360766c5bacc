"""Command line: what a day changes."""

import click
from flask import Flask
from flask.cli import with_appcontext

from incubator.obligations import commands, schedule


@click.command("tick")
@with_appcontext
def tick():
    """Run every daily step of the days that nobody has done yet; a second run finds nothing to do."""
    done = schedule.run_due() or {"": commands.tick()}
    for slot, steps in done.items():
        if len(done) > 1:
            click.echo(slot)
        for name, number in steps.items():
            click.echo(f"{name}: {number}")


def register(app: Flask) -> None:
    app.cli.add_command(tick)
