"""Named sets of rules; a report prints the name it used."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="preset",
        family=Family.PRESET,
        plain=(
            "Which rules and triggers count. The default takes the source articles at their word, because that is "
            "what is to be tested."
        ),
        formula="one of seed, measured, vixshield-glossary, vxth, cndr",
        unit="a name",
        source="own definition",
        enters="`signals.regime.PRESETS`",
        ids=("C14",),
        see_also=("seed", "measured"),
    ),
    Term(
        name="seed",
        family=Family.PRESET,
        plain="The rules as the source articles state them; all six triggers count.",
        formula="t1 to t6",
        unit="a preset",
        source="source articles",
        enters="`signals.regime.PRESETS`, `seawall hedge`",
        evidence=UNTESTED,
        ids=("C14",),
        see_also=("measured",),
    ),
    Term(
        name="measured",
        family=Family.PRESET,
        plain="Only triggers with published support count.",
        formula="t1, t2 and t4",
        unit="a preset",
        source="Johnson 2017; Baltussen et al. 2021",
        enters="`signals.regime.PRESETS`, `hedge.charter.PRESETS`, `seawall hedge`",
        evidence=UNTESTED,
        ids=("C17",),
        see_also=("seed",),
    ),
    Term(
        name="vixshield-glossary",
        family=Family.PRESET,
        plain=(
            "Numbers from public glossary pages, labelled unverified: condor tiers by credit, fewer of them as VIX "
            "rises, none above 20."
        ),
        formula="VIX < 15 all tiers, 15 to 20 two tiers, above 20 none",
        unit="a preset",
        source="public glossary pages, unverified",
        enters="`hedge.charter.PRESETS`, `seawall hedge`, `seawall condor`",
        evidence=f"{UNTESTED}; claimed win rates are not repeated as facts",
        aliases=("glossary preset",),
        ids=("C14", "C15", "C16", "M42"),
        see_also=("EDR",),
    ),
    Term(
        name="vxth",
        family=Family.PRESET,
        plain="Cboe's rule: monthly 30-delta VIX calls, with a weight set by the VIX future of the same expiry.",
        formula="F <= 15: 0; 15 < F <= 30: 1 %; 30 < F <= 50: 0.5 %; above: 0",
        unit="a preset",
        source="Cboe index rules",
        enters="`hedge.charter.PRESETS`, `hedge.sizing_recipes.vxth_weight`, `seawall hedge`",
        evidence=UNTESTED,
        ids=("C26",),
        see_also=("B2",),
    ),
    Term(
        name="cndr",
        family=Family.PRESET,
        plain="Cboe's rule: a monthly condor, short 20-delta, long 5-delta options, collateral in bills.",
        formula="short about 0.20, long about 0.05 delta, rolled on the third Friday",
        unit="a preset",
        source="Cboe index rules",
        evidence=f"{UNTESTED}; the published index grew 5.29 % a year from 1986 to 2025 and 0.61 % from 2007 to 2025",
        ids=("A02", "C27"),
        see_also=("L0",),
    ),
)
