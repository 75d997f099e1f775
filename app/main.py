"""The application, put together. Every router is mounted here, and nowhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources

import anyio
import anyio.to_thread
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.middleware.exceptions import ExceptionMiddleware

from app.changes import amendment_api as amendments
from app.changes import api as changes
from app.commitments import api as commitments
from app.commitments import ownership_api as ownership
from app.commitments.horizon import Horizon
from app.core import contract, db, http
from app.core.clock import Clock, system_clock
from app.core.config import Settings
from app.core.edge import Edge, Quota
from app.digests import api as digests
from app.effectiveness import api as effectiveness
from app.escalations import api as escalations
from app.escalations import rule_api as escalation_rules
from app.files import api as files
from app.files import store
from app.files.rules import FileTooLarge
from app.followthrough import api as followthrough
from app.followthrough import item_api as items
from app.followthrough import notice_api as lists_of_notices
from app.followthrough import polled
from app.followthrough import report_api as follow_through
from app.followthrough import waiting_api as waiting
from app.followthrough.pages import Pages
from app.ingest import api as ingest
from app.letters import api as letters
from app.notices import api as notices
from app.plans import api as plans
from app.plans import case_api as cases
from app.proofs import api as proofs
from app.proofs import erasure_api as erasures
from app.proofs import ledger_api as ledger
from app.proofs import proof_api as plan_proofs
from app.web import health, pages, unsubscribing
from app.workspaces import access
from app.workspaces import api as workspaces

VERSION = "0.1.0"

_DESCRIPTION = """\
Records approved plans of action as concrete commitments with owners and due dates, tells any client what is overdue,
and proves afterwards what was promised and what was done.

Errors are problem details (RFC 9457); each `type` is an address on this server that explains it. Every POST that
records something takes an `Idempotency-Key`, every change of one thing an `If-Match`, every read an `If-None-Match`.
Instants are UTC; days are local to the plan. Clients ignore fields and values they do not know.
"""
_TAGS = [
    {"name": "overdue", "description": "What is overdue, what will be, how many."},
    {
        "name": "escalations",
        "description": "What has been overdue for so long that somebody else is told, and by which rule.",
    },
    {"name": "notices", "description": "What the marketplace sent: notifications, complaints, deadlines."},
    {"name": "ingest", "description": "What Amazon sends, as it sends it, and what waits for an account."},
    {"name": "follow-through", "description": "What was promised for a period, and what became of it."},
    {"name": "items", "description": "What is known about what notices and plans are about."},
    {"name": "plans", "description": "The answer to notices, and the attempts to get it approved."},
    {"name": "commitments", "description": "What was promised: who, by when, done or not, with which evidence."},
    {
        "name": "changes",
        "description": "Extensions, waivers, amendments: asked by one, decided by another.",
    },
    {"name": "files", "description": "What evidence may be beside words and links: documents, pictures, e-mails."},
    {"name": "ledger", "description": "Everything that happened, in order, for ever."},
    {"name": "workspace", "description": "The tenant and its rules."},
    {"name": "members", "description": "People who can own commitments."},
    {"name": "digests", "description": "What each member is told, where and when."},
    {"name": "accounts", "description": "Marketplace accounts under watch."},
    {"name": "api keys", "description": "What clients present."},
]


def create_app(
    settings: Settings, url: str, *, clock: Clock = system_clock, engine: sa.Engine | None = None
) -> FastAPI:
    """Return the application on the database at *url*. Nothing is read from the environment here."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # As many threads as connections: more would only wait for one.
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.pool_size
        app.state.connections = polled.Connections(url, settings.pool_size)
        yield
        await app.state.connections.close()
        app.state.engine.dispose()

    app = FastAPI(
        title="Followthrough",
        version=VERSION,
        summary="Proves that people did what they promised.",
        description=_DESCRIPTION,
        contact={"name": "Followthrough", "url": "https://followthrough.example/"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/", "description": "This server (local, staging or production).", "x-internal": False}],
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=contract.operation_id,
        lifespan=lifespan,
    )
    app.state.engine = engine or db.make_engine(url, pool_size=settings.pool_size)
    app.state.clock = clock
    app.state.seen = {}
    app.state.horizon = Horizon()
    app.state.font_dir = settings.font_dir
    app.state.pages = Pages()
    app.state.files = store.opened(settings)
    app.state.unused_files_limit = settings.unused_files_limit * 1024 * 1024
    app.state.private_channels = settings.private_channels
    # Flat, and what is polled first: FastAPI matches the routes of an included router twice.
    for domain in (
        followthrough,
        lists_of_notices,
        follow_through,
        escalations,
        commitments,
        files,
        notices,
        ingest,
        items,
        letters,
        plans,
        cases,
        changes,
        amendments,
        waiting,
        effectiveness,
        proofs,
        plan_proofs,
        ledger,
        erasures,
        digests,
        ownership,
        escalation_rules,
        workspaces,
    ):
        app.router.routes.extend(domain.router.routes)
    app.include_router(health.router)
    app.include_router(pages.router)
    app.include_router(unsubscribing.router)
    app.mount("/static", StaticFiles(directory=str(resources.files("app.web") / "static")), name="static")
    http.install(app)
    access.install(app)
    contract.install(app)
    # Instead of FastAPI's own stack: the edge limits bodies and the failsafe answers what nobody caught, so its other
    # layers would have nothing to do, and a poll feels each of them.
    inner = ExceptionMiddleware(AsyncExitStackMiddleware(app.router), handlers=app.exception_handlers)
    app.middleware_stack = Edge(
        http.Failsafe(inner),
        quota=Quota(settings.rate_limit),
        clock=lambda: app.state.clock().timestamp(),
        larger={("POST", files.PATH): (settings.file_limit * 1024 * 1024, FileTooLarge)},
    )
    return app
