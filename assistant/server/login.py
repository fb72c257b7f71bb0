"""The login page, and logging in and out. Knows nothing of how a password is checked."""

from __future__ import annotations

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from assistant.server.accounts import AccountsUnreadable
from assistant.server.identity import COOKIE, Identity, TooManyFailures
from assistant.server.replies import failed
from assistant.server.sessions import HOURS

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in · Quoting assistant</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 22rem; margin: 12vh auto; padding: 1rem; }}
label, input, button {{ display: block; width: 100%; box-sizing: border-box; font: inherit; }}
label {{ margin-top: 1rem; }} input, button {{ padding: .5rem; }} button {{ margin-top: 1.5rem; }}
</style></head><body><main><h1>Quoting assistant</h1>{notice}
<form method="post" action="{action}">
<label for="name">Name</label>
<input id="name" name="username" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button></form></main></body></html>"""


class Login:
    """The addresses /login and /logout."""

    def __init__(self, identity: Identity, *, root_path: str) -> None:
        self._identity = identity
        self._root_path = root_path

    async def page(self, request: Request) -> Response:
        """The form."""
        return self._form("")

    async def enter(self, request: Request) -> Response:
        """Check name and password; a browser goes on to the page, a program gets JSON."""
        browser = "text/html" in request.headers.get("accept", "")
        form = await request.form(max_files=0, max_fields=10)
        name, password = (str(form.get(field, "")) for field in ("username", "password"))
        address = request.client.host if request.client else "?"
        try:
            account = await self._identity.by_password(name.strip(), password, address)
        except TooManyFailures as error:
            after = str(error.after)
            return (
                self._form(str(error), 429, {"Retry-After": after})
                if browser
                else failed(429, str(error), Retry_After=after)
            )
        except AccountsUnreadable:
            return failed(503, "the accounts cannot be read; see the server's log")
        if account is None:
            wrong = "name and password do not fit"
            return self._form(wrong, 401) if browser else failed(401, wrong)
        key = self._identity.sessions.begin(account.user.name, account.password_hash)
        home = f"{self._root_path}/"
        response: Response = (
            RedirectResponse(home, status_code=303) if browser else JSONResponse({"success": True})
        )
        response.set_cookie(
            COOKIE,
            key,
            max_age=HOURS * 3600,
            path=home,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return response

    async def leave(self, request: Request) -> Response:
        """Log out."""
        self._identity.sessions.end(request.cookies.get(COOKIE, ""))
        response = RedirectResponse(f"{self._root_path}/login", status_code=303)
        response.delete_cookie(COOKIE, path=f"{self._root_path}/")
        return response

    def _form(
        self, notice: str, status: int = 200, headers: dict[str, str] | None = None
    ) -> HTMLResponse:
        said = f'<p role="alert">{html.escape(notice)}</p>' if notice else ""
        action = html.escape(f"{self._root_path}/login")
        return HTMLResponse(_PAGE.format(notice=said, action=action), status, headers)
