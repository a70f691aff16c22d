"""`seawall policy`: the shipped hedge policies, one in plain words, or what differs between two."""

from typing import Annotated

import typer

from seawall.app.cli.options import AsJson, print_json

APP = typer.Typer(name="policy", help="Hedge policies: list, explain, diff.", no_args_is_help=True)

PolicyName = Annotated[str, typer.Argument(metavar="POLICY", help="A shipped policy, or a policy file (YAML).")]


@APP.command("list", epilog="Example: seawall policy list")
def show_all(as_json: AsJson = False) -> None:
    """Every shipped policy."""
    from seawall.hedge.charter import PRESETS
    from seawall.report.policy_words import policy_record
    from seawall.report.tables import console, table_of

    if as_json:
        print_json([policy_record(one) for one in PRESETS])
        return
    columns = (("policy", "left"), ("digest", "left"), ("layers", "left"), ("sizing", "left"), ("temper", "left"))
    table = table_of("shipped hedge policies", columns)
    for one in PRESETS:
        mark = " (unverified)" if one.unverified else ""
        table.add_row(one.name + mark, one.digest, " ".join(x.name for x in one.layers), one.sizing, one.temper)
    console().print(table)


@APP.command("explain", epilog="Examples: seawall policy explain alvh | seawall policy explain my.policy.yaml --json")
def explain(policy: PolicyName, as_json: AsJson = False) -> None:
    """Write a policy out in plain words."""
    from seawall.data.policies import policy_named
    from seawall.report.policy_words import policy_lines, policy_record
    from seawall.report.tables import print_text

    found = policy_named(policy)
    if as_json:
        print_json(policy_record(found))
        return
    for line in policy_lines(found):
        print_text(line)


@APP.command("diff", epilog="Example: seawall policy diff seed my.policy.yaml")
def diff(one: PolicyName, other: PolicyName, as_json: AsJson = False) -> None:
    """Show what differs between two policies; a changed policy is a new trial."""
    from seawall.data.policies import policy_named
    from seawall.hedge.charter import differences
    from seawall.report.policy_words import print_differences

    first, second = policy_named(one), policy_named(other)
    if as_json:
        rows = differences(first, second)
        print_json({"digests": [first.digest, second.digest], "differs": [list(row) for row in rows]})
    else:
        print_differences(first, second)
