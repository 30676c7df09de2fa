from chat.admin.clients.client_admin import ClientAdmin
from chat.admin.requests import RequestLogAdmin

__all__ = ["ClientAdmin", "RequestLogAdmin"]
