"""The settings of the pipelines, typed and closed: one model per pipeline.

What each setting does to the results is said beside its default, in
``conf/base/<pipeline>/parameters.yml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from itertools import accumulate, pairwise, product
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from lgs_pipeline.errors import InputError

Share = Annotated[float, Field(ge=0, le=1)]
Score = Literal[1, 2, 3, 4, 5]
SCORES: tuple[int, ...] = get_args(Score)

LineType = Literal["test", "postage", "discount", "manual", "voucher", "sample", "fee", "adjustment"]
ExclusionReason = Literal["repeated_invoice", "test", "zero_price", "adjustment", "fee", "sample"]

Feature = Literal[
    "recency",
    "frequency",
    "monetary",
    "tenure",
    "average_order_value",
    "distinct_products",
    "share_cancelled",
    "days_between_orders",
]
FEATURES: tuple[str, ...] = get_args(Feature)


class Settings(BaseModel):
    """A closed group of settings: a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IngestionSettings(Settings):
    """How the text of an extract is read."""

    date_order: Literal["ymd", "dmy", "mdy"]
    earliest_date: date
    latest_date: date
    largest_invalid_share: Share


class StockCodes(Settings):
    """The stock codes of one line type: whole codes, and prefixes of codes."""

    codes: list[str] = []
    prefixes: list[str] = []

    @field_validator("codes", "prefixes")
    @classmethod
    def _as_compared(cls, values: list[str]) -> list[str]:
        return [value.strip().upper() for value in values]

    @model_validator(mode="after")
    def _name_something(self) -> StockCodes:
        if not self.codes and not self.prefixes:
            raise ValueError("found neither codes nor prefixes, expected at least one of them")
        return self


class CleaningSettings(Settings):
    """Which lines count, and what each line is."""

    line_types: dict[LineType, StockCodes]
    exclude: list[ExclusionReason]
    most_loads: Annotated[int, Field(ge=2, le=100)]

    @model_validator(mode="after")
    def _name_each_code_once(self) -> CleaningSettings:
        owners: dict[str, str] = {}
        for line_type, stock_codes in self.line_types.items():
            for code in stock_codes.codes:
                if owners.setdefault(code, line_type) != line_type:
                    raise ValueError(
                        f"stock code {code} is both {owners[code]} and {line_type}, expected one line type"
                    )
        return self


class MonthlyMetricsSettings(Settings):
    """What counts as an order, an amount and an active customer."""

    invoice_amounts: Literal["purchase_invoices", "positive_lines"]
    placed_orders: Literal["purchase_invoices", "invoices_less_twice_cancelled"]
    average_order_value: Literal["purchase_invoices", "sales"]
    active_by: Literal["purchase_invoice", "any_invoice"]


def _four_ascending(values: list[float]) -> list[float]:
    if len(values) != len(SCORES) - 1:
        raise ValueError(
            f"found {len(values)} values, expected {len(SCORES) - 1}, one between each two scores"
        )
    if any(lower >= upper for lower, upper in pairwise(values)):
        raise ValueError(f"found {values}, expected each value above the one before it")
    return values


FourAscending = AfterValidator(_four_ascending)


class Scoring(Settings):
    """How the values of one measure become scores from 1 to 5."""

    method: Literal["quantile", "rank", "breaks"]
    quantiles: Annotated[list[Annotated[float, Field(gt=0, lt=1)]], FourAscending] = [0.2, 0.4, 0.6, 0.8]
    breaks: Annotated[list[float], FourAscending] | None = None

    @model_validator(mode="after")
    def _have_breaks_to_cut_at(self) -> Scoring:
        if self.method == "breaks" and self.breaks is None:
            raise ValueError("found no breaks, expected four ascending values because the method is `breaks`")
        return self


class Segment(Settings):
    """A named group of recency and frequency scores."""

    name: Annotated[str, Field(min_length=1)]
    recency: Annotated[list[Score], Field(min_length=1)]
    frequency: Annotated[list[Score], Field(min_length=1)]

    @property
    def cells(self) -> Iterator[tuple[int, int]]:
        """The (recency score, frequency score) pairs that belong to the segment."""
        return product(sorted(set(self.recency)), sorted(set(self.frequency)))


def _data_end_or_moment(value: Any) -> Any:
    # A bare number would be taken for seconds since 1970.
    if not isinstance(value, str | date | None):
        raise ValueError(f"found {value!r}, expected data_end or a moment such as 2012-01-01 00:00:00")
    return None if value == "data_end" else value


class RfmSettings(Settings):
    """Who is scored, over what, how, and which scores make which segment."""

    population: Literal["buyers", "all", "purchases"]
    # None: the end of the data.
    reference_moment: Annotated[NaiveDatetime | None, BeforeValidator(_data_end_or_moment)]
    recency: Scoring
    frequency: Scoring
    monetary: Scoring
    segments: list[Segment]
    migration_months: Annotated[int, Field(ge=1, le=120)]

    @field_validator("segments")
    @classmethod
    def _cover_every_cell_once(cls, segments: list[Segment]) -> list[Segment]:
        owners: dict[tuple[int, int], list[str]] = {cell: [] for cell in product(SCORES, SCORES)}
        for segment in segments:
            for cell in segment.cells:
                owners[cell].append(segment.name)
        gaps = [f"(recency {r}, frequency {f})" for (r, f), names in owners.items() if not names]
        overlaps = [
            f"(recency {r}, frequency {f}) in {' and '.join(names)}"
            for (r, f), names in owners.items()
            if len(names) > 1
        ]
        problems = [f"in no segment: {', '.join(gaps)}"] if gaps else []
        problems += [f"in several segments: {'; '.join(overlaps)}"] if overlaps else []
        if problems:
            raise ValueError("; ".join(problems) + ". Every pair of scores belongs to exactly one segment")
        return segments

    def segment_of_cells(self) -> dict[tuple[int, int], str]:
        """The segment's name for every (recency score, frequency score)."""
        return {cell: segment.name for segment in self.segments for cell in segment.cells}


class ComparisonSettings(Settings):
    """How segmentations are put to the test on months that they have not seen."""

    held_out_months: Annotated[int, Field(ge=1)]
    removed_orders: Annotated[float, Field(gt=0, lt=1)]
    folds: Annotated[int, Field(ge=2)]
    bootstrap_samples: Annotated[int, Field(ge=1)]
    interval: Annotated[float, Field(gt=0, lt=1)]


class ProfileSettings(Settings):
    """What is shown of a segment."""

    products: Annotated[int, Field(ge=1)]
    minimum_support: Share
    minimum_customers: Annotated[int, Field(ge=1)]
    minimum_lift: Annotated[float, Field(ge=1)]


def _by_evidence_or_number(value: Any) -> Any:
    return None if value == "by_evidence" else value


def _distinct_features(features: list[Feature]) -> list[Feature]:
    if repeated := sorted({feature for feature in features if features.count(feature) > 1}):
        raise ValueError(f"found {', '.join(repeated)} more than once, expected each feature once")
    return features


class ClusteringSettings(Settings):
    """What customers are clustered by, into how many clusters, and how segmentations are compared."""

    features: Annotated[list[Feature], Field(min_length=1), AfterValidator(_distinct_features)]
    log_features: list[Feature]
    # None: the number that the evidence speaks for.
    k: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_by_evidence_or_number)]
    fewest_clusters: Annotated[int, Field(ge=2)]
    most_clusters: Annotated[int, Field(ge=2)]
    least_stability: Share
    smallest_share: Share
    clear_silhouette: Share
    resamples: Annotated[int, Field(ge=1)]
    restarts: Annotated[int, Field(ge=1)]
    resample_restarts: Annotated[int, Field(ge=1)]
    sample_customers: Annotated[int, Field(ge=100)]
    silhouette_customers: Annotated[int, Field(ge=100)]
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    comparison: ComparisonSettings
    profiles: ProfileSettings

    @model_validator(mode="after")
    def _order_the_candidates(self) -> ClusteringSettings:
        if self.fewest_clusters > self.most_clusters:
            raise ValueError(
                f"found fewest_clusters {self.fewest_clusters} above most_clusters {self.most_clusters}, "
                "expected it to be at most as large"
            )
        return self


class ReportingSettings(Settings):
    """Whose report it is, and how much of the lists the workbook holds."""

    shop: Annotated[str, Field(min_length=1)]
    # Excel has room for 1,048,576 rows, one of them the heading.
    largest_list: Annotated[int, Field(ge=1, le=1_048_575)]


class Tier(Settings):
    """A named share of the customers, by what they will be worth."""

    name: Annotated[str, Field(min_length=1)]
    share: Annotated[float, Field(gt=0, le=1)]


class LifetimeValueSettings(Settings):
    """How far ahead customers are valued, on which terms, with which models, and how these are tested."""

    horizon_months: Annotated[int, Field(ge=1, le=120)]
    monthly_discount_rate: Annotated[float, Field(ge=0, lt=1)]
    margin: Annotated[float, Field(gt=0, le=1)]
    interval: Annotated[float, Field(gt=0, lt=1)]
    tiers: Annotated[list[Tier], Field(min_length=1)]
    held_out_months: Annotated[int, Field(ge=1)]
    established_months: Annotated[int, Field(ge=0)]
    fewest_repeat_customers: Annotated[int, Field(ge=1)]
    fewest_repeat_customers_apart: Annotated[int, Field(ge=1)]
    season_months: Annotated[int, Field(ge=1)]
    trend_months: Annotated[int, Field(ge=1)]
    season_spread: Annotated[float, Field(gt=0)]
    trend_spread: Annotated[float, Field(gt=0)]
    customer_spread: Annotated[float, Field(gt=0)]
    sample_customers: Annotated[int, Field(ge=100)]
    draws: Annotated[int, Field(ge=10)]
    most_draws: Annotated[int, Field(ge=10)]
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    largest_correlation: Share

    @field_validator("tiers")
    @classmethod
    def _share_all_customers(cls, tiers: list[Tier]) -> list[Tier]:
        names = [tier.name for tier in tiers]
        if repeated := sorted({name for name in names if names.count(name) > 1} | ({"all"} & set(names))):
            raise ValueError(
                f"found {', '.join(repeated)}, expected an own name for each tier, none of them all"
            )
        if abs(sum(tier.share for tier in tiers) - 1) > 1e-9:
            raise ValueError(
                f"found shares that add up to {sum(tier.share for tier in tiers):g}, expected 1: "
                "every customer is in a tier"
            )
        return tiers

    def tier_bounds(self) -> dict[str, float]:
        """For each tier, best first, the share of the customers in it or in a better one."""
        shares = accumulate(tier.share for tier in self.tiers)
        return dict(zip((tier.name for tier in self.tiers), shares, strict=True))


class Campaign(Settings):
    """Whom to contact, why, with what, and how many of them not, to see what it does."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    segments: list[str] = []
    clusters: list[str] = []
    tiers: list[str] = []
    offer: Annotated[str, Field(min_length=1)]
    rationale: Annotated[str, Field(min_length=1)]
    control: Annotated[float, Field(ge=0, lt=1)]
    at_most: Annotated[int, Field(ge=1)] | None = None
    least_value: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _address_one_kind(self) -> Campaign:
        found = [kind for kind in ("segments", "clusters", "tiers") if getattr(self, kind)]
        if len(found) != 1:
            raise ValueError(
                f"{self.name}: found {' and '.join(found) or 'nobody'} addressed, expected one of segments, "
                "clusters and tiers"
            )
        return self

    @property
    def kind(self) -> Literal["segments", "clusters", "tiers"]:
        """Which kind of groups it addresses."""
        return "segments" if self.segments else "clusters" if self.clusters else "tiers"

    @property
    def groups(self) -> list[str]:
        """The names of the groups that it addresses."""
        return getattr(self, self.kind)


class CampaignsSettings(Settings):
    """The campaigns, what is at stake with a customer, and what the lists say of them."""

    plan: list[Campaign]
    lapsed_after_days: Annotated[int, Field(ge=1)]
    least_alive: Share
    fewest_months: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0)]
    balanced_from: Annotated[int, Field(ge=0)]
    largest_difference: Annotated[float, Field(gt=0)]
    rest_days: Annotated[int, Field(ge=0)]
    own_times_from: Annotated[int, Field(ge=1)]
    usual_products: Annotated[int, Field(ge=0)]
    suggested_products: Annotated[int, Field(ge=0)]

    @field_validator("plan")
    @classmethod
    def _name_each_campaign_once(cls, plan: list[Campaign]) -> list[Campaign]:
        names = [campaign.name for campaign in plan]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"found {', '.join(repeated)} more than once, expected an own name for each campaign"
            )
        return plan


class CampaignEffectSettings(Settings):
    """How long a campaign has to work, and how sure one wants to be that it did."""

    window_days: Annotated[int, Field(ge=1)]
    interval: Annotated[float, Field(gt=0, lt=1)]
    hoped_uplift: Annotated[float, Field(gt=0)]
    power: Annotated[float, Field(gt=0, lt=1)]
    largest_distance: Annotated[float, Field(gt=0)]


def _distinct_values(values: list[float]) -> list[float]:
    if repeated := sorted({value for value in values if values.count(value) > 1}):
        raise ValueError(
            f"found {', '.join(f'{value:g}' for value in repeated)} more than once, expected each value once"
        )
    return values


Candidates = Annotated[
    list[Annotated[float, Field(gt=0)]], Field(min_length=1), AfterValidator(_distinct_values)
]


class RecommendationSettings(Settings):
    """What is recommended, which settings of the models are tried, and how recommendations are tested."""

    products: Annotated[int, Field(ge=1, le=1000)]
    sold_within_days: Annotated[int, Field(ge=1, le=36500)]
    most_products: Annotated[int, Field(ge=1, le=50_000)]
    held_out_months: Annotated[int, Field(ge=1, le=120)]
    half_lives: Candidates
    ridges: Candidates
    repeat_half_lives: Candidates
    blends: Annotated[
        list[Annotated[float, Field(ge=0)]], Field(min_length=1), AfterValidator(_distinct_values)
    ]
    trend: Annotated[float, Field(ge=0)]
    repeat_trend: Annotated[float, Field(ge=0)]
    recent_days: Annotated[int, Field(ge=1)]
    bootstrap_samples: Annotated[int, Field(ge=1)]
    interval: Annotated[float, Field(gt=0, lt=1)]
    sample_customers: Annotated[int, Field(ge=100)]
    customers_at_once: Annotated[int, Field(ge=100)]
    seed: Annotated[int, Field(ge=0, lt=2**31)]


class Parameters(Settings):
    """All settings of the project, as ``conf/`` and ``--params`` hold them."""

    # The catalog has the path to read if none is given here.
    extract: Annotated[str, Field(min_length=1)] = "(not given)"
    ingestion: IngestionSettings
    cleaning: CleaningSettings
    monthly_metrics: MonthlyMetricsSettings
    rfm: RfmSettings
    clustering: ClusteringSettings
    lifetime_value: LifetimeValueSettings
    campaigns: CampaignsSettings
    campaign_effect: CampaignEffectSettings
    recommendations: RecommendationSettings
    reporting: ReportingSettings
    # What to launch, when. None: nothing, and the end of the data.
    campaign: str | None = None
    launch_date: Annotated[date | None, BeforeValidator(_data_end_or_moment)] = None

    @field_validator("campaigns")
    @classmethod
    def _address_groups_that_there_are(
        cls, campaigns: CampaignsSettings, others: ValidationInfo
    ) -> CampaignsSettings:
        # Clusters are not among them: their names are known when they are made.
        known = {
            "segments": [segment.name for segment in getattr(others.data.get("rfm"), "segments", [])],
            "tiers": [tier.name for tier in getattr(others.data.get("lifetime_value"), "tiers", [])],
        }
        for campaign in campaigns.plan:
            for name in campaign.groups if known.get(campaign.kind) else ():
                if name not in known[campaign.kind]:
                    raise ValueError(f"{campaign.name}: found {name}, {_nearest(name, known[campaign.kind])}")
        return campaigns

    @field_validator("campaign")
    @classmethod
    def _launch_what_is_planned(cls, campaign: str | None, others: ValidationInfo) -> str | None:
        planned = [each.name for each in getattr(others.data.get("campaigns"), "plan", [])]
        if campaign is not None and planned and campaign not in planned:
            raise ValueError(f"found {campaign}, {_nearest(campaign, planned)}")
        return campaign


def _nearest(name: str, known: list[str]) -> str:
    """What to say to who gave a name that is not known."""
    nearest = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {nearest[0]}?" if nearest else f"expected one of {', '.join(known)}"


def check_parameters(parameters: Mapping[str, Any]) -> Parameters:
    """The project's settings, checked.

    Raises
    ------
    InputError
        If a setting is unknown (with the nearest right name), missing or not of its kind. One line,
        with every problem found.
    """
    try:
        return Parameters.model_validate(parameters)
    except ValidationError as error:
        problems = "; ".join(dict.fromkeys(_explain(problem) for problem in error.errors()))
        raise InputError(f"Settings: {problems}") from error


def _explain(problem: Any) -> str:
    path = [str(key) for key in problem["loc"]]
    if path[-1] == "[key]":
        nearest = get_close_matches(path[-2], get_args(LineType), n=1, cutoff=0.5)
        return f"{'.'.join(path[:-1])} is unknown; {problem['msg'][0].lower()}{problem['msg'][1:]}" + (
            f"; did you mean {nearest[0]}?" if nearest else ""
        )
    name = ".".join(path)
    if problem["type"] == "extra_forbidden":
        known = _names_beside(path)
        nearest = get_close_matches(path[-1], known, n=1, cutoff=0.5)
        advice = (
            f"did you mean {'.'.join([*path[:-1], nearest[0]])}?"
            if nearest
            else f"expected one of {', '.join(known)}"
        )
        return f"{name} is unknown; {advice}"
    if problem["type"] == "missing":
        return f"{name} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return f"{name}: {message}"
    return f"{name}: found {problem['input']!r}, {message[0].lower()}{message[1:]}"


def _names_beside(path: list[str]) -> list[str]:
    model: Any = Parameters
    for key in path[:-1]:
        model = _model_within(model, key)
    return sorted(name for part in _models(model) for name in part.model_fields)


def _model_within(annotation: Any, key: str) -> Any:
    for model in _models(annotation):
        if key in model.model_fields:
            return model.model_fields[key].annotation
    return annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The settings models named anywhere inside a type annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
