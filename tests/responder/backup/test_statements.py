"""Statements of a dump: what our own tables need is run, and nothing that could call a function of the server's."""

import io
from typing import Any

import pytest

from responder.backup import postgresql
from responder.errors import Invalid

TABLE = "CREATE TABLE public.a (\n    id bigint NOT NULL,\n    n integer,\n    {}\n);\n"


class Cursor:
    def __init__(self) -> None:
        self.ran: list[str] = []

    def execute(self, statement: str) -> None:
        self.ran.append(statement)


@pytest.mark.parametrize(
    "statement",
    [
        TABLE.format("CONSTRAINT n_check CHECK (((n >= 0) AND (NOT ((n)::text = 'lo_export('::text))))"),
        TABLE.format("name character varying(200) DEFAULT 'a (b)'::character varying"),
        "CREATE INDEX a_n ON public.a USING btree (n) INCLUDE (id) WHERE (n > 0);\n",
        "CREATE INDEX words ON public.a USING gin (array_to_tsvector(string_to_array(btrim(name), ' '::text)));\n",
        "ALTER TABLE ONLY public.a ADD CONSTRAINT a_b FOREIGN KEY (n) REFERENCES public.b(id) DEFERRABLE;\n",
    ],
)
def test_what_our_tables_need_is_run(statement: str) -> None:
    cursor: Any = Cursor()
    postgresql._play(io.BytesIO(statement.encode()), cursor)
    assert cursor.ran == [statement.rstrip().rstrip(";")]


@pytest.mark.parametrize(
    "evil",
    [
        TABLE.format("CONSTRAINT c CHECK ((lo_export(1, '/tmp/x'::text) = 1))"),
        TABLE.format("CONSTRAINT c CHECK ((\"lo_export\"(1, '/tmp/x'::text) = 1))"),
        TABLE.format("CONSTRAINT c CHECK ((pg_catalog.lo_export (1, '/tmp/x'::text) = 1))"),
        TABLE.format("CONSTRAINT c CHECK ((lo_export/**/(1, '/tmp/x') = 1))"),
        TABLE.format("t text DEFAULT pg_read_file('/etc/passwd'::text)"),
        TABLE.format("t text DEFAULT E'\\'' || pg_read_file('/etc/passwd') || ''"),
        TABLE.format("t text DEFAULT $$'$$ || pg_read_file('/etc/passwd') || $$'$$"),
        TABLE.format("t text GENERATED ALWAYS AS (version()) STORED"),
        "CREATE INDEX i ON public.a USING btree (query_to_xml('DELETE FROM public.a', true, true, ''));\n",
        "ALTER TABLE public.a ADD CONSTRAINT c CHECK ((lo_export(1, '/tmp/x') = 1));\n",
    ],
)
def test_what_could_call_a_function_is_refused(evil: str) -> None:
    cursor: Any = Cursor()
    with pytest.raises(Invalid, match="is not restored"):
        postgresql._play(io.BytesIO(evil.encode()), cursor)
    assert cursor.ran == []
