"""Days that charts over time mark: announcements of the store, and sessions of named crises."""

import datetime as dt
from typing import Final

import numpy as np

from seawall.app.service.desk import Desk

CRISES: Final = (
    (dt.date(1998, 8, 31), "Russia, LTCM"), (dt.date(2001, 9, 17), "reopening after 9/11"),
    (dt.date(2008, 9, 29), "Lehman, TARP vote"), (dt.date(2010, 5, 6), "flash crash"),
    (dt.date(2011, 8, 8), "US downgrade"), (dt.date(2015, 8, 24), "yuan devaluation"),
    (dt.date(2018, 2, 5), "Volmageddon"), (dt.date(2020, 3, 16), "pandemic"), (dt.date(2022, 11, 8), "FTX"),
    (dt.date(2023, 3, 13), "regional banks"), (dt.date(2024, 8, 5), "yen carry"), (dt.date(2025, 10, 10), "perps, ADL"),
)  # fmt: skip
"""Sessions of public record on which the market broke or reopened."""
FOMC: Final = ("FOMC", "FOMC_SCHEDULE")
"""Series of the store whose rows are announcement days."""
CPI: Final = ("CPI_MOM", "CPIAUCSL")
"""Series whose rows are months, each known from its release on; the first that is there is taken."""


def marked_days(desk: Desk) -> list[tuple[dt.date, str]]:
    """Crises, and the announcements that the store has dates of, by day."""

    def compute() -> list[tuple[dt.date, str]]:
        from seawall.data.days import known_history

        history, found = known_history(), list(CRISES)
        days = {day for name in FOMC if history.has(name) for day in history.get(name).dates.tolist()}
        found += [(day, "FOMC") for day in days]
        for name in CPI:
            if history.has(name):
                released = np.unique(history.get(name).known_at.astype("datetime64[D]"))
                found += [(day, "CPI") for day in released.tolist()]
                break
        return sorted(found)

    return desk.memo.get(("marked-days", desk.clock().date()), compute)
