from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("entries/", views.entry_list, name="entry_list"),
    path("entries/searches/new/", views.search_new, name="search_new"),
    path("entries/exports/new/", views.export_new, name="export_new"),
    path("entries/<uuid:entry_id>/", views.entry_detail, name="entry_detail"),
    path("entries/<uuid:entry_id>/reviews/new/", views.review_new, name="review_new"),
    path("broken-glass/", views.glass_list, name="glass_list"),
    path("seals/", views.seal_list, name="seal_list"),
    path("seals/noted/new/", views.noted_seal_new, name="noted_seal_new"),
    path("seals/exports/new/", views.seal_export_new, name="seal_export_new"),
    path("seals/<uuid:seal_id>/paper/", views.seal_paper, name="seal_paper"),
]
