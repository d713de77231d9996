"""The Dash endpoints that are mounted: what one stateless app needs, and nothing else of django-plotly-dash.

Left out are the apps kept in the database, initial arguments, and `add_stateless_apps`, which the package
does not guard. `access.view_required` imports Dash's app with the first request.
"""

from django_plotly_dash import urls

MOUNTED = {"app-layout", "app-dependencies", "app-update-component", "app-main", "app-component-suites"}
urlpatterns = [pattern for pattern in urls.urlpatterns if pattern.name in MOUNTED]

__all__ = ["MOUNTED", "urlpatterns"]
