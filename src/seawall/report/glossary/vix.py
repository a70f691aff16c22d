"""VIX, its curve, and how much of a risk it can reach."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="VIX",
        family=Family.VIX,
        plain=(
            "The price, as a volatility, of a strip of SPX options that holds the same dollar gamma at every price "
            "for 30 days."
        ),
        formula="sigma^2 = (2/T) sum (dK/K^2) e^(RT) Q(K) - (1/T)(F/K0 - 1)^2, two expiries joined at 30 days",
        unit="points",
        source="Cboe VIX white papers 2009 and 2014",
        enters="`kernels.strip.vix_index`, `market.index.vix_of`, `seawall vix`",
        ids=("C18",),
        see_also=("zero-bid rule", "short variance", "VVIX"),
    ),
    Term(
        name="zero-bid rule",
        family=Family.VIX,
        plain="Walking out from the money, the strip stops after two zero bids in a row and uses nothing beyond.",
        formula="a non-zero bid resets the count",
        unit="a rule",
        source="Cboe VIX white paper 2014; the cumulative reading misses its printed value",
        enters="`kernels.strip.select_strip`, `seawall vix`",
        ids=("C18",),
        see_also=("VIX",),
    ),
    Term(
        name="VVIX",
        family=Family.VIX,
        plain="VIX of VIX options: the price of the volatility of volatility.",
        formula="observed; where it was not, 80 + 0.75 VIX, labelled modelled",
        unit="points",
        source="Cboe; the stand-in is a least-squares line on 2006 to 2022 with a mean error of 12 points",
        enters="`kernels.modelled.vvix_level`",
        evidence=f"{UNTESTED}; a high level has preceded low returns of VIX calls (Park 2015)",
        ids=("M01",),
        see_also=("M01", "vol of vol"),
    ),
    Term(
        name="VIX futures curve",
        family=Family.VIX,
        plain=(
            "A contract on the VIX of its expiry date. Where no settlement was observed a mean-reverting curve stands "
            "in and says so."
        ),
        formula=(
            "between quotes F^2 is linear in time; modelled: forward volatilities of the known indices, shrunk to a "
            "mean-reverting curve"
        ),
        unit="points; 1,000 USD a point",
        source="Cboe VX specification; own model",
        enters="`market.curve.VixCurve`, `kernels.vx_rule`",
        aliases=("VX", "VX curve", "term structure"),
        ids=("A03",),
        see_also=("vix_future", "SLOPE", "roll"),
    ),
    Term(
        name="roll",
        family=Family.VIX,
        plain="What a VIX future gains or loses per year because its expiry comes nearer while VIX stands still.",
        formula="365 times the change of one day in a curve that stands still",
        unit="points per year",
        source="own definition; Johnson 2017 on the slope",
        enters="`instruments.vix.roll_down_per_year`, `seawall ledger`",
        aliases=("roll-down",),
        ids=("A08",),
        see_also=("carry/yr",),
    ),
    Term(
        name="contango and backwardation",
        family=Family.VIX,
        plain="Later futures above earlier ones is contango, the usual state; the reverse comes with stress.",
        formula="VIX/VIX3M below or above 1",
        unit="ratio",
        source="Johnson 2017",
        enters="`signals.vol`, `seawall hedge`",
        evidence=f"{UNTESTED}; published support that the slope predicts variance returns",
        aliases=("contango", "backwardation"),
        see_also=("SLOPE", "t1"),
    ),
    Term(
        name="square-root rule",
        family=Family.VIX,
        plain=(
            "How much a tenor moves when 30-day volatility moves by a point. Measured betas say that the rule "
            "overstates short tenors."
        ),
        formula="(30 / days)^0.5, days at least 7, within 0.25 and 2.1",
        unit="points per point",
        source="own assumption; measured power about 0.37",
        enters="`market.smile.tenor_factor`",
        aliases=("tenor factor",),
        ids=("E20", "C32"),
        see_also=("named shock", "tenor share"),
    ),
    Term(
        name="shock beta",
        family=Family.VIX,
        plain="Points that a VIX future moves for one point of VIX: less the later it expires.",
        formula="linear between 1 at 0 days, 0.65 at 15, 0.45 at 45, 0.25 at 106, 0.18 at 197",
        unit="points per point",
        source="daily data 2016 to 2021, exploratory",
        enters="`market.curve.shock_beta`",
        ids=("E20",),
        see_also=("named shock",),
    ),
    Term(
        name="shape share",
        family=Family.VIX,
        plain="How much of a position's convexity is of VIX's own kind, the same dollar gamma at every price.",
        formula="(E[gammabar])^2 / E[gammabar^2] over the lognormal law of the price five sessions ahead",
        unit="share from 0 to 1",
        source="own definition; Cauchy-Schwarz",
        enters="`convexity.project.shape_share_of_profile`, `ledger.share.hedgeable_share`, `seawall ledger`",
        evidence="geometry: nothing to test",
        aliases=("R_shape", "shape"),
        see_also=("VIX share", "gammabar"),
    ),
    Term(
        name="asset share",
        family=Family.VIX,
        plain=(
            "How much of the asset's realised variance moves with that of SPX. One for SPX; for others it must be "
            "stated with its source."
        ),
        formula="R^2 of realised variance on SPX variance",
        unit="share from 0 to 1; unknown unless stated",
        source="own definition",
        enters="`ledger.share.HedgeableShare`, `seawall ledger`",
        evidence=UNTESTED,
        aliases=("R_asset", "asset"),
        see_also=("VIX share", "UNKNOWN"),
    ),
    Term(
        name="tenor share",
        family=Family.VIX,
        plain=(
            "How much of a position's vega sits where the hedge's vega sits. A one-day condor and a 220-day call "
            "hardly meet."
        ),
        formula=(
            "R^2 of vega by forward-variance bucket against the 4:4:2 hedge, bucket changes correlated by exp(-0.05 "
            "|ln a/b|)"
        ),
        unit="share from 0 to 1",
        source="own definition; correlation measured 2011 to 2022, exploratory",
        enters="`ledger.share.tenor_share`, `seawall ledger`",
        evidence=UNTESTED,
        aliases=("R_tenor", "tenor"),
        see_also=("VIX share", "forward variance"),
    ),
    Term(
        name="half-life of a spike",
        family=Family.VIX,
        plain="How long a shock to ln VIX takes to halve. Gains of a hedge decay with it, which is why they are sold.",
        formula="ln 0.5 / ln phi of an autoregression; 34 sessions in the model",
        unit="sessions",
        source="daily VIX, exploratory",
        enters="`kernels.filters.half_life`, `kernels.modelled.index_level`",
        evidence=UNTESTED,
        ids=("E21",),
        see_also=("L1.monetise", "L1.exit"),
    ),
    Term(
        name="expected move",
        family=Family.VIX,
        plain="The move that implied volatility calls usual by expiry.",
        formula="EM = S sigma_ATM sqrt(T)",
        unit="price",
        source="standard definition",
        aliases=("EM",),
        see_also=("L0",),
    ),
    Term(
        name="DVOL",
        family=Family.VIX,
        plain="The volatility index of a crypto exchange: for ETH or BTC what VIX is for SPX.",
        formula="as published",
        unit="points",
        source="Deribit",
        enters="`data.sources.deribit`, `seawall data sync`",
        see_also=("VIX", "asset share"),
    ),
    Term(
        name="DTE",
        family=Family.VIX,
        plain="Calendar days until a contract settles.",
        formula="(settlement - now) in days",
        unit="days",
        source="standard definition",
        enters="`core.clock.years_between`",
        aliases=("days to expiry",),
        see_also=("settlement",),
    ),
    Term(
        name="settlement",
        family=Family.VIX,
        plain=(
            "VIX contracts and monthly SPX options end at an opening print, SPXW at the close. The root decides, and "
            "a chain without it is refused."
        ),
        formula="root SPX: open; SPXW: close; VIX: open of the Wednesday 30 days before the next monthly SPX expiry",
        unit="an instant",
        source="Cboe specifications",
        enters="`core.clock.settlement_instant`",
        aliases=("SOQ", "opening print"),
        see_also=("vix_option", "option"),
    ),
)
