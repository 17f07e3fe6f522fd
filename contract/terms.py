"""The codes of what was agreed, and of whoever agreed it."""

from enum import StrEnum


class Mode(StrEnum):
    EXPRESS = "express"
    POSTAL = "postal"
    AIR = "air"
    LAND = "land"
    SEA = "sea"


class Incoterm(StrEnum):
    """Those of 2020, and no other: where the goods go over from the one side to the other."""

    EXW = "EXW"
    FCA = "FCA"
    FAS = "FAS"
    FOB = "FOB"
    CFR = "CFR"
    CIF = "CIF"
    CPT = "CPT"
    CIP = "CIP"
    DAP = "DAP"
    DPU = "DPU"
    DDP = "DDP"


class Tier(StrEnum):
    """The buyer's; an order keeps the one that was recorded at its payment."""

    STANDARD = "standard"
    ENTERPRISE = "enterprise"
    ENTERPRISE_PRO = "enterprise_pro"


class PaymentMethod(StrEnum):
    """Those that a policy may name as open."""

    CARD = "card"
    WIRE = "wire"
    LOCAL_WIRE = "local_wire"
    ONLINE_BANK = "online_bank"
    WESTERN_UNION = "western_union"
    BOLETO = "boleto"
    PAY_LATER = "pay_later"


class Protection(StrEnum):
    TRADE_ASSURANCE = "trade_assurance"
    ONTIME_GUARANTEE = "ontime_guarantee"
