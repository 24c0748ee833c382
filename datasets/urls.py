"""The pages of dataset versions, and of what traces errors to their data."""

from django.urls import path

from datasets.views import item_map, vectors, versions
from datasets.views.placeholder import placeholder

urlpatterns = [
    path("projects/<slug:slug>/datasets/", versions.dataset_list, name="dataset_list"),
    path("projects/<slug:slug>/datasets/new/", versions.dataset_create, name="dataset_create"),
    path("datasets/<int:version_id>/", versions.dataset_detail, name="dataset_detail"),
    path("datasets/<int:version_id>/cancel/", versions.dataset_cancel, name="dataset_cancel"),
    path("datasets/<int:version_id>/diff/", versions.dataset_diff, name="dataset_diff"),
    path("datasets/<int:version_id>/export/", versions.dataset_export, name="dataset_export"),
    path("datasets/<int:version_id>/manifest/", versions.dataset_manifest, name="dataset_manifest"),
    path("projects/<slug:slug>/evaluations/", placeholder, name="evaluation_list"),
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/",
        placeholder,
        name="evaluation_detail",
    ),
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/slices/", placeholder, name="slices"
    ),
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/causes/",
        placeholder,
        name="tracing_detail",
    ),
    path("projects/<slug:slug>/examine/", placeholder, name="examine"),
    path("projects/<slug:slug>/edits/new/", placeholder, name="bulk_edit"),
    path("projects/<slug:slug>/edits/<int:edit_id>/", placeholder, name="bulk_edit_detail"),
    path("projects/<slug:slug>/segments/", placeholder, name="segment_list"),
    path("projects/<slug:slug>/segments/new/", placeholder, name="segment_create"),
    path("projects/<slug:slug>/map/", item_map.item_map, name="item_map"),
    path(
        "projects/<slug:slug>/map/progress/", item_map.item_map_progress, name="item_map_progress"
    ),
    path("projects/<slug:slug>/map/points/", item_map.item_map_points, name="item_map_points"),
    path("projects/<slug:slug>/map/colours/", item_map.item_map_colours, name="item_map_colours"),
    path("projects/<slug:slug>/map/item/", item_map.item_map_item, name="item_map_item"),
    path("projects/<slug:slug>/map/choose/", item_map.item_map_choose, name="item_map_choose"),
    path("projects/<slug:slug>/vectors/compute/", vectors.vectors_start, name="vectors_start"),
    path("projects/<slug:slug>/vectors/new/", vectors.vectors_upload, name="vectors_upload"),
    path("projects/<slug:slug>/vectors/<int:set_id>/map/", vectors.vectors_map, name="vectors_map"),
    path(
        "projects/<slug:slug>/vectors/<int:set_id>/stop/", vectors.vectors_stop, name="vectors_stop"
    ),
    path(
        "projects/<slug:slug>/vectors/<int:set_id>/delete/",
        vectors.vectors_delete,
        name="vectors_delete",
    ),
    path("projects/<slug:slug>/campaigns/", placeholder, name="campaign_list"),
    path("projects/<slug:slug>/campaigns/new/", placeholder, name="campaign_create"),
    path("projects/<slug:slug>/scenarios/", placeholder, name="scenario_list"),
    path("projects/<slug:slug>/scenarios/new/", placeholder, name="scenario_create"),
]
