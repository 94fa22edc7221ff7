"""What months, weekdays and seasons are called."""

import pandas as pd

MONTHS = tuple(pd.Timestamp(2000, month, 1).month_name() for month in range(1, 13))
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SEASONS = {
    "winter (Dec-Feb)": (12, 1, 2),
    "spring (Mar-May)": (3, 4, 5),
    "summer (Jun-Aug)": (6, 7, 8),
    "autumn (Sep-Nov)": (9, 10, 11),
}
