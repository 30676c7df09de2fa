"""The only entry point: under WSGI Django would hold streams back to their end."""

import os

import django
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

try:
    django.setup(set_prefix=False)
    from chat.server.application import service
    from chat.server.handler import Handler

    application = service(Handler())
except ImproperlyConfigured as error:
    from chat.server.misconfigured import misconfigured

    application = misconfigured(str(error))
