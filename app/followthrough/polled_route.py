"""The route of what is polled: it reads its query by itself, and nothing is solved or opened for it."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.types import Receive, Scope, Send
from typing_extensions import override


class PolledRoute(APIRoute):
    """A route whose signature documents it, and whose handler reads its one query model by itself.

    FastAPI's dependency solving costs as much as the answer from the database does.
    """

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self._answer = self.get_route_handler()

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint = self.endpoint
        model: type[BaseModel] = next(
            one.field_info.annotation
            for one in self.dependant.query_params
            if isinstance(one.field_info.annotation, type) and issubclass(one.field_info.annotation, BaseModel)
        )

        async def handler(request: Request) -> Response:
            try:
                query = model.model_validate(dict(request.query_params) if request.scope["query_string"] else {})
            except ValidationError as error:
                raise RequestValidationError(
                    [one | {"loc": ("query", *one["loc"])} for one in error.errors()]
                ) from None
            response: Response = await endpoint(request, query)
            return response

        return handler

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        # Nothing has been opened for this request that FastAPI would have to close after it.
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)
