"""A row of every model that the admin shows."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from classifier import clock
from classifier.models import (
    ApprovalRequest,
    Decision,
    Deployment,
    Evaluation,
    Label,
    LabelImport,
    LabelSchema,
    LabelSchemaVersion,
    LabelTask,
    LoadedModel,
    ModelVersion,
    PlaceLabel,
    Prediction,
    Snapshot,
    TrainingRun,
    Waiver,
)
from monitoring import audit
from monitoring.models import AccuracyWindow, Alert, AuditEvent, DriftReport
from responder.models import (
    AlertFiring,
    AlertRecipient,
    AlertRule,
    ApiToken,
    CapAlert,
    Change,
    CorrectionDecision,
    CorrectionJob,
    CorrectionRequest,
    Event,
    EventRole,
    ExportJob,
    Feed,
    FeedGap,
    FeedUsage,
    FieldReport,
    GroupingFailure,
    Handover,
    HazardSource,
    HiddenPhrase,
    IdempotencyRecord,
    ImportJob,
    Incident,
    IncidentEntry,
    IncidentFact,
    IncidentFollower,
    IncidentPost,
    IncidentSuggestion,
    LogInFailure,
    MessagePart,
    MutedAuthor,
    Notification,
    NotificationChannel,
    NotificationDelivery,
    NotificationMessage,
    Offer,
    OfficialAlert,
    Organisation,
    PartnerFeedback,
    Place,
    Post,
    PostEmbedding,
    PredictionJob,
    ReportChannel,
    Reveal,
    Rumour,
    RumourPost,
    SituationReport,
    SuggestedPost,
    Team,
    TeamArea,
    Tombstone,
    Translation,
    TranslationEngine,
    TranslationUse,
    TriageAction,
    User,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)


@pytest.fixture
def make_row(people, event, make_post):
    """Creates a row of a model, with what it hangs on."""
    version = ModelVersion.objects.create(
        name="responder-tweets", version="1", sha256="a" * 64, folder="x", origin="shipped", card="<script>x</script>"
    )

    def token(number: int) -> ApiToken:
        return ApiToken.objects.create(
            organisation_name="Relief",
            name="Sync",
            owner=people["partner"],
            prefix=f"rsp_{number}",
            digest=f"{number:064}",
        )

    def model_version(number: int) -> ModelVersion:
        return version if number == 0 else ModelVersion.objects.create(
            name="other", version=str(number), sha256="b" * 64, folder="y", origin="trained here"
        )  # fmt: skip

    def evaluation(number: int) -> Evaluation:
        return Evaluation.objects.create(
            candidate=version, live=version, n=1, verdict="passed", sha256="c" * 64,
            gates=[{"name": "data", "outcome": "passed", "why": "good"}],
        )  # fmt: skip

    def request(number: int) -> ApprovalRequest:
        return ApprovalRequest.objects.create(
            version=version, evaluation=evaluation(number), evidence_hash="d" * 64, expires_at=clock.now(), state="void"
        )

    def incident(number: int) -> Incident:
        return Incident.objects.create(event=event, title=f"Incident {number}")

    def entry(number: int) -> IncidentEntry:
        return IncidentEntry.objects.create(
            incident=incident(number), verb="note", actor=people["lead"], note="Seen", version=2
        )

    def feed(number: int) -> Feed:
        return Feed.objects.create(name=f"Feed {number}", kind="bluesky")

    def job(number: int) -> PredictionJob:
        return PredictionJob.objects.create(
            owner=people["partner"], name=f"{number}.csv", form="csv", text_column="text", id_column="id", size=1,
            lines=1, sha256="e" * 64, expires_at=clock.now(),
        )  # fmt: skip

    def endpoint(number: int) -> WebhookEndpoint:
        return WebhookEndpoint.objects.create(owner=people["partner"], url=f"https://a.example/{number}")

    def happened(number: int) -> WebhookEvent:
        return WebhookEvent.objects.create(kind="post.critical", data={"id": number})

    def delivery(number: int) -> WebhookDelivery:
        return WebhookDelivery.objects.create(event=happened(number), endpoint=endpoint(number))

    def correction(number: int) -> CorrectionRequest:
        return CorrectionRequest.objects.create(
            ref=f"C-{number}", token_hash=f"{number:064}", wish="safe", where="private", contact="private"
        )

    def channel(number: int) -> ReportChannel:
        return ReportChannel.objects.create(ref=f"C-{number}", kind="sms", name=f"Gateway {number}", event=event)

    def rule(number: int) -> AlertRule:
        return AlertRule.objects.create(name=f"Rule {number}", kind="posts", created_by=people["lead"])

    def firing(number: int) -> AlertFiring:
        return AlertFiring.objects.create(
            rule=rule(number), group=f"g{number}", title="Three posts", path="/map/", first_at=now, last_at=now
        )

    def message(number: int) -> NotificationMessage:
        return NotificationMessage.objects.create(person=people["lead"], subject=f"S {number}", body="B", path="/map/")

    def reached_by(number: int) -> NotificationChannel:
        return NotificationChannel.objects.create(
            person=people["lead"], kind="apprise", label="private", service="private", address="private",
            host="https://private.example",
        )  # fmt: skip

    def hazard_source(number: int) -> HazardSource:
        return HazardSource.objects.create(name=f"Source {number}", kind="gdacs", address="https://a.example/feed")

    def rumour(number: int) -> Rumour:
        return Rumour.objects.create(event=event, claim=f"The dam broke {number}", opened_by=people["lead"])

    now = clock.now()
    makers = {
        AlertRule: rule,
        AlertRecipient: lambda number: AlertRecipient.objects.create(
            rule=rule(number), person=people["lead"], position=0
        ),
        AlertFiring: firing,
        Notification: lambda number: Notification.objects.create(
            person=people["lead"], kind="rule", firing=firing(number), title="Three posts"
        ),
        NotificationMessage: message,
        NotificationChannel: reached_by,
        NotificationDelivery: lambda number: NotificationDelivery.objects.create(
            message=message(number), channel=reached_by(number), problem="Status 500"
        ),
        HazardSource: hazard_source,
        OfficialAlert: lambda number: OfficialAlert.objects.create(
            source=hazard_source(number), identifier=f"GDACS:{number}", headline="Flood", sent=now, valid_until=now,
            raw="private",
        ),
        Offer: lambda number: Offer.objects.create(post=make_post(), event=event, kinds={"food": "rice"}, said="rice"),
        Translation: lambda number: Translation.objects.create(post=make_post(), language="fr", text="private"),
        TranslationEngine: lambda number: TranslationEngine.objects.update_or_create(
            pk=1, defaults={"kind": "azure", "address": "https://a.example", "key": "private", "test_answer": "private"}
        )[0],
        TranslationUse: lambda number: TranslationUse.objects.create(
            day=now.date() - timedelta(days=number), kind="azure", characters=5
        ),
        Rumour: rumour,
        RumourPost: lambda number: RumourPost.objects.create(
            rumour=rumour(number), post=make_post(), side="for", by=people["lead"]
        ),
        EventRole: lambda number: EventRole.objects.create(
            person=people["viewer"], event=Event.objects.create(ref=f"role-{number}", name="R"), role="reviewer"
        ),
        FieldReport: lambda number: FieldReport.objects.create(ref=f"R-{number}", post=make_post(), kind="phone"),
        MessagePart: lambda number: MessagePart.objects.create(
            channel=channel(number), group_key=f"{number:064}", number=1, total=2, text="private", sender="private"
        ),
        ReportChannel: channel,
        WebhookEndpoint: endpoint,
        WebhookEvent: happened,
        WebhookDelivery: delivery,
        WebhookAttempt: lambda number: WebhookAttempt.objects.create(
            delivery=delivery(number), status=500, milliseconds=number
        ),
        PredictionJob: job,
        IncidentFact: lambda number: IncidentFact.objects.create(
            incident=incident(number), post=make_post(), kind="people", value="people", number=80
        ),
        IncidentSuggestion: lambda _number: IncidentSuggestion.objects.create(event=event),
        SuggestedPost: lambda _number: SuggestedPost.objects.create(
            suggestion=IncidentSuggestion.objects.create(event=event), post=make_post(), likeness=0.8
        ),
        SituationReport: lambda number: SituationReport.objects.create(
            event=event, number=number + 1, period_from=now, period_to=now, created_by=people["lead"]
        ),
        Handover: lambda _number: Handover.objects.create(event=event, since=now, until=now, created_by=people["lead"]),
        Team: lambda number: Team.objects.create(
            event=event, name=f"Boat {number}", skills=["water"], contact="+258 84 123 4567", note="Ask for Maria"
        ),
        TeamArea: lambda number: TeamArea.objects.create(
            event=event, name=f"Team {number}", area={"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}
        ),
        ImportJob: lambda number: ImportJob.objects.create(
            owner=people["lead"], name=f"{number}.csv", source="wire", size=1, sha256="e" * 64, expires_at=now, event=event
        ),
        CorrectionRequest: correction,
        CorrectionDecision: lambda number: CorrectionDecision.objects.create(
            request=correction(number), post_id=1, verb="mask", phrases=["private"]
        ),
        CorrectionJob: lambda number: CorrectionJob.objects.create(
            request=correction(number), owner=people["lead"], steps=[["close"]], expires_at=now
        ),
        HiddenPhrase: lambda number: HiddenPhrase.objects.create(kind="number", digest=f"{number:064}", size=8),
        Label: lambda number: Label.objects.create(
            subject=f"post:{number}", text="private", text_key="k", category="not_humanitarian", how="triage",
            by=people["reviewer"],
        ),
        PlaceLabel: lambda number: PlaceLabel.objects.create(
            subject=f"post:{number}", text="private", text_key="k", decision=number, by=people["reviewer"],
        ),
        LabelImport: lambda number: LabelImport.objects.create(name=f"{number}.csv", form="csv", by=people["lead"]),
        LabelSchema: lambda number: LabelSchema.objects.create(name=f"Schema {number}", changed_by=people["lead"]),
        LabelSchemaVersion: lambda number: LabelSchemaVersion.objects.create(
            schema=LabelSchema.objects.create(name=f"Own {number}"), version=1, name=f"Own {number}", what="Created"
        ),
        LabelTask: lambda number: LabelTask.objects.create(
            subject=f"post:{number}", text="private", text_key="k", purpose="audit", week="2026-W48"
        ),
        Snapshot: lambda number: Snapshot.objects.create(
            hash=f"{number:064}", label_cutoff=now, datasheet="# Datasheet\n\n<script>x</script>"
        ),
        TrainingRun: lambda number: TrainingRun.objects.create(
            run_key=f"run {number}", trigger="weekly", label_cutoff=now, initiator=people["approver"]
        ),
        Evaluation: evaluation,
        Waiver: lambda number: Waiver.objects.create(
            evaluation=evaluation(number), gate="slices", by=people["approver"], reason="few texts"
        ),
        ApprovalRequest: request,
        Decision: lambda number: Decision.objects.create(
            request=request(number), verdict="reject", by=people["approver"], reason="worse", evidence_hash_seen="d" * 64
        ),
        Deployment: lambda number: Deployment.objects.create(
            version=version, role="shadow", kind="trial", by="system:releases", ended_at=now
        ),
        LoadedModel: lambda number: LoadedModel.objects.create(
            process=f"host:{number}", role="production", version=version, sha256="a" * 64
        ),
        DriftReport: lambda number: DriftReport.objects.create(
            kind="light", at=now, window_from=now, window_to=now + timedelta(days=number), reference_from=now,
            n_window=9, n_reference=9, model="responder-tweets 2", verdict="steady", summary="nothing", action="none",
        ),
        AccuracyWindow: lambda number: AccuracyWindow.objects.create(
            kind="audited", metric="accuracy", window_from=now, window_to=now + timedelta(days=number), n=9,
            method="Wilson", model="responder-tweets 2",
        ),
        Alert: lambda number: Alert.objects.create(
            key=f"alert {number}", level="warning", title="Look", first_at=now, last_at=now
        ),
        Event: lambda number: Event.objects.create(ref=f"event-{number}", name=f"Event {number}"),
        Post: lambda number: make_post(text="Call +258 84 123 4567, @amina", model_version=version),
        Place: lambda number: Place.objects.create(post=make_post(), text="Beira", start=1, end=6),
        Change: lambda number: Change.objects.create(post=make_post(), kind=Change.Kind.NEW),
        TriageAction: lambda number: TriageAction.objects.create(
            post=make_post(), actor=people["reviewer"], verb="confirm", version=2,
            before={"status": "unreviewed"}, after={"status": "confirmed"},
        ),
        Incident: incident,
        IncidentPost: lambda number: IncidentPost.objects.create(
            incident=incident(number), post=make_post(), state="suggested"
        ),
        IncidentEntry: entry,
        IncidentFollower: lambda number: IncidentFollower.objects.create(
            incident=incident(number), user=people["lead"]
        ),
        MutedAuthor: lambda number: MutedAuthor.objects.create(
            author_key=f"{number:032}", by=people["lead"], entry=entry(number)
        ),
        PostEmbedding: lambda number: PostEmbedding.objects.create(
            post=make_post(), space="s", cell=-1, at=now, vector=b"v", signature=b"s"
        ),
        GroupingFailure: lambda number: GroupingFailure.objects.create(
            embedding=PostEmbedding.objects.create(
                post=make_post(), space="s", cell=-1, at=now, vector=b"v", signature=b"s"
            ),
            attempts=5, error="ValueError: no such cell",
        ),
        Feed: feed,
        FeedGap: lambda number: FeedGap.objects.create(feed=feed(number), began_at=now, why="The wire broke."),
        FeedUsage: lambda number: FeedUsage.objects.create(feed=feed(number), day=now.date(), posts=3),
        Reveal: lambda number: Reveal.objects.create(
            post=make_post(), by=people["lead"], reason="to call her back", until=now
        ),
        LogInFailure: lambda number: LogInFailure.objects.create(
            day=(now + timedelta(days=number)).date(), person=people["lead"]
        ),
        Tombstone: lambda number: Tombstone.objects.create(key=f"{number:064}"),
        CapAlert: lambda number: CapAlert.objects.create(
            headline=f"Water {number}", expires_at=now, created_by=people["lead"], incident=incident(number)
        ),
        PartnerFeedback: lambda number: PartnerFeedback.objects.create(
            post=make_post(), token=token(number), owner=people["partner"], organisation="Relief", wrong=["place"]
        ),
        ExportJob: lambda number: ExportJob.objects.create(
            owner=people["lead"], through_api=False, kind="csv", rows=number, expires_at=now
        ),
        ApiToken: token,
        Organisation: lambda number: Organisation.objects.create(name=f"Relief {number}"),
        IdempotencyRecord: lambda number: IdempotencyRecord.objects.create(
            token=token(number), key=f"key{number}", fingerprint="f", status=200, body={"x": "private"}
        ),
        User: lambda number: User.objects.create_user(f"person-{number}"),
        Group: lambda number: Group.objects.create(name=f"group-{number}"),
        ModelVersion: model_version,
        Prediction: lambda number: Prediction.objects.create(
            subject=f"post:{number}", model_version=version, category="not_humanitarian", probability=0.5,
            emergency_probability=0.1, priority="Low", priority_score=0.1,
        ),
        AuditEvent: lambda number: audit.record(
            actor="user:ana", action="post.confirm", object_type="post", object_id=str(number)
        ),
    }  # fmt: skip
    return lambda model, number: makers[model](number)
