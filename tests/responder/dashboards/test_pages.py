"""The analytics page and its Dash endpoints: what they answer, and that no way in is open."""

import base64
import csv
import hashlib
import io
import json
import re

import dash
import pytest
import python_calamine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, get_resolver, reverse
from django_plotly_dash import access as package_access
from django_plotly_dash import urls as package_urls
from django_plotly_dash.dash_wrapper import usable_apps
from django_plotly_dash.models import DashApp, StatelessApp

from responder.dashboards import access, app, endpoints
from responder.dashboards.panels import PANELS
from responder.models import Event
from responder.spreadsheets import BOM

SECRET = "Zanzibar flood"  # name of the event: whatever leaks would carry it or the group's counts
ARGUMENTS = {
    "ident": "analytics", "cache_id": "x", "component": "dash", "cpe2": "dcc", "resource": "dash_core_components.js",
    "path": "x.js",
}  # fmt: skip


def body(search: str = "", panel: str = "volume", **changes) -> str:
    outputs = "...".join(f"{one.component_id}.{one.component_property}" for one in app.outputs(panel))
    content = {
        "output": f"..{outputs}..",
        "inputs": [
            {"id": "address", "property": "search", "value": search},
            {"id": "tick", "property": "n_intervals", "value": 0},
        ],
        "changedPropIds": [],
    }
    return json.dumps(content | changes)


def update(client: Client, content: str, name: str = "analytics"):
    address = reverse("the_django_plotly_dash:app-update-component", kwargs={"ident": name})
    return client.post(address, content, content_type="application/json")


@pytest.fixture
def viewer(client, people):
    client.force_login(people["viewer"])
    return client


def mounted_addresses() -> list[str]:
    """Every address under the Dash prefix, from the resolver itself."""
    prefix, namespace = get_resolver().namespace_dict["the_django_plotly_dash"]
    return [
        f"/{prefix}" + possibility % {name: ARGUMENTS[name] for name in parameters}
        for pattern in endpoints.urlpatterns
        for possibilities, *_ in namespace.reverse_dict.getlist(pattern.name)
        for possibility, parameters in possibilities
    ]


def package_addresses() -> list[str]:
    """Every address that the package would have, at the same prefix."""
    addresses = []
    for pattern in package_urls.urlpatterns:
        route = str(pattern.pattern)
        for name, value in ARGUMENTS.items():
            for converter in ("slug:", "path:", "str:", ""):
                route = route.replace(f"<{converter}{name}>", value)
        assert "<" not in route
        addresses.append(f"/django_plotly_dash/{route}")
    return addresses


def test_there_are_endpoints_to_test():
    app = "/django_plotly_dash/app/analytics/"
    assert {f"{app}_dash-update-component", f"{app}_dash-layout"} <= set(mounted_addresses())
    assert set(mounted_addresses()) <= set(package_addresses())
    assert "/django_plotly_dash/add_stateless_apps" in package_addresses()


def closed(response) -> None:
    assert response.status_code in (302, 403, 404)
    if response.status_code == 302:
        assert response["Location"].startswith("/login/")
    content = response.content.decode()
    assert SECRET not in content
    assert "volume-" not in content


@pytest.mark.parametrize("role", [None, "partner"])
@pytest.mark.parametrize("address", sorted(set(package_addresses())))
def test_no_dash_address_opens_without_the_right_to_view(client, people, make_post, role, address):
    Event.objects.update(name=SECRET)
    make_post()
    if role:
        client.force_login(people[role])
    for response in (
        client.get(address),
        client.head(address),
        client.post(address, body(), content_type="application/json"),
    ):
        closed(response)
    assert not StatelessApp.objects.exists()


@pytest.mark.parametrize("address", ["/analytics/", *(f"/analytics/{name}.csv" for name in PANELS)])
def test_the_page_and_its_files_need_the_right_to_view(client, people, address):
    assert client.get(address).status_code == 302
    client.force_login(people["partner"])
    assert client.get(address).status_code == 403
    for role in ("viewer", "reviewer", "lead", "approver", "auditor", "superuser"):
        client.force_login(people[role])
        assert client.get(address).status_code == 200


def test_the_settings_name_a_decorator_that_exists_and_is_ours():
    assert package_access.dash_view_decorator is access.view_required


def test_nothing_but_the_one_app_is_mounted(viewer):
    with pytest.raises(NoReverseMatch):
        reverse("the_django_plotly_dash:add_stateless_apps")
    assert viewer.get("/django_plotly_dash/add_stateless_apps").status_code == 404
    assert viewer.get("/django_plotly_dash/instance/analytics/_dash-layout").status_code == 404
    assert viewer.get("/django_plotly_dash/app/other/_dash-layout").status_code == 404
    assert not StatelessApp.objects.exists()
    assert not DashApp.objects.exists()


def test_the_page_carries_the_app_and_asks_for_nothing_elsewhere(viewer, event, make_post):
    make_post()
    page = viewer.get(reverse("analytics"), {"event": event.ref, "t": "24h", "q": "<script>"})
    content = page.content.decode()
    assert "River flood" in content
    assert '<div id="react-entry-point">' in content
    assert "DJANGO_PLOTLY_DASH" not in content
    assert "<script>&" not in content
    assert 'value="24h" checked' in content
    addresses = re.findall(r'(?:src|href|action)="([^"]*)"', content)
    assert addresses
    assert not [address for address in addresses if not re.match(r"[/#?]($|[^/])", address)]


def test_only_this_page_has_the_exceptions_of_its_policy(viewer):
    policy = viewer.get(reverse("analytics"))["Content-Security-Policy"]
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "sha256-" in script
    assert "unsafe" not in script
    assert "style-src 'self' 'unsafe-inline'" in policy
    other = viewer.get(reverse("analytics-csv", args=["volume"]))["Content-Security-Policy"]
    assert "unsafe" not in other
    assert "sha256" not in other


def test_the_renderers_hash_is_the_one_that_the_policy_names(viewer):
    page = viewer.get(reverse("analytics"))
    line = re.search(r'<script id="_dash-renderer"[^>]*>(.*?)</script>', page.content.decode())
    assert line
    digest = base64.b64encode(hashlib.sha256(line[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page["Content-Security-Policy"]


def test_a_refresh_answers_with_everything_that_the_panel_shows(viewer, event, make_post):
    for _ in range(3):
        make_post()
    response = update(viewer, body(f"?event={event.ref}&t=6h"))
    assert response.status_code == 200
    parts = response.json()["response"]
    assert sum(parts["volume-numbers"]["data"]["series"][0]["values"]) == 3
    assert parts["volume-numbers"]["data"]["range"] == "6h"
    assert parts["volume-csv"]["href"] == f"/analytics/volume.csv?event={event.ref}&t=6h"
    assert "3 posts shown" in parts["volume-note"]["children"]
    assert '"scope": "col"' in json.dumps(parts["volume-table"])


@pytest.mark.parametrize("content", [
    "", "[]", "null", "1", '"x"', "{}", "{", "[" * 100_000, '{"output": 1}', '{"output": "x"}',
    json.dumps({"output": "volume-numbers.data"}), json.dumps({"output": "..a...b..", "inputs": "x"}),
    json.dumps({"output": "x", "inputs": [[1]]}), json.dumps({"output": "x", "inputs": [{"id": 1}]}), "\ud800",
    body(changedPropIds=[{}]), body(changedPropIds={}), body(state=[None]), body("x" * 30_000), body(inputs=[]),
    body(outputs=7),
])  # fmt: skip
def test_a_body_that_no_page_of_ours_sends_never_breaks_the_endpoint(viewer, content):
    response = update(viewer, content.encode("utf-8", "surrogatepass").decode("latin-1"))
    assert response.status_code in (200, 204, 400, 404)
    assert b"Traceback" not in response.content
    if response.status_code == 200:
        assert response.content in (b"",)


@pytest.mark.parametrize("search", [
    "?t=never&event=none&cat=x&sev=9&conf=77", "?event=%00&q=%00%ff", "?q=" + "a" * 9_000, "no question mark", None,
    7, {"a": 1}, ["x"],
])  # fmt: skip
def test_any_query_string_gets_an_answer(viewer, make_post, search):
    make_post()
    assert update(viewer, body(search)).status_code == 200


def test_a_refresh_neither_writes_the_session_nor_prolongs_it(viewer, make_post):
    make_post()
    viewer.get(reverse("analytics"))
    before = Session.objects.values().get()
    response = update(viewer, body())
    assert response.status_code == 200
    assert "sessionid" not in response.cookies
    assert Session.objects.values().get() == before


def test_a_refresh_needs_as_many_queries_for_fifty_posts_as_for_five(viewer, event, make_post):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert update(viewer, body()).status_code == 200
        return len(seen)

    for _ in range(5):
        make_post()
    queries()  # the first one stores the app's name
    few = queries()
    for _ in range(45):
        make_post()
    assert queries() == few


def test_many_refreshes_leave_nothing_behind(viewer, make_post):
    make_post()
    update(viewer, body())
    kept = len(dash._callback.GLOBAL_CALLBACK_LIST), len(dash._callback.GLOBAL_CALLBACK_MAP)
    for _ in range(5):
        update(viewer, body())
    assert (len(dash._callback.GLOBAL_CALLBACK_LIST), len(dash._callback.GLOBAL_CALLBACK_MAP)) == kept


def rows(client, **query) -> list[list[str]]:
    response = client.get(reverse("analytics-csv", args=["volume"]), query)
    assert response["Content-Type"].startswith("text/csv")
    assert response.content.startswith(BOM.encode())
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_file_holds_the_numbers_of_the_chart(viewer, event, make_post):
    for _ in range(4):
        make_post()
    head, *lines = rows(viewer, event=event.ref, t="6h")
    drawn = update(viewer, body(f"?event={event.ref}&t=6h")).json()["response"]["volume-numbers"]["data"]
    assert head == [
        "start",
        "minutes",
        "complete",
        *(series["token"].removeprefix("--grp-") for series in drawn["series"]),
        "total",
    ]
    for place, series in enumerate(drawn["series"], start=3):
        assert [int(line[place]) for line in lines] == series["values"]
    assert sum(int(line[-1]) for line in lines) == 4
    assert [line[2] for line in lines] == ["no" if partial else "yes" for partial in drawn["partial"]]


def test_the_workbook_holds_the_same_rows_as_the_csv_file(viewer, event, make_post):
    make_post()
    query = {"event": event.ref, "t": "6h"}
    response = viewer.get(reverse("analytics-xlsx", args=["volume"]), query)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    head, *lines = book.get_sheet_by_name("numbers").to_python()
    wanted_head, *wanted = rows(viewer, **query)
    assert head == wanted_head
    assert [line[1:] for line in lines] == [[int(c) if c.isdecimal() else c for c in line[1:]] for line in wanted]


def test_no_cell_of_the_file_starts_a_formula(viewer, event, make_post):
    event.name = "=HYPERLINK()"
    event.save()
    make_post(category="requests_or_urgent_needs", group="needs")
    cells = [cell for line in rows(viewer, t="24h") for cell in line]
    assert cells
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r"]


def test_the_files_name_cannot_break_its_header(viewer, event):
    response = viewer.get(reverse("analytics-csv", args=["volume"]), {"event": 'x"\r\nSet-Cookie: a=b'})
    assert response["Content-Disposition"] in ('attachment; filename="volume-flood-event.csv"',)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
@pytest.mark.parametrize("address", ["/analytics/", "/analytics/volume.csv"])
def test_pages_are_read_only(viewer, method, address):
    assert getattr(viewer, method)(address).status_code == 405


def test_the_panel_is_registered_under_its_name():
    assert list(usable_apps) == [app.NAME]


def test_the_panels_are_in_the_readers_language(viewer):
    address = "/django_plotly_dash/app/analytics/_dash-layout"
    english, spanish = (
        viewer.get(address, headers={"Accept-Language": code}).content.decode() for code in ("en", "es")
    )
    assert "Show as table" in english and "Export CSV" in english
    assert "Mostrar como tabla" in spanish and "Show as table" not in spanish
