"""How often second reviewers agreed with a person; shown to that person only."""

from dataclasses import dataclass

from classifier.models import Label
from responder.models import User

NEWEST = 500  # of the person's labels
ENOUGH = 10  # fewest second opinions for a figure


@dataclass(frozen=True, slots=True)
class SecondOpinions:
    """The number of a person's posts that others also labelled, and the number on which they agreed."""

    same: int
    number: int

    @property
    def enough(self) -> bool:
        return self.number >= ENOUGH

    @property
    def tenths(self) -> int:
        return round(10 * self.same / self.number) if self.number else 0


def second_opinions(user: User) -> SecondOpinions:
    """Second opinions on the posts that `user` decided on recently; two queries."""
    standing = Label.objects.filter(withdrawn=False, superseded_by=None)
    rows = standing.filter(by=user, how=Label.How.TRIAGE).order_by("-pk")
    own = dict(rows.values_list("subject", "category")[:NEWEST])
    others = standing.filter(subject__in=own).exclude(by=user).exclude(by=None).values_list("subject", "category")
    pairs = [(own[subject], category) for subject, category in others]
    return SecondOpinions(same=sum(mine == theirs for mine, theirs in pairs), number=len(pairs))
