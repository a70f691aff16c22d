"""The page on which a browser shows the token, once; without a script, so that it works before anything else does."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from seawall.app.server.guard import COOKIE, SESSION_S, Sessions, cookie_of, same_secret
from seawall.app.server.settings import Settings

ROUTES: Final = APIRouter(include_in_schema=False)
PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>seawall: log in</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><style>
body{{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;place-items:center;min-height:100vh;
background:#fdfdfb;color:#1c232b}}
form{{width:min(22rem,90vw)}}label,input,button{{display:block;width:100%;box-sizing:border-box;font:inherit}}
input{{padding:.5rem;margin:.25rem 0 1rem;border:1px solid #5c6670;border-radius:4px;background:#fff;color:inherit}}
button{{padding:.6rem;border:0;border-radius:4px;background:#0b6380;color:#fff;cursor:pointer}}
p[role=alert]{{color:#b34700}}
@media (prefers-color-scheme:dark){{body{{background:#14191e;color:#e6e9eb}}input{{background:#20272e}}
p[role=alert]{{color:#f0935a}}}}
</style></head><body><main><h1>seawall</h1>{said}<form method="post" action="/login">
<label for="token">Token of this desk</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Log in</button></form></main></body></html>"""


@ROUTES.get("/login")
def page() -> HTMLResponse:
    """Ask for the token."""
    return HTMLResponse(PAGE.format(said=""))


@ROUTES.post("/login")
def login(request: Request, token: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Open a session for the right token."""
    settings: Settings = request.app.state.settings
    sessions: Sessions = request.app.state.sessions
    if settings.token is not None and not same_secret(token.strip(), settings.token):
        said = '<p role="alert">This is not the token of this desk: look where the server was started.</p>'
        return HTMLResponse(PAGE.format(said=said), 401)
    answer = RedirectResponse("/", 303)
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    answer.set_cookie(
        COOKIE, sessions.open(), max_age=int(SESSION_S), httponly=True, samesite="strict", secure=secure, path="/"
    )
    return answer


@ROUTES.post("/logout")
def logout(request: Request) -> Response:
    """Close the session of this browser."""
    sessions: Sessions = request.app.state.sessions
    sessions.close(cookie_of(request.headers))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer
