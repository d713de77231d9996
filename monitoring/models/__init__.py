"""The models of monitoring."""

from monitoring.models.audit_event import AuditEvent
from monitoring.models.report import AccuracyWindow, Alert, DriftReport

__all__ = ["AccuracyWindow", "Alert", "AuditEvent", "DriftReport"]
