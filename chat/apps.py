from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat import checks
        from chat.checks.replaced import forget_replaced_checks
        from chat.database_files import close_database_to_others

        forget_replaced_checks()
        for check in checks.ALWAYS:
            register(check)
        for check in checks.AT_DEPLOY:
            register(check, Tags.security, deploy=True)
        connection_created.connect(close_database_to_others)
