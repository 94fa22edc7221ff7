from typing import Literal

from lgs_pipeline.selling_days import SellingDaysSettings


class MonthlyMetricsSettings(SellingDaysSettings):
    """What counts as an order, an amount, an active customer and a whole month."""

    invoice_amounts: Literal["purchase_invoices", "positive_lines"]
    placed_orders: Literal["purchase_invoices", "invoices_less_twice_cancelled"]
    average_order_value: Literal["purchase_invoices", "sales"]
    active_by: Literal["purchase_invoice", "any_invoice"]
