"""``python -m serving campaign``: plan a campaign, export its list, say what it can see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from serving.campaigns.candidates import Candidates
    from serving.campaigns.plan import Plan
    from serving.campaigns.suppression import Suppressed
    from serving.settings import Settings

_FILE = click.Path(path_type=Path)


def _of_the_list(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that writes a campaign's list."""
    for option in (
        click.option("--out", type=_FILE, required=True, help="The list: a .csv or .parquet file."),
        click.option("--mapping", type=_FILE, help="YAML file: the CRM's name of a column, and ours."),
        click.option("--suppressed", type=_FILE, help="The suppression file. [default: that of materialize]"),
    ):
        command = option(command)
    return command


def _caps(_context: click.Context, _parameter: click.Parameter, given: Sequence[str]) -> dict[str, int]:
    caps = {}
    for one in given:
        offer, separator, most = one.rpartition("=")
        if not separator or not most.lstrip("-").isdecimal():
            raise click.BadParameter(f"{one!r}: write OFFER=CUSTOMERS, such as discount=500")
        if offer in caps:
            raise click.BadParameter(f"{offer} has two caps; give one")
        caps[offer] = int(most)
    return caps


@click.group()
def campaign() -> None:
    """Plan a campaign under a budget, export its list, say which effect it can see."""


@campaign.command()
@click.option("--name", required=True, help="Name of the campaign; it is also the folder's.")
@click.option("--budget", type=float, required=True, help="Most that the contacted may cost, as expected.")
@click.option("--holdout", type=float, default=0.1, show_default=True, help="Share that is not contacted.")
@click.option("--candidates", type=_FILE, help="Parquet file of them. [default: by the playbook]")
@click.option("--tag", help="Exact tag of the model. [default: the champion]")
@click.option("--date", "starts", type=click.DateTime(["%Y-%m-%d"]), help="Its first day. [default: today]")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed holds others out.")
@click.option("--cap", "caps", multiple=True, callback=_caps, help="OFFER=CUSTOMERS; may be repeated.")
@_of_the_list
def plan(
    name: str,
    budget: float,
    holdout: float,
    candidates: Path | None,
    tag: str | None,
    starts: datetime | None,
    seed: int,
    caps: dict[str, int],
    out: Path,
    mapping: Path | None,
    suppressed: Path | None,
) -> None:
    """Choose customers and offers, hold some out at random, and write the list."""
    import pandas as pd

    from serving.campaigns.export import check_out, export_campaign
    from serving.campaigns.mapping import read_mapping
    from serving.campaigns.planning import Request, plan_campaign
    from serving.campaigns.selection import Limits
    from serving.campaigns.suppressed_file import suppressed_now
    from serving.decision.places import campaigns_path
    from serving.settings import load_settings

    check_out(out)
    columns, settings, folder = read_mapping(mapping), load_settings(), campaigns_path()
    day = (starts or datetime.now(UTC)).date()
    request = Request(name, day, Limits(budget, caps), holdout, seed)
    apart = suppressed_now(suppressed, settings)
    found, own = _candidates(candidates, tag, settings, day)
    apart = pd.concat([apart, own], ignore_index=True)
    planned = plan_campaign(request, found, apart, settings.campaigns, folder)
    _say(planned.plan, settings.campaigns.fall)
    click.echo(f"Planned in {folder / name}")
    _say_exported(export_campaign(planned, suppressed_now(suppressed, settings), columns, out), name, out)


@campaign.command()
@click.option("--name", required=True, help="Name of a planned campaign.")
@_of_the_list
def export(name: str, out: Path, mapping: Path | None, suppressed: Path | None) -> None:
    """Write the list of a planned campaign again, without those who may no longer be contacted."""
    from serving.campaigns.campaign_files import read_campaign
    from serving.campaigns.export import export_campaign
    from serving.campaigns.mapping import read_mapping
    from serving.campaigns.suppressed_file import suppressed_now
    from serving.decision.places import campaigns_path
    from serving.settings import load_settings

    planned = read_campaign(campaigns_path(), name)
    apart = suppressed_now(suppressed, load_settings())
    left_out = export_campaign(planned, apart, read_mapping(mapping), out)
    _say_exported(left_out, name, out)


@campaign.command()
@click.option("--name", help="A planned campaign, instead of the three numbers below.")
@click.option("--churn", type=float, help="Share that leaves without an offer, such as 0.06.")
@click.option("--offered", type=click.IntRange(0), help="Customers who are offered something.")
@click.option("--held-out", type=click.IntRange(0), help="Customers who are held out.")
@click.option("--fall", type=float, help="Relative fall of churn, such as 0.2. [default: the settings']")
def power(
    name: str | None, churn: float | None, offered: int | None, held_out: int | None, fall: float | None
) -> None:
    """How many customers a fall of churn needs, and which fall a campaign can see."""
    from serving.campaigns.campaign_files import read_plan
    from serving.campaigns.power import in_words, needed_in_words
    from serving.decision.places import campaigns_path
    from serving.settings import load_settings

    fall = load_settings().campaigns.fall if fall is None else fall
    if name is not None:
        found = read_plan(campaigns_path(), name)
        churn, offered, held_out = found.churn, found.arms["offer"], found.arms["holdout"]
    if churn is None:
        raise click.ClickException("say --name of a campaign, or --churn")
    if offered is None or held_out is None:
        click.echo(needed_in_words(fall, churn))
    else:
        click.echo(in_words(fall, churn, offered, held_out))


def _candidates(
    path: Path | None, tag: str | None, settings: Settings, day: date
) -> tuple[Candidates, pd.DataFrame]:
    """The candidates, and who of them may not be contacted by the playbook."""
    import pandas as pd

    from serving.campaign_candidates import from_lake
    from serving.campaigns.candidates_file import read_candidates
    from serving.registry.pinned import decided_tag

    if path is not None:
        return read_candidates(path), pd.DataFrame({"customerID": [], "reason": []}, dtype=object)
    found = from_lake(tag or decided_tag(), settings, datetime(day.year, day.month, day.day, tzinfo=UTC))
    return found.candidates, found.suppressed


def _say(plan: Plan, fall: float) -> None:
    from serving.campaigns.power import in_words

    click.echo(
        f"{plan.considered:,} customers considered; {plan.suppressed:,} suppressed{_reasons(plan.reasons)}; "
        f"{plan.worthwhile:,} left for whom an offer is expected to pay"
    )
    arms = plan.arms
    click.echo(
        f"{arms['offer']:,} offered, {arms['holdout']:,} held out, {arms['control']:,} in the control group"
    )
    click.echo(f"Offers: {', '.join(f'{offer} {n:,}' for offer, n in plan.offers.items())}")
    click.echo(
        f"Expected cost {plan.expected_cost:,.2f} of {plan.budget:,.2f}, expected profit "
        f"{plan.expected_profit:,.2f}; effects are {plan.effects}"
    )
    allocation = plan.allocation
    click.echo(f"Allocation: {allocation.method}, at most {allocation.gap:.3%} below the best there can be")
    if 0 < plan.churn < 1:
        click.echo(in_words(fall, plan.churn, arms["offer"], arms["holdout"]))


def _reasons(reasons: dict[str, int]) -> str:
    return f" ({', '.join(f'{reason} {n:,}' for reason, n in reasons.items())})" if reasons else ""


def _say_exported(left_out: Suppressed, name: str, out: Path) -> None:
    fewer = f", without {len(left_out.customers):,} customers{_reasons(left_out.reasons)}"
    click.echo(f"List of {name}: {out}{fewer if left_out.customers else ''}")
