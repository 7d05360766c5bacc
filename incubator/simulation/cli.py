"""Command line: the training province, and a province that lives from a seed."""

import time
from datetime import date, datetime

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from incubator.kernel import clock
from incubator.simulation import reviews, steps, training
from incubator.simulation.habits import founders
from incubator.simulation.life import Life, dawn, live


@click.command("training")
@with_appcontext
def seed_training():
    """Make the training accounts and a handful of bases in different states, by real commands, once."""
    click.echo(training.seed())


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=clock.SHANGHAI).date()


@click.command("simulate")
@click.option("--seed", default=1, show_default=True, help="the same seed gives the same province")
@click.option("--bases", default=10, show_default=True, help="how many bases come")
@click.option("--from", "first", required=True, help="the first day, e.g. 2024-01-02")
@click.option("--to", "last", required=True, help="the last day")
@with_appcontext
def simulate(seed: int, bases: int, first: str, last: str):
    """Let a province live day by day by real commands; on an instance that is not the real one."""
    if not (current_app.config["PORTAL"].TRAINING or current_app.config["PORTAL"].TESTING):
        raise click.ClickException("only on a training instance: the real record is never played")
    began = time.monotonic()
    life = Life(seed, _day(first))
    with clock.simulated():
        dawn(life.day)
        steps.province()
        reviews.experts()
        founders.found(life, bases, _day(last))
        done = live(life, _day(last), lambda life: click.echo(life.day) if life.day.day == 1 else None)
    for name, number in sorted(done.items()):
        click.echo(f"{number:7} {name}")
    click.echo(f"{time.monotonic() - began:.0f} s")


def register(app: Flask) -> None:
    app.cli.commands["seed"].add_command(seed_training)
    app.cli.add_command(simulate)
