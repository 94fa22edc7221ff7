"""What customers are clustered by, and into how many clusters."""

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from lgs_pipeline.typed_settings import Seed, Settings, Share, repeated

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


def _by_evidence_or_number(value: Any) -> Any:
    return None if value == "by_evidence" else value


def _distinct_features(features: list[Feature]) -> list[Feature]:
    if twice := repeated(features):
        raise ValueError(f"found {', '.join(twice)} more than once, expected each feature once")
    return features


class ClusteringSettings(Settings):
    """What customers are clustered by, and into how many clusters."""

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
    seed: Seed

    @model_validator(mode="after")
    def _order_the_candidates(self) -> "ClusteringSettings":
        if self.fewest_clusters > self.most_clusters:
            raise ValueError(
                f"found fewest_clusters {self.fewest_clusters} above most_clusters {self.most_clusters}, "
                "expected it to be at most as large"
            )
        return self
