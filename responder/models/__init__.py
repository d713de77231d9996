"""The rows of the operations room."""

from responder.models.account import Invitation, PasswordLink, UserSession
from responder.models.cap import CapAlert
from responder.models.change import Change
from responder.models.claim import Claim
from responder.models.correction import CorrectionDecision, CorrectionJob, CorrectionRequest, HiddenPhrase
from responder.models.event import Event, TeamArea
from responder.models.event_role import EventRole
from responder.models.export import ExportJob
from responder.models.feed import Feed, FeedGap, FeedUsage, Tombstone
from responder.models.feed_test import FeedTest
from responder.models.feedback import PartnerFeedback
from responder.models.field_report import FieldReport, MessagePart, ReportChannel
from responder.models.grouping import GroupingFailure
from responder.models.import_job import ImportJob
from responder.models.incident import (
    Incident,
    IncidentEntry,
    IncidentFollower,
    IncidentPost,
    MutedAuthor,
    PostEmbedding,
)
from responder.models.installation import FirstRunLink, Installation
from responder.models.job import PredictionJob
from responder.models.organisation import Membership, Organisation
from responder.models.place import Place
from responder.models.post import Post
from responder.models.rekeying import Rekeying
from responder.models.replay import Replay
from responder.models.reveal import Reveal
from responder.models.rumour import Rumour, RumourPost
from responder.models.saved_view import DefaultView, SavedView
from responder.models.shared_id import SharedId
from responder.models.snooze import Snooze
from responder.models.team import Team
from responder.models.token import ApiToken, IdempotencyRecord
from responder.models.triage import TriageAction
from responder.models.user import LogInFailure, User
from responder.models.webhook import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from responder.models.words import PostWords

__all__ = [
    "ApiToken",
    "CapAlert",
    "Change",
    "Claim",
    "CorrectionDecision",
    "CorrectionJob",
    "CorrectionRequest",
    "DefaultView",
    "Event",
    "EventRole",
    "ExportJob",
    "Feed",
    "FeedGap",
    "FeedTest",
    "FeedUsage",
    "FieldReport",
    "FirstRunLink",
    "GroupingFailure",
    "HiddenPhrase",
    "IdempotencyRecord",
    "ImportJob",
    "Incident",
    "IncidentEntry",
    "IncidentFollower",
    "IncidentPost",
    "Installation",
    "Invitation",
    "LogInFailure",
    "Membership",
    "MessagePart",
    "MutedAuthor",
    "Organisation",
    "PartnerFeedback",
    "PasswordLink",
    "Place",
    "Post",
    "PostEmbedding",
    "PostWords",
    "PredictionJob",
    "Rekeying",
    "Replay",
    "ReportChannel",
    "Reveal",
    "Rumour",
    "RumourPost",
    "SavedView",
    "SharedId",
    "Snooze",
    "Team",
    "TeamArea",
    "Tombstone",
    "TriageAction",
    "User",
    "UserSession",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
