"""What the program does on the command line: one row a verb."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from seawall.report.glossary.term import Family, Term


class Verb(NamedTuple):
    """Sentence, arguments as typed after the name, unit of what is printed, and names of other terms."""

    plain: str
    arguments: str
    unit: str
    see_also: tuple[str, ...]
    ids: tuple[str, ...] = ()


VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        "seawall ledger": Verb(
            "Puts every position of a book into the same dollar columns.",
            "BOOK",
            "USD",
            ("Position", "rent/yr"),
            ("E11",),
        ),
        "seawall breakeven": Verb(
            "Finds where a book breaks even: every root, or the reason why there is none.",
            "BOOK",
            "price, points, days",
            ("six break-evens",),
        ),
        "seawall lp": Verb(
            "Reads one liquidity position on a page, or replays it on real swaps.",
            "POSITION [--swaps FILE]",
            "USD",
            ("rent", "impermanent loss", "replay of swaps", "static hedge"),
        ),
        "seawall condor": Verb(
            "Today's iron condor: strikes, credit at bid and ask, odds beside the loss, size, and why not to sell it.",
            "[CHAIN]",
            "points, USD",
            ("credit", "expected move", "break-even", "L0.stop", "EDR"),
            ("M42", "A13"),
        ),
        "seawall policy list": Verb("Every shipped policy with its digest.", "", "words", ("policy",)),
        "seawall policy explain": Verb(
            "Writes a policy out: which layer acts when, with how much, and what stops it.",
            "POLICY",
            "words",
            ("policy", "gate", "budgets"),
        ),
        "seawall policy diff": Verb(
            "What differs between two policies, a row each; a changed policy is a new trial.",
            "POLICY POLICY",
            "words",
            ("policy",),
        ),
        "seawall signals": Verb(
            "Shows the regime and every signal by family: value, rank, age, what it would do, what the evidence says.",
            "",
            "each its own",
            ("regime", "signal"),
        ),
        "seawall signals explain": Verb(
            "Explains one signal: formula, source, inputs, when it is known, its last values and a chart.",
            "NAME",
            "its own",
            ("seawall signals", "signal"),
        ),
        "seawall cascade": Verb(
            "Says how much of a liquidation waterfall is negative gamma, vega and lost depth, frame by frame.",
            "BOOK or CASCADE FILE",
            "USD, %",
            ("liquidation waterfall", "branching ratio", "ADL"),
        ),
        "seawall replay": Verb(
            "Splits the P&L of a book in an event, a shock or a span of sessions into its causes.",
            "BOOK EVENT [--mode path|analog|tenor]",
            "USD",
            ("attribution", "negative gamma or vega expansion"),
        ),
        "seawall account": Verb(
            "Gives the chance that an account is liquidated, and what a put, less size or more collateral change.",
            "BOOK [NAME]",
            "%, USD",
            ("liquidation price", "maintenance margin"),
        ),
        "seawall hedge": Verb(
            "Shows the regime, the tickets of the layered hedge and the rule that asked for each.",
            "BOOK",
            "contracts",
            ("ALVH", "ticket"),
            ("M42",),
        ),
        "seawall evidence": Verb(
            "Tests the claims on the data of the store and judges each by the rule written down before the run.",
            "[H-xx]",
            "each its own",
            ("verdict", "episode", "Holm correction", "placebo"),
        ),
        "seawall backtest": Verb(
            "Runs a condor program with the hedge, without it, and held smaller.", "[PLAN]", "a path", ("B1", "L0")
        ),
        "seawall fills": Verb(
            "Lists the fills of a backtest: instrument, price against mid, cost and the rule that asked for each.",
            "RUN [--from --to --layer --csv FILE]",
            "USD",
            ("trial registry", "seawall explain"),
        ),
        "seawall explain": Verb(
            "Tells in words what a backtest held on a day, by which rule, and what each layer made.",
            "RUN DATE",
            "USD",
            ("trial registry", "seawall fills"),
        ),
        "seawall sweep": Verb(
            "Runs a plan over a grid of its fields, here or on a Dask cluster, and registers every lane.",
            "PLAN GRID",
            "trials",
            ("trial registry", "DSR", "seawall trials"),
        ),
        "seawall trials": Verb(
            "Lists every run ever made on this store, shows one, or removes some with a reason that is kept.",
            "[list|show ID|remove ID --reason TEXT]",
            "trials",
            ("trial registry", "seawall sweep"),
        ),
        "seawall vix": Verb("Computes VIX from a chain by the white paper's rules.", "CHAIN", "points", ("VIX",)),
        "seawall gex": Verb(
            "Shows dealer gamma under every convention.", "CHAIN", "USD per 1 %", ("GEX", "dealer convention")
        ),
        "seawall surface": Verb(
            "Fits the smiles of a chain and counts the quotes they reproduce.", "CHAIN", "points", ("smile",)
        ),
        "seawall parity": Verb(
            "Reads forwards, rates, boxes and conversions off a chain.", "CHAIN", "points", ("put-call parity",)
        ),
        "seawall demo": Verb(
            "Runs the whole way on an example book and writes one page.", "", "a page", ("seawall ledger",)
        ),
        "seawall verify": Verb("Recomputes published values through the public functions.", "", "errors", ("prior",)),
        "seawall glossary": Verb(
            "Explains a term: what it is, the formula this program uses, and what the evidence says.",
            "[TERM]",
            "text",
            ("verdict",),
            ("M42",),
        ),
        "seawall serve": Verb(
            "Opens the desk in a browser: books, ledger, scenarios; and serves the same as a REST API.",
            "[--book FILE]",
            "each its own",
            ("seawall ledger", "break-even", "convexity density"),
        ),
        "seawall monitor": Verb(
            "Watches books: polls, refuses garbage, and tells by webhook, mail or desktop what changed by which rule.",
            "[CONFIG]",
            "each its own",
            ("seawall serve", "temporal buffer"),
        ),
        "seawall data sync": Verb(
            "Fetches series from public sources into the store.", "", "rows", ("seawall data import",)
        ),
        "seawall data collect": Verb(
            "Takes a snapshot of option chains that no one keeps for free.", "", "rows", ("seawall data sync",)
        ),
        "seawall data import": Verb(
            "Recognises files by their content and stores them with their origin.", "PATH", "rows", ("quarantine",)
        ),
        "seawall data position": Verb(
            "Reads a liquidity position from a chain as an entry of a book file.",
            "KIND ADDRESS_OR_ID",
            "tokens",
            ("read from a chain", "seawall lp"),
        ),
        "seawall data status": Verb(
            "Lists what the store holds, from where and how recent.", "", "rows", ("seawall data check",)
        ),
        "seawall data check": Verb("Shows what was withheld, and why.", "", "rows", ("quarantine",)),
    }
)


def _term(name: str, verb: Verb) -> Term:
    return Term(
        name=name,
        family=Family.VERB,
        plain=verb.plain,
        formula=" ".join(filter(None, (name, verb.arguments))),
        unit=verb.unit,
        source="this program",
        enters=f"`{name}`",
        ids=verb.ids,
        see_also=verb.see_also,
    )


TERMS: Final = tuple(_term(name, verb) for name, verb in VERBS.items())
