from chat.admin.requests import RequestLogAdmin

__all__ = ["RequestLogAdmin"]
