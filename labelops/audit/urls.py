"""The pages of the audit log."""

from django.urls import path

from labelops.audit import views

urlpatterns = [
    path("audit/", views.audit_log, name="audit_log"),
    path("audit/events.csv", views.audit_csv, name="audit_csv"),
]
