"""The ledger's arithmetic: what each deed moves from which account to which. Pure: no database.

A posting debits one account and credits another by one amount, so no set of them can be out of balance.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from billing.states import Account, PaymentMode

# Where money of each way of payment stands, once it was received.
RECEIVED_IN = {
    PaymentMode.CASH: Account.CASH,
    PaymentMode.UPI: Account.UPI_AWAITED,
    PaymentMode.CARD: Account.BANK,
    PaymentMode.DD: Account.CHEQUES,
    PaymentMode.CHEQUE: Account.CHEQUES,
    PaymentMode.DEPOSIT: Account.DEPOSITS,
}
# Where it is taken from, when it goes back: whatever was promised has come by then, or it is the bank's.
PAID_BACK_FROM = {
    PaymentMode.CASH: Account.CASH,
    PaymentMode.UPI: Account.BANK,
    PaymentMode.CARD: Account.BANK,
    PaymentMode.BANK: Account.BANK,
    PaymentMode.DEPOSIT: Account.DEPOSITS,
}


@dataclass(frozen=True)
class Posting:
    """`amount` rupees that debit one account and credit another; `why`: the exemption's id, where one is."""

    debit: Account
    credit: Account
    amount: Decimal
    why: UUID | None = None

    @property
    def back(self) -> "Posting":
        """What undoes it."""
        return Posting(self.credit, self.debit, self.amount, self.why)


@dataclass(frozen=True)
class Sale:
    """What a bill's lines say together: asked of the patient without tax, tax, and each sum let off.

    `let_off`: (₹, whether a scheme pays it, the exemption's id).
    """

    asked: Decimal
    tax: Decimal
    let_off: tuple[tuple[Decimal, bool, UUID], ...] = ()


def of_sale(sale: Sale) -> list[Posting]:
    """A bill is issued: the patient owes what is asked, a scheme what it pays, and the rest is let off."""
    return _moved(
        Posting(Account.PATIENTS_OWE, Account.INCOME, sale.asked),
        Posting(Account.PATIENTS_OWE, Account.TAX, sale.tax),
        *(
            Posting(Account.SCHEMES_OWE if is_claimed else Account.LET_OFF, Account.INCOME, amount, why)
            for amount, is_claimed, why in sale.let_off
        ),
    )


def of_credit(sale: Sale) -> list[Posting]:
    """A bill, or some of its lines, is taken back."""
    return [one.back for one in of_sale(sale)]


def of_payment(amount: Decimal, mode: str, *, into_deposit: bool) -> list[Posting]:
    """Money comes: for a bill, or in advance."""
    owed = Account.DEPOSITS if into_deposit else Account.PATIENTS_OWE
    return _moved(Posting(RECEIVED_IN[PaymentMode(mode)], owed, amount))


def of_refund(amount: Decimal, mode: str, *, from_deposit: bool) -> list[Posting]:
    """Money goes back."""
    owed = Account.DEPOSITS if from_deposit else Account.PATIENTS_OWE
    return _moved(Posting(owed, PAID_BACK_FROM[PaymentMode(mode)], amount))


def of_bounce(amount: Decimal, *, into_deposit: bool) -> list[Posting]:
    """The bank returns a cheque: what it paid is owed again."""
    owed = Account.DEPOSITS if into_deposit else Account.PATIENTS_OWE
    return _moved(Posting(owed, Account.CHEQUES, amount))


def of_clearance(amount: Decimal) -> list[Posting]:
    """The bank honours a cheque or draft."""
    return _moved(Posting(Account.BANK, Account.CHEQUES, amount))


def of_settlement(amount: Decimal) -> list[Posting]:
    """The bank's file has the UPI payment."""
    return _moved(Posting(Account.BANK, Account.UPI_AWAITED, amount))


def of_opening(opening_float: Decimal) -> list[Posting]:
    """A shift begins with a float out of the safe."""
    return _moved(Posting(Account.CASH, Account.SAFE, opening_float))


def of_closing(*, counted: Decimal, expected: Decimal, left_in_drawer: Decimal) -> list[Posting]:
    """A shift ends: its difference is recorded, and all but what the next cashier finds goes to the safe."""
    over = counted - expected
    difference = (
        Posting(Account.CASH, Account.DIFFERENCES, over)
        if over > 0
        else Posting(Account.DIFFERENCES, Account.CASH, -over)
    )
    return _moved(difference, Posting(Account.SAFE, Account.CASH, counted - left_in_drawer))


def of_challan(amount: Decimal) -> list[Posting]:
    """Cash of accepted shifts is paid in."""
    return _moved(Posting(Account.TREASURY, Account.SAFE, amount))


def of_claim_settled(*, paid: Decimal, claimed: Decimal) -> list[Posting]:
    """A scheme pays what it approved; the rest of the claim is written off."""
    return _moved(
        Posting(Account.BANK, Account.SCHEMES_OWE, paid),
        Posting(Account.WRITTEN_OFF, Account.SCHEMES_OWE, claimed - paid),
    )


def _moved(*postings: Posting) -> list[Posting]:
    return [one for one in postings if one.amount]
