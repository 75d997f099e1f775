"""`/healthz` and `/readyz`, for those who keep the server running."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from app.core import schema

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", media_type="text/plain")


@router.get("/readyz")
def readyz(request: Request) -> Response:
    """The database answers, and its migrations are those this version was made for."""
    try:
        found = schema.revision(request.app.state.engine)
    except SQLAlchemyError:
        return Response("the database does not answer\n", 503, media_type="text/plain")
    if found != schema.head():
        return Response(
            f"migrate: the database is at {found}, this version needs {schema.head()}\n", 503, media_type="text/plain"
        )
    return Response("ready\n", media_type="text/plain")
