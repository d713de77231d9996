"""What is read from posts: numbers of people, roads, and endings; and what is no statement."""

import pytest

from responder.incidents import statements

PEOPLE = [
    ("80 people on the roof of the school", {("people", 80)}),
    ("Twenty people trapped in Beira", {("people", 20)}),
    ("80-100 people on the bridge", {("people", 80), ("people", 100)}),
    ("1,200 people in the camp", {("people", 1200)}),
    ("12 elderly people need help", {("people", 12)}),
    ("9 people confirmed dead", {("dead", 9)}),
    ("3 injured, 5 missing after the wall fell", {("injured", 3), ("missing", 5)}),
    ("rescued 22 people from the river", {("safe", 22)}),
    ("12 people waiting to be rescued", {("people", 12)}),
    ("30 families without shelter", {("families", 30)}),
    ("80 personas en el techo de la escuela", {("people", 80)}),
    ("6 personnes sur un toit", {("people", 6)}),
    ("15 pessoas presas no telhado", {("people", 15)}),
    ("Tuko watu 7 juu ya paa huku Beira", {("people", 7)}),
    ("我们三十七个人出不去", {("people", 37)}),
    ("屋根の上に80人います", {("people", 80)}),
    ("نحن 9 أشخاص فوق سطح المحل", {("people", 9)}),
    ("نحن ٩ أشخاص فوق سطح المحل", {("people", 9)}),
    ("टिन की छत पर 8 लोग फँसे हैं", {("people", 8)}),
    ("আমরা 5 জন আটকা", {("people", 5)}),
    ("На крыше 12 человек", {("people", 12)}),
    ("Çatıda 8 kişi mahsur", {("people", 8)}),
    ("Ada 40 orang di atap", {("people", 40)}),
    ("80 katao sa bubong", {("people", 80)}),
    ("Έχουμε 14 άτομα στη στέγη", {("people", 14)}),
]
NOT_PEOPLE = [
    "Call 84 123 4567 people", "12 Palm Street, people on the roof", "On 12 March people left", "In 2019 people died here",
    "9 out of 10 people lost their house", "1 of 3 people is hungry", "80% of people have no water", "10:30 people gather",
    "2.5 people per room", "5 km from here people wait", "people people people", "12/03 people came", "80", "",
    "999999999999999 people", "0 people", "magnitude 7.1 people scared", "water at 3 metres, people on roofs",
]  # fmt: skip
ACCESS = [
    ("The road to Búzi is closed", "closed"), ("Bridge washed away near Dondo", "closed"), ("Road is not passable", "closed"),
    ("The road is open again", "open"), ("Bridge reopened this morning", "open"), ("The road was closed. Now the road is open", "open"),
    ("La carretera está cortada", "closed"), ("A estrada foi reaberta", "open"), ("La route est coupée", "closed"),
    ("Barabara imefungwa", "closed"), ("Дорога закрыта", "closed"), ("路断了", "closed"), ("الطريق مقطوع من الجهتين", "closed"),
    ("सड़क बंद है", "closed"),
]  # fmt: skip
NO_ACCESS = [
    "The shop is closed",
    "Open the window",
    "The road to Beira",
    "The road is not closed",
    "Is the road open or closed",
]
ENDED = [
    ("The road is open again", "en"), ("All rescued, everyone is safe", "en"), ("Please stop sending clothes", "en"),
    ("Todos fueron rescatados, están a salvo", "es"), ("Parem de mandar roupa", "pt"),
]  # fmt: skip
NOT_ENDED = [("80 people on the roof, send a boat", "en"), ("Some were rescued but 12 are still trapped", "en"), ("", "en"),
             ("We need clothes", "en"), ("Stop the water", "en")]  # fmt: skip


def read(text: str) -> set[tuple[str, int]]:
    return {(one.value, one.number) for one in statements.read(text) if one.kind == "people"}


@pytest.mark.parametrize(("text", "stated"), PEOPLE)
def test_numbers_of_people_are_read(text: str, stated: set[tuple[str, int]]) -> None:
    assert read(text) == stated


@pytest.mark.parametrize("text", NOT_PEOPLE)
def test_other_numbers_are_not(text: str) -> None:
    assert read(text) == set()


@pytest.mark.parametrize(("text", "value"), ACCESS)
def test_whether_a_road_is_open_is_read(text: str, value: str) -> None:
    assert [one.value for one in statements.read(text) if one.kind == "access"] == [value]


@pytest.mark.parametrize("text", NO_ACCESS)
def test_what_says_nothing_of_a_road_is_not(text: str) -> None:
    assert not [one for one in statements.read(text) if one.kind == "access"]


@pytest.mark.parametrize(("text", "lang"), ENDED)
def test_an_ending_is_read(text: str, lang: str) -> None:
    assert statements.is_over(text, lang)


@pytest.mark.parametrize(("text", "lang"), NOT_ENDED)
def test_what_goes_on_is_no_ending(text: str, lang: str) -> None:
    assert not statements.is_over(text, lang)


def test_a_post_makes_few_statements_however_long_it_is() -> None:
    assert len(statements.read(" ".join(f"{n} people;" for n in range(1, 900)))) <= statements.MOST


def test_all_languages_with_words_of_danger_have_words_for_people_and_roads() -> None:
    import tomllib

    from classifier.urgency import lexicon

    found = tomllib.loads(statements.FILE.read_text())
    assert set(found) == set(lexicon.languages())
    assert all({"people", "families", "road", "closed", "open"} <= set(lists) for lists in found.values())
