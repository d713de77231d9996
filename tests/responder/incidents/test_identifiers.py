"""Street addresses and telephone numbers are read from a post in many languages, and compared."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.incidents import addresses, identifiers
from responder.incidents.identifiers import Relation, read_identifiers


def stated(text: str) -> list[tuple[str, str, str]]:
    """(kind, name, number) of the text's addresses."""
    found = read_identifiers(text).addresses
    return sorted((one.kind, " ".join(one.name), one.number) for one in found)


@pytest.mark.parametrize(
    ("text", "kind", "name", "number"),
    [
        ("Family trapped at 12 Palm Street, water rising", "street", "palm", "12"),
        ("Palm St. 14, two people on the roof", "street", "palm", "14"),
        ("12-A Palm Street please", "street", "palm", "12a"),
        ("12/4 Palm Street please", "street", "palm", "12/4"),
        ("Send a boat to 21 baker street", "street", "baker", "21"),
        ("Trapped at 12 5th Avenue", "avenue", "5th", "12"),
        ("Rua das Flores 45, água a subir", "street", "flores", "45"),
        ("Estamos na Rua das Flores, nº 45 precisamos de ajuda", "street", "flores", "45"),
        ("Avenida 24 de Julho 120, Maputo", "avenue", "24 julho", "120"),
        ("Atrapados en Calle 8 #23-10", "street", "8", "23-10"),
        ("Carrera 15 No. 88-21", "carrera", "15", "88-21"),
        ("Bloqués au 12 rue Victor Hugo à Beira", "street", "victor hugo", "12"),
        ("12, rue Victor Hugo, 3e étage", "street", "victor hugo", "12"),
        ("7 bis avenue Mohammed V, porte gauche", "avenue", "mohammed v", "7bis"),
        ("7bis, avenue Mohammed V", "avenue", "mohammed v", "7bis"),
        ("Siamo in Via Roma 12", "street", "roma", "12"),
        ("Οδός Ερμού 14, χρειαζόμαστε βοήθεια", "street", "ερμου", "14"),
        ("Atatürk Cad. No: 5 Kat 3 Daire 7", "street", "ataturk", "5"),
        ("Atatürk Caddesi No:5'te enkaz altındayız", "street", "ataturk", "5"),
        ("улица Ленина, 12, нужна лодка", "street", "ленина", "12"),
        ("мы на улице Ленина, д. 12, кв. 5", "street", "ленина", "12"),
        ("вулиця Шевченка 7", "street", "шевченка", "7"),
        ("محاصرون في شارع النيل 7", "street", "النیل", "7"),
        ("محاصرون بشارع النيل رقم ٧", "street", "النیل", "7"),
        ("خیابان ولیعصر، پلاک ۱۲", "street", "ولیعصر", "12"),
        ("महात्मा गांधी मार्ग १२ पर फंसे हैं", "street", "गांधी महात्मा", "12"),
        ("মিরপুর রোড ১২ এ আটকা", "road", "মিরপুর", "12"),
        ("House 12, Road 5, Dhanmondi", "road", "5", "12"),
        ("Road no 5, House no 12, Dhanmondi", "road", "5", "12"),
        ("Jl. Mawar No. 5, banjir", "street", "mawar", "5"),
        ("Kalye Rizal 14, baha", "street", "rizal", "14"),
        ("有人被困在人民路12号", "han", "路 民 人", "12"),
        ("桜町3-5-12で助けて", "han", "町 桜", "3-5-12"),
    ],
)  # fmt: skip
def test_an_address_is_read(text: str, kind: str, name: str, number: str) -> None:
    assert stated(text) == [(kind, name, number)]


@pytest.mark.parametrize(
    "text",
    [
        "Palm Street 12 people trapped", "12 people are trapped on Palm Street", "On Palm Street. 12 people wait",
        "Rua das Flores 45 pessoas presas", "Rua das Flores às 15h", "Av. 24 de Julho", "rue du 14 juillet",
        "улица Ленина, 12 человек", "2 roads closed", "Estrada Nacional 6 cortada", "12 Palm trees down",
        "Magnitude 7.8 on 2023-02-06", "Water needed in Beira", "Call 911, do not drive",
        "Rua das Flores 4…",
    ],
)  # fmt: skip
def test_counts_dates_roads_and_cut_texts_are_no_address(text: str) -> None:
    assert stated(text) == []


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("Call +258 84 123 4567", {"258841234567"}),
        ("call 084-123-4567 now", {"841234567"}),
        ("+44 (0)20 7946 0018", {"442079460018"}),
        ("اتصلوا ٠٩١٢٣٤٥٦٧٨", {"912345678"}),
        ("تماس ۰۹۱۲۳۴۵۶۷۸۹", {"9123456789"}),
        ("फ़ोन ९८७६५४३२१०", {"9876543210"}),
        ("ফোন ০১৭১২৩৪৫৬৭৮", {"1712345678"}),
        ("Two numbers: 84 123 4567 or 82 765 4321", {"841234567", "827654321"}),
        ("1,200,000 people, 250 000 tents, 12 dead", set()),
        ("M 7.8 at 2023-02-06 01:17, 37.2256, 37.0143", set()),
        ("Position -19.842312, 34.838912", set()),
        ("See https://example.org/status/1234567890123 @team84123456", set()),
    ],
)
def test_telephone_numbers_are_read_and_other_numbers_are_not(text: str, phones: set[str]) -> None:
    assert read_identifiers(text).phones == phones


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ("12 Palm Street", "Palm St. 12", Relation.SAME_ADDRESS),
        ("12 Palm Street", "14 Palm Street", Relation.OTHER_ADDRESS),
        ("12 Palm Street", "12 Elm Street", Relation.OTHER_ADDRESS),
        ("12 Palm Street and 14 Palm Street", "14 Palm Street", Relation.SAME_ADDRESS),
        ("Av. E. Mondlane 12", "Avenida Eduardo Mondlane 12", Relation.SAME_ADDRESS),
        ("Avenida Eduardo Mondlane 12", "Avenida Eduardo Mondlame 12", Relation.SAME_ADDRESS),
        ("12 rue Victor Hugo, vite", "Rue Victor Hugo 12", Relation.SAME_ADDRESS),
        ("12 rue Victor Hugo, vite", "12 rue Victor Schoelcher, vite", Relation.OTHER_ADDRESS),
        ("7 شارع النيل نحتاج ماء", "شارع النيل 7", Relation.SAME_ADDRESS),
        ("我们被困北京人民路12号", "人民路12号", Relation.SAME_ADDRESS),
        ("中山东路12号", "中山西路12号", Relation.OTHER_ADDRESS),
        ("Flat 3, 12 Palm Street", "Flat 5, 12 Palm Street", Relation.NOTHING),
        ("12 Palm Street, block A", "12 Palm Street, block B", Relation.OTHER_ADDRESS),
        ("12 Palm Street, call 84 123 4567", "14 Palm Street, call 84 123 4567", Relation.OTHER_ADDRESS_SAME_PHONE),
        ("12 Palm Street, call 84 123 4567", "12 Palm Street, call 84 765 4321", Relation.SAME_ADDRESS),
        ("Call 84 123 4567", "Call +258 84 123 4567", Relation.SAME_PHONE),
        ("Call 84 123 4567", "Call 84 765 4321", Relation.OTHER_PHONE),
        ("Call 84 123 4567", "12 Palm Street", Relation.NOTHING),
        ("12 Palm Street", "Water is rising", Relation.NOTHING),
    ],
)  # fmt: skip
def test_what_two_posts_state_is_compared(one: str, other: str, relation: Relation) -> None:
    assert read_identifiers(one).relation(read_identifiers(other)) is relation
    assert read_identifiers(other).relation(read_identifiers(one)) is relation


def calls(work: Callable[[], Any]) -> int:
    """How many functions `work` calls, those of Python and those written in C."""
    count = 0

    def profile(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


HOSTILE = [
    "rua a ",
    "12 Palm ",
    "st 1 ",
    "1-",
    "Street ",
    "人路1",
    "+1 (",
    "7 شارع ",
    "no no ",
    "House Road 5 ",
    "12/",
    "rue 12 rue ",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_work_grows_with_the_text_and_ends_at_a_limit(part: str) -> None:
    text = (part * identifiers.READ)[: identifiers.READ]
    read_identifiers(text)  # what the first reading imports and remembers isn't counted
    half = calls(lambda: read_identifiers(text[: len(text) // 2]))
    whole = calls(lambda: read_identifiers(text))
    assert whole <= 2.5 * half + 500
    assert calls(lambda: read_identifiers(text * 10)) <= 1.1 * whole + 500
    assert len(read_identifiers(text).addresses) <= addresses.MOST_ADDRESSES


@given(
    st.lists(
        st.sampled_from([*HOSTILE, "'", "٧", "号", "é", "\n", ".", "flat ", "block b ", "no. ", "street ", "कि"])
        | st.text(max_size=3)
    )
)
def test_any_text_is_read(parts: list[str]) -> None:
    found = read_identifiers("".join(parts))
    assert found.relation(found) in (Relation.NOTHING, Relation.SAME_ADDRESS, Relation.SAME_PHONE)
