"""An ASGI application that does nothing: what uvicorn itself can do, `{}` to every request."""

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"2")],
}


async def app(scope, receive, send) -> None:
    if scope["type"] == "http":
        await send(START)
        await send({"type": "http.response.body", "body": b"{}"})
