"""Published VIX examples, each two expiries of a chain, against `kernels.strip`."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from seawall.app.verify.checks import Case, Check, Printed, Remark, joined, not_covered, remarks_in_one
from seawall.app.verify.files import Outcome, Row, Table, Topic, check_file, number, read_table
from seawall.core.errors import InputError
from seawall.core.units import MINUTES_PER_YEAR
from seawall.kernels.strip import (
    MINUTES_PER_DAY,
    WINDOW_DAYS,
    ChainQuotes,
    Strip,
    select_strip,
    strip_variance,
    vix_index,
)

PARAMETERS: Final = "vix_whitepaper_params"
CHAIN_FILE: Final = re.compile(r"vix_whitepaper_(?P<example>.+)_chain\.csv")
POINTS: Final = 1e-4
QUOTES: Final = ("strike", "call_bid", "call_ask", "put_bid", "put_ask")
TERMS: Final = ("near", "next")
FORWARD_AGREES: Final = 1e-4

Chain = dict[str, ChainQuotes]


def chain_of(table: Table) -> tuple[Chain, list[Remark]]:
    """Quotes of a chain file by term, strikes rising, and remarks on the rows left out. Raises InputError."""
    table.require(("term", *QUOTES))
    found: dict[str, list[list[float]]] = {term: [] for term in TERMS}
    remarks = list(table.remarks)
    for line in table.rows:
        cells = [number(line.cells[name]) for name in QUOTES]
        values = [cell.value for cell in cells if isinstance(cell, Printed)]
        term = line.cells["term"].lower()
        if term not in found:
            remarks.append(Remark(line.line, f"left out: term {term!r} is neither near nor next"))
        elif len(values) < len(QUOTES):
            wrong = next(n for n, cell in zip(QUOTES, cells, strict=True) if not isinstance(cell, Printed))
            remarks.append(Remark(line.line, f"left out: {wrong} is not a number"))
        else:
            found[term].append(values)
    chain = {}
    for term, rows in found.items():
        if not rows:
            raise InputError(f"{table.path}: no usable row with term {term!r} in column 'term': add that expiry")
        chain[term] = ChainQuotes(*np.array(sorted(rows)).T)
    return chain, remarks


def _strip_remark(row: Row, strips: dict[str, Strip]) -> str:
    """Says it when the forward or K0 is not the one the file states; the verdict is on the index."""
    for term, strip in strips.items():
        forward, centre = row.published.get(f"forward_{term}"), row.published.get(f"k0_{term}")
        if forward and abs(strip.forward - forward.value) > FORWARD_AGREES + forward.half_unit:
            return f"has another {term} forward: {strip.forward:.6g} here"
        if centre and strip.centre != centre.value:
            return f"has another {term} K0: {strip.centre:g} here"
    return ""


def _compare(row: Row, chains: dict[str, Chain]) -> Outcome:
    chain = chains.get(row.words["example"])
    if chain is None:
        return Outcome((), f"not covered: no vix_whitepaper_{row.words['example']}_chain.csv beside it")
    if "expected_vix" not in row.published:
        return Outcome((), "without a published number")
    strips, variances = {}, {}
    for term in TERMS:
        rate, years = row.inputs[f"{term}_rate"], row.inputs[f"{term}_minutes"] / MINUTES_PER_YEAR
        strips[term] = select_strip(chain[term], rate, years)
        variances[term] = strip_variance(strips[term], rate, years)
    near, following = row.inputs["near_minutes"], row.inputs["next_minutes"]
    inside = all(WINDOW_DAYS[0] <= minutes / MINUTES_PER_DAY <= WINDOW_DAYS[1] for minutes in (near, following))
    index = vix_index(variances["near"], variances["next"], near, following, WINDOW_DAYS if inside else None)
    case = Case(abs(index - row.published["expected_vix"].value), POINTS, row.words["example"])
    return Outcome((case,), _strip_remark(row, strips))


def check_vix(directory: Path) -> Check:
    """All examples of a folder: one row of the parameter file and one chain file each. Raises InputError."""
    chains: dict[str, Chain] = {}
    notes = []
    for path in sorted(directory.iterdir()):
        if named := CHAIN_FILE.fullmatch(path.name):
            table = read_table(path)
            if not table.rows:
                notes.append(f"{path.name} has no rows")
                continue
            chains[named["example"]], remarks = chain_of(table)
            notes.append(remarks_in_one(path.name, remarks))
    inputs = tuple(f"{term}_{what}" for what in ("minutes", "rate") for term in TERMS)
    stated = ("expected_vix", *(f"{what}_{term}" for what in ("forward", "k0") for term in TERMS))
    topic = Topic(PARAMETERS, inputs, ("example",), stated, partial(_compare, chains=chains))
    path = directory / f"{PARAMETERS}.csv"
    if not path.exists():
        return not_covered(PARAMETERS, joined(f"{path.name} is not there, the chains need it", *notes))
    parameters = read_table(path)
    if parameters.rows:
        parameters.require(("expected_vix",))
    check = check_file(topic, path)
    named_rows = {line.cells["example"] for line in parameters.rows}
    notes += [f"chain {name} has no row in {path.name}" for name in sorted(set(chains) - named_rows)]
    return replace(check, note=joined(check.note, *notes))
