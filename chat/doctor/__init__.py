"""`manage.py doctor`: whether events cross the way to the caller as they are sent.

`order` is what both ends share; `service` and `stream` answer at `/api/chat`; the rest
asks, from where a browser would.
"""
