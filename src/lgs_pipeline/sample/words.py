"""The words that product names are made of, theme by theme, with what each thing costs in pounds."""

from dataclasses import dataclass

CHRISTMAS = "christmas"

COLOURS = ("RED", "PINK", "BLUE", "GREEN", "IVORY", "MINT", "LILAC", "GREY", "MUSTARD", "TEAL")
SIZES = {"": 0.85, "SMALL ": 0.05, "LARGE ": 0.05, "MINI ": 0.05}  # and how common each is


@dataclass(frozen=True)
class Theme:
    """A corner of the shop: what its things look like, what they are, when they sell.

    Attributes
    ----------
    demand
        How it sells in each month, January first, beside the other themes.
    companions
        Pairs of things that customers buy together.
    """

    name: str
    styles: tuple[str, ...]
    things: dict[str, float]
    companions: tuple[tuple[str, str], ...]
    demand: tuple[float, ...] = (1.0,) * 12


THEMES = (
    Theme(
        name="kitchen",
        styles=("ENAMEL", "STONEWARE", "GINGHAM", "FARMHOUSE", "SPECKLED", "BAMBOO", "CAFÉ", "MARBLED"),
        things={
            "JUG": 4.95,
            "BUTTER DISH": 5.45,
            "OVEN GLOVE": 3.75,
            "TEA TOWEL": 1.95,
            "EGG CUP": 0.85,
            "COLANDER": 6.75,
            "BREAD BIN": 14.95,
            "MIXING BOWL": 5.95,
            "SPOON REST": 1.65,
            "TEA COSY": 4.25,
            "RECIPE BOX": 7.95,
            "TRIVET": 2.55,
            "COASTER": 0.55,
            "COOKIE CUTTER": 0.42,
        },
        companions=(("TEACUP", "SAUCER"), ("SALT SHAKER", "PEPPER SHAKER")),
    ),
    Theme(
        name="garden",
        styles=(
            "TERRACOTTA",
            "GALVANISED",
            "WILLOW",
            "POTTING SHED",
            "MEADOW",
            "BUMBLEBEE",
            "DRIFTWOOD",
            "GARDENER'S",
        ),
        things={
            "PLANTER": 6.95,
            "TWINE TIN": 2.95,
            "BIRD FEEDER": 3.95,
            "SEED BOX": 4.15,
            "KNEELER": 7.25,
            "PLANT LABEL": 0.42,
            "STORM LANTERN": 8.5,
            "BOOT BRUSH": 9.95,
            "TROWEL": 2.95,
            "WIND SPINNER": 3.25,
            "BUG HOTEL": 5.95,
            "FLOWER POT": 1.25,
            "HERB MARKER": 0.65,
        },
        companions=(("WATERING CAN", "PLANT MISTER"), ("HAND FORK", "HAND SPADE")),
        demand=(0.5, 0.7, 1.2, 1.5, 1.6, 1.4, 1.2, 0.9, 0.6, 0.4, 0.3, 0.3),
    ),
    Theme(
        name=CHRISTMAS,
        styles=("NORDIC", "FROSTED", "FELT", "GLITTER", "TARTAN", "WOODLAND", "CANDY STRIPE", "MISTLETOE"),
        things={
            "BAUBLE": 0.85,
            "STOCKING": 3.95,
            "GARLAND": 2.95,
            "TREE TOPPER": 2.55,
            "WREATH": 8.5,
            "ADVENT CALENDAR": 6.75,
            "CRACKER": 1.25,
            "REINDEER": 3.75,
            "STAR DECORATION": 0.65,
            "GIFT TAG": 0.29,
            "SNOW GLOBE": 4.95,
            "TREE SKIRT": 12.75,
            "NUTCRACKER": 5.95,
            "SLEIGH BELL": 0.42,
        },
        companions=(("ANGEL", "SHEPHERD"), ("TREE LIGHTS", "EXTENSION LEAD")),
        demand=(0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.03, 0.08, 0.8, 1.4, 1.8, 1.5),
    ),
    Theme(
        name="stationery",
        styles=("BOTANICAL", "POLKA DOT", "TYPEWRITER", "ATLAS", "INK SPLASH", "LINEN", "BADGER", "ORIGAMI"),
        things={
            "NOTEBOOK": 1.65,
            "PENCIL CASE": 2.1,
            "GIFT WRAP": 0.42,
            "STICKER SHEET": 0.55,
            "BOOKMARK": 0.39,
            "PHOTO ALBUM": 6.95,
            "DESK TIDY": 4.65,
            "GREETING CARD": 0.42,
            "PASSPORT COVER": 2.1,
            'RULER 12"': 0.65,
            "ADDRESS BOOK": 3.25,
            "MEMO BLOCK": 1.25,
            "FILE BOX A4\\A5": 5.95,
        },
        companions=(("FOUNTAIN PEN", "INK BOTTLE"), ("LETTER PAD", "ENVELOPES")),
    ),
    Theme(
        name="vintage",
        styles=("DISTRESSED", "CAMEO", "FILIGREE", "HEIRLOOM", "DAMASK", "BRASS", "APOTHECARY", "BAROQUE"),
        things={
            "HAND MIRROR": 3.95,
            "TRINKET DISH": 1.65,
            "DOOR KNOB": 1.45,
            'PHOTO FRAME 6"x4"': 4.95,
            "JEWEL CASE": 7.95,
            "COAT HOOK": 2.55,
            "MANTEL CLOCK": 24.95,
            "WALL SIGN": 2.1,
            "PERFUME BOTTLE": 3.75,
            "DRAWER PULL": 1.25,
            "KEY CABINET": 16.95,
            "LACE RUNNER": 8.5,
            "HAT BOX": 9.95,
        },
        companions=(("CANDLESTICK", "CANDLE SNUFFER"), ("HAIRBRUSH", "COMB")),
    ),
    Theme(
        name="party",
        styles=("CARNIVAL", "CONFETTI", "FLAMINGO", "SEASIDE", "TROPICAL", "STARRY", "DISCO", "LEMONADE"),
        things={
            "NAPKINS": 0.85,
            "PARTY HAT": 0.65,
            "STRAWS": 0.85,
            "BALLOON": 0.29,
            "CAKE CASES": 0.55,
            "TABLECLOTH": 3.25,
            "LOOT BAG": 0.42,
            "CAKE TOPPER": 1.25,
            "PAPER LANTERN": 1.95,
            "INVITATIONS": 1.45,
            "PHOTO PROP": 0.83,
            "PENNANT STRING": 4.65,
        },
        companions=(("PAPER CUP", "PAPER PLATE"), ("BIRTHDAY CANDLES", "CAKE STAND")),
    ),
    Theme(
        name="children",
        styles=("FOX", "DINOSAUR", "PIRATE", "MERMAID", "ROCKET", "HEDGEHOG", "TOADSTOOL", "BALLERINA"),
        things={
            "LUNCH TIN": 2.55,
            "NIGHT LIGHT": 5.95,
            "JIGSAW": 3.75,
            "MONEY BOX": 2.95,
            "SKIPPING ROPE": 1.65,
            "BIB": 1.25,
            "PENCIL": 0.29,
            "SOFT TOY": 6.75,
            "HEIGHT CHART": 4.15,
            "UMBRELLA": 5.95,
            "SATCHEL": 8.5,
            "BATH SPONGE": 0.85,
            "KNITTING DOLL": 1.95,
        },
        companions=(("PLASTER TIN", "FIRST AID TIN"), ("MUG", "BOWL")),
    ),
    Theme(
        name="home",
        styles=("KNITTED", "VELVET", "RATTAN", "CERAMIC", "PATCHWORK", "STRIPED", "TASSELLED", "WOVEN"),
        things={
            "CUSHION COVER": 4.95,
            "DOORMAT": 7.95,
            "THROW": 16.95,
            "VASE": 5.95,
            "SCENTED CANDLE": 2.95,
            "LAUNDRY BAG": 3.95,
            "BASKET": 6.25,
            "WASTE BIN": 8.5,
            "BATH MAT": 9.95,
            "DOOR STOP": 4.25,
            "TEALIGHT HOLDER": 1.25,
            "BOTTLE COVER": 3.75,
            "LAVENDER SACHET": 0.85,
            "LAMPSHADE": 12.75,
        },
        companions=(("INCENSE STICKS", "INCENSE DISH"), ("SOAP", "SOAP DISH")),
    ),
)

# What an invoice carries besides products, by stock code.
SERVICES = {
    "POST": "POSTAGE",
    "DOT": "WEB SHOP POSTAGE",
    "C2": "CARRIAGE",
    "C3": "CARRIAGE PALLET",
    "D": "Discount",
    "M": "Manual",
    "S": "SAMPLES",
    "AMAZONFEE": "AMAZON FEE",
    "BANK CHARGES": "Bank Charges",
    "CRUK": "CRUK Commission",
    "ADJUST": "Adjustment by Anna",
    "ADJUST2": "Second adjustment by Anna",
    "B": "Adjust bad debt",
    "TEST001": "This is a test product.",
    "TEST002": "This is a test product.",
    "GIFT_0001_10": "Gift Voucher £10.00",
    "GIFT_0001_20": "Gift Voucher £20.00",
    "GIFT_0001_30": "Gift Voucher £30.00",
    "GIFT_0001_50": "Gift Voucher £50.00",
}
VOUCHERS = tuple(code for code in SERVICES if code.startswith("GIFT"))

# What the warehouse writes in place of a description when it corrects the stock.
STOCK_NOTES = (
    "damaged",
    "damages",
    "?",
    "missing",
    "wet",
    "found",
    "check",
    "mixed up",
    "thrown away",
    "lost",
)

# Countries besides the United Kingdom, with how many customers each has beside the others.
ABROAD = {
    "Germany": 24,
    "France": 22,
    "EIRE": 11,
    "Spain": 9,
    "Belgium": 7,
    "Netherlands": 6,
    "Portugal": 5,
    "Switzerland": 5,
    "Sweden": 4,
    "Italy": 4,
    "Australia": 4,
    "Channel Islands": 4,
    "Norway": 3,
    "Unspecified": 2,
}
COUNTRIES = ("United Kingdom", *ABROAD)
AT_HOME = 0  # number of the United Kingdom
