"""Passwords: strong enough for what they guard, short enough to be hashed."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 1_000  # characters, of a user's password and of what is typed at the log-in
STRENGTH = 4  # of 4: beyond ten to the power of ten guesses
MEASURED = 72  # characters that are measured: more takes far longer, and a longer password is strong or repetitive
PRODUCT_WORDS = ("responder", "relief", "triage", "emergency", "disaster")
PERSONAL = ("username", "first_name", "last_name", "email")


class LengthValidator:
    """Refuses passwords longer than log-in accepts."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("Your password can have at most %(most)d characters.") % {"most": LONGEST}


class StrengthValidator:
    """Refuses guessable passwords: common ones, names, dates, keyboard walks, and combinations of them."""

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
