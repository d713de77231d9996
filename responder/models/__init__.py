"""The rows of the operations room."""

from responder.models.account import Invitation, PasswordLink, UserSession
from responder.models.alerting import (
    AlertFiring,
    AlertRecipient,
    AlertRule,
    Notification,
    NotificationChannel,
    NotificationDelivery,
    NotificationMessage,
    NotificationSettings,
    PushKey,
)
from responder.models.base_map import BaseMap, BaseMapKind
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
from responder.models.incident_fact import IncidentFact
from responder.models.installation import FirstRunLink, Installation
from responder.models.job import PredictionJob
from responder.models.map_layer import MapArea, MapLayer
from responder.models.offer import Offer
from responder.models.official_alert import AlertReference, HazardSource, OfficialAlert
from responder.models.organisation import Membership, Organisation
from responder.models.place import Place
from responder.models.post import Post
from responder.models.rekeying import Rekeying
from responder.models.replay import Replay
from responder.models.reveal import Reveal
from responder.models.rumour import Rumour, RumourPost
from responder.models.saved_view import DefaultView, SavedView
from responder.models.shared_id import SharedId
from responder.models.situation import (
    Handover,
    SituationFacts,
    SituationFile,
    SituationLink,
    SituationReport,
    SituationVersion,
)
from responder.models.snooze import Snooze
from responder.models.suggestion import IncidentSuggestion, SuggestedPost
from responder.models.team import Team
from responder.models.token import ApiToken, IdempotencyRecord
from responder.models.translation import Translation, TranslationEngine, TranslationUse
from responder.models.triage import TriageAction
from responder.models.user import LogInFailure, User
from responder.models.webhook import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from responder.models.words import PostWords

__all__ = [
    "AlertFiring",
    "AlertRecipient",
    "AlertReference",
    "AlertRule",
    "ApiToken",
    "BaseMap",
    "BaseMapKind",
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
    "Handover",
    "HazardSource",
    "HiddenPhrase",
    "IdempotencyRecord",
    "ImportJob",
    "Incident",
    "IncidentEntry",
    "IncidentFact",
    "IncidentFollower",
    "IncidentPost",
    "IncidentSuggestion",
    "Installation",
    "Invitation",
    "LogInFailure",
    "MapArea",
    "MapLayer",
    "Membership",
    "MessagePart",
    "MutedAuthor",
    "Notification",
    "NotificationChannel",
    "NotificationDelivery",
    "NotificationMessage",
    "NotificationSettings",
    "Offer",
    "OfficialAlert",
    "Organisation",
    "PartnerFeedback",
    "PasswordLink",
    "Place",
    "Post",
    "PostEmbedding",
    "PostWords",
    "PredictionJob",
    "PushKey",
    "Rekeying",
    "Replay",
    "ReportChannel",
    "Reveal",
    "Rumour",
    "RumourPost",
    "SavedView",
    "SharedId",
    "SituationFacts",
    "SituationFile",
    "SituationLink",
    "SituationReport",
    "SituationVersion",
    "Snooze",
    "SuggestedPost",
    "Team",
    "TeamArea",
    "Tombstone",
    "Translation",
    "TranslationEngine",
    "TranslationUse",
    "TriageAction",
    "User",
    "UserSession",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
