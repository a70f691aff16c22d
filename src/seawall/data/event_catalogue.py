"""Events as typed facts with their sources; a path by session is read from the store where it has one (METHOD 8.5).

Facts are a handful of closes an event, the eve first. They stand in where the store does not reach, and anchor a leg
that has to be modelled in between. ``VIX`` of 1987 is VXO, the index of S&P 100 options. A number that no second
source was found for is called unverified in the event's source.
"""

import datetime as dt
from difflib import get_close_matches
from typing import Final

from seawall.core.errors import UnknownParameterError
from seawall.market.known_event import Knot, KnownEvent

CLOSES: Final = "S&P 500 and Cboe VIX closes"
WITH_ETH: Final = "S&P 500 and Cboe VIX closes, ETH and BTC in USD at 00:00 UTC"
VXO: Final = (
    "S&P 500 closes; Cboe, closes of VXO in October 1987; unverified to the cent: SPX of 15 and 20 October (Cboe: "
    "-5.2 % on the 16th, +5.3 % on the 20th)"
)
GRIND_2023: Final = "S&P 500 and Cboe VIX closes; unverified: SPX of 2023-10-27, VIX of 2024-03-28"
PRESS_2024: Final = (
    "S&P 500 and Cboe VIX closes; ETH from 3,203 on 2 August to a low of 2,188, press (other venues: 2,111 to 2,127); "
    "unverified to the cent: SPX 5,186.33 (press: down 3 %), VIX 38.57 (press: around 38.6)"
)
PRESS_2025: Final = (
    "S&P 500 and Cboe VIX closes; press, high to low of the day: BTC 122,574 to 104,782, ETH down 21 %; "
    "9.89 bn USD liquidated, 83.9 % longs (Amberdata); unverified: levels of SPX (press: down 2.71 %)"
)


FACTORS: Final = ("SPX", "VIX", "ETH", "BTC")


def _event(name: str, title: str, direction: str, source: str, *rows: tuple[str | float, ...]) -> KnownEvent:
    """Rows: day, SPX, VIX, and where known ETH and BTC."""
    knots = []
    for day, *closes in rows:
        levels = {factor: float(close) for factor, close in zip(FACTORS, closes, strict=False)}
        knots.append(Knot(dt.date.fromisoformat(str(day)), levels))
    return KnownEvent(name, title, direction, tuple(knots), source)


EVENTS: Final[tuple[KnownEvent, ...]] = (
    _event("1987", "Black Monday", "down", VXO,
           ("1987-10-15", 298.08, 27.86), ("1987-10-16", 282.70, 36.37), ("1987-10-19", 224.84, 150.19),
           ("1987-10-20", 236.83, 140.00)),
    _event("1998", "Russia and LTCM", "down", CLOSES,
           ("1998-07-17", 1186.75, 16.23), ("1998-08-26", 1084.19, 31.14), ("1998-08-31", 957.28, 44.28),
           ("1998-10-08", 959.44, 45.74)),
    _event("2008-10", "Lehman and after", "down", CLOSES,
           ("2008-09-12", 1251.70, 25.66), ("2008-10-10", 899.22, 69.95), ("2008-10-27", 848.92, 80.06),
           ("2008-11-20", 752.44, 80.86)),
    _event("2010-05", "Flash crash and Greece", "down", CLOSES,
           ("2010-04-30", 1186.69, 22.05), ("2010-05-06", 1128.15, 32.80), ("2010-05-07", 1110.88, 40.95),
           ("2010-05-20", 1071.59, 45.79)),
    _event("2011-08", "Downgrade of US debt", "down", CLOSES,
           ("2011-07-29", 1292.28, 25.25), ("2011-08-04", 1200.07, 31.66), ("2011-08-08", 1119.46, 48.00),
           ("2011-08-10", 1120.76, 42.99)),
    _event("2015-08", "Yuan devaluation", "down", CLOSES,
           ("2015-08-17", 2102.44, 13.02), ("2015-08-21", 1970.89, 28.03), ("2015-08-24", 1893.21, 40.74),
           ("2015-08-25", 1867.61, 36.02)),
    _event("2018-02-05", "Volmageddon", "down", WITH_ETH,
           ("2018-02-02", 2762.13, 17.31, 915.78, 8830.75), ("2018-02-05", 2648.94, 37.32, 697.95, 6955.27),
           ("2018-02-09", 2619.55, 29.06, 883.86, 8736.98)),
    _event("2018-12", "Fourth-quarter sell-off", "down", WITH_ETH,
           ("2018-11-30", 2760.17, 18.07, 113.17, 4017.27), ("2018-12-24", 2351.10, 36.07, 140.24, 4078.60)),
    _event("2020-03", "Covid crash", "down", WITH_ETH,
           ("2020-02-19", 3386.15, 14.38, 259.76, 9633.39), ("2020-03-12", 2480.64, 75.47, 112.35, 4970.79),
           ("2020-03-16", 2386.13, 82.69, 110.61, 5014.48), ("2020-03-23", 2237.40, 61.59, 134.91, 6416.31)),
    _event("2021-05-19", "Crypto crash", "crypto", WITH_ETH,
           ("2021-05-18", 4127.83, 21.34, 3380.07, 42909.40), ("2021-05-19", 4115.68, 22.18, 2460.68, 37002.44)),
    _event("2022-05", "Terra collapse", "crypto", WITH_ETH,
           ("2022-05-04", 4300.17, 25.42, 2940.64, 39698.37), ("2022-05-09", 3991.24, 34.75, 2245.43, 30296.95),
           ("2022-05-12", 3930.08, 31.77, 1961.70, 29047.75)),
    _event("2022-06", "Inflation print and lenders", "crypto", WITH_ETH,
           ("2022-06-08", 4115.77, 23.96, 1793.57, 30214.36), ("2022-06-13", 3749.63, 34.02, 1204.58, 22487.39),
           ("2022-06-16", 3666.77, 32.95, 1067.73, 20381.65)),
    _event("2022-11", "FTX", "crypto", WITH_ETH,
           ("2022-11-04", 3770.55, 24.55, 1645.09, 21147.23), ("2022-11-09", 3748.57, 26.09, 1100.17, 15880.78)),
    _event("2022-grind", "Slow fall of 2022", "grind down", WITH_ETH,
           ("2022-01-03", 4796.56, 16.60, 3761.38, 46458.12), ("2022-10-12", 3577.03, 33.57, 1294.91, 19157.45)),
    _event("2024-08-05", "Yen carry unwind", "down", PRESS_2024,
           ("2024-08-02", 5346.56, 23.39, 3203.0), ("2024-08-05", 5186.33, 38.57, 2188.0)),
    _event("2025-04", "Tariffs", "down", CLOSES,
           ("2025-04-02", 5670.97, 21.51), ("2025-04-03", 5396.52, 30.02), ("2025-04-04", 5074.08, 45.31),
           ("2025-04-07", 5062.25, 46.98), ("2025-04-08", 4982.77, 52.33)),
    _event("2025-10-10", "Perp liquidation cascade", "crypto", PRESS_2025,
           ("2025-10-09", 6735.11, 16.43, 100.0, 122574.0), ("2025-10-10", 6552.51, 21.66, 79.0, 104782.0)),
    _event("2017-grind", "Slow rise of 2017", "grind up", CLOSES,
           ("2017-01-03", 2257.83, 12.85), ("2017-12-29", 2673.61, 11.04)),
    _event("2020-11-09", "Vaccine rally", "up", WITH_ETH,
           ("2020-11-06", 3509.44, 24.86, 454.72, 15565.88), ("2020-11-09", 3550.50, 25.75, 444.16, 15332.32),
           ("2020-11-30", 3621.63, 20.57, 614.84, 19625.84)),
    _event("2021-eth", "ETH rally of 2021", "up", WITH_ETH,
           ("2020-12-31", 3756.07, 22.75, 737.80, 29001.72), ("2021-05-11", 4152.10, 21.84, 4168.70, 56704.57)),
    _event("2022-11-10", "Inflation print rally", "up", WITH_ETH,
           ("2022-11-09", 3748.57, 26.09, 1100.17, 15880.78), ("2022-11-10", 3956.37, 23.53, 1299.46, 17586.77)),
    _event("2023-grind", "Slow rise of 2023-24", "grind up", GRIND_2023,
           ("2023-10-27", 4117.37, 21.27), ("2024-03-28", 5254.35, 13.01)),
)  # fmt: skip
"""Oldest first, up-moves after the falls."""

BY_NAME: Final = {one.name: one for one in EVENTS}


def known_event(name: str) -> KnownEvent:
    """An event by its name; raises ``UnknownParameterError`` naming the nearest."""
    if name not in BY_NAME:
        near = get_close_matches(name, BY_NAME, 1, 0.5)
        meant = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(BY_NAME)}"
        raise UnknownParameterError(f"no event {name!r} in the catalogue: {meant}")
    return BY_NAME[name]
