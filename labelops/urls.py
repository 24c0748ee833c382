"""All routes: composition only."""

from django.urls import include, path

from labelops import openapi, views  # noqa: F401 - the import registers the scheme

# What is asked for most stands first: a route is found by trying one after the other.
urlpatterns = [
    path("api/v1/", include("labelops.api")),
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("", include("labelops.accounts.urls")),
    path("", include("labelops.audit.urls")),
    path("", include("tasks.urls")),
    path("", include("reviews.urls")),
    path("", include("datasets.urls")),
    path("", include("labelops.notices.urls")),
]

handler500 = "labelops.views.server_error"
