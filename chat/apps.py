from django.apps import AppConfig
from django.core.checks import Tags, register


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat import checks

        for check in checks.ALWAYS:
            register(check)
        for check in checks.AT_DEPLOY:
            register(check, Tags.security, deploy=True)
