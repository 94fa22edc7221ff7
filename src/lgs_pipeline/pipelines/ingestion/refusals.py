"""Whether the lines can be trusted: how many are invalid, and what they are likely to be worth."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.errors import InputError
from lgs_pipeline.lines import is_invalid, line_amount
from lgs_pipeline.pipelines.ingestion.faults import Fault, faults_of_values, in_one_line
from lgs_pipeline.wording import exact_pounds


def refuse_untrustworthy(
    retail: ir.Table, invalid_values: pd.DataFrame, faults: Sequence[Fault], largest_share: float
) -> None:
    """Stop if the lines cannot be trusted, and name everything that is wrong in one message.

    Raises
    ------
    InputError
        If the format of a column is a fault, too many lines are invalid, invalid lines are worth too much, or too many
        customers cannot be read. It names each column with its first such line, the value, and a setting that may help.
    """
    shares = _unusable_shares(retail, invalid_values) if len(invalid_values) and not faults else None
    if shares is None and not faults:
        return
    if shares is not None and max(shares.of_lines, shares.of_pounds) <= largest_share:
        return
    told = in_one_line([*faults, *faults_of_values(invalid_values, faults)])
    raise InputError(told if shares is None else f"{told}. {_figures(shares, largest_share)}")


def _unusable_shares(retail: ir.Table, invalid_values: pd.DataFrame) -> pd.Series:
    """How many lines are unusable and what they are likely worth: lines, unusable, pounds, likely, and the shares."""
    totals = estimate_values(retail).to_pandas().iloc[0]
    # A line whose customer cannot be read is valid, but of no use.
    totals["unusable"] = max(totals.invalid, invalid_values.lines.max())
    all_pounds = totals.pounds + totals.likely
    totals["of_lines"] = totals.unusable / totals.lines
    # Rounding errors of a sum must not decide whether the limit is exceeded.
    totals["of_pounds"] = round(totals.likely / all_pounds, 9) if all_pounds else 0.0
    return totals


def estimate_values(retail: ir.Table) -> ir.Table:
    """What the lines are worth, whatever their sign, and what the invalid ones are likely to be worth.

    An invalid line is likely to be worth its units times the usual price of its product: its own units and price where
    they can be read and make a possible amount, else the medians of its product. The lines of an unknown product are
    worth the mean line.

    Returns
    -------
    ibis.Table
        One row: lines, invalid (lines), pounds (of the valid lines) and likely (pounds of the invalid ones).
    """
    lines = retail.select(
        "stock_code",
        "quantity",
        is_invalid=is_invalid(retail),
        amount=line_amount(retail).cast("float64").abs(),
        units=retail.quantity.cast("float64").abs(),
        price=retail.unit_price.cast("float64").abs(),
    )
    is_possible = lines.amount.notnull() | lines.units.isnull() | lines.price.isnull()
    lines = lines.mutate(
        is_invalid=lines.is_invalid.fill_null(True),
        units=ibis.ifelse(is_possible, lines.units, ibis.null("float64")),
        price=ibis.ifelse(is_possible, lines.price, ibis.null("float64")),
    )
    invalid = lines.filter(lines.is_invalid)
    valid = lines.filter(~lines.is_invalid)
    usual = (
        valid.semi_join(invalid, "stock_code")
        .group_by("stock_code")
        .agg(usual_units=lambda group: group.units.median(), usual_price=lambda group: group.price.median())
    )
    joined = invalid.left_join(usual, "stock_code")
    likely = ibis.coalesce(
        joined.amount,
        ibis.coalesce(joined.units, joined.usual_units) * ibis.coalesce(joined.price, joined.usual_price),
    )
    worth = valid.agg(
        valid=valid.count(), pounds=valid.amount.sum().fill_null(0), mean=valid.amount.mean().fill_null(0)
    )
    estimated = joined.select(likely=likely).agg(
        invalid=lambda table: table.count(),
        known=lambda table: table.likely.sum().fill_null(0),
        unknown=lambda table: table.count(where=table.likely.isnull()),
    )
    both = worth.cross_join(estimated)
    return both.select(
        "invalid", "pounds", lines=both.valid + both.invalid, likely=both.known + both.unknown * both["mean"]
    )


def _figures(shares: pd.Series, largest_share: float) -> str:
    all_pounds = shares.pounds + shares.likely
    worth = f", likely worth {exact_pounds(shares.likely)} of {exact_pounds(all_pounds)} ({shares.of_pounds:.1%})"
    return (
        f"{shares.unusable:,.0f} of {shares.lines:,.0f} lines are unusable ({shares.of_lines:.1%})"
        f"{worth if all_pounds else ''}, more than the {largest_share:.1%} that ingestion.largest_invalid_share allows"
    )
