"""The order of locks: `classifier/locks.py` says it, this shows that the sources keep to what can be read from them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError

from classifier import locks
from classifier.models import LabelTask

ROOT = Path(__file__).parents[2]
DELETING = {  # these lock a row FOR UPDATE, for they delete it
    ("responder/alerting/channels.py", "delete"), ("responder/alerting/rules.py", "delete"), ("responder/feeds/erasure.py", "_delete"),
    ("responder/web/saved_views.py", "_own"), ("responder/webhooks/endpoints.py", "delete"),
}  # fmt: skip


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for package in ("classifier", "monitoring", "responder"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.FunctionDef):
                        yield str(path.relative_to(ROOT)), node


def called(node: ast.AST) -> list[tuple[str, ast.Call]]:
    """Names of what is called inside, with the calls."""
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    return [(getattr(one.func, "attr", getattr(one.func, "id", "")), one) for one in calls]


def test_rows_are_locked_so_that_others_may_refer_to_them() -> None:
    whole = {
        (path, function.name)
        for path, function in functions()
        for name, call in called(function)
        if name == "select_for_update" and not any(one.arg == "no_key" for one in call.keywords)
    }
    assert whole == DELETING


def test_what_is_recorded_is_appended_at_the_end_of_its_transaction() -> None:
    plain = []
    for path, function in functions():
        parts: list[ast.AST] = (
            [function] if any("transaction.atomic" in ast.unparse(one) for one in function.decorator_list) else []
        )
        for node in ast.walk(function):
            if isinstance(node, ast.With) and any("transaction.atomic" in ast.unparse(one) for one in node.items):
                parts += node.body
        records = {name for part in parts for name, _call in called(part)} & {"record", "_record", "recorded", "_audit"}
        if records and path not in ("monitoring/audit.py", "responder/prediction_jobs/running.py"):
            plain.append((path, function.name))
    assert plain == []  # the one of prediction_jobs stores predictions


@pytest.mark.django_db(transaction=True)
def test_a_lock_needs_a_transaction_to_last_for() -> None:
    assert not connection.in_atomic_block
    with pytest.raises(TransactionManagementError):
        locks.one_at_a_time("anything")


@pytest.mark.django_db
def test_rows_that_are_kept_are_those_that_are_there(django_assert_num_queries: Any) -> None:
    made = LabelTask.objects.create(subject="a", text="b", text_key="c", purpose="audit", week="2026-W48")
    with django_assert_num_queries(1):
        assert locks.kept(LabelTask.objects.filter(pk__in=[made.pk, made.pk + 1])) == [made.pk]
    assert locks.kept(LabelTask.objects.filter(pk__in=[])) == []
