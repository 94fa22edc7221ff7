"""What can be read off a drawn chart."""


def series(axes) -> dict[str, list]:
    """The bars by their label in the legend."""
    return {bars.get_label(): list(bars) for bars in axes.containers}


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def hatched(bars) -> list[bool]:
    return [bool(bar.get_hatch()) for bar in bars]


def tick_names(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]
