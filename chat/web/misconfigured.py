"""The service when its settings cannot be read."""

from chat.web.asgi import Application, Receive, Scope, Send


def misconfigured(sentence: str) -> Application:
    """Refuse to start with `sentence`.

    An exception at import would have `uvicorn --workers` start processes for ever.
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            raise RuntimeError(sentence)
        await receive()
        await send({"type": "lifespan.startup.failed", "message": sentence})

    return application
