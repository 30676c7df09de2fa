"""The only entry point: under WSGI Django would hold streams back to their end."""

import os

import django
from django.core.exceptions import ImproperlyConfigured

from config import dotenv, modes

modes.make_private_files()
modes.close_to_others(dotenv.PATH)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

try:
    django.setup(set_prefix=False)
    from chat.web.application import service
    from chat.web.handler import Handler

    application = service(Handler())
except ImproperlyConfigured as error:
    from chat.web.misconfigured import misconfigured

    application = misconfigured(str(error))
