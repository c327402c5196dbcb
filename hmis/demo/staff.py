"""The demo's people: one for each role at both hospitals, and those above. Their password is public."""

from datetime import date
from typing import Any
from zlib import crc32

from django.contrib.auth.hashers import make_password

from facilities.models import District, Facility, Posting, State, User
from facilities.roles import Grade, Role
from hmis.supervisor import DEMO_PASSWORD

STARTED_ON = date(2025, 4, 1)

# Role: (name at RIMS, the same in Hindi, name at Sadar Gumla, the same in Hindi).
PEOPLE: dict[str, tuple[str, str, str, str]] = {
    Role.CLERK: ("Sunita Kumari", "सुनीता कुमारी", "Phulmani Oraon", "फूलमनी उराँव"),
    Role.DOCTOR: ("Dr. Ajay Kumar Bose", "डॉ. अजय कुमार बोस", "Dr. Sneha Minz", "डॉ. स्नेहा मिंज"),
    Role.NURSE: ("Clara Toppo", "क्लारा टोप्पो", "Sushila Kerketta", "सुशीला केरकेट्टा"),
    Role.LAB_TECHNICIAN: ("Rajesh Mahto", "राजेश महतो", "Vinod Baraik", "विनोद बड़ाईक"),
    Role.PATHOLOGIST: ("Dr. Farhana Khatoon", "डॉ. फ़रहाना ख़ातून", "Dr. Manoj Sahu", "डॉ. मनोज साहू"),
    Role.RADIOLOGIST: ("Dr. Anjali Verma", "डॉ. अंजलि वर्मा", "Dr. Sanjay Bhengra", "डॉ. संजय भेंगरा"),
    Role.PHARMACIST: ("Anita Soren", "अनीता सोरेन", "Birsa Topno", "बिरसा टोपनो"),
    Role.CASHIER: ("Dev Narayan Singh", "देव नारायण सिंह", "Mukesh Lohra", "मुकेश लोहरा"),
    Role.BILLING_SUPERVISOR: ("Poonam Sinha", "पूनम सिन्हा", "Ramesh Gope", "रमेश गोप"),
    Role.RECORDS_OFFICER: ("Marcus Kujur", "मार्कुस कुजूर", "Basanti Ekka", "बसंती एक्का"),
    Role.FACILITY_ADMIN: ("Alok Prasad", "आलोक प्रसाद", "Rose Lakra", "रोज़ लकड़ा"),
}
REGISTERED = {Role.DOCTOR, Role.PATHOLOGIST, Role.RADIOLOGIST, Role.PHARMACIST}
# Doctors in training: what they sign waits for others.
TRAINEES: dict[str, tuple[str, str, str, str]] = {
    Grade.RESIDENT: ("Dr. Nisha Tirkey", "डॉ. निशा तिर्की", "Dr. Amit Xalxo", "डॉ. अमित खलखो"),
    Grade.INTERN: ("Dr. Rahul Mardi", "डॉ. राहुल मार्डी", "Dr. Pooja Bhagat", "डॉ. पूजा भगत"),
}


def people_of(facility: Facility, password: str) -> dict[str, User]:
    """{role: person} of one hospital; `password` is the hash that all of them share."""
    first = 0 if facility.code == "RIMS" else 2
    for grade, names in TRAINEES.items():
        name = f"{grade}.{facility.code.lower()}"
        _person(name, names[first], names[first + 1], password, Role.DOCTOR, facility, grade=grade)
    return {
        role: _person(
            f"{role}.{facility.code.lower()}", names[first], names[first + 1], password, role, facility
        )
        for role, names in PEOPLE.items()
    }


def people_above(password: str) -> None:
    """The administrators of Gumla district and of the state, and its auditor."""
    state, gumla = State.objects.get(lgd_code=20), District.objects.get(name="Gumla")
    _person("district_admin.gumla", "Hari Oraon", "हरि उराँव", password, Role.DISTRICT_ADMIN, gumla)
    _person("state_admin.jh", "Indu Hansda", "इंदु हाँसदा", password, Role.STATE_ADMIN, state)
    _person("auditor.jh", "Pradeep Verma", "प्रदीप वर्मा", password, Role.AUDITOR, state)


def usernames() -> list[str]:
    """Everybody that a demo may hold."""
    trainees = [f"{grade}.{code}" for grade in TRAINEES for code in ("rims", "sgml")]
    above = ["district_admin.gumla", "state_admin.jh", "auditor.jh"]
    return [f"{role}.{code}" for role in Role for code in ("rims", "sgml")] + trainees + above


def password_hash() -> str:
    """Hashed once: Argon2 is slow on purpose, and the password is printed at every start."""
    return make_password(DEMO_PASSWORD)


def made_up_registration(username: str) -> dict[str, str]:
    """An HPR ID and a council number that nobody has: 7199… , DEMO."""
    number = crc32(username.encode())
    return {"hpr_id": f"7199{number:010d}", "council_number": f"JHMC/DEMO/{number % 100000:05d}"}


def _person(
    username: str,
    name: str,
    name_hi: str,
    password: str,
    role: str,
    place: Facility | District | State,
    *,
    grade: str = "",
) -> User:
    registration: dict[str, Any] = made_up_registration(username) if role in REGISTERED else {}
    user, is_new = User.objects.get_or_create(
        username=username, defaults={"name": name, "name_hi": name_hi, "password": password, **registration}
    )
    if is_new:
        where = {type(place)._meta.model_name: place}
        Posting.objects.create(user=user, role=role, starts_on=STARTED_ON, grade=grade, **where)
    return user
