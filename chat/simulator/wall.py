"""The HTML page of the firewall in front of Z.AI."""

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>405</title></head>
<body>
<h1>405</h1>
<p>Your request has been blocked, as it may be a threat to the site's security.</p>
<p>Request id: <code>{}</code></p>
</body>
</html>
"""


def block_page(request_id: str) -> bytes:
    return _PAGE.format(escape(request_id)).encode()
