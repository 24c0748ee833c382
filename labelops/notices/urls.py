"""The pages of what people are told."""

from django.urls import path

from labelops.notices.views import notices, preferences

urlpatterns = [
    path("notices/", notices.notice_list, name="notice_list"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/<int:notice_id>/open/", notices.notice_open, name="notice_open"),
    path("notices/<int:notice_id>/read/", notices.notice_read, name="notice_read"),
    path("profile/notices/", preferences.notice_preferences, name="notice_preferences"),
    path("profile/mail/<str:token>/", preferences.mail_confirm, name="mail_confirm"),
]
