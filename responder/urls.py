"""Every address of the site. Pages need a log-in unless they say otherwise; the API needs a token."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, register_converter
from django_plotly_dash.app_name import app_name as dash

from responder.views import health, home, session, status, texts
from responder.web.converters import IdConverter

register_converter(IdConverter, "id")  # before the addresses that use it are read

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", session.LogIn.as_view(), name="login"),
    path("login/two-factor/", session.second_factor, name="login-two-factor"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("preferences/theme", session.set_theme, name="theme"),
    path("preferences/shortcuts", session.set_shortcuts, name="shortcuts"),
    path("", include("responder.views.urls")),
    path("analytics/", include("responder.dashboards.urls")),
    path("api/", include("responder.api.urls")),
    path("developers/", include("responder.api.pages")),
    path("django_plotly_dash/", include(("responder.dashboards.endpoints", dash))),
    path("admin/", admin.site.urls),
    path("texts/<slug:language>.js", login_not_required(texts.catalogue), name="texts"),
    path("status/", login_not_required(status.page), name="status"),
    path("healthz", login_not_required(health.healthz), name="healthz"),
    path("readyz", login_not_required(health.readyz), name="readyz"),
    path("metrics", login_not_required(health.metrics), name="metrics"),
]

handler400 = "responder.views.errors.bad_request"
handler403 = "responder.views.errors.forbidden"
handler404 = "responder.views.errors.not_found"
handler500 = "responder.views.errors.server_error"
