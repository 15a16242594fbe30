"""The baseline: the least HTTP server uvicorn can be, which reads a body and answers with as many bytes as asked for."""

from typing import Any

import uvicorn

from ircockpit.hub.serving import listen


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    size = int(scope["query_string"] or b"0")
    headers = [(b"content-length", str(size).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * size})


def main() -> None:
    listener = listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(app, lifespan="off", access_log=False, log_config=None, ws="none")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
