"""CAP's vocabulary and our mapping to it, which only proposes values to people."""

from django.utils.translation import gettext_lazy

from responder.models import Incident

CATEGORIES = (
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other",
)  # fmt: skip
RESPONSES = ("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None")
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
CHOICES = {
    "category": CATEGORIES,
    "response": RESPONSES,
    "urgency": URGENCIES,
    "severity": SEVERITIES,
    "certainty": CERTAINTIES,
}
LABELS = {
    "hazard": gettext_lazy("Hazard"), "headline": gettext_lazy("Headline"), "area": gettext_lazy("Area"),
    "note": gettext_lazy("Note"), "description": gettext_lazy("Description"), "instruction": gettext_lazy("Instruction"),
    "category": gettext_lazy("Category"), "response": gettext_lazy("Response"), "urgency": gettext_lazy("Urgency"),
    "severity": gettext_lazy("Severity"), "certainty": gettext_lazy("Certainty"),
}  # fmt: skip

OF_CATEGORY = {
    "requests_or_urgent_needs": "Rescue",
    "missing_or_found_people": "Rescue",
    "rescue_volunteering_or_donation_effort": "Rescue",
    "injured_or_dead_people": "Health",
    "infrastructure_and_utility_damage": "Infra",
    "displaced_people_and_evacuations": "Safety",
    "caution_and_advice": "Safety",
}
OF_SEVERITY = {1: "Extreme", 2: "Severe", 3: "Moderate", 4: "Minor"}
OF_URGENCY = {1: "Immediate", 2: "Expected"}
OF_VERIFICATION = {
    Incident.Verification.VERIFIED.value: "Observed",
    Incident.Verification.UNVERIFIED.value: "Possible",
    Incident.Verification.FALSE.value: "Unlikely",
}
