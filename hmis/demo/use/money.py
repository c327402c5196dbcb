"""The money of a hospital's year: charges, why they ask less, bills, payments, ledger, each day's drawer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from billing.models import ChargeItem, Exemption, Invoice, InvoiceLine, LedgerEntry, Payment, Shift
from billing.postings import Posting, Sale, of_closing, of_payment, of_sale
from billing.states import InvoiceKind, InvoiceStatus, PaymentMode, ServiceKind, ShiftStatus
from facilities.roles import Role
from hmis.demo.copying import as_json
from hmis.demo.drawers import notes_of
from hmis.demo.use.book import PAID, Book
from hmis.demo.use.people import Contact, Known
from hmis.kernel.ids import uuid7
from hmis.kernel.money import NOTHING
from hmis.kernel.numbering import Series

BY_UPI, SHORT_OF = 0.18, 45
SHORT = Decimal("10.00")
OPENS, CLOSES, ACCEPTED = timedelta(hours=8), timedelta(hours=18), timedelta(hours=18, minutes=40)


@dataclass(frozen=True)
class Relief:
    """Why nothing is asked."""

    reason: str
    reason_hi: str
    scheme_id: str | None = None
    proof_number: str = ""


@dataclass(frozen=True)
class Charge:
    """What is charged: the row that it arose from, its code and words, its price, its line of the tariff."""

    source: str
    source_id: str
    code: str
    words: str
    words_hi: str
    price: Decimal
    kind: ServiceKind = ServiceKind.REGISTRATION
    definition_id: str | None = None
    sac_hsn: str = ""


class Till:
    """The counter of one hospital: bills are paid at once, and each day's cash lies in one drawer."""

    def __init__(self, book: Book, serials: int) -> None:
        self.book = book
        self.year = 0
        self.begins = book.now
        self.shift_id, self.cash = "", NOTHING
        # Made up of a number that is given once, so that no two payments have the same.
        self.utr = serials

    def open_day(self, begins: datetime, year: int) -> None:
        """The day that begins at this midnight, of this financial year."""
        self.begins, self.year = begins, year
        self.shift_id, self.cash = "", NOTHING

    def relief_for(self, who: Known) -> Relief | None:
        """The ration card of whoever shows one."""
        scheme = self.book.hospital.scheme
        if scheme is None or not who.is_poor:
            return None
        proof = f"DEMO{self.book.dice.randrange(10**8):08d}"
        return Relief(scheme.on_paper("en"), scheme.on_paper("hi"), str(scheme.pk), proof)

    def bill(
        self,
        contact: Contact,
        charges: list[Charge],
        relief: Relief | None,
        *,
        kind: InvoiceKind,
        at: datetime,
    ) -> list[str]:
        """A bill of these charges, paid at once; the keys of the charges."""
        book, clerk = self.book, self.book.by(Role.CLERK)
        here = {"facility_id": book.hospital.id}
        whose = {"patient_id": contact.who.id, "encounter_id": contact.id}
        items, let_off, asked = [], [], NOTHING
        for one in charges:
            off = one.price if relief else NOTHING
            asked += one.price - off
            item_id = book.tables[ChargeItem].add(
                **here,
                **whose,
                source=one.source,
                source_id=one.source_id,
                code=one.code,
                description=one.words,
                description_hi=one.words_hi,
                kind=one.kind.value,
                definition_id=one.definition_id,
                sac_hsn=one.sac_hsn,
                unit_price=one.price,
                gross=one.price,
                discount=off,
                raised_at=at,
            )
            items.append((item_id, one.price - off))
            if relief:
                why = book.tables[Exemption].add(
                    **here,
                    charge_item_id=item_id,
                    scheme_id=relief.scheme_id,
                    reason=relief.reason,
                    reason_hi=relief.reason_hi,
                    proof_number=relief.proof_number,
                    amount=off,
                    granted_by_id=clerk,
                    granted_at=at,
                )
                let_off.append((off, False, why))
        invoice_id = book.tables[Invoice].add(
            **here,
            **whose,
            number=book.hospital.numbers.next(Series.INVOICE, self.year),
            kind=kind.value,
            status=InvoiceStatus.PAID.value,
            total=asked,
            issued_at=at,
            issued_by_id=clerk,
        )
        for item_id, amount in items:
            book.tables[InvoiceLine].add(**here, invoice_id=invoice_id, charge_item_id=item_id, amount=amount)
        # The keys of exemptions are text here: they go into COPY as they are.
        self._post(of_sale(Sale(asked, NOTHING, tuple(let_off))), "billing.invoice", invoice_id, at)  # type: ignore[arg-type]
        if asked:
            self._take(contact.who, invoice_id, asked, at)
        return [item_id for item_id, _amount in items]

    def _take(self, who: Known, invoice_id: str, amount: Decimal, at: datetime) -> None:
        book, clerk = self.book, self.book.by(Role.CLERK)
        mode, reference = PaymentMode.CASH, ""
        if book.dice.random() < BY_UPI:
            self.utr += 1
            mode, reference = PaymentMode.UPI, f"{self.utr:012d}"
        else:
            self.cash += amount
        if not self.shift_id:
            self.shift_id = str(uuid7())
        payment_id = book.tables[Payment].add(
            facility_id=book.hospital.id,
            invoice_id=invoice_id,
            shift_id=self.shift_id,
            receipt_number=book.hospital.numbers.next(Series.RECEIPT, self.year),
            amount=amount,
            mode=mode.value,
            reference=reference,
            received_by_id=clerk,
            received_at=at,
        )
        moved = of_payment(amount, mode, into_deposit=False)
        self._post(moved, "billing.payment", payment_id, at)
        book.tell(
            PAID, "billing.payment", payment_id, who.id, by=clerk, at=at, amount=str(amount), mode=mode.value
        )

    def _post(self, moved: list[Posting], about: str, about_id: str, at: datetime) -> None:
        for one in moved:
            self.book.tables[LedgerEntry].add(
                facility_id=self.book.hospital.id,
                debit=one.debit.value,
                credit=one.credit.value,
                amount=one.amount,
                about=about,
                about_id=about_id,
                exemption_id=one.why,
                posted_at=at,
            )

    def close_day(self, *, is_over: bool) -> None:
        """Count the drawer and let the supervisor accept it; seldom there is less in it than should be.

        Of a day that is not over it stays open.
        """
        if not self.shift_id:
            return
        book = self.book
        drawer = {
            "id": self.shift_id,
            "facility_id": book.hospital.id,
            "cashier_id": book.by(Role.CLERK),
            "opened_at": self.begins + OPENS,
            "opening_float": NOTHING,
        }
        if not is_over:
            book.tables[Shift].add(**drawer)
            return
        short = SHORT if self.cash >= SHORT and not book.dice.randrange(SHORT_OF) else NOTHING
        counted, at = self.cash - short, self.begins + CLOSES
        book.tables[Shift].add(
            **drawer,
            status=ShiftStatus.ACCEPTED.value,
            closed_at=at,
            count=as_json({kind: number for kind, number in notes_of(counted).items() if number}),
            counted=counted,
            expected=self.cash,
            explanation="खुल्ले पैसे देने में गलती" if short else "",
            left_in_drawer=NOTHING,
            accepted_by_id=book.by(Role.BILLING_SUPERVISOR),
            accepted_at=self.begins + ACCEPTED,
        )
        moved = of_closing(counted=counted, expected=self.cash, left_in_drawer=NOTHING)
        self._post(moved, "billing.shift", self.shift_id, at)
