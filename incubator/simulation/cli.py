"""Command line: the training province, and a province that lives from a seed."""

import time
from datetime import date, datetime

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from incubator.kernel import clock
from incubator.kernel.ledger import verify
from incubator.simulation import coverage, invariants, reviews, steps, training
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
@click.option("--plain", is_flag=True, help="everything goes as it should, as in the training province")
@click.option("--check", is_flag=True, help="prove the invariants at the end of each day, and the record at the end")
@click.option("--coverage", "cover", is_flag=True, help="list each step of each table; fails where one was never taken")
@with_appcontext
def simulate(seed: int, bases: int, first: str, last: str, plain: bool, check: bool, cover: bool):
    """Let a province live day by day by real commands; on an instance that is not the real one."""
    if not (current_app.config["PORTAL"].TRAINING or current_app.config["PORTAL"].TESTING):
        raise click.ClickException("only on a training instance: the real record is never played")
    began = time.monotonic()
    life, broken = Life(seed, _day(first), troubles=not plain), []

    def at_the_end_of(life: Life) -> None:
        if check and (found := invariants.broken(life.day)):
            broken.extend(found)
            click.echo("\n".join(found), err=True)
        if life.day.day == 1:
            click.echo(f"{life.day}  {time.monotonic() - began:.0f} s")

    with clock.simulated():
        dawn(life.day)
        steps.province()
        reviews.experts()
        founders.found(life, bases, life.day + (_day(last) - life.day) / 2)
        live(life, _day(last), at_the_end_of)
    _print_counts(life)
    faults = [*broken, *(_verified() if check else ())]
    faults += _covered() if cover else []
    click.echo(f"{time.monotonic() - began:.0f} s")
    if faults:
        raise click.ClickException(f"{len(faults)} faults:\n" + "\n".join(faults))


def _print_counts(life: Life) -> None:
    for name, number in sorted(life.done.items()):
        click.echo(f"{number:7} {name}")
    for (what, article, reason), number in sorted(life.refused.items()):
        click.echo(f"{number:7} refused: {what}, {article}, {reason}")


def _verified() -> list[str]:
    found = verify()
    click.echo(f"{found.events} events in {found.chains} chains, {len(found.faults)} faults")
    return found.faults


def _covered() -> list[str]:
    lines = coverage.lines()
    for line in lines:
        click.echo(f"{line.taken:7} {line.name}")
    never = [f"never taken: {line.name}" for line in lines if not line.taken]
    click.echo(f"{len(lines) - len(never)} of {len(lines)} steps taken")
    return never


def register(app: Flask) -> None:
    app.cli.commands["seed"].add_command(seed_training)
    app.cli.add_command(simulate)
