"""Command line: policy sync, divisions, ledger verification, the articles and the outbox."""

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from incubator.kernel import access, clock, guards, ledger, outbox, parameters, roots
from incubator.kernel.database import db, transaction
from incubator.kernel.ledger import AllowedTransition
from incubator.offices import divisions, rulebook, second_factor
from incubator.offices.models import Person, RoleExclusion
from incubator.policy.articles import ARTICLES, RULES
from incubator.policy.permissions import EXCLUSIONS
from incubator.policy.procedures import PROCEDURES, all_transitions

policy_cli = AppGroup("policy", help="Tables of policy in the database.")
seed_cli = AppGroup("seed", help="What a new database is filled with.")
ledger_cli = AppGroup("ledger", help="The tamper-evident record.")
outbox_cli = AppGroup("outbox", help="Messages that wait.")
people_cli = AppGroup("people", help="Where no administrator can help any more.")


def sync_policy() -> None:
    """Fill allowed transitions and role exclusions from policy: inserts, retires, never deletes."""
    with transaction():
        rows = {(r.kind, r.from_state, r.to_state): r for r in db.session.scalars(select(AllowedTransition))}
        wanted = all_transitions()
        for key in sorted(wanted - set(rows)):
            db.session.add(AllowedTransition(kind=key[0], from_state=key[1], to_state=key[2]))
        for key, row in rows.items():
            row.retired_on = None if key in wanted else (row.retired_on or clock.now())
        known = {tuple(row) for row in db.session.execute(select(RoleExclusion.role_a, RoleExclusion.role_b))}
        for pair in EXCLUSIONS:
            a, b = sorted(pair)
            for one in ((a, b), (b, a)):
                if one not in known:
                    known.add(one)
                    db.session.add(RoleExclusion(role_a=one[0], role_b=one[1]))
    with db.engine.begin() as connection:
        guards.install(connection)


@policy_cli.command("sync")
def policy_sync():
    sync_policy()
    click.echo(f"{len(all_transitions())} transitions allowed")


@seed_cli.command("divisions")
def seed_divisions():
    regions, offices, routes = divisions.seed()
    with transaction():
        days = parameters.seed_holidays()
    click.echo(f"{regions} divisions, {offices} offices, {routes} routes, {days} new holidays")


@ledger_cli.command("root")
def ledger_root():
    """Write today's root of all chains, if it is not there yet; copy the folder off this host with the backups."""
    written = roots.write_root(clock.today())
    click.echo(f"{'wrote' if written else 'kept'} {roots.files()[-1]}")


@ledger_cli.command("verify")
@click.option("--roots", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None,
              help="The copies of the daily roots that are kept elsewhere.")
def ledger_verify(folder):
    """Replay every chain; exits with 1 when something does not match."""
    result = ledger.verify(roots=folder)
    for fault in result.faults:
        click.echo(fault)
    click.echo(f"{result.events} events in {result.chains} chains, {len(result.faults)} faults")
    if result.faults:
        raise SystemExit(1)


@outbox_cli.command("drain")
def outbox_drain():
    click.echo(f"{outbox.drain()} done")


@people_cli.command("reset-factor")
@click.argument("login")
def reset_factor(login):
    """Take away the second factor of LOGIN, who sets a new one at the next sign-in; on record like any other reset."""
    person = db.session.scalar(select(Person).where(Person.login == login))
    if person is None:
        raise click.ClickException(f"there is no {login}")
    second_factor.take_away(access.service("command line"), person)
    click.echo(f"{login} sets a new second factor at the next sign-in")


@click.command("articles")
@with_appcontext
def articles():
    """Each article with its steps and pages; each of its rules with code, tests and flip, all read from the program."""
    if rulebook.tests() is None:
        click.echo("the folder of tests is not here: tests and flips are not listed")
    steps = [(p, s) for p in PROCEDURES.values() for s in p.steps]
    for code, found in ARTICLES.items():
        click.echo(f"{found.label}  {found.text}")
        for procedure, step in steps:
            if step.article == code:
                click.echo(f"    {procedure.label}：{step.label}（{step.permission}）")
        for page in rulebook.pages(code):
            click.echo(f"    page  {page}")
        for rule in RULES.values():
            if code in rule.articles:
                _print_rule(rule)


def _print_rule(rule) -> None:
    click.echo(f"    {rule.id}  {rule.summary}")
    for page in rulebook.own_pages().get(rule.id, ()):
        click.echo(f"        page  {page}")
    for place in rulebook.code().get(rule.id, ["none"]):
        click.echo(f"        code  {place}")
    if rulebook.tests() is None:
        return
    for place in rulebook.tests().get(rule.id, ["none"]):
        click.echo(f"        test  {place}")
    flip = rulebook.flips().get(rule.id)
    click.echo(f"        flip  {flip.turn}, {flip.test}" if flip else "        flip  none")


def register(app: Flask) -> None:
    for command in (policy_cli, seed_cli, ledger_cli, outbox_cli, people_cli, articles):
        app.cli.add_command(command)


def check_transitions() -> None:
    """Start refuses if the table and policy differ."""
    live = select(AllowedTransition).where(AllowedTransition.retired_on.is_(None))
    rows = {(r.kind, r.from_state, r.to_state) for r in db.session.scalars(live)}
    if rows != all_transitions():
        raise RuntimeError("allowed_transition and policy differ: run `flask policy sync`")


