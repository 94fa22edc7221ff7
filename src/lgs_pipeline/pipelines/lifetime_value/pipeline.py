from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.lifetime_value import nodes, validation


def create_pipeline() -> Pipeline:
    """From invoices to what each customer will be worth, and how far such predictions held before."""
    return _histories() + _validation() + _values()


def _histories() -> Pipeline:
    """What the models need to know of customers, now and before the held-out months."""
    return Pipeline(
        [
            node(
                nodes.set_lifetime_moments,
                inputs=["data_period", "params:lifetime_value"],
                outputs=["lifetime_moment", "lifetime_cut"],
                name="set_lifetime_moments",
            ),
            node(
                nodes.sum_up_days,
                inputs="invoices",
                outputs="customer_days",
                name="sum_up_days",
            ),
            *_known_at("lifetime_moment", suffix=""),
            *_known_at("lifetime_cut", suffix="_at_cut"),
        ]
    )


def _known_at(moment: str, suffix: str) -> list:
    """The nodes from days to the models' parameters, as of the moment; their outputs end in the suffix."""
    return [
        node(
            nodes.summarise_purchases,
            inputs=["customer_days", moment],
            outputs=f"purchase_histories{suffix}",
            name=f"summarise_purchases{suffix}",
        ),
        node(
            nodes.count_repeat_orders,
            inputs=["customer_days", f"purchase_histories{suffix}"],
            outputs=f"repeat_orders{suffix}",
            name=f"count_repeat_orders{suffix}",
        ),
        node(
            nodes.fit_lifetime_models,
            inputs=[
                f"purchase_histories{suffix}",
                f"repeat_orders{suffix}",
                moment,
                "data_period",
                "params:lifetime_value",
            ],
            outputs=f"clv_parameters{suffix}",
            name=f"fit_lifetime_models{suffix}",
        ),
    ]


def _validation() -> Pipeline:
    """The predictions made at the cut, held against what came."""
    return Pipeline(
        [
            node(
                validation.compare_periods,
                inputs=["customer_days", "lifetime_moment", "lifetime_cut", "params:lifetime_value"],
                outputs="purchase_periods",
                name="compare_periods",
            ),
            node(
                validation.check_assumptions,
                inputs=["purchase_histories", "params:lifetime_value"],
                outputs="clv_assumptions",
                name="check_assumptions",
            ),
            node(
                validation.validate_predictions,
                inputs=[
                    "purchase_histories_at_cut",
                    "clv_parameters_at_cut",
                    "purchase_periods",
                    "repeat_orders_at_cut",
                    "clv_assumptions",
                    "lifetime_moment",
                    "lifetime_cut",
                    "data_period",
                    "params:lifetime_value",
                ],
                outputs="clv_validation",
                name="validate_predictions",
            ),
        ]
    )


def _values() -> Pipeline:
    """What customers will be worth."""
    return Pipeline(
        [
            node(
                nodes.predict_lifetime_values,
                inputs=[
                    "purchase_histories",
                    "clv_parameters",
                    "lifetime_moment",
                    "data_period",
                    "params:lifetime_value",
                ],
                outputs=["customer_lifetime_value", "tier_draws"],
                name="predict_lifetime_values",
            ),
            node(
                nodes.sum_up_tiers,
                inputs=["customer_lifetime_value", "tier_draws", "clv_validation", "params:lifetime_value"],
                outputs="clv_tiers",
                name="sum_up_tiers",
            ),
        ]
    )
