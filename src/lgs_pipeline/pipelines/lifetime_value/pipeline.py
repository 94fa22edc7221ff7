from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from lgs_pipeline.moments import DATA_END, DATASET, LIFETIME_CUT, at
from lgs_pipeline.pipelines.lifetime_value import chapter, charts, nodes, validation
from lgs_pipeline.wiring import draw_charts, make_room, step, tell

SETTINGS = "params:lifetime_value"


def create_pipeline() -> Pipeline:
    """From invoices to what each customer will be worth, and how far such predictions held before."""
    return make_room(
        "lifetime_value",
        step(nodes.sum_up_days, "invoices", "customer_days"),
        *_known_at(DATA_END),
        *_known_at(LIFETIME_CUT, suffix=f"_at_{LIFETIME_CUT}"),
        *_validation(),
        step(
            at(nodes.predict_lifetime_values, DATA_END),
            ["purchase_histories", "clv_parameters", DATASET, "data_period", SETTINGS],
            ["customer_lifetime_value", "tier_draws"],
        ),
        step(nodes.sum_up_tiers, ["customer_lifetime_value", "tier_draws", "clv_validation", SETTINGS], "clv_tiers"),
        tell(
            "lifetime_value", chapter.tell_lifetime_value, ["clv_tiers", "clv_validation", "clv_parameters", SETTINGS]
        ),
    )


def _known_at(moment: str, suffix: str = "") -> list[Node]:
    """The nodes from days to the models' parameters, as of the moment; their outputs end in the suffix."""
    histories, repeat_orders = f"purchase_histories{suffix}", f"repeat_orders{suffix}"
    return [
        step(
            at(nodes.summarise_purchases, moment), ["customer_days", DATASET], histories, f"summarise_purchases{suffix}"
        ),
        step(nodes.count_repeat_orders, ["customer_days", histories], repeat_orders, f"count_repeat_orders{suffix}"),
        step(
            at(nodes.fit_lifetime_models, moment),
            [histories, repeat_orders, DATASET, "data_period", SETTINGS],
            f"clv_parameters{suffix}",
            f"fit_lifetime_models{suffix}",
        ),
    ]


def _validation() -> list[Node]:
    """The predictions made at the cut, held against what came."""
    return [
        step(
            at(validation.compare_periods, DATA_END, LIFETIME_CUT),
            ["customer_days", DATASET, DATASET, SETTINGS],
            "purchase_periods",
        ),
        step(validation.check_assumptions, ["purchase_histories", SETTINGS], "clv_assumptions"),
        step(
            at(validation.validate_predictions, DATA_END, LIFETIME_CUT),
            [
                "purchase_histories_at_lifetime_cut",
                "clv_parameters_at_lifetime_cut",
                "purchase_periods",
                "repeat_orders_at_lifetime_cut",
                "clv_assumptions",
                DATASET,
                DATASET,
                "data_period",
                SETTINGS,
            ],
            "clv_validation",
        ),
    ]


def create_charts() -> Pipeline:
    """The charts of lifetime values."""
    return draw_charts(
        "lifetime_value",
        {
            charts.draw_clv_tiers: "clv_tiers",
            charts.draw_clv_distribution: "customer_lifetime_value",
            charts.draw_clv_calibration: "clv_validation",
            charts.draw_clv_coverage: "clv_validation",
            charts.draw_clv_errors: "clv_validation",
        },
    )
