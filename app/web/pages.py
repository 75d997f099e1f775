"""Pages for people: the API's documentation, which needs no internet, and what each problem means."""

from html import escape

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse

from app.core.problems import NotFound, Problem

router = APIRouter(include_in_schema=False)

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
 body {{ font: 1.05rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1.5rem }}
 body {{ color: #1c2733 }}
 h1 {{ font-size: 1.8rem; line-height: 1.25; text-wrap: balance }}
 code {{ background: #eef1f4; padding: .1em .35em; border-radius: .25em }}
 a {{ color: #0b5cad }} ul {{ list-style: none; padding: 0 }} li {{ margin: .3rem 0 }}
 .status {{ color: #5b6b7b; font-variant-numeric: tabular-nums; margin-right: .5em }}
 @media (prefers-color-scheme: dark) {{ body {{ background: #12181f; color: #dfe6ee }} code {{ background: #222c37 }}
 a {{ color: #7db7f0 }} }}
</style>
<body>{body}</body></html>"""


@router.get("/", response_class=HTMLResponse)
async def home() -> RedirectResponse:
    return RedirectResponse("/docs")


@router.get("/docs", response_class=HTMLResponse)
async def docs(request: Request) -> HTMLResponse:
    """Swagger UI, from files of ours."""
    return get_swagger_ui_html(
        openapi_url=str(request.app.openapi_url),
        title="Followthrough API",
        swagger_js_url="/static/swagger-ui/swagger-ui-bundle.js",
        swagger_css_url="/static/swagger-ui/swagger-ui.css",
        swagger_favicon_url="data:,",
        swagger_ui_parameters={"persistAuthorization": True, "tryItOutEnabled": True, "displayRequestDuration": True},
    )


@router.get("/problems", response_class=HTMLResponse)
async def problems() -> HTMLResponse:
    """All problems that an answer can have."""
    listed = "".join(
        f'<li><span class="status">{kind.status}</span> <a href="/problems/{slug}">{escape(kind.title())}</a></li>'
        for slug, kind in sorted(Problem.registry.items(), key=lambda one: (one[1].status, one[0]))
    )
    return HTMLResponse(
        PAGE.format(
            title="Problems",
            body=f"<h1>Problems</h1><p>What a refusal means, and what to do about it.</p><ul>{listed}</ul>",
        )
    )


@router.get("/problems/{slug}", response_class=HTMLResponse)
async def problem(slug: str) -> HTMLResponse:
    """What one problem means and what to do: where its `type` leads."""
    kind = Problem.registry.get(slug)
    if kind is None:
        raise NotFound
    paragraphs = "".join(f"<p>{_with_code(one)}</p>" for one in kind.explanation().split("\n\n") if one)
    body = (
        f'<p class="status">{kind.status} <code>{slug}</code></p><h1>{escape(kind.title())}</h1>{paragraphs}'
        '<p><a href="/problems">All problems</a> · <a href="/docs">API</a></p>'
    )
    return HTMLResponse(PAGE.format(title=escape(kind.title()), body=body))


def _with_code(text: str) -> str:
    """Escape *text* and turn its `backticks` into code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
