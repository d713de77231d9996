"""The encoding of a text of one or two words."""

import pytest

from classifier.tables import open_table

SHORT = [
    ("نحتاج ماء", "cp1256"), ("ساعدونا", "cp1256"), ("الجسر مقطوع", "cp1256"), ("عالقون تحت الأنقاض", "cp1256"),
    ("нужна вода", "cp1251"), ("помогите", "cp1251"), ("допоможіть", "cp1251"),
    ("помогите", "koi8_r"), ("мост разрушен", "koi8_r"), ("потрібна вода", "koi8_u"), ("βοήθεια", "cp1253"),
    ("χρειαζόμαστε νερό", "cp1253"), ("הצילו", "cp1255"), ("אין מים בבית", "cp1255"), ("ช่วยด้วย", "cp874"),
    ("น้ำท่วมบ้าน", "cp874"), ("房子塌了", "gb18030"), ("需要水", "gb18030"), ("救命啊", "big5"), ("橋斷了", "big5"),
    ("助けて", "shift_jis"), ("水が必要です", "shift_jis"), ("助けてください", "euc_jp"), ("橋が落ちた", "euc_jp"),
    ("살려주세요", "euc_kr"), ("물이 필요합니다", "euc_kr"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "encoding"), SHORT)
def test_a_few_words_are_read_in_their_encoding_which_is_said_to_be_guessed(tmp_path, text, encoding):
    path = tmp_path / "short.csv"
    path.write_bytes(f"id,text\n1,{text}\n".encode(encoding))
    with open_table(str(path)) as table:
        assert [row["text"] for _line, row in table.rows()] == [text]
        assert table.reading.encoding_source == "guessed"
        assert any("guessed" in note for note in table.reading.notes)
