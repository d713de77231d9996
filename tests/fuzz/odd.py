"""Values that the world sends and nobody expects: numbers, times, texts, nesting; and bytes that are no text."""

from typing import Any

from hypothesis import strategies as st

DEEP = "deep"  # stands for 900 lists in each other, which no value of Python can hold in JSON's encoder
HUGE = "huge"  # stands for a number of 5,000 digits, which Python neither reads nor writes
NUMBERS: list[Any] = [
    0, -1, -0.0, 1e-320, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30, -(10**30), 10**300, 10**400, 1e308, float("inf"),
    float("-inf"), float("nan"), 44963.13, 20230206, 1_700_000_000, 1_700_000_000_000, 91, 181.5, HUGE,
]  # fmt: skip
TIMES = [
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z",
    "10000-01-01", "-0001-01-01", "2026-13-45", "2026-02-30T25:61:61", "24:00", "20230206", "2026-W01-1", "1e400", "NaN",
    "Mon Nov 13 10:00:00 +0000 2017", "Mon, 13 Nov 2017 10:00:00 GMT", "13/11/2017", "١٣/١١/٢٠١٧", "yesterday", "now-3h",
]  # fmt: skip
IDS = [
    "nan", "NA", "NaN", "None", "null", "-", "-5", "0", "00", "1e18", "1.79E+18", "9" * 300, "9" * 5_000, "9223372036854775807",
    "9223372036854775808", "18446744073709551616", "٣", "１２３", "../../etc/passwd", "1;2", "a/b", "%00", "1\0002",
]  # fmt: skip
TEXTS = [
    "", " ", "\t\r\n", "\0", "a\0b", "\ud800", "\udc00\ud800", "Wa\ud83dter", "\ufeff", "\ufffd" * 40, "\u200b" * 50, "\u202e\u2066RTL\u2069", "\u2028\u2029\x85\x0b\x0c",
    "e" + "\u0301" * 10_000, "\u0e49" * 3_000, "👩‍👩‍👧‍👦" * 400, "\U000e0041" * 500, "\x1b[2J\x07\x08", "𝓦𝓪𝓽𝓮𝓻 🅆🄰🅃🄴🅁", "مياه في بيروت", "पानी चाहिए", "ﷺ" * 1_000,
    "x" * 10_001, "x " * 9_000, "<" * 2_000, "<p>" * 900, "<p><b>Water</p></b>&amp;lt;script&gt;", "&#0;&#xD800;&#99999999999;&notanentity;", "<![CDATA[ ]]><!--", "<a href='javascript:x'>a",
    "https://[::1", "https://℀.example/\0", "http://" + "a" * 3_000, "javascript:alert(1)", "at://did:plc:b/app.bsky.feed.post/" + "1" * 400,
    "=cmd|' /C calc'!A0", "'; DROP TABLE posts; --", "{{ 7 * 7 }}{% debug %}", "%s%n%d", "\\u0000", "RT @a", "RT @a: " * 900, "@" * 300,
    "Beira 91.5, 181.2 and 1e309N 1e309E", "+" + "1" * 400, "call " + "0123456789 " * 200, "#" + "a" * 3_000, "1/0", "en" * 40, "x-" * 30,
]  # fmt: skip
NESTED: list[Any] = [
    [], {}, [[]], {"": ""}, {"id": {"id": {}}}, [None] * 50, list(range(3_000)), {str(n): n for n in range(3_000)}, [{}] * 500, DEEP, True, False, None,
    {"type": "Point", "coordinates": [float("inf"), "x"]}, [10**400, -1], {"a\0": 1, "\ud800": 2},
]  # fmt: skip
ODD: list[Any] = [*NUMBERS, *TIMES, *IDS, *TEXTS, *NESTED]
VALUES = st.one_of(
    st.sampled_from(ODD), st.sampled_from(ODD),
    st.text(max_size=40), st.floats(), st.integers(-(2**70), 2**70), st.lists(st.none() | st.text(max_size=5), max_size=3),
)  # fmt: skip
CELLS = st.one_of(st.sampled_from([*TIMES, *IDS, *TEXTS]), st.sampled_from(NUMBERS).map(str), st.text(max_size=40))
ENCODINGS = [
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1250", "cp1251", "cp1252", "cp1254", "cp1256", "iso8859_15",
    "koi8_r", "gb18030", "shift_jis", "euc_kr", "big5", "cp874",
]  # fmt: skip


def placed(text: str) -> str:
    """`text` of JSON with what the stand-ins stand for."""
    return text.replace(f'"{DEEP}"', "[" * 900 + "]" * 900).replace(f'"{HUGE}"', "9" * 5_000)


@st.composite
def broken_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """`content` as it is, or cut, or with a piece replaced, doubled, or put in."""
    how = draw(st.sampled_from(["cut", "replace", "insert", "double"]))
    at = draw(st.integers(0, max(len(content) - 1, 0)))
    if how == "cut":
        return content[:at]
    if how == "double":
        return content[:at] + content[at // 2 :]
    piece = draw(
        st.sampled_from(
            [
                b"\0",
                b"\xff\xfe",
                b"\xc3",
                b"\xed\xa0\x80",
                b'"',
                b"\n",
                b"\r",
                b",",
                b"}",
                b"\\u00",
                b"\x1a",
                b"\x1f\x8b",
            ]
        )
    )
    return content[:at] + piece + content[at + (how == "replace") :]
