"""What each deed moves between the accounts, by cases worked out by hand."""

from decimal import Decimal
from uuid import uuid4

import pytest

from billing import postings
from billing.postings import Posting, Sale
from billing.states import Account, PaymentMode

TO_THE_SAFE = (Account.SAFE, Account.CASH)
HUNDRED, FIVE, NOTHING = Decimal("100.00"), Decimal("5.00"), Decimal("0.00")


def said(moved):
    return [(one.debit, one.credit, one.amount) for one in moved]


def test_a_bill_is_owed_taxed_claimed_and_let_off_each_for_itself():
    why, claimed = uuid4(), uuid4()
    moved = postings.of_sale(Sale(HUNDRED, FIVE, ((Decimal(20), False, why), (Decimal(30), True, claimed))))

    assert said(moved) == [
        (Account.PATIENTS_OWE, Account.INCOME, HUNDRED),
        (Account.PATIENTS_OWE, Account.TAX, FIVE),
        (Account.LET_OFF, Account.INCOME, Decimal(20)),
        (Account.SCHEMES_OWE, Account.INCOME, Decimal(30)),
    ]
    assert [one.why for one in moved] == [None, None, why, claimed]


def test_what_is_taken_back_undoes_all_of_it():
    sale = Sale(HUNDRED, FIVE, ((Decimal(20), False, uuid4()),))

    assert postings.of_credit(sale) == [
        Posting(one.credit, one.debit, one.amount, one.why) for one in postings.of_sale(sale)
    ]


def test_nothing_moves_nothing():
    assert postings.of_sale(Sale(NOTHING, NOTHING)) == []
    assert postings.of_opening(NOTHING) == []


@pytest.mark.parametrize(
    ("mode", "account"),
    [
        (PaymentMode.CASH, Account.CASH),
        (PaymentMode.UPI, Account.UPI_AWAITED),
        (PaymentMode.CARD, Account.BANK),
        (PaymentMode.CHEQUE, Account.CHEQUES),
        (PaymentMode.DD, Account.CHEQUES),
        (PaymentMode.DEPOSIT, Account.DEPOSITS),
    ],
)
def test_each_way_of_payment_has_its_place(mode, account):
    assert said(postings.of_payment(FIVE, mode, into_deposit=False)) == [
        (account, Account.PATIENTS_OWE, FIVE)
    ]


def test_money_in_advance_is_owed_to_the_patient():
    into, out = (
        postings.of_payment(FIVE, PaymentMode.CASH, into_deposit=True),
        postings.of_refund(FIVE, PaymentMode.CASH, from_deposit=True),
    )
    assert said(into) == [(Account.CASH, Account.DEPOSITS, FIVE)]
    assert said(out) == [(Account.DEPOSITS, Account.CASH, FIVE)]


@pytest.mark.parametrize(
    ("mode", "account"),
    [
        (PaymentMode.CASH, Account.CASH),
        (PaymentMode.UPI, Account.BANK),
        (PaymentMode.CARD, Account.BANK),
        (PaymentMode.BANK, Account.BANK),
        (PaymentMode.DEPOSIT, Account.DEPOSITS),
    ],
)
def test_what_goes_back_leaves_its_place(mode, account):
    assert said(postings.of_refund(FIVE, mode, from_deposit=False)) == [(Account.PATIENTS_OWE, account, FIVE)]


def test_what_the_bank_says():
    assert said(postings.of_settlement(FIVE)) == [(Account.BANK, Account.UPI_AWAITED, FIVE)]
    assert said(postings.of_clearance(FIVE)) == [(Account.BANK, Account.CHEQUES, FIVE)]
    assert said(postings.of_bounce(FIVE, into_deposit=False)) == [
        (Account.PATIENTS_OWE, Account.CHEQUES, FIVE)
    ]
    assert said(postings.of_bounce(FIVE, into_deposit=True)) == [(Account.DEPOSITS, Account.CHEQUES, FIVE)]


@pytest.mark.parametrize(
    ("counted", "left", "moved"),
    [
        (
            "105.00",
            "0.00",
            [(Account.CASH, Account.DIFFERENCES, FIVE), (Account.SAFE, Account.CASH, Decimal(105))],
        ),
        (
            "95.00",
            "0.00",
            [(Account.DIFFERENCES, Account.CASH, FIVE), (Account.SAFE, Account.CASH, Decimal(95))],
        ),
        (
            "100.01",
            "100.01",
            [(Account.CASH, Account.DIFFERENCES, Decimal("0.01"))],
        ),
        (
            "99.99",
            "0.00",
            [
                (Account.DIFFERENCES, Account.CASH, Decimal("0.01")),
                (Account.SAFE, Account.CASH, Decimal("99.99")),
            ],
        ),
        ("0.00", "0.00", [(Account.DIFFERENCES, Account.CASH, HUNDRED)]),
        ("100.00", "40.00", [(Account.SAFE, Account.CASH, Decimal(60))]),
        ("100.00", "100.00", []),
    ],
)
def test_a_drawer_that_is_counted(counted, left, moved):
    closing = postings.of_closing(counted=Decimal(counted), expected=HUNDRED, left_in_drawer=Decimal(left))

    assert said(closing) == moved


def test_the_way_to_the_treasury_and_from_the_scheme():
    assert said(postings.of_opening(FIVE)) == [(Account.CASH, Account.SAFE, FIVE)]
    assert said(postings.of_challan(FIVE)) == [(Account.TREASURY, Account.SAFE, FIVE)]
    assert said(postings.of_claim_settled(paid=Decimal(95), claimed=HUNDRED)) == [
        (Account.BANK, Account.SCHEMES_OWE, Decimal(95)),
        (Account.WRITTEN_OFF, Account.SCHEMES_OWE, FIVE),
    ]
