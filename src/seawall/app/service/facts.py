"""What the desk knows about itself: versions, data, terms."""

from typing import Final

from seawall.app.service.answers import Record
from seawall.app.service.refusal import NOT_FOUND, RefusedError
from seawall.core.errors import MissingDataError, UnknownParameterError

NOT_ADVICE: Final = "Not financial advice. Modelled numbers are labelled so."


def version() -> Record:
    """Name and version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return {"name": "seawall", "version": installed("seawall"), "api": "v1", "notice": NOT_ADVICE}
    except PackageNotFoundError:
        return {"name": "seawall", "version": "unknown", "api": "v1", "notice": NOT_ADVICE}


def data_status() -> Record:
    """What the store holds, or why there is none and what the desk reads then."""
    from seawall.data.coverage import coverage, imports
    from seawall.data.store import Store
    from seawall.report.data_tables import plain

    try:
        with Store.open(read_only=True, wait_s=1.0) as store:
            return {
                "store": store.path.name,
                "series": plain(coverage(store)),
                "imports": plain(imports(store)),
                "reason": "",
                "embedded": embedded(),
            }
    except MissingDataError:
        reason = (
            "there is no store yet, the embedded data is read: `seawall data sync` or `seawall data import` fills one"
        )
        return {"store": None, "series": [], "imports": [], "reason": reason, "embedded": embedded()}


def embedded() -> list[Record]:
    """The series that are always there."""
    from seawall.data.embedded import embedded_history

    return [
        {
            "series": series.name,
            "source": series.source,
            "unit": series.unit,
            "rows": len(series),
            "first": str(series.dates[0]),
            "last": str(series.dates[-1]),
        }
        for series in embedded_history()
    ]


def glossary(word: str | None) -> Record:
    """Every term, or those that mention a word."""
    from seawall.report.glossary.registry import TERMS, search
    from seawall.report.glossary.show import glossary_record

    return glossary_record(TERMS if word is None else search(word))


def term(name: str) -> Record:
    """The terms of a name, an alias or an id."""
    from seawall.report.glossary.registry import find
    from seawall.report.glossary.show import glossary_record

    try:
        return glossary_record(find(name))
    except UnknownParameterError as fault:
        raise RefusedError(NOT_FOUND, str(fault)) from None
