"""The pages of making labels."""

from django.urls import path

from tasks.views import (
    batches,
    exports,
    imports,
    instructions,
    items,
    labeling,
    media,
    own_answers,
    projects,
    qualifications,
    schemas,
    transfers,
)

urlpatterns = [
    path("projects/", projects.project_list, name="project_list"),
    path("projects/new/", projects.project_create, name="project_create"),
    path("projects/<slug:slug>/", projects.project_detail, name="project_detail"),
    path("projects/<slug:slug>/edit/", projects.project_edit, name="project_edit"),
    path("projects/<slug:slug>/schema/", schemas.schema_edit, name="schema_edit"),
    path(
        "projects/<slug:slug>/instructions/",
        instructions.instruction_list,
        name="instruction_list",
    ),
    path(
        "projects/<slug:slug>/instructions/edit/",
        instructions.instruction_edit,
        name="instruction_edit",
    ),
    path(
        "projects/<slug:slug>/instructions/preview/",
        instructions.instruction_preview,
        name="instruction_preview",
    ),
    path(
        "projects/<slug:slug>/instructions/publish/",
        instructions.instruction_publish,
        name="instruction_publish",
    ),
    path(
        "projects/<slug:slug>/instructions/<int:number>/",
        instructions.instruction_detail,
        name="instruction_detail",
    ),
    path(
        "projects/<slug:slug>/people/",
        qualifications.qualification_list,
        name="qualification_list",
    ),
    path(
        "projects/<slug:slug>/people/<int:person_id>/",
        qualifications.qualification_edit,
        name="qualification_edit",
    ),
    path("projects/<slug:slug>/items/", items.item_list, name="item_list"),
    path("items/<uuid:public_id>/", items.item_detail, name="item_detail"),
    path("projects/<slug:slug>/batches/new/", batches.batch_create, name="batch_create"),
    path("batches/<int:batch_id>/", batches.batch_detail, name="batch_detail"),
    path("batches/<int:batch_id>/edit/", batches.batch_edit, name="batch_edit"),
    path("batches/<int:batch_id>/items/", batches.batch_add_items, name="batch_add_items"),
    path("batches/<int:batch_id>/start/", batches.batch_start, name="batch_start"),
    path("batches/<int:batch_id>/pause/", batches.batch_pause, name="batch_pause"),
    path("batches/<int:batch_id>/close/", batches.batch_close, name="batch_close"),
    path("batches/<int:batch_id>/revoke/", batches.batch_revoke, name="batch_revoke"),
    path("projects/<slug:slug>/imports/new/", imports.import_create, name="import_create"),
    path("projects/<slug:slug>/exports/new/", exports.export_create, name="export_create"),
    path("projects/<slug:slug>/transfers/", transfers.transfer_list, name="transfer_list"),
    path("transfers/<uuid:public_id>/", transfers.transfer_detail, name="transfer_detail"),
    path("transfers/<uuid:public_id>/cancel/", transfers.transfer_cancel, name="transfer_cancel"),
    path(
        "transfers/<uuid:public_id>/errors.csv",
        transfers.transfer_errors,
        name="transfer_errors",
    ),
    path("transfers/<uuid:public_id>/download/", exports.export_download, name="export_download"),
    path("media/<uuid:public_id>/<str:variant>/", media.item_media, name="item_media"),
    path("label/", labeling.label_page, name="label"),
    path("label/mine/", own_answers.own_answer_list, name="own_answers"),
    path(
        "label/mine/<uuid:assignment_id>/reopen/",
        own_answers.own_answer_reopen,
        name="own_answer_reopen",
    ),
    path("label/<int:batch_id>/", labeling.label_page, name="label_batch"),
    path(
        "label/instructions/<uuid:assignment_id>/",
        labeling.assignment_instructions,
        name="assignment_instructions",
    ),
]
