"""The pages of what people are told."""

from django.urls import path

from labelops.notices.views import announcements, notices, preferences

ONE = "announcements/<int:announcement_id>/"

urlpatterns = [
    path("notices/", notices.notice_list, name="notice_list"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/<int:notice_id>/open/", notices.notice_open, name="notice_open"),
    path("notices/<int:notice_id>/read/", notices.notice_read, name="notice_read"),
    path("profile/notices/", preferences.notice_preferences, name="notice_preferences"),
    path("profile/mail/<str:token>/", preferences.mail_confirm, name="mail_confirm"),
    path("announcements/", announcements.announcement_list, name="announcement_list"),
    path("announcements/new/", announcements.announcement_create, name="announcement_create"),
    path(ONE, announcements.announcement_detail, name="announcement_detail"),
    path(f"{ONE}readers/", announcements.announcement_readers, name="announcement_readers"),
    path(f"{ONE}withdraw/", announcements.announcement_withdraw, name="announcement_withdraw"),
    path(f"{ONE}read/", announcements.announcement_read, name="announcement_read"),
]
