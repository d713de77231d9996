import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier import categories, clock
from responder.confidence_bands import BANDS
from responder.incidents import membership
from responder.models import FieldReport, Incident, IncidentPost
from responder.queries import areas, posts
from responder.queries.filters import DEFAULT_GROUPS, STATUSES, TIME_RANGES, Filter


def parse(querystring):
    return Filter.parse(QueryDict(querystring), None)


def subsets(choices):
    return st.sets(st.sampled_from(choices)).map(lambda found: tuple(c for c in choices if c in found))


@st.composite
def filters(draw, events=("", "flood")):
    groups, chosen = draw(subsets(categories.GROUPS)), draw(subsets(tuple(categories.BY_ID)))
    severities = draw(subsets((1, 2, 3, 4)))
    owner, source = draw(st.sampled_from(["", "none", "1", "2"])), draw(st.sampled_from(["", "test", "Field SMS"]))
    media, need = draw(st.sampled_from(["", "with", "without"])), draw(st.sampled_from(["", "water", "food"]))
    return Filter(
        owner=owner,
        source=source,
        media=media,
        need=need,
        event=draw(st.sampled_from(events)),
        groups=groups if groups or chosen else DEFAULT_GROUPS,
        categories=chosen,
        severities=() if len(severities) == 4 else severities,
        min_confidence=draw(st.sampled_from(BANDS)),
        status=draw(st.sampled_from(STATUSES)),
        time_range=draw(st.sampled_from(tuple(TIME_RANGES))),
        lang=draw(st.sampled_from(["", "en", "pt", "und", "pt-br"])),
        place=draw(st.sampled_from(["", "Beira", "buzi", "Nova Sofala"])),
        area=draw(
            st.sampled_from([None, (33.0, -20.1, 35.0, -19.5), (34.0, -30.0, 33.0, 10.0), (-180.0, -1.0, 180.0, 1.0)])
        ),
        q=draw(
            st.sampled_from(["", "water", "WATER", "100% & ?x=1", "água", "_", "wat", '"send water"', "-lost", "a -b"])
        ),
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(filters())
def test_a_filter_survives_its_query_string(post_filter):
    assert parse(post_filter.querystring()) == (post_filter, [])


@given(st.text(max_size=80))
def test_any_query_string_yields_a_filter_that_survives(text):
    post_filter, _notices = parse(text)
    assert parse(post_filter.querystring()) == (post_filter, [])


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "event",
                "t",
                "cat",
                "sev",
                "conf",
                "status",
                "lang",
                "place",
                "area",
                "source",
                "media",
                "owner",
                "need",
                "q",
            ]
        ),
        st.text(max_size=30),
    )
)
def test_any_values_yield_a_filter_that_survives(values):
    query = QueryDict(mutable=True)
    query.update(values)
    post_filter, _notices = Filter.parse(query, None)
    assert parse(post_filter.querystring()) == (post_filter, [])


def test_unknown_keys_are_ignored_without_a_word():
    assert parse("colour=blue&bbox=1,2,3,4&z=3") == (Filter(), [])


@pytest.mark.parametrize(
    "part",
    [
        "t=5y",
        "cat=fish",
        "sev=9",
        "conf=x",
        "status=open",
        "lang=%3Cb%3E",
        "event=a/b",
        "area=1,2,3",
        "area=nan,0,1,1",
        "area=0,2,1,1",
        "area=-200,0,1,1",
        "source=" + "x" * 65,
        "source=a%00b",
        "source=%22a%22",
        "media=video",
        "owner=ana",
        "owner=0",
        "owner=" + "9" * 30,
        "need=boats",
    ],
)
def test_an_invalid_value_falls_back_with_a_notice(part):
    post_filter, notices = parse(part)
    assert post_filter == Filter()
    assert len(notices) == 1


def test_a_long_search_is_cut_with_a_notice():
    post_filter, notices = parse("q=" + "x" * 300)
    assert len(post_filter.q) == 200
    assert notices


def test_notices_are_bounded():
    assert len(parse("sev=" + ",".join(map(str, range(5, 300))))[1]) <= 10


def test_no_group_left_means_the_usual_groups():
    assert Filter(groups=("needs",)).toggled("needs").groups == DEFAULT_GROUPS
    assert Filter().toggled("aside").groups == categories.GROUPS


@pytest.fixture
def varied(make_post):
    """Posts that differ in everything a filter looks at."""
    names = list(categories.BY_ID)
    statuses = ["unreviewed", "confirmed", "corrected", "dismissed"]
    return [
        make_post(
            category=names[n % len(names)],
            group=categories.GROUPS[n % 6] if n % 5 else "aside",
            severity=1 + n % 4,
            band=1 + n % 5,
            status=statuses[n % 4],
            response=n % 3,
            lang=["en", "pt", "", "und", "pt-BR", "sw"][n % 6],
            text=["Send WATER", "100% & ?x=1 lost", "nothing", "a_b", "Água já, send wáter"][n % 5],
            place_name=["Beira", "Búzi", "", "nova sofala"][n % 4],
            latitude=[-19.84, 0.5, None, -19.0][n % 4],
            longitude=[34.84, 179.5, None, 33.55][n % 4],
            source=["test", "Field SMS"][n % 2],
            links=["https://example.org/a"] if n % 3 else [],
            needs=[["water"], ["food", "water"], [], ["shelter"]][n % 4],
            created_at=clock.now() - [*filter(None, TIME_RANGES.values())][n % 5] * (0.5 + n % 3),
        )
        for n in range(40)
    ]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    post_filter=filters(),
    without=subsets(
        ("cat", "sev", "conf", "status", "t", "lang", "place", "area", "source", "media", "owner", "need", "q")
    ),
)
def test_a_post_in_hand_passes_exactly_where_the_database_says_so(varied, post_filter, without):
    now = clock.now()
    found = set(posts.classified().filter(post_filter.where(now, without=without)).values_list("pk", flat=True))
    assert found == {post.pk for post in varied if post_filter.matches(post, now, without=without)}


@given(st.lists(st.floats(-200, 200) | st.sampled_from([0.05, -179.99, 180.0]), min_size=4, max_size=4))
def test_any_area_lies_on_tenths_of_a_degree_holds_what_was_asked_for_and_survives(edges):
    found = areas.parse(",".join(map(str, edges)))
    if found is None:
        return
    west, south, east, north = edges
    assert areas.parse(areas.write(found)) == found
    assert all(round(edge * 10, 6) == round(edge * 10) for edge in found)
    assert found[1] <= south + 1e-6 and found[3] >= north - 1e-6
    if west < east:
        assert found[0] <= west + 1e-6 and found[2] >= east - 1e-6


def test_the_owner_of_a_posts_incident_and_its_media_are_filtered_by(make_post, people, event):
    mine, free, alone = make_post(), make_post(), make_post(links=["https://example.org/picture"])
    owned = membership.create(post_ids=[mine.pk], by=people["reviewer"], title="Families on roofs")
    membership.create(post_ids=[free.pk], by=people["reviewer"], title="Bridge out")
    Incident.objects.filter(pk=owned.pk).update(owner=people["lead"])
    IncidentPost.objects.create(incident=owned, post=alone, state=IncidentPost.State.SUGGESTED)
    now = clock.now()

    def found(querystring):
        post_filter, notices = parse(querystring)
        assert not notices
        ids = [post.pk for post in posts.matching(post_filter, event).order_by("pk")]
        assert ids == [post.pk for post in (mine, free, alone) if post_filter.matches(post, now)]
        return ids

    assert found(f"owner={people['lead'].pk}") == [mine.pk]
    assert found(f"owner={people['viewer'].pk}") == []
    assert found("owner=none") == [free.pk, alone.pk]
    assert found("media=with") == [alone.pk]
    assert found("media=without") == [mine.pk, free.pk]
    FieldReport.objects.create(post=free, kind=FieldReport.Kind.SMS, ref="R-1", attachments=2)
    assert found("media=with") == [free.pk, alone.pk]


def test_the_search_box_takes_the_same_words(make_post):
    typed = QueryDict(mutable=True)
    typed["q"] = 'source:"Field SMS" media:with owner:none need:water boats'
    post_filter, notices = Filter.parse(typed, None)
    assert (post_filter, notices) == (
        Filter(source="Field SMS", media="with", owner="none", need="water", q="boats"), [],
    )  # fmt: skip
    assert post_filter.text() == 'source:"Field SMS" media:with owner:none need:water boats'
