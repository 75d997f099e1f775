"""The page behind the link of a digest. Looking changes nothing, since programs that check links look; its button does.

What the link carries is all that is needed: whoever has it can end the digests of one member, and nothing else.
"""

import re
from html import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.core import db
from app.core.http import present
from app.digests import operations, queries
from app.web.pages import PAGE
from app.workspaces import operations as workspaces
from app.workspaces import queries as members

router = APIRouter(include_in_schema=False)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{64}", re.ASCII)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
}
_ASK = """<h1>No more digests?</h1>
<p>You will get no more messages from {workspace} about what is overdue, due soon and waiting for you.</p>
<form method="post"><button style="font: inherit; padding: .5em 1em">Stop these messages</button></form>"""
_DONE = """<h1>Done</h1>
<p>You will get no more digests from {workspace}. If you change your mind, an admin of {workspace} can turn them on
again.</p>"""
_GONE = "<h1>This link does not work any more</h1><p>Use the one in the newest message.</p>"


@router.get("/unsubscribe", response_class=HTMLResponse)
def ask(request: Request, token: str = "") -> Response:
    """Ask whether the digests should stop."""
    if not _TOKEN.fullmatch(token):
        return _gone()
    with db.reading(request.app.state.engine, operations.workspace_in(token)) as read:
        if queries.linked_member(read, token) is None:
            return _gone()
        return _page(_ASK.format(workspace=escape(members.workspace(read).name)))


@router.post("/unsubscribe", response_class=HTMLResponse)
def stop(request: Request, token: str = "") -> Response:
    """Stop them; the body says nothing that matters, be it of the button or of a mail program (RFC 8058)."""
    if not _TOKEN.fullmatch(token):
        return _gone()
    with db.writing(request.app.state.engine, operations.workspace_in(token)) as tx:
        member = queries.linked_member(tx, token)
        if member is None:
            return _gone()
        workspace = workspaces.lock_workspace(tx)
        chosen = queries.digest_of(tx, member)
        if chosen is None or chosen.active:
            operations.choose(tx, member, {"active": False}, by=member, at=present(request))
        return _page(_DONE.format(workspace=escape(workspace.name)))


def _gone() -> Response:
    return _page(_GONE, status=404)


def _page(body: str, status: int = 200) -> Response:
    return HTMLResponse(PAGE.format(title="Digests", body=body), status, _HEADERS)
