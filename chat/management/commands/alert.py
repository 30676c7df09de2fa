"""`manage.py alert`: send a message to ALERT_WEBHOOK_URL, to see that it arrives."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chat.alerts.message import Message
from chat.alerts.post import NotTaken, post


class Command(BaseCommand):
    help = "Send a test message to ALERT_WEBHOOK_URL."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.ALERT_WEBHOOK_URL:
            raise CommandError("ALERT_WEBHOOK_URL is not set: nobody is told anything.")
        said = "Nothing is wrong: somebody tried whether alerts arrive here."
        message = Message("test", "A test", said, timezone.now())
        try:
            post(settings.ALERT_WEBHOOK_URL, message)
        except NotTaken as error:
            raise CommandError(f"It was not taken: {error}.") from None
        self.stdout.write("It was sent, and taken.")
