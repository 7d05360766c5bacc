"""Command line: what a day changes."""

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from incubator.kernel import jobs, outbox
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


outbox_group = AppGroup("outbox", help="Messages stored with the acts that cause them.")


@outbox_group.command("drain")
def drain():
    """Carry out all that waits, as the worker does every ten seconds; for cron where there is no worker."""
    done = 0
    while some := outbox.drain():
        done += some
    click.echo(f"carried out: {done}")


@outbox_group.command("status")
def status():
    """How long the oldest message waits and how many were given up; ends with 1 when that is an alarm."""
    waits = outbox.oldest_undone()
    given_up = len(outbox.dead())
    click.echo(f"oldest waits: {int(waits.total_seconds()) if waits is not None else 0} s\ngiven up: {given_up}")
    for run in jobs.open_slots():
        click.echo(f"open: {run.name} {run.slot} {run.last_error}".rstrip())
    if given_up or (waits is not None and waits > outbox.ALARM):
        raise SystemExit(1)


def register(app: Flask) -> None:
    app.cli.add_command(tick)
    app.cli.add_command(outbox_group)
