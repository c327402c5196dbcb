"""Money kept as a child would keep it: what was asked, came and went, and where it lies. None of our code.

Each method does what one act should do, or says `No` before it has changed anything.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing.states import (
    STILL_ASKED,
    Account,
    InvoiceStatus,
    PaymentMode,
    RefundKind,
    RequestStatus,
    ShiftStatus,
)

NOTHING, MOST_IN_CASH = Decimal("0.00"), Decimal("19999.99")
PAPERS = {PaymentMode.CHEQUE, PaymentMode.DD}
COMES_TO = {
    PaymentMode.CASH: Account.CASH,
    PaymentMode.UPI: Account.UPI_AWAITED,
    PaymentMode.CARD: Account.BANK,
    PaymentMode.CHEQUE: Account.CHEQUES,
    PaymentMode.DD: Account.CHEQUES,
    PaymentMode.DEPOSIT: Account.DEPOSITS,
}
GOES_FROM = COMES_TO | {PaymentMode.UPI: Account.BANK, PaymentMode.BANK: Account.BANK}


class No(Exception):
    """The act should refuse."""


def no(*reasons):
    if any(reasons):
        raise No


def share(amount, percent):
    """So many percent of it, counted in whole paise, half a paisa up."""
    return Decimal((int(amount * 100) * int(percent * 100) + 5000) // 10000) / 100


@dataclass(eq=False)
class Item:
    """One charge."""

    asked: Decimal
    tax: Decimal
    let_off: Decimal
    is_claimed: bool
    row: Any = None
    bill: "Bill | None" = None
    is_taken_back: bool = False

    @property
    def net(self):
        return self.asked + self.tax


@dataclass(eq=False)
class Money:
    """One payment: for a bill or into a deposit; perhaps out of a deposit."""

    amount: Decimal
    mode: PaymentMode
    bill: "Bill | None" = None
    deposit: "Deposit | None" = None
    drawn_from: "Deposit | None" = None
    back: Decimal = NOTHING
    honoured: bool | None = None
    row: Any = None

    @property
    def is_sure(self):
        return self.mode not in PAPERS or bool(self.honoured)

    @property
    def holds(self):
        return NOTHING if self.honoured is False else self.amount - self.back

    @property
    def owed_by(self):
        """The account that says whose money it is."""
        return Account.DEPOSITS if self.deposit else Account.PATIENTS_OWE


@dataclass(eq=False)
class Bill:
    stay: "Stay"
    items: list[Item]
    payments: list[Money] = field(default_factory=list)
    row: Any = None

    @property
    def holding(self):
        return [one for one in self.items if not one.is_taken_back]

    @property
    def asked(self):
        return sum((one.net for one in self.holding), NOTHING)

    @property
    def owed(self):
        return self.asked - sum(one.holds for one in self.payments)

    @property
    def status(self):
        if not self.holding:
            return InvoiceStatus.CANCELLED
        if self.owed <= 0:
            return InvoiceStatus.PAID
        return InvoiceStatus.PART_PAID if self.owed < self.asked else InvoiceStatus.ISSUED


@dataclass(eq=False)
class Deposit:
    payments: list[Money] = field(default_factory=list)
    drawings: list[Money] = field(default_factory=list)
    row: Any = None

    @property
    def balance(self):
        return sum((one.holds for one in self.payments), NOTHING) - sum(one.holds for one in self.drawings)

    @property
    def available(self):
        return self.balance - sum(one.holds for one in self.payments if not one.is_sure)


@dataclass(eq=False)
class Stay:
    encounter: Any
    is_outpatient: bool
    items: list[Item] = field(default_factory=list)
    deposit: Deposit | None = None


@dataclass(eq=False)
class Drawer:
    """A shift."""

    cashier: Any
    cash: Decimal
    from_safe: Decimal
    status: ShiftStatus = ShiftStatus.OPEN
    left: Decimal = NOTHING
    brought: Decimal = NOTHING
    handled_by: tuple[Any, ...] = ()
    accepted_by: Any = None
    is_taken_over: bool = False
    is_paid_in: bool = False
    row: Any = None


@dataclass(eq=False)
class Question:
    """A request that money goes back."""

    kind: RefundKind
    about: Any
    amount: Decimal
    asked_by: Any
    lines: list[Item]
    status: RequestStatus = RequestStatus.ASKED
    taken_off: Decimal = NOTHING
    row: Any = None


class Books:
    """All of it, and what lies on each account."""

    def __init__(self):
        self.accounts = Counter()
        self.bills, self.payments, self.drawers, self.questions = [], [], [], []
        self.credit_notes = self.vouchers = 0

    def _moves(self, debit, credit, amount):
        self.accounts[debit] += amount
        self.accounts[credit] -= amount

    def drawer_of(self, cashier):
        open_ones = [one for one in self.drawers if one.cashier == cashier and one.status == ShiftStatus.OPEN]
        return open_ones[0] if open_ones else None

    # ── Asked ──

    def charge(self, stay, gross, *, percent_off, tax_percent, is_claimed):
        off = share(gross, percent_off)
        item = Item(gross - off, share(gross - off, tax_percent), off, is_claimed)
        stay.items.append(item)
        return item

    def reverse(self, stay, item):
        no(item not in stay.items, item.bill)
        stay.items.remove(item)

    def bill(self, stay):
        items = [one for one in stay.items if not one.bill]
        no(not items)
        bill = Bill(stay, items)
        for one in items:
            one.bill = bill
        self.bills.append(bill)
        self._sell(items, 1)
        return bill

    def _sell(self, items, way):
        for one in items:
            self._moves(Account.PATIENTS_OWE, Account.INCOME, way * one.asked)
            self._moves(Account.PATIENTS_OWE, Account.TAX, way * one.tax)
            pays = Account.SCHEMES_OWE if one.is_claimed else Account.LET_OFF
            self._moves(pays, Account.INCOME, way * one.let_off)

    # ── Come ──

    def pay(self, bill, parts, cashier):
        """`parts`: (mode, ₹)."""
        drawn = sum((amount for mode, amount in parts if mode == PaymentMode.DEPOSIT), NOTHING)
        has = bill.stay.deposit.available if bill.stay.deposit else NOTHING
        no(sum(amount for _, amount in parts) > bill.owed, drawn > has, not bill.holding)
        return self._receive([Money(amount, mode, bill=bill) for mode, amount in parts], cashier)

    def advance(self, stay, mode, amount, cashier):
        no(mode == PaymentMode.DEPOSIT)
        deposit = stay.deposit or Deposit()
        (money,) = self._receive([Money(amount, mode, deposit=deposit)], cashier)
        stay.deposit = deposit
        return money

    def _receive(self, payments, cashier):
        drawer = self.drawer_of(cashier)
        cash = [one for one in payments if one.mode == PaymentMode.CASH]
        no(cash and not drawer, any(one.amount <= 0 for one in payments))
        no(any(one.mode == PaymentMode.BANK for one in payments))
        for one in payments:
            self._moves(COMES_TO[one.mode], one.owed_by, one.amount)
            (one.bill or one.deposit).payments.append(one)
            if one.mode == PaymentMode.CASH:
                drawer.cash += one.amount
            if one.mode == PaymentMode.DEPOSIT:
                one.drawn_from = one.bill.stay.deposit
                one.drawn_from.drawings.append(one)
        self.payments += payments
        return payments

    def unsettled(self):
        return [one for one in self.payments if one.mode == PaymentMode.UPI and not one.honoured]

    def settle(self, payments):
        for one in payments:
            self._moves(Account.BANK, Account.UPI_AWAITED, one.amount)
            one.honoured = True

    def bank_says(self, money, honoured, *, is_today):
        no(money.mode not in PAPERS, money.honoured is not None, not is_today)
        self._moves(Account.BANK if honoured else money.owed_by, Account.CHEQUES, money.amount)
        money.honoured = honoured

    # ── Go back ──

    def ask_lines(self, bill, items, asked_by, *, anyway=False):
        """`items`: none for all of the bill. `anyway`: though they are asked back already."""
        chosen = [one for one in bill.holding if not items or one in items]
        waiting = self._asked({RequestStatus.ASKED}, RefundKind.CREDIT, bill)
        taken = self._named(waiting)
        no(not chosen, len(chosen) < len(items), not anyway and any(one in taken for one in chosen))
        return self._ask(RefundKind.CREDIT, bill, sum(one.net for one in chosen), asked_by, items)

    @staticmethod
    def _named(questions):
        """The items that these take off their bills, as far as they hold, each once."""
        named = [one for question in questions for one in question.lines or question.about.holding]
        return [one for place, one in enumerate(named) if not one.is_taken_back and one not in named[:place]]

    def ask_payment(self, money, amount, asked_by):
        no(amount <= 0, amount > money.holds, amount > self._free(money, set(STILL_ASKED)))
        return self._ask(RefundKind.PAYMENT, money, amount, asked_by)

    def ask_deposit(self, deposit, amount, asked_by):
        no(amount <= 0, amount > deposit.available, amount > self._free(deposit, set(STILL_ASKED)))
        return self._ask(RefundKind.DEPOSIT, deposit, amount, asked_by)

    def _asked(self, statuses, kind, *about):
        return [
            one
            for one in self.questions
            if one.status in statuses and one.kind == kind and one.about in about
        ]

    def _free(self, about, statuses):
        """₹ that the others leave of a bill or a deposit, or of a payment and what it is in."""

        def asked(kind, *about):
            return sum((one.amount for one in self._asked(statuses, kind, *about)), NOTHING)

        whole = (about.bill or about.deposit) if isinstance(about, Money) else about
        in_it = [one for one in whole.payments if one.honoured is not False]
        free = -asked(RefundKind.PAYMENT, *in_it)
        if isinstance(whole, Bill):
            waiting = self._asked(statuses & {RequestStatus.ASKED}, RefundKind.CREDIT, whole)
            lines = sum((one.net for one in self._named(waiting)), NOTHING)
            free += sum((one.holds for one in in_it), NOTHING) - max(lines - whole.owed, NOTHING)
        else:
            free += whole.available - asked(RefundKind.DEPOSIT, whole)
        if whole is not about:
            free = min(free, about.amount - about.back - asked(RefundKind.PAYMENT, about))
        return free

    def _ask(self, kind, about, amount, asked_by, lines=()):
        question = Question(kind, about, amount, asked_by, list(lines))
        self.questions.append(question)
        return question

    def decide(self, question, by, *, is_approved, note):
        # An approval is taken back until it is paid, but for a bill's: that one was taken back with it.
        is_credit = question.kind == RefundKind.CREDIT
        is_taken_back = question.status == RequestStatus.APPROVED and not is_credit and not is_approved
        no(
            question.status != RequestStatus.ASKED and not is_taken_back,
            by == question.asked_by,
            not is_approved and not note,
        )
        # What was taken back before and waits to be paid is no longer free: it counts once.
        owed = max(question.about.owed, NOTHING) if is_credit else NOTHING
        worth = sum(one.net for one in self._named([question])) if is_credit else question.amount
        back = max(worth - owed, NOTHING)
        no(is_approved and back > self._free(question.about, {RequestStatus.APPROVED}))
        if is_approved and is_credit:
            self._credit(question)
        elif is_approved:
            question.status = RequestStatus.APPROVED
        else:
            question.status = RequestStatus.DECLINED

    def _credit(self, question):
        bill, items = question.about, question.lines or question.about.holding
        no(not items, any(one.is_taken_back for one in items))
        for one in items:
            one.is_taken_back = True
        self._sell(items, -1)
        self.credit_notes += 1
        question.taken_off = sum((one.net for one in items), NOTHING)
        is_owed = bill.owed < 0 and question.taken_off > 0
        question.status = RequestStatus.APPROVED if is_owed else RequestStatus.TAKEN_OFF

    def withdraw(self, question, by):
        is_taken_back = question.status == RequestStatus.APPROVED and question.kind == RefundKind.CREDIT
        no(question.status not in STILL_ASKED, is_taken_back, by != question.asked_by)
        question.status = RequestStatus.WITHDRAWN

    def pay_back(self, question, cashier):
        no(question.status != RequestStatus.APPROVED)
        held, amount = self._out_of(question)
        parts = []
        for money in held:
            part = min(money.holds, amount - sum(given for _, given in parts))
            if part > 0:
                no(not money.is_sure)
                parts.append((money, part))
        no(sum(given for _, given in parts) < amount)
        self._give(parts, amount, cashier)
        question.status = RequestStatus.PAID_BACK if amount > 0 else RequestStatus.TAKEN_OFF
        return parts

    def _out_of(self, question):
        """The payments, the newest first, and ₹."""
        about, amount = question.about, question.amount
        if question.kind == RefundKind.CREDIT:
            return about.payments[::-1], min(question.taken_off, -about.owed)
        if question.kind == RefundKind.DEPOSIT:
            no(amount > about.available)
            return [one for one in about.payments[::-1] if one.is_sure], amount
        no(about.bill and not about.bill.holding, about.deposit and amount > about.deposit.available)
        return [about], amount

    def _give(self, parts, whole, cashier):
        drawer = self.drawer_of(cashier)
        ways = [self._way_back(money, whole) for money, _ in parts]
        cash = sum(
            (given for (_, given), way in zip(parts, ways, strict=True) if way == PaymentMode.CASH), NOTHING
        )
        no(cash and (not drawer or cash > drawer.cash))
        if drawer:
            drawer.cash -= cash
        for (money, given), way in zip(parts, ways, strict=True):
            self._moves(money.owed_by, GOES_FROM[way], given)
            money.back += given
        self.vouchers += len(parts)

    @staticmethod
    def _way_back(money, whole):
        is_much = money.mode == PaymentMode.CASH and whole > MOST_IN_CASH
        return PaymentMode.BANK if is_much or money.mode in PAPERS else money.mode

    # ── The drawer, the safe, the treasury ──

    def open(self, cashier, opening_float):
        no(self.drawer_of(cashier))
        self._moves(Account.CASH, Account.SAFE, opening_float)
        return self._opened(Drawer(cashier, opening_float, from_safe=opening_float))

    def take_over(self, drawer, cashier):
        no(self.drawer_of(cashier), not drawer.left, drawer.is_taken_over)
        drawer.is_taken_over = True
        return self._opened(Drawer(cashier, drawer.left, from_safe=NOTHING))

    def _opened(self, drawer):
        self.drawers.append(drawer)
        return drawer

    def count(self, drawer, counted, left, by, *, is_supervisor, explanation):
        no(drawer.status != ShiftStatus.OPEN, by != drawer.cashier and not (is_supervisor and explanation))
        no(counted != drawer.cash and not explanation, left > counted)
        self._moves(Account.CASH, Account.DIFFERENCES, counted - drawer.cash)
        self._moves(Account.SAFE, Account.CASH, counted - left)
        drawer.status, drawer.left, drawer.handled_by = ShiftStatus.CLOSED, left, (drawer.cashier, by)
        drawer.cash, drawer.brought = counted, counted - left - drawer.from_safe

    def accept(self, drawer, by):
        if drawer.accepted_by == by:
            return
        no(drawer.status != ShiftStatus.CLOSED, by in drawer.handled_by)
        drawer.status, drawer.accepted_by = ShiftStatus.ACCEPTED, by

    def pay_in(self, drawers):
        amount = sum((one.brought for one in drawers), NOTHING)
        no(amount <= 0, any(one.status != ShiftStatus.ACCEPTED or one.is_paid_in for one in drawers))
        self._moves(Account.TREASURY, Account.SAFE, amount)
        for one in drawers:
            one.is_paid_in = True
        return amount
