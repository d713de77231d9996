"""Passwords: strong enough for what they guard, short enough to be hashed."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 1_000  # characters, of a user's password and of what is typed at the log-in
STRENGTH = 4  # of 4: beyond ten to the power of ten guesses
MEASURED = 72  # characters; the measure takes far longer for more, and what is longer is strong or repeats itself
PRODUCT_WORDS = ("responder", "relief", "triage", "emergency", "disaster")
PERSONAL = ("username", "first_name", "last_name", "email")


class LengthValidator:
    """Refuses what is longer than log-in takes."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("Your password can have at most %(most)d characters.") % {"most": LONGEST}


class StrengthValidator:
    """Refuses what a guesser with word lists finds: common passwords, names, dates, keyboard walks, and their mixtures."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        from zxcvbn import zxcvbn  # megabytes of word lists

        personal = [str(getattr(user, name, "") or "") for name in PERSONAL]
        found = zxcvbn(password[:MEASURED], user_inputs=[word for word in (*personal, *PRODUCT_WORDS) if word])
        if found["score"] < STRENGTH:
            raise ValidationError(
                _("This password is too easy to guess. Use four or more unrelated words, or a password manager."),
                code="password_too_weak",
            )

    def get_help_text(self) -> str:
        return _("Your password must be hard to guess. Four or more unrelated words work well.")
