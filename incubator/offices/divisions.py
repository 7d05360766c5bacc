"""Fills regions, offices and routes from ``divisions.csv`` (copied from the divisions table; see NOTICE).

Safe to run again: what stands is kept, so the province's own changes of routes survive.
"""

import csv
from datetime import date
from pathlib import Path

from pypinyin import lazy_pinyin
from sqlalchemy import select

from incubator.kernel.access import Office, Region, Route
from incubator.kernel.database import db, transaction

SOURCE = Path(__file__).with_name("divisions.csv")
ROUTES_FROM = date(2023, 4, 21)
PROVINCE = "220000"
CHANGBAISHAN = "JL-CBS"


def rows() -> list[dict]:
    with SOURCE.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def seed() -> tuple[int, int, int]:
    """Insert what is missing; returns the numbers of regions, offices and open routes that stand."""
    with transaction():
        table = rows()
        by_code = {row["code"]: row for row in table}
        regions = {r.code: r for r in db.session.scalars(select(Region))}
        offices = {o.code: o for o in db.session.scalars(select(Office))}
        for row in table:
            if row["code"] not in regions:
                regions[row["code"]] = _region(row, by_code)
                db.session.add(regions[row["code"]])
        wanted = {PROVINCE} | {row[f] for row in table for f in ("county_stage_office", "city_stage_office") if row[f]}
        for code in sorted(wanted - set(offices)):
            offices[code] = _office(by_code[code], by_code)
            db.session.add(offices[code])
        db.session.flush()
        routed = set(db.session.scalars(select(Route.region_id)))
        for row in table:
            region = regions[row["code"]]
            if region.selectable and region.id not in routed:
                db.session.add(
                    Route(
                        region_id=region.id, county_office_id=offices[row["county_stage_office"]].id,
                        city_office_id=offices[row["city_stage_office"]].id, from_on=ROUTES_FROM,
                        reason="区划表初始路径",
                    )
                )
        db.session.flush()
        return len(regions), len(offices), len([r for r in regions.values() if r.selectable])


def _selectable(row: dict) -> bool:
    return row["level"] in ("county", "functional_zone", "county_equiv")


def _region(row: dict, by_code: dict) -> Region:
    parent = by_code.get(row["parent_code"])
    full = row["name"]
    if parent is not None and parent["code"] != PROVINCE:
        full = f"{parent['name']}{row['name']}"
    return Region(
        code=row["code"], name=row["name"], full_name=full, level=row["level"], parent_code=row["parent_code"] or None,
        urban=row["changchun_urban_default"] == "Y", selectable=_selectable(row),
        sort_key="".join(lazy_pinyin(full)), note=row["note"],
    )


def _office(row: dict, by_code: dict) -> Office:
    if row["code"] == PROVINCE:
        return Office(code=PROVINCE, name="吉林省工业和信息化厅", short_name="省工信厅", is_province=True)
    if row["code"] == CHANGBAISHAN:
        return Office(code=CHANGBAISHAN, name="长白山保护开发区管委会经济发展局", short_name="长白山管委会经发局")
    parent = by_code.get(row["parent_code"])
    prefix = parent["name"] if parent and parent["code"] != PROVINCE else ""
    return Office(code=row["code"], name=f"{prefix}{row['name']}工业和信息化局", short_name=f"{row['name']}工信局")
