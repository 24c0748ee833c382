"""The API, version 1: composition only."""

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularJSONAPIView

from datasets.api import campaigns, evaluations, release_gate, vectors, versions
from reviews.api import crops, gold, grid_review, quality, reviews
from tasks.api import (
    assignments,
    batches,
    grid,
    item_reports,
    predictions,
    projects,
    questions,
    transfers,
    uploads,
    webhooks,
)

urlpatterns: list[URLPattern] = [
    *assignments.urlpatterns,
    *item_reports.urlpatterns,
    *questions.urlpatterns,
    path("schema/", SpectacularJSONAPIView.as_view(), name="api_schema"),
    *projects.urlpatterns,
    *batches.urlpatterns,
    *transfers.urlpatterns,
    *uploads.urlpatterns,
    *webhooks.urlpatterns,
    *predictions.urlpatterns,
    *grid.urlpatterns,
    *reviews.urlpatterns,
    *grid_review.urlpatterns,
    *crops.urlpatterns,
    *gold.urlpatterns,
    *quality.urlpatterns,
    *versions.urlpatterns,
    *release_gate.urlpatterns,
    *evaluations.urlpatterns,
    *vectors.urlpatterns,
    *campaigns.urlpatterns,
]
