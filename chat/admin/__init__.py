from chat.admin.clients.client_admin import ClientAdmin
from chat.admin.requests import RequestLogAdmin
from chat.admin.staff import OurGroupAdmin, OurUserAdmin

__all__ = ["ClientAdmin", "OurGroupAdmin", "OurUserAdmin", "RequestLogAdmin"]
