"""The currencies of an extract: it must be in one."""

import ibis
import ibis.expr.types as ir

from lgs_pipeline.pipelines.ingestion.faults import Fault
from lgs_pipeline.wording import pluralise

# ISO 4217, without funds and metals.
_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF
IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS
VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
"""

_SIGNS = {
    "£": "GBP",
    "€": "EUR",
    "$": "USD",
    "US$": "USD",
    "CA$": "CAD",
    "A$": "AUD",
    "R$": "BRL",
    "¥": "JPY",
    "₹": "INR",
    "ZŁ": "PLN",
    "KČ": "CZK",
    "FT": "HUF",
    "SFR": "CHF",
    "FR": "CHF",
}
"""What stands for the code of a currency."""

_CURRENCY = rf"(?:[A-Z]{{0,3}}\p{{Sc}}|{'|'.join(_CODES.split())}|KR|ZŁ|KČ|FT|S?FR)\.?"
_BEFORE, _AFTER = rf"^([-+( ]*){_CURRENCY}", rf"{_CURRENCY}([-) ]*)$"


def without_currency(price: ir.StringValue) -> ir.StringValue:
    """The text, in capitals, without the sign or code of a currency before or after the number."""
    return price.re_replace(_BEFORE, r"\1").re_replace(_AFTER, r"\1")


def _currency_of(price: ir.StringValue) -> ir.StringValue:
    """The sign or code before or after the number."""
    text = price.strip().upper()
    around = rf"^[-+( ]*({_CURRENCY})|({_CURRENCY})[-) ]*$"
    return _code(text.re_extract(around, 1) + text.re_extract(around, 2))


def _code(currency: ir.StringValue) -> ir.StringValue:
    """The currency by its code, also where a sign stands for it; null where there is none."""
    text = currency.strip().upper().re_replace(r"\.$", "")
    return text.cases(*_SIGNS.items(), else_=text).nullif("")


def find_currencies(extract: ir.Table, has_signs: bool) -> list[Fault]:
    """A fault if the lines are in several currencies, by the column of that name or by the signs in prices.

    Parameters
    ----------
    extract
        The lines as delivered, perhaps with a column ``currency``.
    has_signs
        Whether prices are text in which there may be signs.
    """
    sources = {"currency": "currency" in extract.columns, "unit_price": has_signs}
    written = [column for column, is_source in sources.items() if is_source]
    if not written:
        return []
    distinct = extract.group_by("extract", *written).agg(lines=extract.count())
    counted = distinct.select(
        "extract",
        "lines",
        by_column=_code(distinct.currency.cast("string")) if sources["currency"] else ibis.null("string"),
        by_sign=_currency_of(distinct.unit_price) if has_signs else ibis.null("string"),
    ).to_pandas()
    by_sign_only = counted[counted.by_sign != counted.by_column]
    lines = counted.groupby("by_column").lines.sum().add(by_sign_only.groupby("by_sign").lines.sum(), fill_value=0)
    if len(lines) < 2:
        return []
    told = [f"{currency} ({pluralise(int(count), 'line')})" for currency, count in lines.sort_index().items()]
    complaint = (
        f"found the currencies {', '.join(told)}, expected one; export the lines of one currency, or all in the same"
    )
    extracts = sorted(counted[counted.by_column.notna() | counted.by_sign.notna()].extract.unique())
    return [Fault(", ".join(extracts), "unit_price", complaint)]
