"""The application of `worker serve`: all endpoints, with the same headers and the same error format."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from worker.assets import templates_dir
from worker.boot.web import WebServices
from worker.intake.contract import Signup
from worker.passwords import Passwords
from worker.web import embed, events, form, health, metrics, problems, report_page, roles, signups, theme, unsubscribe
from worker.web.body_size import BodySizeLimit, OneLength
from worker.web.events import MAX_EVENT_BYTES
from worker.web.form import FormPages
from worker.web.hosts import OwnHosts, own_hosts
from worker.web.log.app import PATH, create_log_app
from worker.web.openapi import add_models
from worker.web.problems import ProblemDetails
from worker.web.reader_pages import ReaderPages
from worker.web.request_limits import RequestLimit
from worker.web.roles import QUERIES_PER_HOUR, RoleList
from worker.web.security import HeadIsGet, SecurityHeaders
from worker.web.signup_bodies import BrowserSignup
from worker.web.signups import SignupChannel
from worker.web.templates import open_templates
from worker.web.thread_pool import ThreadPool

OPENAPI_URL = "/v1/openapi.json"
LOG_THREADS = 4  # the send log's own, so that a summary of a whole year delays no signup
EVENT_THREADS = 3  # for SNS events alone: they may wait for a certificate


def create_app(services: WebServices, *, passwords: Passwords | None = None) -> FastAPI:
    """Return the ASGI application. `passwords` sets the cost of hashing; the default is argon2's."""
    pool = ThreadPool(services.core.settings.threads)
    channel = SignupChannel.of(services, pool)
    role_list = RoleList(services.core.catalogue, services.core.matcher)
    templates = open_templates()
    registry = metrics.build_registry(services)
    app = FastAPI(
        title="Exposure report worker",
        version="1",
        description="One signup in, one exposure report out: once, never twice, never lost.",
        openapi_url=OPENAPI_URL,
        docs_url=None,  # its scripts come from another host, which our content security policy forbids
        redoc_url=None,
        middleware=[
            Middleware(HeadIsGet),
            Middleware(metrics.Metered, metrics.HttpMeters(registry)),
            Middleware(SecurityHeaders),
            Middleware(OwnHosts, own_hosts(services.core.settings)),
            Middleware(OneLength),
            Middleware(BodySizeLimit, MAX_EVENT_BYTES),
            Middleware(
                CORSMiddleware,
                allow_origins=list(services.core.settings.allowed_origins),
                allow_methods=["GET", "POST"],
                allow_headers=["Content-Type"],
                expose_headers=["ETag", "Retry-After"],
            ),
        ],
    )
    problems.install(app)
    app.include_router(signups.routes(channel))
    app.include_router(roles.routes(role_list, RequestLimit(services.core, "roles", QUERIES_PER_HOUR)))
    app.include_router(events.routes(services, ThreadPool(EVENT_THREADS)))
    app.include_router(health.routes(services, pool))
    app.include_router(metrics.routes(services, pool, registry))
    form_pages = FormPages(channel, role_list, templates, services.core.theme)
    app.include_router(form.routes(form_pages))
    app.include_router(embed.routes(form_pages))
    reader_pages = ReaderPages(services, pool, templates)
    app.include_router(unsubscribe.routes(reader_pages))
    app.include_router(report_page.routes(reader_pages, role_list))
    app.include_router(theme.routes(services.core.theme))
    app.mount("/static", StaticFiles(directory=templates_dir() / "web" / "static"), name="static")
    app.mount(PATH, create_log_app(services, ThreadPool(LOG_THREADS), passwords=passwords), name="log")
    add_models(app, ProblemDetails, Signup, BrowserSignup)
    return app
