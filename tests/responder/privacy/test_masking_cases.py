"""What masking hides and leaves in twenty languages, and telephones as they are written in every country."""

import json
import subprocess
import sys
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.privacy.masking import HIDDEN, cover, mask
from responder.privacy.masking.accounts import PROFILES
from responder.privacy.masking.folding import fold
from tests import masking_cases

ROOT = Path(__file__).parents[3]
PUBLISHED = json.loads((ROOT / "docs" / "figures" / "masking.json").read_text())
CASES = masking_cases.read()
FORMATS = phonenumbers.PhoneNumberFormat
KINDS = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
PIECES = sorted({piece for case in CASES for piece in case.text.replace(":", ": ").split(" ")})


@pytest.mark.parametrize("part", ["tuned", "held-out"])
def test_it_hides_and_leaves_at_least_what_is_published(part):
    measured = masking_cases.measure([case for case in CASES if case.part == part], cover)
    assert measured["recall"] >= PUBLISHED["parts"][part]["recall"] >= 0.97
    assert measured["precision"] >= PUBLISHED["parts"][part]["precision"] >= 0.95


def test_the_cases_are_of_twenty_languages_and_a_third_has_nothing_to_hide():
    assert len({case.language for case in CASES}) == 20
    assert len(CASES) == sum(PUBLISHED["parts"][part]["cases"] for part in ("tuned", "held-out")) >= 400
    assert sum(case.kind == masking_cases.KEPT for case in CASES) * 3 >= len(CASES)


def test_masking_a_case_twice_changes_nothing_more():
    assert [case.text for case in CASES if mask(mask(case.text)) != mask(case.text)] == []


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(["", " ", "  ", "\n"]))
def test_masking_pieces_of_cases_twice_changes_nothing_more(pieces, between):
    text = between.join(pieces)
    assert mask(mask(text)) == mask(text)
    assert len(cover(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("tel841234567", f"tel{HIDDEN}"),
        ("WhatsApp258841234567", f"WhatsApp{HIDDEN}"),
        ("84,123,45,67", HIDDEN),
        ("84\u00ad123\u00ad45\u00ad67", HIDDEN),
        ("⁸⁴¹²³⁴⁵⁶⁷", HIDDEN),
        ("8️⃣4️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣ call", f"{HIDDEN} call"),
        ("84•123•45•67", HIDDEN),
        ("1234567 7654321 1234567 7654321", HIDDEN),
        ("841 234 567 841 234 567", HIDDEN),
        ("passport AB1234567", f"passport {HIDDEN}"),
        ("gb82 west 1234 5698 7654 32", HIDDEN),
        ("19°50'37\"S 34°50'20\"E", f"{HIDDEN} {HIDDEN}"),
        ("-19,84362; 34,83891", HIDDEN),
        ("5RX4+7H Beira", f"{HIDDEN} Beira"),
        ("5G4Q5RX4+7HV", HIDDEN),
        ("House no. 45", f"House no. {HIDDEN}"),
        ("maria [at] gmail", HIDDEN),
        ("maria(at)gmail(dot)com", HIDDEN),
        ("fb.com/maria", f"fb.com/{HIDDEN}"),
        ("t.me/joinchat/AbCdEf", f"t.me/joinchat/{HIDDEN}"),
        ("chat.whatsapp.com/AbCdEf", f"chat.whatsapp.com/{HIDDEN}"),
        ("رقمي ٠٩٩١٢٣٤٥٦٧", f"رقمي {HIDDEN}"),
        ("मेरा नाम सुनीता है", f"मेरा नाम {HIDDEN} है"),
        ("call 116 123, calls for 50,000 tents", "call 116 123, calls for 50,000 tents"),
        ("1-800-RED-CROSS", "1-800-RED-CROSS"),
        ("1-800-733-2767", HIDDEN),
    ],
)
def test_ordinary_shapes_are_hidden_and_public_ones_stay(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize("host", sorted(PROFILES))
def test_whom_a_profile_names_is_hidden_in_a_text(host):
    assert mask(f"see {host}/maria.s now") == f"see {host}/{HIDDEN} now"


def numbers():
    """An example number of every country, mobile and fixed, as it is written there, abroad, and without spaces."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for number in filter(None, (phonenumbers.example_number_for_type(region, kind) for kind in KINDS)):
            for written in (FORMATS.NATIONAL, FORMATS.INTERNATIONAL, FORMATS.E164, FORMATS.RFC3966):
                yield phonenumbers.format_number(number, written)


def test_telephones_of_every_country_are_hidden():
    """Those of seven digits by themselves, those of five after a cue; see docs/reference/masking.md for the others."""
    written = list(numbers())
    assert len(written) > 1_900
    long = [number for number in written if sum(map(str.isdigit, number)) >= 7]
    assert [number for number in long if any(map(str.isdigit, cover(number)))] == []
    short = {number for number in written if any(map(str.isdigit, cover(f"call {number} now")))}
    assert {phonenumbers.normalize_digits_only(number) for number in short} == {
        "201234", "106609", "7012", "8999", "7290", "3101",
    }  # fmt: skip


def test_numbering_plans_are_imported_only_for_a_number_that_may_be_a_count():
    program = (
        "import sys; from responder.privacy.masking import mask; mask('call +258 84 123 4567, 80 people, 2,000,000 lost power');"
        "print('phonenumbers' in sys.modules); mask('it was 212,345,678'); print('phonenumbers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("٨۸८৮８⁸①❽", "88888818"),
        ("irmã ирмаё", "irma ирмае"),
        ("a\u200bb\u00adc\u0301", "abc"),
        ("x\u2003y–z", "x y-z"),
    ],
)
def test_a_text_is_folded_into_one_plain_form(text, plain):
    assert fold(text).text == plain


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_folded_text_leads_back_to_where_each_sign_stood(text):
    folded = fold(text)
    for at in range(len(folded.text)):
        start, end = folded.original(at, at + 1)
        assert 0 <= start < end <= len(text)
