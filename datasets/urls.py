"""The pages of dataset versions."""

from django.urls import path

from datasets.views import versions

urlpatterns = [
    path("projects/<slug:slug>/datasets/", versions.dataset_list, name="dataset_list"),
    path("projects/<slug:slug>/datasets/new/", versions.dataset_create, name="dataset_create"),
    path("datasets/<int:version_id>/", versions.dataset_detail, name="dataset_detail"),
    path("datasets/<int:version_id>/cancel/", versions.dataset_cancel, name="dataset_cancel"),
    path("datasets/<int:version_id>/diff/", versions.dataset_diff, name="dataset_diff"),
    path("datasets/<int:version_id>/export/", versions.dataset_export, name="dataset_export"),
    path("datasets/<int:version_id>/manifest/", versions.dataset_manifest, name="dataset_manifest"),
]
