"""`seawall data collect`: today's option chains into the store, one snapshot a session."""

from typing import Annotated

import typer

from seawall.app.cli.options import AsJson

EXAMPLES = "Examples: seawall data collect | seawall data collect SPX QQQ --json | seawall data collect --intraday"

Underlyings = Annotated[
    list[str] | None, typer.Argument(metavar="[UNDERLYING]...", help="Which chains; SPX, VIX and SPY without one.")
]
Intraday = Annotated[
    bool, typer.Option("--intraday", help="While the session is open, too: it is then the session's only snapshot.")
]


def run(underlyings: Underlyings = None, intraday: Intraday = False, as_json: AsJson = False) -> None:
    """Store Cboe's delayed chains of the last session, once; run it every day after 16:15 New York."""
    from seawall.app.cli.data.sync import fetch
    from seawall.data.sources import cboe_chain
    from seawall.data.sources.engine import Wish

    wish = Wish(cboe_chain.SOURCE, tuple(underlyings or ()), named=True)
    fetch([wish], as_json, {cboe_chain.INTRADAY: "1"} if intraday else None)
