from typing import Literal

from lgs_pipeline.typed_settings import Settings


class MonthlyMetricsSettings(Settings):
    """What counts as an order, an amount and an active customer."""

    invoice_amounts: Literal["purchase_invoices", "positive_lines"]
    placed_orders: Literal["purchase_invoices", "invoices_less_twice_cancelled"]
    average_order_value: Literal["purchase_invoices", "sales"]
    active_by: Literal["purchase_invoice", "any_invoice"]
