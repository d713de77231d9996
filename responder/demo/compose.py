"""Composes the exercise: who posts which line when, who replies, and what is reposted."""

from collections import defaultdict
from dataclasses import dataclass

from responder.demo import banks, echoes
from responder.demo.banks import Line
from responder.demo.draw import Draw
from responder.demo.people import Author, cast
from responder.demo.places import Place
from responder.demo.render import dress, fill

SEED = "sereia-1"
DAY = 86_400
PHASE_HOURS = {1: (0, 6), 2: (6, 10), 3: (10, 15), 4: (15, 20), 5: (20, 24)}
# Relative number of posts in each hour: a slow night, peaks at landfall and the noon flood, a long evening.
HOURS = (10, 11, 12, 16, 24, 38, 86, 150, 128, 84, 78, 104, 122, 100, 84, 92, 104, 92, 80, 72, 66, 56, 44, 30)
# How many first posts each category gets in each language of the first wave, before replies and passing on.
# In later waves every line of a bank is posted once.
FIRST_POSTS = {
    "requests_or_urgent_needs": (92, 19, 9, 8),
    "rescue_volunteering_or_donation_effort": (120, 24, 13, 11),
    "infrastructure_and_utility_damage": (100, 22, 11, 9),
    "injured_or_dead_people": (68, 14, 7, 6),
    "missing_or_found_people": (42, 7, 4, 4),
    "displaced_people_and_evacuations": (78, 15, 7, 7),
    "caution_and_advice": (76, 16, 9, 8),
    "sympathy_and_support": (64, 14, 8, 7),
    "other_relevant_information": (82, 16, 8, 8),
    "not_humanitarian": (212, 36, 21, 17),
}
MOST_USES = 3
REPLIES = 60
ECHOES = 520  # in the first wave, over all its languages
ECHOES_OF_A_LANGUAGE = 10  # in later waves
# What gets passed on more, or less, than the rest.
PULL = {
    "caution_and_advice": 1.5,
    "requests_or_urgent_needs": 1.1,
    "sympathy_and_support": 0.7,
    "Critical": 2.4,
    "High": 1.2,
    "pt": 1.4,
    "es": 1.9,
    "fr": 1.7,
}
RUMOUR_PULL = 3.0
STILL_OPEN = ("missing_or_found_people", "requests_or_urgent_needs")
# Whose official lines come from relief organisations rather than news and warning desks.
AID = ("rescue_volunteering_or_donation_effort", "requests_or_urgent_needs")


@dataclass(slots=True, eq=False)
class Draft:
    """A post on its way: `line` carries the labels; `parent` is what it answers or reposts."""

    offset: int
    author: Author
    text: str
    line: Line
    place: Place | None
    kind: str = "post"
    parent: "Draft | None" = None


def _talkativeness(people: int) -> list[float]:
    return [(1 + rank) ** -0.4 for rank in range(people)]


class Company:
    """Gives each post its author: official lines to their desks, the rest to people, some more talkative."""

    def __init__(self, wave: int, draw: Draw) -> None:
        self._draw = draw
        self._cast = cast(wave, draw)
        self._people = {lang: [a for a in authors if a.role == "person"] for lang, authors in self._cast.items()}
        self._talk = {lang: [(1 + rank) ** -0.4 for rank in range(len(a))] for lang, a in self._people.items()}

    def voice(self, line: Line) -> Author:
        """The author of a first post."""
        if not line.official:
            return self.person(line.lang)
        role = "aid" if line.category in AID else "desk"
        return self._draw.pick([author for author in self._cast[line.lang] if author.role == role])

    def person(self, lang: str, *, besides: Author | None = None) -> Author:
        """Return a person who writes `lang`, other than `besides`."""
        while True:
            found = self._draw.weighted(self._people[lang], self._talk[lang])
            if found != besides:
                return found


def _moment(line: Line, draw: Draw) -> tuple[int, int]:
    """A phase the line belongs to and an offset in it, busy hours first."""
    hours = [(hour, phase) for phase in line.phases for hour in range(*PHASE_HOURS[phase])]
    hour, phase = draw.weighted(hours, [HOURS[hour] for hour, _ in hours])
    return phase, hour * 3600 + draw.integer(0, 3599)


def _choose(lines: list[Line], count: int, draw: Draw) -> list[Line]:
    """`count` lines, each once before any twice; lines without slots never twice."""
    chosen: list[Line] = []
    for use in range(MOST_USES):
        chosen += [line for line in draw.shuffled(lines) if use == 0 or line.varies]
    return chosen[:count]


def _each_line(wave: int, company: Company, draw: Draw) -> list[Draft]:
    lines = [line for line in banks.single_posts() if line.lang in banks.WAVES[wave]]
    return [_post(line, company.voice(line), draw) for line in lines]


def _first_posts(company: Company, draw: Draw) -> list[Draft]:
    by_class: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in banks.single_posts():
        by_class[line.category, line.lang].append(line)
    drafts = []
    for category, counts in FIRST_POSTS.items():
        for lang, count in zip(banks.WAVES[0], counts, strict=True):
            for line in _choose(by_class[category, lang], count, draw):
                drafts.append(_post(line, company.voice(line), draw))
    return drafts


def _post(line: Line, author: Author, draw: Draw) -> Draft:
    phase, offset = _moment(line, draw)
    rendered = fill(line, phase, draw)
    return Draft(offset, author, dress(line, rendered, draw), line, rendered.place)


def _threads(wave: int, company: Company, draw: Draw) -> list[Draft]:
    own = [lines for lines in banks.threads() if lines[0].lang in banks.WAVES[wave]]
    return [draft for lines in own for draft in _thread(lines, company, draw)]


def _thread(lines: list[Line], company: Company, draw: Draw) -> list[Draft]:
    author = company.person(lines[0].lang)
    first = _post(lines[0], author, draw)
    latest = DAY - 1300 * len(lines)
    first.offset = min(first.offset, latest)
    drafts = [first]
    for line in lines[1:]:
        rendered = fill(line, line.phases[-1], draw)
        offset = drafts[-1].offset + draw.integer(180, 1200)
        drafts.append(Draft(offset, author, rendered.text, line, rendered.place, "thread", drafts[-1]))
    return drafts


def _answers(drafts: list[Draft], company: Company, draw: Draw) -> list[Draft]:
    by_category: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.line.lang == "en" and draft.offset < DAY - 4000:
            by_category[draft.line.category].append(draft)
    lines = banks.replies()
    found = []
    for line in (draw.shuffled(lines) + draw.shuffled(lines))[:REPLIES]:
        fitting = [d for d in by_category[line.answers] if _phase(d.offset) in line.phases and _open(d.line)]
        akin = [d for d in fitting if set(line.needs) & set(d.line.needs) - {"request"}]
        asked = draw.pick(akin or fitting)
        author = company.person("en", besides=asked.author)
        offset = asked.offset + 60 + min(draw.wait(900), 3800)
        found.append(Draft(offset, author, f"@{asked.author.handle} {line.text}", line, None, "reply", asked))
    return found


def _open(line: Line) -> bool:
    """Whether people still answer: a search that ended or a small wish gets no help."""
    return line.priority != "Low" or line.category not in STILL_OPEN


def _phase(offset: int) -> int:
    return next(phase for phase, (_, end) in PHASE_HOURS.items() if offset < end * 3600)


def _echo(draft: Draft, company: Company, comments: dict[str, list[str]], draw: Draw) -> Draft:
    """One person passing `draft` on, some minutes or hours later."""
    author = company.person(draft.line.lang, besides=draft.author)
    left = DAY - 1 - draft.offset
    offset = draft.offset + min(60 + draw.wait(2400), draw.integer(left // 2, left))
    said = comments[draft.line.lang]
    kind = draw.weighted(("repost", "quote", "copy"), (55, 15, 30))
    if kind == "repost":
        text = echoes.retweet(draft.text, draft.author.handle)
    elif kind == "quote":
        text = echoes.quote(draft.text, draft.author.handle, said, draw)
    else:
        text = echoes.copy(draft.text, draft.author.handle, said, draw, aside=not draft.line.emergency)
    return Draft(offset, author, text, draft.line, draft.place, kind, None if kind == "copy" else draft)


def _pull(line: Line) -> float:
    pull = RUMOUR_PULL if line.rumour else 1.0
    for label in (line.category, line.priority, line.lang):
        pull *= PULL.get(label, 1.0)
    return pull


def _passed_on(drafts: list[Draft], count: int, company: Company, draw: Draw) -> list[Draft]:
    comments = banks.comments()
    early = [draft for draft in drafts if draft.offset < DAY - 600]
    pull = [draw.heavy_tail() * _pull(draft.line) for draft in early]
    return [_echo(draw.weighted(early, pull), company, comments, draw) for _ in range(count)]


def compose(seed: str = SEED) -> list[Draft]:
    """Every post of the exercise in the order of time."""
    drafts = [draft for wave in range(len(banks.WAVES)) for draft in _wave(wave, seed)]
    return sorted(drafts, key=lambda draft: draft.offset)


def _wave(wave: int, seed: str) -> list[Draft]:
    return _later_wave(wave, Draw(f"{seed}/{wave}")) if wave else _first_wave(Draw(seed))


def _first_wave(draw: Draw) -> list[Draft]:
    company = Company(0, draw)
    alone = _first_posts(company, draw)
    threads = _threads(0, company, draw)
    answers = _answers(alone, company, draw)
    return [*alone, *threads, *answers, *_passed_on(alone, ECHOES, company, draw)]


def _later_wave(wave: int, draw: Draw) -> list[Draft]:
    """Compose posts, threads and reposts, the same number in each language, without replies."""
    company = Company(wave, draw)
    alone = _each_line(wave, company, draw)
    passed_on = []
    for lang in banks.WAVES[wave]:
        own = [draft for draft in alone if draft.line.lang == lang]
        passed_on += _passed_on(own, ECHOES_OF_A_LANGUAGE, company, draw)
    return [*alone, *_threads(wave, company, draw), *passed_on]
