"""Encodings are found, damage is told, and nothing is replaced in silence."""

import gzip
from pathlib import Path

import pytest

from classifier.tables import Row, UnusableInput, open_table

TEXTS = {
    "windows-1256": ("نحتاج إلى ماء وخيام في حي الزهور، الطريق مقطوع", "عائلتان عالقتان على السطح قرب المسجد"),
    "windows-1251": ("Нужна вода и палатки в школе номер пять", "Мост разрушен, дорога закрыта для машин"),
    "koi8-r": ("Нужна вода и палатки в школе номер пять", "Мост разрушен, дорога закрыта для машин"),
    "windows-1254": ("Köprü yıkıldı, çadıra ve suya ihtiyacımız var", "İki kişi enkaz altında, şehir merkezinde ışık yok"),
    "gb18030": ("学校需要饮用水和帐篷", "桥已经断了，两辆卡车掉进河里"),
    "big5": ("學校需要飲用水和帳篷", "橋已經斷了，兩輛卡車掉進河裡"),
    "shift_jis": ("学校で水とテントが必要です", "橋が壊れて道路が通れません、助けてください"),
    "euc-jp": ("学校で水とテントが必要です", "橋が壊れて道路が通れません、助けてください"),
    "euc-kr": ("학교에 물과 텐트가 필요합니다", "다리가 무너져서 길이 막혔습니다"),
    "windows-1253": ("Χρειαζόμαστε νερό και σκηνές στο σχολείο", "Η γέφυρα έπεσε και ο δρόμος είναι κλειστός"),
    "windows-1255": ("אנחנו צריכים מים ואוהלים בבית הספר", "הגשר נפל והכביש חסום"),
    "windows-874": ("ต้องการน้ำและเต็นท์ที่โรงเรียน", "สะพานขาดและถนนถูกปิด"),
    "windows-1250": ("Potrzebujemy wody i namiotów, proszę pomóżcie łodziami", "Řeka stoupá, dítě je zraněné, škola je plná"),
    "windows-1252": ("Wasser im Keller der Schule in Köln, Straße gesperrt", "Zwei Häuser sind eingestürzt, bitte Hilfe für fünf Leute"),
}  # fmt: skip
CODECS = {"windows-874": "cp874"}
MORE_1252 = {
    "es": ("Agua en la escuela, el puente está cortado", "Mañana llega el camión, ¿dónde está la clínica?"),
    "pt": ("Não há água na escola, a ponte caiu", "Três crianças estão no telhado, precisamos de barcos"),
    "sv": ("Vi behöver vatten på skolan", "Bron är borta, två äldre är på ön"),
}
HUNGARIAN = ("Szükségünk van vízre és sátrakra, a híd leszakadt", "Két gyerek a tetőn van, gyűjtünk takarót, sürgős")


def table(texts: tuple[str, ...]) -> str:
    return "id,text\n" + "".join(f'{number},"{text}"\n' for number, text in enumerate(texts, 1))


def read(path: Path, content: bytes, **options: str) -> tuple[str, str, list[str], list[tuple[int, str, bool]]]:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    with open_table(str(path), **options) as found:
        rows = [row for _, row in found.rows() if isinstance(row, Row)]
        repairs = [(one.line, one.kind, one.lossy) for row in rows for one in row.repairs]
        return found.reading.encoding, found.reading.encoding_source, [row["text"] for row in rows], repairs


@pytest.mark.parametrize("name", TEXTS)
def test_two_sentences_are_enough_to_find_an_old_encoding(tmp_path: Path, name: str) -> None:
    content = table(TEXTS[name]).encode(CODECS.get(name, name))
    assert read(tmp_path / "a.csv", content) == (name, "guessed", list(TEXTS[name]), [])
    assert read(tmp_path / "a.csv.gz", content)[2] == list(TEXTS[name])


@pytest.mark.parametrize("texts", [*MORE_1252.values()], ids=MORE_1252)
def test_languages_of_western_europe_are_told_from_their_neighbours(tmp_path: Path, texts: tuple[str, ...]) -> None:
    assert read(tmp_path / "a.csv", table(texts).encode("cp1252"))[::2] == ("windows-1252", list(texts))


def test_files_of_excel_on_macintosh_are_read(tmp_path: Path) -> None:
    texts = ("Prière d’aider l’école, des gens sont bloqués", "Où est le médecin ?")
    assert read(tmp_path / "a.csv", table(texts).encode("mac-roman"))[::2] == ("mac-roman", list(texts))


def test_several_languages_in_one_file_stay_readable(tmp_path: Path) -> None:
    texts = tuple(text for pair in MORE_1252.values() for text in pair) + TEXTS["windows-1252"]
    assert read(tmp_path / "a.csv", table(texts).encode("cp1252"))[::2] == ("windows-1252", list(texts))


def test_hungarian_is_not_read_as_a_western_language(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", table(HUNGARIAN).encode("cp1250"))[::2] == ("windows-1250", list(HUNGARIAN))


@pytest.mark.parametrize(
    ("codec", "name"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-32", "utf-32")],
)
@pytest.mark.parametrize("texts", [TEXTS["windows-1256"], TEXTS["gb18030"]], ids=["Arabic", "Chinese"])
def test_a_byte_order_mark_decides(tmp_path: Path, codec: str, name: str, texts: tuple[str, ...]) -> None:
    assert read(tmp_path / "a.csv", table(texts).encode(codec)) == (name, "BOM", list(texts), [])


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("texts", list(TEXTS.values())[::3], ids=list(TEXTS)[::3])
def test_utf_16_is_known_without_a_mark(tmp_path: Path, codec: str, texts: tuple[str, ...]) -> None:
    assert read(tmp_path / "a.csv", table(texts).encode(codec)) == (codec, "guessed", list(texts), [])


def test_one_invalid_byte_late_in_the_file_is_one_lossy_repair(tmp_path: Path) -> None:
    texts = [f"Besoin d'eau à l'école {number}" for number in range(50_000)]
    content = table(tuple(texts)).encode() + b'50001,"pont coup\xe9 ici"\n50002,fin\n'
    encoding, source, found, repairs = read(tmp_path / "a.csv", content)
    assert (encoding, source) == ("utf-8", "mostly valid UTF-8")
    assert found == [*texts, "pont coup\ufffd ici", "fin"]
    assert repairs == [(50_002, "bytes", True)]


def test_a_file_put_together_from_two_encodings_tells_its_damage(tmp_path: Path) -> None:
    text = "école à Jérémie détruite"
    content = f"id,text\n1,{text}\n".encode() + f"2,{text}\n".encode("cp1252")
    _, source, found, repairs = read(tmp_path / "a.csv", content)
    assert (source, found[0], repairs) == ("mostly valid UTF-8", text, [(3, "bytes", True)])


@pytest.mark.parametrize(("texts", "codec"), [(TEXTS["gb18030"], "utf-8"), (TEXTS["windows-1256"], "utf-16")])
def test_a_file_cut_inside_a_character_tells_it(tmp_path: Path, texts: tuple[str, ...], codec: str) -> None:
    content = f"id,text\n1,{texts[0]}\n2,{texts[1]}".encode(codec)[:-1]
    encoding, _, found, repairs = read(tmp_path / "a.csv", content)
    assert (encoding, found) == (codec, [texts[0], texts[1][:-1] + "\ufffd"])
    assert repairs == [(3, "bytes", True)]


def test_an_undefined_byte_of_an_old_encoding_is_told(tmp_path: Path) -> None:
    content = table(MORE_1252["es"]).encode("cp1252") + b"3,a\x81b\n"
    encoding, _, found, repairs = read(tmp_path / "a.csv", content)
    assert (encoding, found[-1], repairs) == ("windows-1252", "a\ufffdb", [(4, "bytes", True)])


def test_invalid_bytes_in_json_are_told(tmp_path: Path) -> None:
    content = '{"text": "école à Jérémie détruite"}\n'.encode() + b'{"text": "caf\xe9"}\n'
    assert read(tmp_path / "a.ndjson", content)[2:] == (["école à Jérémie détruite", "caf\ufffd"], [(2, "bytes", True)])
    content = '[{"text": "école à Jérémie détruite"},\n'.encode() + b'{"text": "caf\xe9"}]'
    assert read(tmp_path / "a.json", content)[2:] == (["école à Jérémie détruite", "caf\ufffd"], [(2, "bytes", True)])


def test_a_stated_encoding_is_used_and_an_unknown_one_refused(tmp_path: Path) -> None:
    content = table(TEXTS["windows-1251"]).encode("cp1251")
    assert read(tmp_path / "a.csv", content, encoding="windows-1251")[1:3] == ("stated", list(TEXTS["windows-1251"]))
    for unknown in ("nonsense", "base64", "utf-7", "unicode_escape", "a\0b"):
        with pytest.raises(UnusableInput, match="is unknown"):
            read(tmp_path / "a.csv", content, encoding=unknown)
